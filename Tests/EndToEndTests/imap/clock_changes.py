"""A watch whose clock is set back and forward by hours, by libfaketime: no wait ends early, and none lasts longer.

    clock_changes.py PROGRAM CHECK...       runs checks by name; prints what is wrong, and ends with status 1 if anything is
"""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import reporting  # noqa: E402
from bad_days import CAPABILITY, PROGRAM, Place, Server, crlf  # noqa: E402
from dovecot import mail, report  # noqa: E402
from reporting import check  # noqa: E402

HOUR = 3_600


def eventually(question, seconds=900):
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if question():
            return True
        time.sleep(0.05)
    return False


class Watch:
    """A service with its own clock and a service manager that receives its notifications."""

    def __init__(self, place):
        self.place = place
        self.set_clock(0)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(f"{place.folder}/notify")
        self.notify.settimeout(900)
        # With FAKETIME the file would not count. The program cannot be started with the library directly: it finds its arguments beside its
        # environment, to which the library adds something if `faketime` has not done so before.
        self.process = subprocess.Popen(
            ["faketime", "-m", "-f", "+0", "sh", "-c", 'unset FAKETIME; echo $$ > pid; exec "$@"', "sh",
             PROGRAM, "ingest", "--watch", "--quiet", "--config", f"{place.folder}/config.yaml"],
            cwd=place.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "HOME": place.folder, "TMPDIR": place.folder, "DMARCSTAT_DATABASE": place.database,
                 "FAKETIME_TIMESTAMP_FILE": f"{place.folder}/clock", "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                 "NOTIFY_SOCKET": f"{place.folder}/notify", "WATCHDOG_USEC": "10000000"})

    def set_clock(self, seconds):
        # The program must never see a partial file.
        self.place.write("clock.new", f"{seconds:+d}\n")
        os.rename(f"{self.place.folder}/clock.new", f"{self.place.folder}/clock")

    def is_alive(self):
        """Whether it notifies the service manager twice from now on."""
        self.notify.setblocking(False)
        try:
            while True:
                self.notify.recv(4096)
        except BlockingIOError:
            self.notify.settimeout(900)
        try:
            return all("WATCHDOG=1" in self.notify.recv(4096).decode() for _ in range(2))
        except TimeoutError:
            return False

    def stop(self):
        with open(f"{self.place.folder}/pid") as file:
            os.kill(int(file.read()), signal.SIGTERM)
        return self.process.communicate(timeout=900)

    def has_seen_changes(self):
        """Whether a report was stored at another time than this program's. Not each has to be: those of one burst have one time."""
        with sqlite3.connect(self.place.database) as db:
            times = [row[0] for row in db.execute("SELECT ingested_at FROM report")]
        return any(abs(moment - time.time()) > 2 * HOUR for moment in times)

    def stored(self, name):
        """The row of a report; None before it is stored."""
        if not os.path.exists(self.place.database):
            return None
        with sqlite3.connect(self.place.database) as db:
            try:
                return db.execute("SELECT id FROM report WHERE report_id = ?", (name,)).fetchone()
            except sqlite3.OperationalError as error:
                # The file exists before its tables.
                if "no such table" not in str(error):
                    raise
                return None


def deliver(server, number):
    server.contents[number] = crlf(mail(number))
    server.sizes[number] = len(server.contents[number])


def polling(hours=(-5, 9)):
    """A server without IDLE: polling continues, and a slow response is awaited."""
    server = Server()
    with Place() as place:
        # Looks must be far enough apart for a burst to end between them.
        place.configure(server, "poll_seconds: 3")
        watch = Watch(place)
        check(eventually(lambda: server.count("UID SEARCH") > 1 or server.count("NOOP") > 1), "it looks")
        for number, hours in enumerate(hours, 1):
            # The clock is set while it waits for an answer.
            is_set = threading.Event()
            is_asked = threading.Event()

            def search(rest, tag, connection):
                is_asked.set()
                is_set.wait(60)
                return server.uid_search(rest, tag, connection)

            server.special["uid_search"] = search
            deliver(server, number)
            check(is_asked.wait(900), f"{hours} h: it asks")
            watch.set_clock(hours * HOUR)
            check(watch.is_alive(), f"{hours} h: the service manager hears of it")
            is_set.set()
            check(eventually(lambda: watch.stored(f"r{number}") is not None), f"{hours} h: a new message is stored")
            del server.special["uid_search"]
            before = len(server.heard)
            check(eventually(lambda: len(server.heard) > before + 2), f"{hours} h: it goes on to ask")
            check(watch.is_alive(), f"{hours} h: the service manager still hears of it")
        check(watch.has_seen_changes(), "the program has seen the changes of the clock")
        output, errors = watch.stop()
        check(watch.process.returncode == 0, "it ends well", watch.process.returncode)
        check(server.count("CONNECT") == 1, "one connection has lasted", server.count("CONNECT"))
        check(errors == "", "nothing went wrong", errors)
    server.stop()


def long_polling():
    polling((-5, 9, -30, 48, 0))


def idle_and_files():
    """IDLE is renewed and folders are read, whatever the clock says."""
    server = Server(capability=CAPABILITY + " IDLE")
    news = threading.Event()

    def idle(rest, tag, connection):
        connection.sendall(b"+ idling\r\n")
        # Until there is something new, or the client ends it.
        connection.settimeout(0.1)
        try:
            while True:
                try:
                    if b"\n" in connection.recv(100):
                        return f"{tag} OK done\r\n"
                except TimeoutError:
                    if news.is_set():
                        news.clear()
                        connection.sendall(f"* {len(server.contents)} EXISTS\r\n".encode())
        finally:
            connection.settimeout(server.patience)

    server.special["idle"] = idle
    with Place() as place:
        drop = f"{place.folder}/drop"
        os.makedirs(drop)
        place.configure(server, "timeouts: {idle: 3}")
        with open(f"{place.folder}/config.yaml", "a") as file:
            file.write(f"sources: [{drop}]\n")
        watch = Watch(place)
        check(eventually(lambda: server.count("IDLE") > 0), "it idles")
        for number, hours in enumerate((-5, 9, 0), 1):
            watch.set_clock(hours * HOUR)
            before = server.count("IDLE")
            check(eventually(lambda: server.count("IDLE") > before + 1), f"{hours} h: IDLE is renewed")
            deliver(server, number)
            news.set()
            check(eventually(lambda: watch.stored(f"r{number}") is not None), f"{hours} h: a new message is stored")
            place.write(f"drop/{number}.xml", report(100 + number))
            check(eventually(lambda: watch.stored(f"r{100 + number}") is not None), f"{hours} h: a new file is found")
            check(watch.is_alive(), f"{hours} h: the service manager hears of it")
        check(watch.has_seen_changes(), "the program has seen the changes of the clock")
        output, errors = watch.stop()
        check(watch.process.returncode == 0, "it ends well", watch.process.returncode)
        check(server.count("CONNECT") == 1, "one connection has lasted", server.count("CONNECT"))
        check(errors == "", "nothing went wrong", errors)
    server.stop()


if __name__ == "__main__":
    reporting.main(globals())
