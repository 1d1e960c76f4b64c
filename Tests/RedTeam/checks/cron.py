"""Under cron, each problem is reported once, and the location of the database is never guessed."""
import os
from harness import check
import forge, imap
from forge import report


@check("cron/source-that-is-missing", 14)
def missing(box):
    """Reported by the first run, not by each later one; when it is available again, it is read."""
    good = box.put("in/good.xml", forge.good())
    runs = [box.run("ingest", "--quiet", "../in", "../missing") for _ in range(4)]
    box.expect(runs[0].err.strip() != b"" and runs[0].status == 3, f"the first run: {runs[0]}")
    told = [number + 1 for number, run in enumerate(runs) if run.err.strip() or run.out.strip()]
    box.expect(told == [1], f"told in the runs {told}, not in the first alone")
    box.expect(all(run.status == 3 for run in runs), f"status of later runs: {[run.status for run in runs]}")
    box.put("missing/a.xml", report("back"))
    last = box.run("ingest", "--quiet", "../in", "../missing")
    box.expect("back" in box.reports() and last.status == 0, f"once it is there again: {last}")
    box.expect(os.path.exists(good), "the good report is gone")


@check("cron/server-that-is-down", 14)
def down(box):
    server = imap.Server([forge.mail(forge.good())])
    conditions = imap.account(box, server)
    server.stop()
    runs = [box.run("ingest", "--quiet", **conditions) for _ in range(4)]
    box.expect(runs[0].err.strip() != b"" and runs[0].status == 3, f"the first run: {runs[0]}")
    told = [number + 1 for number, run in enumerate(runs) if run.err.strip() or run.out.strip()]
    box.expect(told == [1], f"told in the runs {told}, not in the first alone")


@check("cron/mail-that-is-not-given", 5, 14)
def not_given(box):
    server = imap.Server([forge.mail(forge.good()), forge.mail(report("held"))])
    usual = server.fetched
    server.fetched = lambda uid, what: b"" if uid == 2 and "BODY" in what else usual(uid, what)
    conditions = imap.account(box, server)
    runs = [box.run("ingest", "--quiet", **conditions) for _ in range(4)]
    told = [number + 1 for number, run in enumerate(runs) if run.err.strip() or run.out.strip()]
    box.expect(told == [1], f"told in the runs {told}, not in the first alone")
    server.fetched = usual
    box.run("ingest", "--quiet", **conditions)
    box.expect("held" in box.reports(), "once it is given it is not read")


@check("cron/files-that-cannot-be-read", 11, 14)
def unreadable(box):
    from harness import NOBODY
    box.put("in/good.xml", forge.good())
    os.chmod(box.put("in/closed.xml", report("closed")), 0)
    os.chmod(box.put("in/folder/a.xml", report("folder")), 0)
    os.chmod(box.path("in/folder"), 0)
    os.makedirs(box.path("data"))
    os.chmod(box.path("data"), 0o777), os.chmod(box.home, 0o777)
    runs = [box.run("ingest", "--quiet", "../in", user=NOBODY) for _ in range(4)]
    os.chmod(box.path("in/folder"), 0o755)
    box.expect(b"closed.xml" in runs[0].err and b"folder" in runs[0].err, f"the first run: {runs[0]}")
    told = [number + 1 for number, run in enumerate(runs) if run.err.strip() or run.out.strip()]
    box.expect(told == [1], f"told in the runs {told}, not in the first alone")


@check("cron/rejections", 14)
def rejections(box):
    """The control: a rejected file is reported once."""
    box.put("in/good.xml", forge.good())
    box.put("in/bad.xml", b"<feedback>nothing")
    runs = [box.run("ingest", "--quiet", "../in") for _ in range(3)]
    told = [number + 1 for number, run in enumerate(runs) if run.err.strip() or run.out.strip()]
    box.expect(told == [1] and runs[0].status == 1, f"told in the runs {told}; {runs[0]}")
    box.expect([run.status for run in runs[1:]] == [0, 0], f"status of later runs: {[run.status for run in runs]}")


@check("cron/no-home", 14)
def no_home(box):
    """HOME unset, empty, relative or missing: an error that names --database, and no database in an unexpected place."""
    path = box.put("in/good.xml", forge.good())
    for user in (None, 64_321):
        for label, home in (("unset", None), ("empty", ""), ("relative", "somewhere"), ("missing", "/proc/no/such/home"), ("a file", path), ("/dev/null", "/dev/null")):
            for arguments in (("ingest", path), ("summary",)):
                run = box.run(*arguments, environment={"HOME": home, "DMARCSTAT_DATABASE": None, "XDG_DATA_HOME": None}, user=user)
                if home is None and user is None:
                    # Root's own home is known to the system, and may be used.
                    continue
                box.expect(run.status in (2, 4), f"HOME {label}: {run}")
                box.expect(b"--database" in run.err, f"HOME {label}: the message does not name --database: {run}")
                made = [os.path.join(folder, name) for place in (box.work, box.root) for folder, _, names in os.walk(place) for name in names if name.endswith(".sqlite")]
                box.expect(not made, f"HOME {label}: a database was made at {made}")
                for name in made:
                    os.remove(name)


@check("cron/environment-that-is-odd", 14)
def odd_environment(box):
    """DMARCSTAT_DATABASE empty, a folder; DMARCSTAT_CONFIG empty or missing; a missing TMPDIR."""
    path = box.put("in/good.xml", forge.good())
    for name, value, statuses in (("DMARCSTAT_DATABASE", "", {0, 2, 4}), ("DMARCSTAT_DATABASE", box.work, {4}), ("DMARCSTAT_CONFIG", "", {0, 2}),
                                  ("DMARCSTAT_CONFIG", "/no/such/file", {2}), ("DMARCSTAT_CONFIG", "/dev/zero", {2}), ("TMPDIR", "/no/such/folder", {0, 1, 3, 4}),
                                  ("TZ", ":/no/such", {0}), ("LANG", "xx_YY.garbage", {0}), ("LANG", "", {0}), ("PATH", None, {0}), ("COLUMNS", "99999999999999999999", {0}),
                                  ("COLUMNS", "0", {0}), ("COLUMNS", "-5", {0})):
        for arguments in (("ingest", "--retry", path), ("summary",)):
            run = box.run(*arguments, environment={name: value}, timeout=60)
            box.ends_well(run, f"{name}={value!r}, {arguments[0]}", memory=400 << 20, statuses=statuses | ({4} if arguments == ("summary",) else set()))
