"""Computes canonical hashes as docs/hashes.md describes them, from lines of `dmarcstat parse`, and compares them with a database.

    canonical_hashes.py PARSE.NDJSON DATABASE

Prints how many outcomes and policies were found. Ends with an error if one is missing. Left out are outcomes without a reported result,
which follow from what they list, and names beyond ASCII, because Python has no IDNA 2008.
"""

import hashlib
import json
import sqlite3
import sys


def text(value):
    """JSON text in the canonical form."""
    encoded = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return encoded.replace("\x7f", "\\u007f").replace("\\b", "\\u0008").replace("\\f", "\\u000c")


def canonical_hash(form):
    return hashlib.sha256(form.encode()).digest()[:16]


def fold(name):
    return None if name is None else name.lower().removesuffix(".")


def outcome(record):
    evaluated, names, results = record["policy_evaluated"], record["identifiers"], record["auth_results"]
    for entry in results["dkim"] + results["spf"]:
        entry["domain"] = fold(entry["domain"])
    return [
        evaluated["disposition"], evaluated["dkim"], evaluated["spf"], fold(names["header_from"]),
        fold(names["envelope_from"]), results["dkim"], results["spf"], evaluated["reasons"], record.get("extension"),
    ]


def is_comparable(record):
    evaluated = record["policy_evaluated"]
    names = [record["identifiers"]["header_from"], record["identifiers"]["envelope_from"]]
    names += [entry["domain"] for kind in record["auth_results"].values() for entry in kind]
    has_result = "pass" in (evaluated["dkim"], evaluated["spf"]) or None not in (evaluated["dkim"], evaluated["spf"])
    # Backspace and form feed have no short escape in the canonical form; a literal backslash before b or f would be mistaken for one.
    return has_result and all(name is None or name.isascii() for name in names) and "\\\\" not in json.dumps(record)


database = sqlite3.connect(sys.argv[2])
stored = {
    table: {key for (key,) in database.execute(f"SELECT key FROM {table}")} for table in ("outcome", "policy")
}
reports = {bytes(hash) for (hash,) in database.execute("SELECT sha256 FROM report")}
days = dict(database.execute("SELECT sha256, day FROM v_report"))
found = {"outcome": 0, "policy": 0}
for line in open(sys.argv[1], encoding="utf-8"):
    report = json.loads(line)
    if bytes.fromhex(report["sha256"]) not in reports:
        continue
    if report["day"] != days[report["sha256"]]:
        sys.exit(f"{report['file']}: {report['day']} is not {days[report['sha256']]}")
    policy = {**report["policy_published"], "domain": report["identity"]["policy_domain"]}
    forms = [("policy", text(policy))]
    forms += [("outcome", text(outcome(record))) for record in report["records"] if is_comparable(record)]
    for table, form in forms:
        if canonical_hash(form) not in stored[table]:
            sys.exit(f"{report['file']}: no {table} {form}")
        found[table] += 1
print(found["outcome"], found["policy"])
