"""One message with a great many names must not slow down everything after it."""
from harness import MIB, check
import forge
from forge import DAY, auth, record, report, today

MANY = 30_000  # quadratic costs show long before the 300,000 that fit into one mail
# Later runs may take so many times as long as in a store without that mail, plus a little for the machine.
RATIO, GRACE = 8, 4


def base(box):
    for day in range(10):
        box.put(f"base/{day}.xml", report(f"b{day}", [record("192.0.2.10", 60), record("203.0.113.5", 9, dkim="fail", spf="fail")], begin=today() - (day + 2) * DAY,
                                          org=f"R{day % 3}", email=f"d@r{day % 3}.example"))
    box.run("ingest", "../base")


LATER = [("ingest", "../next"), ("explain", "203.0.113.5"), ("explain", "192.0.2.10"), ("unknown-senders",), ("top-failures",), ("readiness", "example.com"),
         ("senders", "suggest"), ("summary",)]


def later(box, round):
    box.put(f"next/{round}.xml", report(f"n{round}", [record("192.0.2.10", 5), record("203.0.113.5", 1, dkim="fail", spf="fail")]))
    return {" ".join(arguments): box.run(*arguments, timeout=170) for arguments in LATER}


WAYS = {
    "from-domains": lambda n: record(header_from=f"h{n}.example.com", count=1, dkim="fail", spf="fail"),
    "from-domains-of-many-organisations": lambda n: record(header_from=f"h{n}.example", count=1, dkim="fail", spf="fail"),
    "selectors": lambda n: record(results=auth("dkim", "example.com", selector=f"s{n}") + auth("spf", "example.com")),
    "failing-selectors": lambda n: record("203.0.113.5", dkim="fail", spf="fail", results=auth("dkim", "example.com", "fail", f"s{n}")),
    "addresses": lambda n: record(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", dkim="fail", spf="fail"),
    "addresses-of-version-6": lambda n: record(f"2001:db8:{n >> 16:x}:{n & 65535:x}::1"),
    "envelope-domains": lambda n: record(envelope_from=f"e{n}.example", results=auth("spf", f"e{n}.example", scope="mfrom"), dkim="fail", spf="fail"),
    "signing-domains": lambda n: record("203.0.113.5", dkim="fail", spf="fail", results=auth("dkim", f"d{n}.example", selector="a")),
    "recipients": lambda n: record(envelope_to=f"t{n}.example"),
    "all-at-once": lambda n: record(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", header_from=f"h{n}.example.com", results=auth(
        "dkim", f"h{n}.example.com", selector=f"s{n}") + auth("spf", f"e{n}.example", scope="mfrom"), envelope_from=f"e{n}.example"),
}


def register(way):
    @check(f"volume/{way}", 7)
    def many(box):
        base(box)
        before = later(box, 1)
        data = forge.mail(report("many", [WAYS[way](number) for number in range(MANY)]))
        box.put("many/a.eml", data)
        run = box.run("ingest", "../many", timeout=175)
        box.ends_well(run, f"{MANY} {way} in {len(data) >> 10} KiB", memory=400 * MIB, seconds=170, statuses={0, 1})
        box.expect("many" in box.reports(), f"the report is not stored: {run}")
        total = box.messages("many")
        box.expect(total == MANY, f"{total} of {MANY} messages are counted")
        for question, slow in later(box, 2).items():
            statuses = {0, 7, 8} if question.startswith("readiness") else {0, 1}
            box.ends_well(slow, question, memory=400 * MIB, statuses=statuses)
            allowed = before[question].cpu * RATIO + GRACE
            box.expect(slow.cpu <= allowed, f"`{question}` takes {slow.cpu:.1f} s of CPU after that mail, and {before[question].cpu:.2f} s before it")
        box.expect("n2" in box.reports(), "a later report is not stored")


for name in WAYS:
    register(name)
