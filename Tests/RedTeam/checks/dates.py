"""Numbers from files, messages and reports never stop a run, and never move a query to another century."""
import os
from harness import check
import forge
from forge import DAY, record, report, today

YEARS = {"1900": -2_208_988_800, "1970": 0, "2038": 2_147_483_648, "2262": 9_223_372_037, "2300": 10_413_792_000, "2446": 15_032_385_535}


@check("dates/modification-times", 4)
def modification_times(box):
    """Files of another century, also a single one, also after they were read before."""
    for label, seconds in YEARS.items():
        box.put(f"in-{label}/a.xml", report(f"m{label}"), mtime=None)
        box.put(f"in-{label}/good.xml", report(f"g{label}", [record("192.0.2.1", 1)]))
        try:
            os.utime(box.path(f"in-{label}", "a.xml"), (seconds, seconds))
        except OverflowError:
            continue
        for attempt in range(2):
            run = box.run("ingest", f"../in-{label}")
            box.ends_well(run, f"mtime {label}, run {attempt + 1}", statuses={0, 1})
        box.expect({f"m{label}", f"g{label}"} <= set(box.reports()), f"mtime {label}: not everything is stored: {box.reports()}")
        for arguments in (("ingest", "--after", "delete", f"../in-{label}"), ("parse", f"../in-{label}"), ("lint", f"../in-{label}")):
            box.ends_well(box.run(*arguments), f"mtime {label}, {arguments[0]}", statuses={0, 1})


@check("dates/extreme-file-times", 4)
def extreme_times(box):
    """The limits of the file system, in nanoseconds, with Maildir and mbox."""
    for number, nanoseconds in enumerate((-(2**31) * 10**9, (2**63 - 1), 2**63, (2**34 - 1) * 10**9, (2**34 - 1) * 10**9 + 999_999_999, -1)):
        for name, data in ((f"in/{number}.xml", report(f"x{number}")), (f"Maildir/cur/{number}:2,", forge.mail(report(f"y{number}"))),
                           (f"in/{number}.mbox", forge.mbox(forge.mail(report(f"z{number}"))))):
            path = box.put(name, data)
            try:
                os.utime(path, ns=(nanoseconds, nanoseconds))
            except OverflowError:
                pass
    os.makedirs(box.path("Maildir/new"), exist_ok=True)
    for _ in range(2):
        box.ends_well(box.run("ingest", "../in", "../Maildir"), statuses={0, 1})
    box.expect(len(box.reports()) == 18, f"{len(box.reports())} of 18 reports are stored")


@check("dates/dates-of-reports", 4)
def dates_of_reports(box):
    numbers = ["0", "-1", "-9223372036854775808", "9223372036854775807", "9223372036854775808", "99999999999999999999999", "253402300799", "253402300800",
               "10413792000", "4102444800000", "4102444800000000000", "1e30", "1.7e308", "NaN", "inf", "0x7fffffff", "2147483648", "4294967296",
               "9223372036854775.807", "9999-12-31T23:59:59Z", "292277026596-12-04T15:30:07Z", "-0001-01-01", "0000-00-00", "2026-13-45T99:99:99",
               "1900-01-01", "+262142-12-31T00:00:00Z"]
    for number, begin in enumerate(numbers):
        for shift, (first, last) in enumerate(((begin, begin), ("1790812800", begin), (begin, "1790899199"))):
            box.put(f"in/{number}-{shift}.xml", report(f"d{number}-{shift}", begin=first, end=last))
    box.put("in/good.xml", forge.good())
    box.ends_well(box.run("ingest", "../in"), statuses={0, 1})
    box.expect(forge.GOOD in box.reports(), "the good report is not stored")
    for arguments in (("summary",), ("readiness", "example.com"), ("top-failures", "--since", "7d"), ("show", "domain", "example.com"), ("explain", "192.0.2.1"),
                      ("unknown-senders", "--new-since", "7d"), ("senders", "suggest"), ("export", "--format", "json"), ("reclassify",), ("parse", "../in"),
                      ("lint", "../in"), ("db", "info"), ("forwarding",), ("export", "--rows"), ("summary", "--by", "day"), ("summary", "--by", "week"),
                      ("summary", "--by", "month"), ("top-failures", "--by", "day"), ("top-failures", "--by", "month", "--limit", "3"), ("reports",)):
        box.ends_well(box.run(*arguments), statuses={0, 7, 8} if arguments[0] == "readiness" else {0, 1})


@check("dates/counts-of-rows", 4)
def counts(box):
    """Counts, percentages and sums out of range."""
    numbers = ["9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615", "1e400", "4611686018427387904", "-0", "٣", "１２",
               "99999999999999999999999999", "0x10", "1 000 000", "2147483647"]
    for number, count in enumerate(numbers):
        box.put(f"in/{number}.xml", report(f"c{number}", [record("192.0.2.9", count), record("192.0.2.8", count), record("192.0.2.8", count)],
                                           policy=f"<p>none</p><pct>{count}</pct>"))
    box.put("in/good.xml", forge.good())
    box.ends_well(box.run("ingest", "../in"), statuses={0, 1})
    box.expect(forge.GOOD in box.reports(), "the good report is not stored")
    for arguments in (("summary",), ("readiness", "example.com"), ("top-failures",), ("export",), ("explain", "192.0.2.9"), ("reclassify",), ("senders", "suggest"),
                      ("summary", "--by", "week"), ("summary", "--since", "2026-10-01", "--worse"), ("summary", "--sort", "failed"), ("summary", "--sort", "rate"),
                      ("top-failures", "--by", "week"), ("unknown-senders", "--limit", "1", "--format", "json")):
        box.ends_well(box.run(*arguments), statuses={0, 7, 8} if arguments[0] == "readiness" else {0, 1})


@check("dates/dates-of-mails", 4)
def dates_of_mails(box):
    """Reports without a period take it from the message and its file: those numbers are untrusted, too."""
    bare = report("bare").replace(b"<date_range>", b"<x>").replace(b"</date_range>", b"</x>")
    dates = ["Thu, 1 Jan 2300 00:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 +0000", "Mon, 1 Jan 1900 00:00:00 +0000", "1 Jan 292277026596 00:00:00 +0000",
             "Thu, 1 Oct 2026 06:00:00 +999999999", "Thu, 1 Oct 2026 99:99:99 -9999", "Thu, 99999999999 Oct 2026 06:00:00 GMT", "", "-1", "9223372036854775808",
             "Thu, 32 Foo -2026 06:00:00"]
    names = ["r!example.com!9223372036854775807!9223372036854775807.xml.gz", "r!example.com!-1!99999999999999999999.xml.gz",
             "r!example.com!10413792000!10413878399.xml.gz"]
    for number, date in enumerate(dates):
        for extra, name in enumerate(names + ["a.xml.gz"]):
            box.put(f"in/{number}-{extra}.eml", forge.mail(bare.replace(b"bare", f"b{number}-{extra}".encode()), date=date, name=name))
    box.put("in/all.mbox", forge.mbox(*(forge.mail(bare, date=date) for date in dates)))
    box.put("in/r!example.com!9223372036854775807!9223372036854775808.xml", bare)
    path = box.put("in/file.xml", bare.replace(b"bare", b"of-file"))
    os.utime(path, (YEARS["2300"], YEARS["2300"]))
    box.put("in/good.xml", forge.good())
    for _ in range(2):
        box.ends_well(box.run("ingest", "../in"), statuses={0, 1})
    box.expect(forge.GOOD in box.reports(), "the good report is not stored")
    box.ends_well(box.run("parse", "../in"), statuses={0, 1})


@check("dates/readiness-is-not-moved", 4)
def readiness(box):
    """A report for a future day without failures does not hide the failures of today."""
    fails = [record("192.0.2.10", 900, dkim="fail", spf="fail"), record("192.0.2.11", 100)]
    answers = {}
    for label, begin in (("none", None), ("in 8 days", today() + 8 * DAY), ("next year", today() + 365 * DAY), ("2100", 4_102_444_800), ("9999", 253_402_214_400)):
        for name in (box.database, box.database + "-wal", box.database + "-shm"):
            if os.path.exists(name):
                os.remove(name)
        folder = f"in-{label.replace(' ', '-')}"
        for number in range(5):
            box.put(f"{folder}/{number}.xml", report(f"r{number}", fails, org=f"R{number % 2}", email=f"a@r{number % 2}.example", begin=today() - (number + 2) * DAY))
        if begin:
            for number in range(3):
                box.put(f"{folder}/f{number}.xml", report(f"f{number}", [record("192.0.2.11", 5000)], org=f"F{number}", email=f"a@f{number}.example", begin=begin))
        box.run("ingest", f"../{folder}")
        # Declared, so that what it loses counts as one's own.
        box.run("senders", "add", "Office", "--kind", "own", "--address", "192.0.2.10")
        run = box.run("readiness", "example.com", "--format", "json")
        box.expect(run.status in (0, 7, 8), f"{label}: {run}")
        text = box.run("readiness", "example.com").text
        ready = "READY" in text and any(line.split()[-1] == "yes" for line in text.splitlines() if line.startswith("READY"))
        answers[label] = text
        box.expect(not ready, f"a report of {label} makes `readiness` say yes")
        for question in (("top-failures",), ("unknown-senders",), ("summary",)):
            if label != "none" and question == ("top-failures",):
                box.expect(b"192.0.2.10" in box.run(*question).out, f"a report of {label} hides 192.0.2.10 from `{question[0]}`")


@check("dates/questions-with-odd-periods", 4)
def periods(box):
    """The argument for a period is a period or a usage error, never a crash."""
    box.put("in/good.xml", forge.good())
    box.run("ingest", "../in")
    for text in ("9999999999d", "9223372036854775807d", "9223372036854775808w", "-1d", "99999-12", "9999-12-31", "0000-00-00", "2026-02-30", "10000-01-01", "1e9d",
                 "٣d", "", "2026-99", "9223372036854775807-01-01", "last-month-last-month", "0d"):
        for option in ("--since", "--until", "--month"):
            box.ends_well(box.run("summary", f"{option}={text}"), f"{option} {text!r}", statuses={0, 1, 2, 64})
    for text in ("9223372036854775807", "9223372036854775808", "-1", "0"):
        box.ends_well(box.run("summary", f"--limit={text}"), f"--limit {text}", statuses={0, 1, 2, 64})
    for option in ("--max-inflated-bytes", "--max-ratio", "--max-members", "--max-container-depth", "--max-mail-bytes", "--max-mime-depth", "--max-mime-parts",
                   "--max-depth", "--max-text-bytes", "--max-record-bytes", "--max-rows"):
        for value in ("9223372036854775807", "0", "-1", "9223372036854775808"):
            box.ends_well(box.run("ingest", f"{option}={value}", "../in", "--retry"), f"{option} {value}", statuses={0, 1, 2, 64})
