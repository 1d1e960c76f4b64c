#!/usr/bin/env python3
"""Scores the verdicts on a simulated year.

    score.py DIR [--binary dmarcstat] [--errors N] [--goals] [--only plain,plain+dns,declared,declared+dns] [--json FILE] [--no-months]

DIR was made by year.py. Four databases are judged: nothing declared or all that a careful operator declares, each without and with look-ups.
Figures are in percent, of the rows that can be told (see decidable.py), by message or by source.
--errors lists the worst kinds of error; --goals compares with the goals; figures that fall when declarations or look-ups are added are always listed.
"""
import argparse
import collections
import datetime
import ipaddress
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from labels import ABUSIVE, CLAIMS, FORWARDING, GOALS, LABELS, NEEDLESS, OWN, RIGHT, UNKNOWN, WRONG, accuses, judged
import labels

CONDITIONS = ["plain", "plain+dns", "declared", "declared+dns"]
# What must be known to tell a row (decidable.py) -> the conditions in which it is.
KNOWN = {"reports": set(CONDITIONS), "look-ups": {"plain+dns", "declared+dns"}, "declared": {"declared", "declared+dns"}, None: set()}


class Row:
    __slots__ = ("label", "kind", "needs", "count", "source", "domain", "month", "verdict", "subtype", "confidence", "rule", "flagged")


def judge(binary, folder, only, temporary, months):
    """Databases in all conditions: condition -> (rows with truth and verdict, answers of unknown-senders by month)."""
    truth = {}
    with open(os.path.join(folder, "truth.jsonl")) as file:
        for line in file:
            entry = json.loads(line)
            truth[entry["report"], entry["ordinal"]] = entry
    environment = dict(os.environ, HOME=temporary, TZ="UTC")
    environment.pop("DMARCSTAT_CONFIG", None)

    def run(*arguments):
        done = subprocess.run([binary] + list(arguments), capture_output=True, text=True, env=environment)
        if done.returncode not in (0, 1):
            sys.exit("%s: %s" % (" ".join(arguments), done.stderr[-2000:]))
        return done.stdout

    results = {}
    for start in ("plain", "declared"):
        if not any(condition.startswith(start) for condition in only):
            continue
        config = ["--config", os.path.join(folder, start + ".yaml")]
        database = os.path.join(temporary, start + ".sqlite")
        run("ingest", "--quiet", "-b", database, *config, os.path.join(folder, "reports"))
        for condition in (start, start + "+dns"):
            if condition.endswith("dns") and condition in only:
                run("senders", "refresh", "--quiet", "--zone", os.path.join(folder, "zone"), "-b", database, *config)
            if condition in only:
                rows = read(database, truth)
                asked = {}
                if months:
                    for month in sorted({row.month for row in rows}):
                        text = run("unknown-senders", "--month", month, "--format", "ndjson", "--limit", "0", "-b", database, *config)
                        asked[month] = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
                results[condition] = (rows, asked)
        os.remove(database)
    return results


def read(database, truth):
    connection = sqlite3.connect(database)
    rows, missing = [], 0
    query = ("SELECT report_id, ordinal, source_ip, messages, verdict, subtype, confidence, rule, unknown_ip FROM v_record")
    first = connection.execute("SELECT min(ordinal) FROM v_record").fetchone()[0]
    for report, ordinal, source, messages, verdict, subtype, confidence, rule, flagged in connection.execute(query):
        entry = truth.get((report, ordinal - first))
        if entry is None or entry["count"] != messages or entry["source"] != source:
            missing += 1
            continue
        row = Row()
        row.label, row.kind, row.needs, row.count = entry["label"], entry["kind"], entry["decidable"], messages
        row.source, row.domain = source, entry["domain"]
        row.month = datetime.datetime.fromtimestamp(entry["begin"], datetime.timezone.utc).strftime("%Y-%m")
        row.verdict, row.subtype, row.confidence, row.rule, row.flagged = verdict, subtype, confidence, rule, bool(flagged)
        rows.append(row)
    connection.close()
    if missing or len(rows) != len(truth):
        sys.exit("%d rows without truth, %d rows of %d" % (missing, len(rows), len(truth)))
    return rows


def percent(part, whole):
    return 100.0 * part / whole if whole else None


def label_table(rows):
    """Label -> (messages, percentages of right, harmless name, asks with a wrong name, asks needlessly, wrong; undecidable ones flagged)."""
    table = {}
    for label in LABELS:
        counts = collections.Counter()
        for row in rows[True]:
            if row.label == label:
                counts[judged(row)] += row.count
        total = sum(counts.values())
        dark = [row for row in rows[False] if row.label == label]
        table[label] = (total, [percent(counts[name], total) for name in (RIGHT, labels.HARMLESS, labels.WRONG_NAME, NEEDLESS, WRONG)],
                        percent(sum(row.count for row in dark if row.flagged), sum(row.count for row in dark)))
    return table


def figures(rows, asked, everything):
    """The figures of one condition, in percent; numbers for the two that should be nothing. `rows` are decidable."""
    result = {}
    for name, (about, claims, neutral) in CLAIMS.items():
        hits, misses, false = collections.Counter(), collections.Counter(), collections.Counter()
        for row in rows:
            key = (row.source, row.domain)
            if row.label in about:
                (hits if claims(row) else misses)[key] += row.count
            elif claims(row) and not neutral(row):
                false[key] += row.count
        told, lost, wrong = sum(hits.values()), sum(misses.values()), sum(false.values())
        result[name + " precision"] = percent(told, told + wrong)
        result[name + " recall"] = percent(told, told + lost)
        # A source is found if most of its messages are; it is accused falsely if any claim on it is false for most of what is claimed.
        found = {key for key in hits if hits[key] >= misses[key]}
        sources = set(hits) | set(misses)
        wrongly = {key for key in false if key not in found}
        result[name + " precision, source"] = percent(len(found), len(found) + len(wrongly))
        result[name + " recall, source"] = percent(len(found), len(sources))
    for label in ("forwarded-broken", "mailing-list", "gateway"):
        of = [row for row in rows if row.label == label]
        result["needless " + label] = percent(sum(row.count for row in of if row.flagged), sum(row.count for row in of))
    flagged = [row for row in rows if row.flagged]
    result["flagged worth it"] = percent(sum(row.count for row in flagged if LABELS[row.label][2]), sum(row.count for row in flagged))
    result.update(questions(asked, everything))
    result["abusive sources called harmless"] = len({(row.source, row.domain) for row in rows if row.label in ABUSIVE and not row.flagged
                                                     and row.label != "platform-abuse"})
    result["platform abuse unflagged"] = percent(sum(row.count for row in rows if row.label == "platform-abuse" and not row.flagged),
                                                 sum(row.count for row in rows if row.label == "platform-abuse"))
    result["own sources called spoofing"] = len({(row.source, row.domain) for row in everything if row.label in OWN
                                                   and row.subtype == "spoof-suspected"})
    result["relays called spoofing"] = len({(row.source, row.domain) for row in rows if row.label in labels.RELAYED
                                            and row.subtype == "spoof-suspected"})
    return result


def questions(asked, rows):
    """What the lines of `unknown-senders` are worth, month by month: a line is worth it if most flagged messages of its main address are."""
    worth = collections.defaultdict(int)
    for row in rows:
        if row.flagged:
            worth[row.month, row.source] += row.count * (1 if LABELS[row.label][2] else -1)
    lines = good = first = first_good = 0
    for month, answer in asked.items():
        for number, line in enumerate(answer):
            right = worth[month, line.get("address") or line["source"]] > 0
            lines, good = lines + 1, good + right
            if number < 20:
                first, first_good = first + 1, first_good + right
    return {"unknown-senders lines a month": lines / len(asked) if asked else None, "unknown-senders worth it": percent(good, lines),
            "unknown-senders first 20": percent(first_good, first)}


def text(value):
    return "-" if value is None else str(value) if isinstance(value, int) else "%.1f" % value


def decided(rows, condition):
    split = {True: [], False: []}
    for row in rows:
        split[condition in KNOWN[row.needs]].append(row)
    return split


LOWER_IS_BETTER = ("needless", "abusive sources", "platform abuse unflagged", "own sources", "relays called", "unknown-senders lines")


def falls(results):
    """Figures that get worse when declarations or look-ups are added, on the rows that can be told without them."""
    found = []
    for before, after in (("plain", "plain+dns"), ("declared", "declared+dns"), ("plain", "declared"), ("plain+dns", "declared+dns")):
        if before not in results or after not in results:
            continue
        old = figures(decided(results[before][0], before)[True], *results[before][1:], results[before][0])
        new = figures(decided(results[after][0], before)[True], *results[after][1:], results[after][0])
        for name, value in old.items():
            change = (new[name] or 0) - (value or 0)
            if value is None or new[name] is None:
                continue
            if name.startswith(LOWER_IS_BETTER):
                change = -change
            if change < (-0.05 if isinstance(value, float) else 0):
                found.append("%-40s %8s in %-9s -> %8s in %s" % (name, text(value), before, text(new[name]), after))
    return found


def errors(rows, count):
    groups = {}
    for row in rows:
        worth = judged(row)
        if worth in (RIGHT, labels.HARMLESS):
            continue
        key = (worth, row.label, row.kind, row.rule, row.verdict + "/" + (row.subtype or ""), row.confidence, "flagged" if row.flagged else "")
        group = groups.setdefault(key, [0, collections.Counter()])
        group[0] += row.count
        group[1][row.source] += row.count
    for key, (messages, sources) in sorted(groups.items(), key=lambda item: -item[1][0])[:count]:
        yield "%7d %5d  %-17s %-19s %-24s %-5s %-43s %-6s %-7s  %s" % ((messages, len(sources)) + key + (sources.most_common(1)[0][0],))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--binary", default=os.environ.get("DMARCSTAT", ".build/debug/dmarcstat"))
    parser.add_argument("--errors", type=int, nargs="?", const=40, default=0)
    parser.add_argument("--goals", action="store_true")
    parser.add_argument("--only", default=",".join(CONDITIONS))
    parser.add_argument("--json")
    parser.add_argument("--no-months", action="store_true")
    options = parser.parse_args()
    only = options.only.split(",")
    temporary = tempfile.mkdtemp(prefix="year")
    try:
        results = judge(options.binary, options.folder, only, temporary, not options.no_months)
    finally:
        shutil.rmtree(temporary)
    conditions = [condition for condition in CONDITIONS if condition in results]
    numbers = {}
    for condition in conditions:
        rows, asked = results[condition]
        split = decided(rows, condition)
        numbers[condition] = figures(split[True], asked, rows)
        print("\n%s: %% of decidable messages\n%-20s %9s %9s %9s %9s %9s %9s %9s" % (
            condition, "label", "messages", "right", "harmless", "wrongname", "needless", "wrong", "undec.fl."))
        for label, (total, parts, dark) in label_table(split).items():
            print("%-20s %9d %s %9s" % (label, total, " ".join("%9s" % text(part) for part in parts), text(dark)))
        if options.errors:
            print("\nworst errors: messages, sources, worth, label, kind, rule, verdict, confidence, flag, example")
            print("\n".join(errors(split[True], options.errors)))
    print("\n%-40s %s%s" % ("figure", " ".join("%13s" % condition for condition in conditions), "   goal" if options.goals else ""))
    for name in numbers[conditions[0]]:
        goal = GOALS.get(name) if options.goals else None
        cells = []
        for condition in conditions:
            value = numbers[condition][name]
            mark = ""
            if goal and value is not None:
                mark = " ok" if (value >= goal[1] if goal[0] == ">=" else value <= goal[1]) else " MISS"
            cells.append("%13s" % (text(value) + mark))
        print("%-40s %s%s" % (name, " ".join(cells), "   %s %d" % goal if goal else ""))
    fallen = falls(results)
    print("\nfigures that fall with more facts: %d" % len(fallen))
    print("\n".join(fallen))
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"figures": numbers, "falls": fallen}, file, indent=1)


if __name__ == "__main__":
    main()
