"""Unusual file systems: vanishing files, names that are not text, unreadable folders and the results of moves."""
import os, threading, time
from harness import MIB, NOBODY, check
import forge
from forge import record, report


@check("files/vanishing", 11)
def vanishing(box):
    """Files that vanish between the walk of the folder and their opening are not an error."""
    stop = threading.Event()
    box.put("in/good.xml", forge.good())

    def flicker(part):
        while not stop.is_set():
            for n in range(part, 60, 3):
                box.put(f"in/sub/{n}.xml", b"<feedback>no")
            for n in range(part, 60, 3):
                try:
                    os.remove(box.path(f"in/sub/{n}.xml"))
                except OSError:
                    pass
    threads = [threading.Thread(target=flicker, args=(part,)) for part in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(8):
            run = box.run("ingest", "--retry", "../in")
            box.expect(run.status in (0, 1) and b"No such file" not in run.err and b"annot be opened" not in run.err, f"a file that vanished is an error: {run}")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    box.expect(forge.GOOD in box.reports(), "the good report is not stored")


@check("files/left-out-with-a-cause", 11)
def left_out(box):
    """As the user `nobody`: unreadable files are reported with the cause, and the others are read."""
    box.put("in/good.xml", forge.good())
    box.put("in/unreadable.xml", report("u1"))
    os.chmod(box.path("in/unreadable.xml"), 0)
    for name, rights in (("closed", 0o000), ("no-list", 0o311), ("no-enter", 0o644)):
        box.put(f"in/{name}/a.xml", report(f"x-{name}"))
        os.chmod(box.path("in", name), rights)
    os.makedirs(box.path("data"), exist_ok=True)
    os.chmod(box.path("data"), 0o777), os.chmod(box.home, 0o777)
    run = box.run("ingest", "../in", user=NOBODY)
    box.expect(forge.GOOD in box.reports(), f"the good report is not stored: {run}")
    for name in ("unreadable.xml", "closed", "no-list", "no-enter"):
        box.expect(name.encode() in run.err, f"{name} is left out without a word: {run}")
    box.expect(run.status in (1, 3), f"status {run.status}, though something could not be read")
    for name in ("closed", "no-list", "no-enter"):
        os.chmod(box.path("in", name), 0o755)


@check("files/links-dots-and-subfolders", 11)
def links(box):
    """Linked folders and dot names are followed or reported; Maildir++ subfolders are read."""
    box.put("in/good.xml", forge.good())
    box.put("elsewhere/a.xml", report("linked-folder"))
    os.symlink(box.path("elsewhere"), box.path("in/link"))
    box.put("in/.hidden/a.xml", report("dot-folder"))
    box.put("in/.dot.xml", report("dot-file"))
    for folder in ("", ".DMARC", ".DMARC.2026"):
        for sub in ("cur", "new", "tmp"):
            os.makedirs(box.path("in/Maildir", folder, sub), exist_ok=True)
    box.put("in/Maildir/.DMARC/new/1", forge.mail(report("subfolder")))
    box.put("in/Maildir/.DMARC.2026/cur/2:2,S", forge.mail(report("sub-subfolder")))
    os.symlink("..", box.path("in/loop"))
    os.symlink("loop2", box.path("in/loop2"))
    run = box.run("ingest", "../in", timeout=120)
    box.ends_well(run)
    stored = box.reports()
    box.expect(forge.GOOD in stored, "the good report is not stored")
    box.expect("subfolder" in stored and "sub-subfolder" in stored, f"Maildir++ subfolders are not read: {stored}")
    for name, report_id in (("link", "linked-folder"), (".hidden", "dot-folder"), (".dot.xml", "dot-file")):
        box.expect(report_id in stored or name.encode() in run.out + run.err, f"{name} is left out without a word")


@check("files/names-that-are-no-text", 11)
def names(box):
    """Names that are not UTF-8 are read, shown escaped, recognised by the next run and cleaned up."""
    raw = [b"\xff\xfe.xml", b"caf\xe9.xml", b"\xed\xa0\x80.xml", b"a\nb.xml", b"\x01\x1b[2J.xml", b"x" * 251 + b".xml", b"'; --.xml", b"%s%n.xml", b"-rf.xml", b" .xml"]
    for number, name in enumerate(raw):
        box.put(b"in/" + name, report(f"n{number}"))
        box.put(b"in/d" + name[:200] + b"/a.xml", report(f"d{number}"))
    box.put(b"in/bad\xff.xml", b"<feedback>no")
    run = box.run("ingest", "../in")
    box.expect(len([name for name in box.reports() if name[0] in "nd"]) == 20, f"{len(box.reports())} of 20 are stored: {run}")
    import words
    for answer in (run, box.run("rejects"), box.run("rejects", "--format", "json"), box.run("show", "report", "n0")):
        box.expect(not words.invisible(answer.out + answer.err), f"raw bytes in {' '.join(answer.arguments)}: {words.invisible(answer.out + answer.err)}")
    again = box.run("ingest", "../in")
    box.expect(again.status == 0, f"a second run: {again}")
    box.run("ingest", "--after", "delete", "../in")
    left = [name for name in os.listdir(os.fsencode(box.path("in"))) if name in raw]
    box.expect(not left, f"not deleted: {left}")


@check("files/fifo-and-devices", 11)
def fifo(box):
    """A pipe on the command line is read, or the message suggests `-`; one in a folder does not block."""
    os.makedirs(box.path("in"))
    os.mkfifo(box.path("in/pipe.xml"))
    box.put("in/good.xml", forge.good())
    run = box.run("ingest", "../in", timeout=60)
    box.ends_well(run, "a FIFO in a folder")
    box.expect(forge.GOOD in box.reports(), "the good report is not stored")
    os.mkfifo(box.path("pipe"))

    def write():
        try:
            descriptor = os.open(box.path("pipe"), os.O_RDWR | os.O_NONBLOCK)
            os.write(descriptor, report("by-pipe")[:60_000])
            time.sleep(6)
            os.close(descriptor)
        except OSError:
            pass
    threading.Thread(target=write, daemon=True).start()
    time.sleep(0.3)
    run = box.run("ingest", "../pipe", timeout=60)
    box.ends_well(run, "a FIFO by name")
    box.expect("by-pipe" in box.reports() or b"-" in run.err and run.status != 0, f"a FIFO by name is neither read nor explained: {run}")
    for device in ("/dev/null", "/dev/zero", "/dev/full"):
        run = box.run("ingest", device, timeout=60)
        box.ends_well(run, device, memory=600 * MIB)
    run = box.run("ingest", "-", stdin=box.put("s.xml", report("by-stdin")))
    box.expect("by-stdin" in box.reports(), f"standard input: {run}")


@check("files/move-collisions", 11)
def collisions(box):
    """`--after move` never replaces, never follows a link out, never dangles."""
    box.put("far/done/a.xml", b"precious")
    os.makedirs(box.path("far/done"), exist_ok=True)
    os.symlink(box.path("outside.txt"), box.path("far/done/b.xml"))
    os.symlink("/no/such/file", box.path("far/done/c.xml"))
    os.makedirs(box.path("far/done/d.xml"))
    box.put("far/done/e.xml", report("e"))
    os.chmod(box.path("far/done/e.xml"), 0o444)
    for name in "abcde":
        box.put(f"in/{name}.xml", report(f"move-{name}"))
        box.put(f"in/sub/{name}.xml", report(f"sub-{name}"))
    box.put("target.xml", report("linked"))
    os.symlink("../target.xml", box.path("in/link.xml"))
    os.link(box.path("in/a.xml"), box.path("in/hard.xml"))
    run = box.run("ingest", "--after", "move:../far/done", "../in")
    box.ends_well(run)
    box.expect(open(box.path("far/done/a.xml"), "rb").read() == b"precious", "a file of the same name was replaced")
    box.expect(not os.path.exists(box.path("outside.txt")), "a link in the target was followed")
    box.expect(os.path.islink(box.path("far/done/b.xml")) and os.path.islink(box.path("far/done/c.xml")), "a link in the target was replaced")
    dangling = [name for name in os.listdir(box.path("far/done")) if os.path.islink(box.path("far/done", name)) and name not in ("b.xml", "c.xml")
                and not os.path.exists(box.path("far/done", name))]
    box.expect(not dangling, f"links that lead nowhere since they were moved: {dangling}")
    contents = {}
    for folder, _, files in os.walk(box.root):
        for name in files:
            path = os.path.join(folder, name)
            if name.endswith(".xml") and os.path.isfile(path) or ".xml" in name and os.path.isfile(path):
                contents.setdefault(open(path, "rb").read(), []).append(path)
    for name in [f"{kind}-{letter}" for kind in ("move", "sub") for letter in "abcde"] + ["linked"]:
        box.expect(any(name.encode() in data for data in contents), f"{name} is nowhere any more")


@check("files/long-names-and-deep-folders", 11)
def long_names(box):
    """Names of 255 bytes, paths beyond PATH_MAX, and moving them."""
    name = "n" * 251 + ".xml"
    box.put(f"in/{name}", report("long-name"))
    box.put(f"done/{name}", b"there already")
    box.put("in/good.xml", forge.good())
    here = os.getcwd()
    descriptor = os.open(box.path("in"), os.O_RDONLY)
    for _ in range(24):
        os.mkdir("d" * 200, dir_fd=descriptor)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    file = os.open("deep.xml", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor)
    os.write(file, report("deep"))
    os.close(file), os.close(descriptor)
    run = box.run("ingest", "--after", "move:../done", "../in")
    box.ends_well(run)
    box.expect({forge.GOOD, "long-name"} <= set(box.reports()), f"not stored: {box.reports()}")
    box.expect("deep" in box.reports() or b"dddd" in run.err and run.status != 0, f"an over-long path is left out without a word: {run}"[:400])
    box.expect(open(box.path("done", name), "rb").read() == b"there already", "a file of 255 bytes of name was replaced")
    box.cleanup.append(lambda: __import__("subprocess").run(["rm", "-rf", box.path("in")]))


@check("files/replaced-while-being-read", 11)
def replaced(box):
    """`--after delete` deletes the file that was read, not another one that has taken its name since."""
    rows = [record(f"10.1.{n >> 8 & 255}.{n & 255}") for n in range(30_000)]
    target = box.put("in/a.xml", report("old", rows))
    service = box.start("ingest", "--after", "delete", "../in")
    box.wait_for(lambda: not service.is_running or box.disk() > 100_000, 30)
    other = box.put("b.xml", report("new"))
    os.rename(other, target)
    run = service.wait()
    box.ends_well(run)
    box.expect("new" in box.reports() or os.path.exists(target), "a file that took the name of one that was being read was deleted unread")


@check("files/full-disk-and-closed-output", 11, 14)
def full(box):
    """Unwritable output is reported with its own status; a closed pipe is not a crash."""
    for n in range(30):
        box.put(f"in/{n}.xml", report(f"r{n}", [record(f"10.0.{n}.{k}") for k in range(200)]))
    box.run("ingest", "../in")
    for arguments in (("export",), ("export", "--format", "json"), ("summary",), ("export", "--rows", "--format", "ndjson"), ("parse", "../in"), ("senders", "suggest"),
                      ("--help",), ("lint", "../in"), ("rejects", "--format", "csv"), ("show", "report", "r1"), ("explain", "10.0.1.1"), ("readiness", "example.com")):
        run = box.run(*arguments, stdout="/dev/full")
        box.expect(not run.timed_out and run.status not in (0, -13) and run.status > 0, f"`{' '.join(arguments)} > /dev/full`: {run}")
        box.expect(run.err.strip() != b"", f"`{' '.join(arguments)} > /dev/full` says nothing")
        run = box.run(*arguments, closed=["stdout"])
        box.expect(not run.timed_out and run.status > 0, f"`{' '.join(arguments)} >&-`: {run}")
    box.put("in/more.xml", report("more"))
    run = box.run("ingest", "../in", closed=["stdin", "stdout", "stderr"])
    box.expect("more" in box.reports(), f"with all three closed, ingest stores nothing: {run}")
    with open(box.database, "rb") as file:
        box.expect(file.read(15) == b"SQLite format 3", "output went into the database, whose descriptor was 1 or 2")
    box.expect(box.run("db", "check").status == 0, "the database was damaged by output that went into it")
    run = box.run("export", stdout="/dev/full", stderr="/dev/full")
    box.expect(run.status > 0, f"both full: {run}")
