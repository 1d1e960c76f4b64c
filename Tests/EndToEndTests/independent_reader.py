"""Reads reports with Python's own libraries and compares every field with the lines of `dmarcstat parse`.

With a database as second argument: compares the messages of each policy domain with what the views say.
"""
import collections, gzip, io, ipaddress, json, sqlite3, sys, zipfile
import xml.etree.ElementTree as ET

POLICY = {"none", "quarantine", "reject"}
RESULTS = {"none", "pass", "fail", "policy", "neutral", "softfail", "temperror", "permerror"}
REASONS = {"forwarded", "sampled_out", "trusted_forwarder", "mailing_list", "local_policy", "policy_test_mode", "other"}


def documents(path):
    data = open(path, "rb").read()
    if data[:2] == b"\x1f\x8b":
        yield None, gzip.decompress(data)
    elif data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                if not name.endswith("/") and not name.startswith("__MACOSX/"):
                    yield name, archive.read(name)
    else:
        yield None, data


def local(element):
    return element.tag.rsplit("}", 1)[-1].lower()


def child(element, *names):
    for found in (element if element is not None else []):
        if local(found) in names:
            return found


def children(element, name):
    return [found for found in (element if element is not None else []) if local(found) == name]


def text(element, *names):
    found = child(element, *names)
    return None if found is None else (found.text or "").strip()


def word(value, known, otherwise):
    if value is None:
        return None
    return value.lower() if value.lower() in known else otherwise


def number(value):
    return None if value is None or not value.lstrip("-").isdigit() else int(value)


def result(value):
    # An empty result says nothing.
    if not value:
        return None
    return "fail" if value and value.lower() == "hardfail" else word(value, RESULTS, "unknown")


def record(element):
    row, identifiers, auth = child(element, "row"), child(element, "identifiers", "identities"), child(element, "auth_results")
    evaluated = child(row, "policy_evaluated")
    try:
        address = ipaddress.ip_address(text(row, "source_ip") or "")
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    envelope_from = text(identifiers, "envelope_from")
    return {
        "source_ip": str(address),
        "count": number(text(row, "count")),
        "policy_evaluated": {
            "disposition": word(text(evaluated, "disposition"), POLICY | {"pass"}, "unknown"),
            "dkim": word(text(evaluated, "dkim"), {"pass", "fail"}, "fail"),
            "spf": word(text(evaluated, "spf"), {"pass", "fail"}, "fail"),
            "reasons": [{"type": word(text(r, "type"), REASONS, "other"), "comment": text(r, "comment")}
                        for r in children(evaluated, "reason") if text(r, "type") or text(r, "comment")],
        },
        "identifiers": {"header_from": text(identifiers, "header_from"),
                        "envelope_from": "" if envelope_from == "<>" else envelope_from,
                        "envelope_to": text(identifiers, "envelope_to")},
        "auth_results": {
            "dkim": [{"domain": text(d, "domain"), "selector": text(d, "selector"), "result": result(text(d, "result")),
                      "human_result": text(d, "human_result")} for d in children(auth, "dkim")],
            "spf": [{"domain": text(s, "domain"), "scope": text(s, "scope"), "result": result(text(s, "result")),
                     "human_result": text(s, "human_result")} for s in children(auth, "spf")],
        },
    }


def report(data):
    root = ET.fromstring(data.lstrip())
    metadata, policy = child(root, "report_metadata"), child(root, "policy_published")
    period = child(metadata, "date_range")
    records = [record(r) for r in children(root, "record")]
    return {
        "report_metadata": {
            **{name: text(metadata, name) for name in ("org_name", "email", "extra_contact_info", "report_id", "generator")},
            "begin": number(text(period, "begin")), "end": number(text(period, "end")),
            "errors": [(e.text or "").strip() for e in children(metadata, "error")],
        },
        "policy_published": {
            **{name: text(policy, name) for name in ("domain", "fo", "discovery_method")},
            "testing": text(policy, "testing", "t"),
            **{name: word(text(policy, name), POLICY, None) for name in ("p", "sp", "np")},
            **{name: word(text(policy, name), {"r", "s"}, None) for name in ("adkim", "aspf")},
            "pct": number(text(policy, "pct")),
        },
        "records": [r for r in records if r],
    }


def compare_fields(lines):
    differences = 0
    for line in lines:
        if line["recovered"]:
            continue  # Python's parser takes only what is well-formed.
        for member, data in documents(line["file"]):
            if member != line["member"]:
                continue
            expected = report(data)
            for part, value in expected.items():
                if line[part] != value:
                    differences += 1
                    print(line["file"], part, "\n  theirs", str(value)[:1500], "\n  ours  ", str(line[part])[:1500])
    return differences


def compare_sums(lines, database):
    """Each identity once, with its first content."""
    seen, sums = set(), collections.Counter()
    for line in lines:
        metadata, policy = line["report_metadata"], line["policy_published"]
        domain = (policy["domain"] or "").lower().rstrip(".")
        reporter = (metadata["org_name"] or "").lower()
        key = (reporter, (metadata["report_id"] or "").strip("<> "), domain, metadata["begin"], metadata["end"])
        if "" in key or None in key:
            continue
        if key not in seen:
            seen.add(key)
            sums[domain] += sum(r["count"] for r in line["records"])
    db = sqlite3.connect(database)
    stored = dict(db.execute("SELECT policy_domain, sum(messages) FROM v_report GROUP BY 1"))
    wrong = {d: (n, stored.get(d)) for d, n in sums.items() if stored.get(d) != n}
    # Domains of reports without a reporter are not compared.
    unnamed = {(l["policy_published"]["domain"] or "").lower() for l in lines if not l["report_metadata"]["org_name"]
               or not l["report_metadata"]["report_id"]}
    wrong = {d: n for d, n in wrong.items() if d not in unnamed}
    print(wrong)
    return len(wrong)


lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
sys.exit(1 if (compare_sums(lines, sys.argv[2]) if len(sys.argv) > 2 else compare_fields(lines)) else 0)
