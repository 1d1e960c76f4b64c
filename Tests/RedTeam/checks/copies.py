"""Two inputs are the same report only if their contents are equal: a forgery never hides a genuine report."""
import gzip, os
from harness import check
import forge
from forge import auth, record, report

TRUE = [record("192.0.2.10", 100), record("203.0.113.5", 40, dkim="fail", spf="fail"), record("203.0.113.6", 60, dkim="fail", spf="fail")]
ARGUMENTS = dict(org="Google Inc.", email="noreply-dmarc-support@google.com")


def true_report():
    return report("true-1", TRUE, **ARGUMENTS)


def forgeries():
    """Forgeries that arrive first, with the identity of the genuine report and other contents."""
    bad = [record("192.0.2.10", 100), record("198.51.100.5", 40), record("198.51.100.6", 60)]
    whole = report("true-1", bad, **ARGUMENTS)
    yield "whole", whole
    yield "mended: unclosed record", whole.replace(b"</record></feedback>", b"</feedback>")
    yield "mended: bare ampersand", whole.replace(b"<version>1.0", b"<version>1.0 & more")
    yield "mended: text behind", whole + b"<p>bye"
    yield "mended: control character", whole.replace(b"<version>1.0", b"<version>1.0\x01")
    yield "cut in the tail", whole[:-len(b"</feedback>")]
    yield "cut in the tail, mended", whole[:-len(b"k>")].replace(b"<version>1.0", b"<version>1.0 & more")
    yield "same rows in number, other addresses", report("true-1", [record("198.51.100.1", 100), record("198.51.100.2", 40), record("198.51.100.3", 60)], **ARGUMENTS)
    yield "same addresses, other results", report("true-1", [record("192.0.2.10", 100), record("203.0.113.5", 40), record("203.0.113.6", 60)], **ARGUMENTS)
    yield "counts changed round", report("true-1", [record("192.0.2.10", 60), record("203.0.113.5", 40, dkim="fail", spf="fail"),
                                                     record("203.0.113.6", 100, dkim="fail", spf="fail")], **ARGUMENTS)
    yield "other From domain, mended", report("true-1", [record("192.0.2.10", 100, header_from="other.example"), *TRUE[1:]], **ARGUMENTS)[:-4]
    yield "other selector, mended", report("true-1", [record("192.0.2.10", 100, results=auth("dkim", "example.com", selector="evil")), *TRUE[1:]],
                                           **ARGUMENTS)[:-4]
    yield "other disposition, mended", report("true-1", [record("192.0.2.10", 100, disposition="reject"), *TRUE[1:]], **ARGUMENTS)[:-4]
    yield "other policy, mended", report("true-1", [*TRUE[:2], record("203.0.113.66", 60, dkim="fail", spf="fail")], policy="<p>reject</p>", **ARGUMENTS)[:-4]
    yield "rows left out that cannot be read", report("true-1", [*TRUE[:2], record("no address", 1), record("198.51.100.9", 60)], **ARGUMENTS)


def cut_file(data):
    """A truncated gzip file."""
    return gzip.compress(data, mtime=0)[:-9]


def addresses(box):
    return {row[0] for row in box.sql("SELECT DISTINCT source_ip FROM v_record WHERE report_id = 'true-1'")}


def forget(box):
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(box.database + suffix):
            os.remove(box.database + suffix)


def attempt(box, label, first, second, clearing, form):
    """The forgery arrives first, the genuine report second: its file or its rows must still exist in the end."""
    forget(box)
    for name in ("in", "moved"):
        for path in (box.path(name, each) for each in os.listdir(box.folder(name))):
            os.remove(path)
    names = {"file": "a.xml", "eml": "a.eml", "gz": "a.xml.gz"}
    box.put(f"in/1-{names[form]}", first)
    box.ends_well(box.run("ingest", "../in", "--after", "keep"), label)
    os.remove(box.path("in", f"1-{names[form]}"))
    target = box.put(f"in/2-{names[form]}", second)
    run = box.run("ingest", "../in", "--after", clearing)
    rows = box.sql("SELECT source_ip, messages, dmarc_pass, disposition, header_from FROM v_record WHERE report_id = 'true-1' ORDER BY 1")
    exact = rows == [("192.0.2.10", 100, 1, "none", "example.com"), ("203.0.113.5", 40, 0, "none", "example.com"), ("203.0.113.6", 60, 0, "none", "example.com")]
    box.expect(os.path.exists(target) or exact, f"{label}: `--after {clearing}` cleared the true report away, though other rows are stored")
    if not exact:
        box.expect(run.status == 1 and b"onflict" in run.out + run.err, f"{label}: the true report was taken for a duplicate: {run}")


@check("copies/forgery-first-as-file", 2)
def as_file(box):
    for label, data in forgeries():
        attempt(box, label, data, true_report(), "delete", "file")


@check("copies/forgery-first-moved", 2)
def moved(box):
    box.folder("moved")
    for label, data in list(forgeries())[1:7]:
        attempt(box, label, data, true_report(), f"move:{box.path('moved')}", "file")


@check("copies/forgery-first-as-mail", 2)
def as_mail(box):
    for label, data in list(forgeries())[:8]:
        attempt(box, label, forge.mail(data), forge.mail(true_report()), "delete", "eml")


@check("copies/forgery-first-cut-container", 2)
def cut_container(box):
    for label, data in list(forgeries())[::4]:
        attempt(box, f"gzip cut, {label}", cut_file(data), gzip.compress(true_report(), mtime=0), "delete", "gz")


@check("copies/forgery-second", 2)
def second(box):
    """A forgery that arrives later never replaces a report, and both are kept; nor does a repaired or truncated one."""
    box.put("in/1.xml", true_report())
    box.ends_well(box.run("ingest", "../in"))
    for number, (label, data) in enumerate(forgeries()):
        path = box.put(f"in/f{number}.xml", data)
        box.run("ingest", "../in", "--after", "delete")
        box.expect(os.path.exists(path), f"{label}: the forgery was cleared away as a duplicate, though its rows are others")
    box.expect(addresses(box) == {"203.0.113.5", "203.0.113.6", "192.0.2.10"}, f"the rows of the true report changed: {addresses(box)}")


@check("copies/cut-forgery-then-true", 2)
def cut_then_true(box):
    """A truncated forgery with other rows is replaced only by a report that contains its rows."""
    bad = [record("198.51.100.5", 40), *TRUE]
    data = report("true-1", bad, **ARGUMENTS)
    for label, cut in (("cut after two rows", data[:data.index(b"203.0.113.6") - 30]), ("cut after one row", data[:data.index(b"203.0.113.5") - 30])):
        attempt(box, label, cut, true_report(), "delete", "file")


@check("copies/maildir-and-mbox", 2)
def maildir(box):
    for label, data in list(forgeries())[1:6:2]:
        forget(box)
        for name in ("cur", "new", "tmp"):
            for file in os.listdir(box.folder("Maildir", name)):
                os.remove(box.path("Maildir", name, file))
        box.put("Maildir/cur/1:2,S", forge.mail(data))
        box.run("ingest", "../Maildir")
        target = box.put("Maildir/new/2", forge.mail(true_report()))
        run = box.run("ingest", "../Maildir", "--after", "delete")
        box.expect(os.path.exists(target), f"{label}: the true report's mail was deleted from the Maildir: {run}")
        forget(box)
        box.put("box.mbox", forge.mbox(forge.mail(data), forge.mail(true_report())))
        run = box.run("ingest", "../box.mbox")
        box.expect(run.status == 1 and b"onflict" in run.out + run.err, f"{label}: in one mbox, no conflict is told: {run}")


@check("copies/true-copies-are-duplicates", 2)
def control(box):
    """The control: the same report in another form is one report, and may be cleaned up."""
    box.put("in/1.xml", true_report())
    box.ok("ingest", "../in")
    spaced = true_report().replace(b"<record>", b"\n  <record>\n")
    paths = [box.put("in/2.xml.gz", gzip.compress(true_report())), box.put("in/3.xml", spaced), box.put("in/4.eml", forge.mail(true_report()))]
    run = box.ok("ingest", "../in", "--after", "delete")
    box.expect(box.messages("true-1") == 200, f"messages were doubled: {box.messages()}")
    box.expect(not any(map(os.path.exists, paths)), f"true copies were not cleared away: {run}")
    box.put("in/5.xml", report("true-1", [TRUE[2], TRUE[0], TRUE[1]], **ARGUMENTS))
    box.run("ingest", "../in")
    box.expect(box.messages("true-1") == 200, f"the same rows in another order were doubled: {box.messages()}")
    cut = report("true-2", TRUE, **ARGUMENTS)
    box.put("in/6.xml", cut[:cut.index(b"203.0.113.6") - 30])
    box.run("ingest", "../in")
    box.put("in/7.xml", cut)
    box.run("ingest", "../in")
    box.expect(box.messages("true-2") == 200, f"a whole copy did not replace a part of it: {box.messages('true-2')}")
