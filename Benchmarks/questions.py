#!/usr/bin/env python3
"""Compares the questions of dmarcstat about all domains in a month with the same SQL over the records.

  questions.py BINARY DATABASE MONTH

Prints the CPU time of both, their ratio, and the memory of the question, and ends with status 1 if a bound is exceeded. The SQL reads the tables that hold
every record (report, record, flow, outcome) with the query that the question used before there were roll-ups.
"""

import resource
import sqlite3
import subprocess
import sys
import time

RECORDS = """
  FROM report JOIN record ON record.report_id = report.id JOIN flow ON flow.id = record.flow_id
  JOIN outcome ON outcome.id = flow.outcome_id WHERE report.day BETWEEN :first AND :last
"""
SUMMARY = f"""
  SELECT report.policy_domain_id, sum(record.messages), sum(record.messages * dmarc_pass),
    sum(record.messages * dkim_aligned), sum(record.messages * spf_aligned), count(DISTINCT flow.source_id)
  {RECORDS} GROUP BY 1 ORDER BY 2 DESC
"""
FAILURES = f"""
  SELECT flow.source_id, sum(record.messages) AS messages, min(report.first_day), max(report.last_day),
    count(DISTINCT report.reporter_id)
  {RECORDS} AND NOT dmarc_pass GROUP BY 1 ORDER BY 2 DESC LIMIT 20
"""
UNKNOWN = f"""
  SELECT flow.source_id, sum(record.messages) AS messages, count(DISTINCT report.reporter_id),
    count(DISTINCT report.policy_domain_id), count(DISTINCT report.day), min(report.day)
  {RECORDS} AND flow.unknown_ip GROUP BY 1 ORDER BY 2 DESC
"""
FORWARDING = f"""
  SELECT flow.id, sum(record.messages) AS messages, min(report.first_day), max(report.last_day), min(spf_results)
  {RECORDS} AND flow.verdict IN ('forwarded', 'mailing-list') AND NOT spf_aligned GROUP BY 1
"""

# The question, the SQL, and the most CPU time that the question may take, as a share of that of the SQL.
QUESTIONS = [
    (["summary", "--limit", "20"], SUMMARY, 0.3),
    (["summary", "--limit", "0"], SUMMARY, 0.6),
    (["top-failures"], FAILURES, 0.5),
    (["top-failures", "--by", "verdict"], FAILURES, 0.6),
    (["top-failures", "--by", "network"], FAILURES, 0.8),
    (["unknown-senders"], UNKNOWN, 0.8),
    (["senders", "suggest"], UNKNOWN, 1.0),
    (["forwarding"], FORWARDING, 1.0),
]
# The most memory of a question. All but unknown-senders and --by network stay far below; these grow with the number of sources.
MOST_MEMORY = 112 * 1024  # KiB


def days(month):
    """The first and the last day of a month, as numbers from 1970-01-01."""
    year, number = (int(part) for part in month.split("-"))
    following = (year + number // 12, number % 12 + 1)
    first = int(time.mktime((year, number, 1, 0, 0, 0, 0, 0, 0)) - time.timezone + 43200) // 86400
    last = int(time.mktime((*following, 1, 0, 0, 0, 0, 0, 0)) - time.timezone + 43200) // 86400 - 1
    return first, last


def own_cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def sql_cpu(database, sql, first, last):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    connection.execute("PRAGMA cache_size = -12000")
    start = own_cpu()
    for _ in connection.execute(sql, {"first": first, "last": last}):
        pass
    connection.close()
    return own_cpu() - start


def question_cpu(binary, database, month, question):
    command = ["/usr/bin/time", "-f", "%U %S %M", binary, *question, "--month", month, "-b", database, "--format", "csv"]
    result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    user, system, memory = result.stderr.split("\n")[-2].split()
    return float(user) + float(system), int(memory)


def main():
    binary, database, month = sys.argv[1:]
    first, last = days(month)
    failed = False
    print(f"{'question':24} {'SQL cpu':>8} {'cpu':>8} {'KiB':>8} {'ratio':>6} {'bound':>6}")
    for question, sql, bound in QUESTIONS:
        reference = min(sql_cpu(database, sql, first, last) for _ in range(2))
        runs = [question_cpu(binary, database, month, question) for _ in range(2)]
        cpu, memory = min(runs)
        ratio = cpu / reference
        print(f"{' '.join(question):24} {reference:8.2f} {cpu:8.2f} {memory:8} {ratio:6.2f} {bound:6.2f}")
        failed = failed or ratio > bound or memory > MOST_MEMORY
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
