"""Mail servers that withhold contents: these are requested again, reported and never cleaned up."""
from harness import MIB, check
import forge, imap
from forge import record, report

STAND_IN = (b"From: Microsoft Exchange <postmaster@example.com>\r\nTo: dmarc@example.com\r\nSubject: Message retrieval failed\r\n"
            b"Content-Type: text/plain\r\n\r\nThe server couldn't retrieve the following message:\r\n\r\nSubject: \"Report Domain: example.com\"\r\n"
            b"From: \"noreply\" (\"noreply@receiver.example\")\r\nSent date: 10/1/2026\r\n\r\n"
            b"The message hasn't been deleted. You might be able to view it using either Outlook or Outlook Web App.\r\n")
STAND_IN_2 = (b"From: \"Microsoft Exchange Server\"\r\nSubject: Retrieval using the IMAP4 protocol failed for the following message: 2\r\n\r\n"
              b"The server couldn't retrieve the following message. The message has not been deleted.\r\n")
HELD = forge.mail(report("held", [record("192.0.2.9", 5)]))
OTHER = forge.mail(report("other", [record("192.0.2.8", 3)]))


class Withholding(imap.Server):
    """Returns something else instead of its second message, the first `refusals` times."""
    replies = {
        "empty-literal": b"{0}\r\n", "nil": b"NIL", "empty-string": b'""', "short": b"{%d}\r\n%s" % (40, HELD[:40]), "half": b"{%d}\r\n%s" % (len(HELD) // 2, HELD[:len(HELD) // 2]),
        "head-only": b"{%d}\r\n%s" % (HELD.index(b"\r\n\r\n") + 4, HELD[:HELD.index(b"\r\n\r\n") + 4]), "blank-line": b"{2}\r\n\r\n", "one-space": b'" "',
        "exchange-stand-in": b"{%d}\r\n%s" % (len(STAND_IN), STAND_IN), "exchange-stand-in-2": b"{%d}\r\n%s" % (len(STAND_IN_2), STAND_IN_2),
    }

    def __init__(self, kind, refusals=10_000):
        super().__init__([OTHER, HELD, forge.mail(forge.good())])
        self.kind, self.refusals, self.given = kind, refusals, 0

    def content(self, uid):
        if uid == 2:
            self.given += 1
            if self.given <= self.refusals:
                return self.replies[self.kind]
        return super().content(uid)


def register(kind):
    @check(f"contents/{kind}", 5)
    def withheld(box):
        server = Withholding(kind)
        conditions = imap.account(box, server, after="move:Done", other="move:Done", rejected="move:Done")
        runs = [box.run("ingest", **conditions) for _ in range(2)]
        for run in runs:
            box.ends_well(run)
        box.expect({"other", forge.GOOD} <= set(box.reports()), f"the mails beside it are not stored: {box.reports()}")
        box.expect(2 not in server.gone, "the mail whose content was not given was moved away")
        box.expect(runs[0].status in (1, 3), f"the first run does not tell by its status: {runs[0]}")
        box.expect(b"2" in runs[0].err, f"the first run does not name the mail: {runs[0]}")
        server.refusals = 0
        last = box.run("ingest", **conditions)
        box.expect("held" in box.reports(), f"once the server gives it, the mail is not asked for again: {last}")


for name in Withholding.replies:
    register(name)


@check("contents/short-by-a-little", 5)
def short_by_little(box):
    """The control: servers that count line ends differently, or round sizes up, are accepted."""
    class Rounding(imap.Server):
        def size(self, uid):
            return int(len(self.mails[uid - 1]) * 1.03) + 20
    server = Rounding([OTHER, b"From: a@b.example\r\nSubject: Lunch\r\n\r\nHello\r\n"])
    run = box.run("ingest", **imap.account(box, server, after="move:Done", other="move:Done"))
    box.ends_well(run, statuses={0})
    box.expect("other" in box.reports(), "the report is not stored")
    box.expect(1 in server.gone, f"a mail that was read was not moved: {run}")


@check("contents/gone-without-a-word", 5)
def no_answer(box):
    """FETCH of one message is answered with OK only."""
    server = imap.Server([OTHER, HELD])
    usual = server.fetched
    server.fetched = lambda uid, what: b"" if uid == 2 and "BODY" in what else usual(uid, what)
    run = box.run("ingest", **imap.account(box, server, after="move:Done", other="move:Done"))
    box.ends_well(run)
    box.expect(2 not in server.gone and run.status in (1, 3), f"a mail that was not given: {run}")
    box.expect("other" in box.reports(), "the mail beside it is not stored")


def searching(label, answer, capability=imap.CAPABILITY):
    @check(f"contents/search-{label}", 5)
    def search(box):
        server = imap.Server([OTHER, forge.mail(forge.good())], capability, {"UID SEARCH": lambda c, tag, words: c.sendall(answer(tag).encode()) or True})
        run = box.run("ingest", **imap.account(box, server, after="move:Done"))
        box.ends_well(run)
        stored = {"other", forge.GOOD} <= set(box.reports())
        box.expect(stored or run.status == 3, f"two mails exist, none was named, and nothing is told: {run}")
    return search


searching("names-nothing", lambda tag: f"* SEARCH\r\n{tag} OK done\r\n")
searching("says-nothing", lambda tag: f"{tag} OK done\r\n")
searching("esearch-names-nothing", lambda tag: f'* ESEARCH (TAG "{tag}") UID\r\n{tag} OK done\r\n', imap.CAPABILITY + " ESEARCH")
searching("esearch-says-nothing", lambda tag: f"{tag} OK done\r\n", imap.CAPABILITY + " ESEARCH")
searching("esearch-of-another", lambda tag: f'* ESEARCH (TAG "zz") UID ALL 77:99\r\n{tag} OK done\r\n', imap.CAPABILITY + " ESEARCH")
searching("refused", lambda tag: f"{tag} NO not now\r\n")
searching("names-others", lambda tag: f"* SEARCH 4000000000\r\n{tag} OK done\r\n")


@check("contents/search-of-two-megabytes", 5)
def long_search(box):
    """300,000 UIDs in one line: streamed, in little memory."""
    uids = " ".join(str(4_000_000_000 - number * 3) for number in range(200_000, 0, -1))
    server = imap.Server([OTHER, forge.mail(forge.good())], special={
        "UID SEARCH": lambda c, tag, words: c.sendall(f"* SEARCH 1 2 {uids}\r\n{tag} OK done\r\n".encode()) or True})
    server.asked = lambda text: [uid for uid in (1, 2) if any(int(p.split(":")[0]) <= uid <= int(p.split(":")[-1].replace("*", "2")) for p in text.split(","))]
    run = box.run("ingest", **imap.account(box, server))
    box.ends_well(run, memory=400 * MIB)
    box.expect({"other", forge.GOOD} <= set(box.reports()), f"an answer over 1 MiB: {run}")


@check("contents/dates-of-servers", 4, 5)
def internal_dates(box):
    """INTERNALDATE of other centuries, and invalid dates."""
    dates = ["01-Jan-2300 00:00:00 +0000", "31-Dec-9999 23:59:59 +0000", "01-Jan-1900 00:00:00 +0000", "99-Foo-0000 99:99:99 +9999", "01-Oct-99999999999999999999 06:00:00 +0000", "",
             "01-Oct-2026 06:00:00 -99999999"]
    bare = report("bare").replace(b"<date_range>", b"<x>").replace(b"</date_range>", b"</x>")
    server = imap.Server([forge.mail(bare.replace(b"bare", b"d%d" % n), name="a.xml.gz", subject="x") for n in range(len(dates))] + [forge.mail(forge.good())])
    usual = server.fetched
    server.fetched = lambda uid, what: usual(uid, what).replace(b"01-Oct-2026 06:00:00 +0000", dates[uid - 1].encode() if uid <= len(dates) else b"01-Oct-2026 06:00:00 +0000")
    for _ in range(2):
        box.ends_well(box.run("ingest", **imap.account(box, server)))
    box.expect(forge.GOOD in box.reports(), "the good report is not stored")


@check("contents/numbers-of-servers", 4, 5)
def numbers(box):
    """EXISTS, UIDNEXT, UIDVALIDITY, sizes and pauses out of range."""
    for text in ("9223372036854775807", "18446744073709551616", "-1"):
        special = {name: lambda c, tag, words: c.sendall(
            f"* {text} EXISTS\r\n* OK [UIDVALIDITY {text}] ok\r\n* OK [UIDNEXT {text}] ok\r\n* OK [HIGHESTMODSEQ {text}] ok\r\n{tag} OK done\r\n".encode()) or True
            for name in ("EXAMINE", "SELECT")}
        box.ends_well(box.run("ingest", **imap.account(box, imap.Server([OTHER], special=special))), f"EXISTS {text}")
        class Sized(imap.Server):
            def size(self, uid):
                return text
            def fetched(self, uid, what):
                return f"* 1 FETCH (UID {uid} RFC822.SIZE {text})\r\n".encode() if "BODY" not in what else super().fetched(uid, "BODY")
        box.ends_well(box.run("ingest", **imap.account(box, Sized([OTHER]))), f"RFC822.SIZE {text}")
        refused = {"EXAMINE": lambda c, tag, words: c.sendall(f"{tag} NO Request is throttled. Suggested Backoff Time: {text} milliseconds\r\n".encode()) or True}
        box.ends_well(box.run("ingest", **imap.account(box, imap.Server([OTHER], special=refused), timeouts="{connect: 10, silence: 15, run: 10}")), f"back off {text}")
