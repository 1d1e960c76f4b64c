"""The database: ownership, its disappearance and exhausted resources."""
import os, shutil, signal, sqlite3, stat, time
from harness import MIB, Failed, check
import forge, imap
from forge import record, report


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@check("store/rights", 10)
def rights(box):
    """Only the owner can read the data: 0600 and 0700 with any umask, for the companion files, too."""
    box.put("in/good.xml", forge.good())
    for umask in (0o000, 0o022, 0o002):
        shutil.rmtree(box.path("data"), ignore_errors=True)
        box.run("ingest", "../in", umask=umask)
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(box.database + suffix):
                box.expect(mode(box.database + suffix) & 0o077 == 0, f"umask {umask:03o}: reports.sqlite{suffix} has {mode(box.database + suffix):04o}")
        box.expect(mode(box.path("data")) & 0o077 == 0, f"umask {umask:03o}: the folder has {mode(box.path('data')):04o}")
    backup = box.path("backup.sqlite")
    box.run("db", "backup", backup, umask=0)
    box.expect(os.path.exists(backup) and mode(backup) & 0o077 == 0, f"a backup has {mode(backup):04o}")
    box.run("ingest", "../in", environment={"DMARCSTAT_DATABASE": None}, umask=0)
    default = box.path("home/.local/share/dmarcstat")
    box.expect(os.path.isdir(default) and mode(default) & 0o077 == 0 and mode(os.path.join(default, "reports.sqlite")) & 0o077 == 0, "the default place is open to others")


@check("store/rights-of-existing-ones-stay", 10)
def existing(box):
    """The control: permissions set by an administrator are kept."""
    box.put("in/good.xml", forge.good())
    box.run("ingest", "../in")
    os.chmod(box.database, 0o640)
    os.chmod(box.path("data"), 0o750)
    box.put("in/more.xml", report("more"))
    box.ok("ingest", "../in")
    box.expect(mode(box.database) == 0o640 and mode(box.path("data")) == 0o750, f"rights were changed to {mode(box.database):04o}, {mode(box.path('data')):04o}")


def replaced(label, replace):
    @check(f"store/{label}-under-a-run", 10)
    def check_it(box):
        """The database is replaced while messages are fetched: only messages stored in the new file are cleaned up."""
        box.run("ingest", box.put("first.xml", report("first")))

        class Waiting(imap.Server):
            """Replaces the database when the last message has been requested."""
            done = False

            def content(self, uid):
                if uid == 3 and not self.done:
                    self.done = True
                    time.sleep(1)
                    replace(box)
                return super().content(uid)
        server = Waiting([forge.mail(report(f"r{n}")) for n in range(2)] + [forge.mail(forge.good())])
        conditions = imap.account(box, server, after="delete")
        run = box.run("ingest", **conditions)
        box.ends_well(run, label)
        try:
            kept = set(box.reports())
        except Failed:
            kept = set()
        lost = [name for uid, name in ((1, "r0"), (2, "r1"), (3, forge.GOOD)) if uid in server.gone and name not in kept]
        box.expect(not lost, f"mails were deleted whose reports are in no database: {lost}; {run}")
        if lost or len(server.gone) < 3:
            box.expect(run.status in (3, 4), f"that the database went away is not told by the status: {run}")
    return check_it


def move_away(box):
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(box.database + suffix):
            os.rename(box.database + suffix, box.database + ".old" + suffix)


def put_other(box):
    move_away(box)
    connection = sqlite3.connect(box.database)
    connection.execute("CREATE TABLE x (a)")
    connection.commit()
    connection.close()


def restore_copy(box):
    copy = box.database + ".copy"
    source, target = sqlite3.connect(box.database), sqlite3.connect(copy)
    source.backup(target)
    source.close(), target.close()
    move_away(box)
    os.rename(copy, box.database)


def remove(box):
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(box.database + suffix):
            os.remove(box.database + suffix)


def rename_folder(box):
    os.rename(box.path("data"), box.path("data-old"))


replaced("moved", move_away)
replaced("another-put", put_other)
replaced("backup-restored", restore_copy)
replaced("removed", remove)
replaced("folder-renamed", rename_folder)


@check("store/backup-cut-off", 10)
def backup(box):
    """An interrupted backup leaves nothing that looks like a backup, and never damages an older one."""
    rows = [record(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}") for n in range(60_000)]
    box.run("ingest", box.put("a.xml", report("large", rows)))
    target = box.path("backup.sqlite")
    for attempt in range(6):
        service = box.start("db", "backup", target)
        box.wait_for(lambda: not service.is_running or any(name.startswith(("backup", ".backup")) for name in os.listdir(box.root)), 20)
        time.sleep(0.004 * attempt)
        service.send(signal.SIGKILL)
        service.wait()
        if os.path.exists(target):
            try:
                whole = sqlite3.connect(f"file:{target}?mode=ro", uri=True).execute("SELECT count(*) FROM v_record").fetchone()[0] == 60_000
            except sqlite3.Error:
                whole = False
            box.expect(whole, "a backup that was cut off stands under the name of a whole one")
            os.remove(target)
    box.run("db", "backup", target, limits={"file_bytes": 1 * MIB})
    box.expect(not os.path.exists(target), "a backup onto a full disk leaves a piece under its name")
    box.ok("db", "backup", target)
    box.expect(os.path.exists(target), "no backup was made")


@check("store/file-size-limit", 10)
def file_size(box):
    """`ulimit -f`: an error and status 4, no crash by SIGXFSZ; nothing is lost, and a later run continues."""
    rows = [record(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}") for n in range(30_000)]
    box.put("in/a.xml", report("large", rows))
    box.put("in/good.xml", forge.good())
    for limit in (4096, 100_000, 1 * MIB):
        run = box.run("ingest", "../in", "--after", "delete", limits={"file_bytes": limit})
        box.expect(run.status == 4, f"ulimit -f {limit}: {run}")
        box.expect(os.path.exists(box.path("in/a.xml")), f"ulimit -f {limit}: the report was deleted")
    box.ok("ingest", "../in")
    box.expect({"large", forge.GOOD} <= set(box.reports()), "a later run does not store everything")
    box.expect(box.run("db", "check").status == 0, "the database is damaged")


@check("store/few-threads-and-little-memory", 10)
def resources(box):
    """`ulimit -u` and `-v`: an exit status and a message, no hang."""
    box.put("in/good.xml", forge.good())
    uid = 64_000 + box.random.randrange(1_000)
    os.chmod(box.root, 0o777), os.chmod(box.work, 0o777)
    os.makedirs(box.path("data"), exist_ok=True)
    os.chmod(box.path("data"), 0o777)
    for processes in (1, 2, 3, 4, 6, 8):
        run = box.run("ingest", "../in", user=uid, limits={"processes": processes}, timeout=60)
        box.expect(not run.timed_out and run.status in (0, 4), f"ulimit -u {processes}: {run}")
        if run.status:
            box.expect(run.err.strip() != b"", f"ulimit -u {processes}: no words")
    for size in (120, 160, 200, 300, 450, 700):
        run = box.run("ingest", "--retry", "../in", limits={"address_space": size * MIB}, timeout=60)
        # 127 is the loader's, before the program has begun.
        box.expect(not run.timed_out and run.status in (0, 4, 127), f"ulimit -v {size} MiB: {run}")
    for files in (3, 5, 8, 12, 16):
        run = box.run("ingest", "../in", limits={"open_files": files}, timeout=60)
        box.expect(not run.timed_out and run.status in (0, 1, 3, 4, 127), f"ulimit -n {files}: {run}")
    box.ok("ingest", "../in")
    box.expect(forge.GOOD in box.reports(), "the good report is not stored in the end")


@check("store/damaged-databases", 10)
def damaged(box):
    """Not a database, a folder, a broken link, no permission, a newer version: status 4 and a message."""
    box.put("in/good.xml", forge.good())
    cases = {"text": lambda: box.put("data/reports.sqlite", "hello" * 2000), "folder": lambda: os.makedirs(box.database),
             "link": lambda: os.symlink("/no/such/place/x", box.database), "device": lambda: os.symlink("/dev/full", box.database),
             "zeros": lambda: box.put("data/reports.sqlite", bytes(8192)), "header only": lambda: box.put("data/reports.sqlite", b"SQLite format 3\0" + bytes(84))}
    for label, make in cases.items():
        shutil.rmtree(box.path("data"), ignore_errors=True)
        os.makedirs(box.path("data"))
        make()
        for arguments in (("ingest", "../in", "--after", "delete"), ("summary",)):
            run = box.run(*arguments, timeout=60)
            box.expect(run.status == 4 and run.err, f"{label}: {run}")
        box.expect(os.path.exists(box.path("in/good.xml")), f"{label}: the report was deleted")


@check("store/killed-anywhere", 10)
def killed(box):
    """Killed at random moments with `--after delete`: each report is in the database or its file still exists."""
    names = [f"k{n}" for n in range(40)]
    for name in names:
        box.put(f"in/{name}.xml", report(name, [record("192.0.2.1", 1)] * 30))
    for attempt in range(25):
        service = box.start("ingest", "--after", "delete", "../in")
        time.sleep(box.random.uniform(0.05, 0.5))
        service.send(signal.SIGKILL)
        service.wait()
        try:
            stored = set(box.reports())
        except Failed:
            stored = set()
        lost = [name for name in names if name not in stored and not os.path.exists(box.path(f"in/{name}.xml"))]
        box.require(not lost, f"lost after kill {attempt}: {lost}")
    box.ok("ingest", "--after", "delete", "../in")
    box.expect(box.messages() == 40 * 30, f"{box.messages()} of 1200 messages")
