"""A service contacts a server at a bounded rate, whatever the server does, and ends on request."""
import time
from harness import check
import forge, imap
from forge import report

SECONDS = 12
# Commands in that time: logging in, opening, searching, and then a few rounds.
RATE = 60
LOGINS = 5


def watched(box, server, seconds=SECONDS, rate=RATE, logins=LOGINS, mails=(), **keys):
    conditions = imap.account(box, server, **keys)
    service = box.start("ingest", "--watch", **conditions)
    box.require(box.wait_for(lambda: server.logins, 40), f"it does not log in: {service.words()!r}")
    start, before = time.monotonic(), server.count()
    time.sleep(seconds)
    box.expect(service.is_running, f"the service ended: {service.words()[-300:]!r}")
    asked = server.count() - before
    box.expect(asked <= rate, f"{asked} commands in {time.monotonic() - start:.0f} s, at most {rate} allowed")
    box.expect(len(server.connections) <= logins, f"{len(server.connections)} connections in {seconds} s, at most {logins} allowed")
    run = service.stop()
    box.ends_well(run, "after SIGTERM", statuses={0, 1, 3, 143, -15})
    words = run.err.decode("utf-8", "replace").splitlines()
    box.expect(len(words) <= 40, f"{len(words)} lines of complaints in {seconds} s")
    return run


def idle(server_says, keep=False):
    """IDLE that the server ends at once."""
    def answer(connection, tag, words):
        connection.sendall(server_says(tag).encode())
        return True
    return answer


GOOD = [forge.mail(forge.good())]
IDLE = imap.CAPABILITY + " IDLE"


def register(label, says, capability=IDLE):
    @check(f"watch/{label}", 8)
    def flood(box):
        server = imap.Server(GOOD, capability, {"IDLE": idle(says)})
        watched(box, server)
        box.expect(forge.GOOD in box.reports(), "the good report is not stored")


register("idle-answered-at-once", lambda tag: f"+ idling\r\n{tag} OK done\r\n")
register("idle-answered-without-plus", lambda tag: f"{tag} OK done\r\n")
register("idle-refused", lambda tag: f"{tag} NO not here\r\n")
register("idle-unknown", lambda tag: f"{tag} BAD what?\r\n")
register("idle-says-exists-at-once", lambda tag: f"+ idling\r\n* 2 EXISTS\r\n{tag} OK done\r\n")
register("idle-says-expunge-at-once", lambda tag: f"+ idling\r\n* 1 EXPUNGE\r\n* 1 EXISTS\r\n{tag} OK done\r\n")


def flooding(label, line):
    @check(f"watch/{label}", 8)
    def flood(box):
        def answer(connection, tag, words):
            connection.sendall(b"+ idling\r\n")
            connection.settimeout(0.01)
            limit = time.monotonic() + 60
            while time.monotonic() < limit:
                connection.sendall(line)
                try:
                    if b"DONE" in connection.recv(100).upper():
                        break
                except TimeoutError:
                    pass
            connection.settimeout(60)
            connection.sendall(f"{tag} OK done\r\n".encode())
            return True
        run = watched(box, imap.Server(GOOD, IDLE, {"IDLE": answer}))
        box.expect(run.cpu < SECONDS, f"{run.cpu:.0f} s of CPU in {SECONDS} s")
        box.expect(forge.GOOD in box.reports(), "the good report is not stored")


flooding("flood-of-exists", b"* 1 EXISTS\r\n* 2 EXISTS\r\n")
flooding("flood-of-recent", b"* 1 RECENT\r\n")
flooding("flood-of-flags", b"* 1 FETCH (FLAGS (\\Seen))\r\n")
flooding("flood-of-still-here", b"* OK Still here\r\n")


def dropping(label, command, says=lambda tag: "", capability=IDLE):
    @check(f"watch/{label}", 8)
    def drops(box):
        """If connections repeatedly end soon after the login, attempts become less frequent."""
        def answer(connection, tag, words):
            connection.sendall(says(tag).encode())
            connection.close()
            raise OSError("closed")
        watched(box, imap.Server(GOOD, capability, {command: answer}), seconds=20, logins=6, rate=80)


dropping("drops-at-idle", "IDLE")
dropping("drops-after-idle", "IDLE", lambda tag: "+ idling\r\n")
dropping("bye-at-idle", "IDLE", lambda tag: "+ idling\r\n* BYE Session expired, please login again\r\n")
dropping("drops-at-select", "EXAMINE")
dropping("drops-at-search", "UID SEARCH")
dropping("bye-at-search", "UID SEARCH", lambda tag: "* BYE too busy\r\n")
dropping("drops-at-fetch", "UID FETCH")


@check("watch/refused-login", 8)
def refused(box):
    """A rejected password is not tried every few seconds, which would lock the account."""
    server = imap.Server(GOOD, IDLE, {name: lambda c, tag, words: c.sendall(f"{tag} NO [AUTHENTICATIONFAILED] no\r\n".encode()) or True
                                      for name in ("LOGIN", "AUTHENTICATE")})
    service = box.start("ingest", "--watch", **imap.account(box, server))
    time.sleep(20)
    box.expect(len(server.logins) <= 4, f"{len(server.logins)} logins in 20 s with a password that is refused")
    box.ends_well(service.stop(), "after SIGTERM", statuses={0, 1, 3, 143, -15})


@check("watch/wish-for-a-long-pause", 8)
def long_pause(box):
    """A requested pause of a year is limited to 15 minutes and reported."""
    says = "NO Request is throttled. Suggested Backoff Time: 31536000000 milliseconds"
    server = imap.Server(GOOD, IDLE, {"EXAMINE": lambda c, tag, words: c.sendall(f"{tag} {says}\r\n".encode()) or True})
    service = box.start("ingest", "--watch", **imap.account(box, server))
    box.wait_for(lambda: server.count("EXAMINE"), 30)
    time.sleep(5)
    words = service.words()
    box.expect(words.strip() != "", "the pause is not told")
    box.expect("900" in words or "15 min" in words, f"it does not say that it waits for a quarter of an hour at most: {words!r}")
    start = time.monotonic()
    box.ends_well(service.stop(), "after SIGTERM, in a long pause", statuses={0, 1, 3, 143, -15}, seconds=120)
    box.expect(time.monotonic() - start < 30, "SIGTERM is not heard in a long pause")


@check("watch/polling-floor", 8)
def polling(box):
    """The control: without IDLE, it polls every poll_seconds and finds a new message."""
    server = imap.Server(GOOD, imap.CAPABILITY)
    conditions = imap.account(box, server, poll_seconds=10)
    service = box.start("ingest", "--watch", **conditions)
    box.wait_for(lambda: forge.GOOD in box.reports() if server.logins else False, 40)
    server.mails.append(forge.mail(report("later")))
    box.expect(box.wait_for(lambda: "later" in box.reports(), 60), f"a mail that came later is not read: {service.words()!r}")
    box.ends_well(service.stop(), "after SIGTERM", statuses={0, 1, 3, 143, -15})
