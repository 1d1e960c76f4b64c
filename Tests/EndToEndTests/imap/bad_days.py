"""Checks of `dmarcstat ingest` against scripted servers that misbehave: withheld contents, request rates, secrets, certificates, passwords.

    bad_days.py PROGRAM CHECK...       runs checks by name; prints what is wrong, and ends with status 1 if anything is
"""

import base64
import gzip
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import types
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import reporting  # noqa: E402
from dovecot import NEW_KEY, mail, other_mail, report  # noqa: E402
from listener import Listener  # noqa: E402
from reporting import IS_LONG, check, noise  # noqa: E402

PROGRAM = sys.argv[1]
USER, PASSWORD = "dmarc@example.com", "correct-horse/battery+staple 42"
CAPABILITY = "IMAP4rev1 SASL-IR LITERAL+ UIDPLUS MOVE"


class Server(Listener):
    """Answers commands from a table, in which tests replace answers. It counts commands and records their times."""

    def __init__(self, contents=(), capability=CAPABILITY, context=None, host="127.0.0.1", **special):
        self.contents = {uid + 1: content for uid, content in enumerate(contents)}
        self.sizes = {uid: len(content) for uid, content in self.contents.items()}
        self.headers = {}
        self.offers, self.special = capability, special
        self.heard, self.times, self.moved, self.received = [], [], [], b""
        super().__init__(context, host)

    def count(self, name):
        return sum(1 for line in self.heard if name in line)

    def connected(self):
        self.heard.append("CONNECT")

    def line(self, connection):
        text = self.raw_line(connection)
        self.received += text
        return text.decode("utf-8", "replace").strip()

    def talk(self, connection):
        greeting = self.special.get("greeting", lambda: f"* OK [CAPABILITY {self.offers}] hello")()
        connection.sendall(greeting.encode() + b"\r\n")
        while True:
            line = self.line(connection)
            while line.endswith("+}"):
                line += self.line(connection)
            tag, _, rest = line.partition(" ")
            self.heard.append(rest)
            self.times.append(time.monotonic())
            name = "_".join(rest.upper().split(" ")[:2 if rest.upper().startswith("UID ") else 1]).lower()
            answer = self.special.get(name) or getattr(self, name, None)
            text = answer(rest, tag, connection) if answer else f"{tag} OK done\r\n"
            if isinstance(text, str):
                text = text.encode()
            connection.sendall(text if text is not None else b"")
            if name == "logout":
                return

    # The default answers.

    def select(self, rest, tag, _):
        return f"* {len(self.contents)} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n{tag} OK [READ-WRITE] done\r\n"

    examine = select

    def capability(self, rest, tag, _):
        return f"* CAPABILITY {self.offers}\r\n{tag} OK done\r\n"

    def login(self, rest, tag, _):
        return f"{tag} OK [CAPABILITY {self.offers}] in\r\n"

    authenticate = login

    def list(self, rest, tag, _):
        return f'* LIST () "/" "INBOX"\r\n* LIST () "/" "Done"\r\n* LIST () "/" "Other"\r\n{tag} OK done\r\n'

    def uid_search(self, rest, tag, _):
        return f"* SEARCH {' '.join(map(str, self.contents))}\r\n{tag} OK done\r\n"

    def uid_fetch(self, rest, tag, _):
        answer = b""
        for uid in self.uids(rest):
            if uid not in self.contents:
                continue
            answer += b"* %d FETCH (UID %d" % (uid, uid)
            if "RFC822.SIZE" in rest and self.sizes[uid] is not None:
                answer += f' RFC822.SIZE {self.sizes[uid]} INTERNALDATE "01-Oct-2026 06:00:00 +0000"'.encode()
            if "HEADER.FIELDS" in rest and uid in self.headers:
                answer += b" BODY[HEADER.FIELDS (MESSAGE-ID DATE SUBJECT)]<0> {%d}\r\n%s" % (len(self.headers[uid]), self.headers[uid])
            if "BODY.PEEK[]" in rest:
                answer += b" BODY[] " + self.body(uid, ":" not in rest and "," not in rest)
            answer += b")\r\n"
        return answer + f"{tag} OK done\r\n".encode()

    def body(self, uid, is_alone):
        content = self.contents[uid]
        return content if content[:1] in (b"N", b'"') else b"{%d}\r\n%s" % (len(content), content)

    def uid_move(self, rest, tag, _):
        self.moved.append(rest)
        return f"{tag} OK done\r\n"

    @staticmethod
    def uids(rest):
        found = []
        for part in rest.split(" ")[2].split(","):
            first, _, last = part.partition(":")
            found += range(int(first), (10 if last == "*" else int(last or first)) + 1)
        return found


class Place:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="dmarcstat-bad-day-")
        self.database = f"{self.folder}/reports.sqlite"
        self.write("password", PASSWORD + "\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text, mode=0o600):
        data = text if isinstance(text, bytes) else text.encode()
        with open(f"{self.folder}/{name}", "wb") as file:
            file.write(data)
        os.chmod(f"{self.folder}/{name}", mode)
        return f"{self.folder}/{name}"

    def configure(self, server, *keys, secret="password_file: password", host="127.0.0.1", tls="none"):
        if not any(key.startswith("timeouts:") for key in keys):
            keys += ("timeouts: {connect: 600, silence: 600}",)
        self.write("config.yaml", "\n".join([
            "accounts:", "  - name: reports", f"    server: {host}", f"    port: {server.port}", f"    tls: {tls}",
            f"    user: {USER}", f"    {secret}", *(f"    {key}" for key in keys), ""]))

    def start(self, *words, **more):
        return subprocess.Popen(
            [PROGRAM, *words, "--config", f"{self.folder}/config.yaml"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            stdin=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "HOME": self.folder, "TMPDIR": self.folder, "DMARCSTAT_DATABASE": self.database, **more})

    def run(self, *words, **more):
        process = self.start(*words, **more)
        output, errors = process.communicate(timeout=900)
        process.stdout, process.stderr = output, errors
        return process

    def reports(self):
        with sqlite3.connect(self.database) as db:
            return [row[0] for row in db.execute("SELECT report_id FROM report ORDER BY id")]


def crlf(content):
    return content.replace(b"\n", b"\r\n")


# Withheld contents.

STAND_IN = crlf(b"""MIME-Version: 1.0
Content-Type: text/plain; charset="us-ascii"
From: Microsoft Exchange Server 2010
To: DMARC <dmarc@example.com>
Subject: Retrieval using the IMAP4 protocol failed for the following
 message: 20004
Content-Transfer-Encoding: quoted-printable

The server couldn't retrieve the following message:

Subject: "Report Domain: example.com"
The message hasn't been deleted. You might be able to view it using either =
Outlook or Outlook Web App.
""")


def not_given():
    whole = crlf(mail(1))
    half = whole[:len(whole) // 3]
    for name, content, size in (
            ("NIL", b"NIL", 5_000), ("an empty literal", b"", 5_000), ("an empty string", b'""', 5_000), ("no size", b"", None),
            ("an absurd size", b"", 2**64), ("a stand-in", STAND_IN, 5_000), ("a stand-in of its size", STAND_IN, len(STAND_IN)),
            ("a header only", half[:half.index(b"\r\n\r\n") + 4], len(whole)), ("a cut header", b"From: a@example.net\r\nSub", 5_000),
            ("a cut multipart", half, len(whole)), ("a few bytes", b"\r\nx", 40_000), ("a short text", crlf(other_mail(1)), 30_000)):
        with Place() as place:
            server = Server([whole, content, crlf(other_mail(3))])
            server.sizes[2] = size
            place.configure(server, "after: move:Done", "other: move:Other", "rejected: move:Other", "retries: 0")
            for turn in (1, 2):
                result = place.run("ingest")
                check(result.returncode == 3, f"{name}, run {turn}: status {result.returncode}", result.stderr)
                check("UID 2" in result.stderr and "reports" in result.stderr and "INBOX" in result.stderr,
                      f"{name}, run {turn}: it is named", result.stderr)
            asked = [line for line in server.heard if "BODY.PEEK[]" in line]
            check(asked[1:] == ["UID FETCH 2 (UID BODY.PEEK[])"] * (len(asked) - 1) and len(asked) == 4, f"{name}: asked again", asked)
            check(place.reports() == ["r1"], f"{name}: the others are read", place.reports())
            check(not any(2 in Server.uids(line) for line in server.moved), f"{name}: it is not moved", server.moved)
            # When the server works again, the message is read.
            server.contents[2] = crlf(mail(2))
            result = place.run("ingest")
            check(result.returncode == 0 and place.reports() == ["r1", "r2"], f"{name}: later it is read", result.stderr)
            check(any(2 in Server.uids(line) for line in server.moved), f"{name}: then it is moved", server.moved)
            server.stop()


LOCALISED = crlf(b"""From: System <system@example.com>
Subject: Abruf der Nachricht fehlgeschlagen
Content-Type: text/plain; charset="us-ascii"

Der Server konnte die Nachricht nicht abrufen.
""")


def short_contents():
    """Contents whose size differs from the announced one are accepted only with a complete report."""
    whole = crlf(mail(1))
    # A comment that gzip cannot compress.
    comment = b"<!-- " + noise(8_000).hex().encode() + b" --><feedback"
    long = crlf(mail(1, base64.encodebytes(gzip.compress(report(1).replace(b"<feedback", comment, 1)))))
    cases = {
        "a localised stand-in": (LOCALISED, len(whole)), "a stand-in longer than the message": (LOCALISED + b"x" * 1_500, 400),
        "two thirds": (long[:len(long) * 2 // 3], len(long)), "nearly all": (long[:-300], len(long)),
        "a cut zip": (long[:len(long) * 9 // 10], len(long)), "blank lines": (b"\r\n" * 5, len(whole)),
    }
    for name, (content, size) in cases.items():
        with Place() as place:
            server = Server([crlf(mail(2)), content])
            server.sizes[2] = size
            place.configure(server, "after: move:Done", "other: move:Other", "rejected: move:Other", "retries: 0")
            for turn in (1, 2):
                result = place.run("ingest")
                check(result.returncode == 3 and "UID 2" in result.stderr, f"{name}, run {turn}: it is told", result.stderr)
                check(not any(2 in Server.uids(line) for line in server.moved), f"{name}: it is not moved", server.moved)
                check("rejected" not in result.stdout and "no report" not in result.stdout, f"{name}: nothing is said of it", result.stdout)
            check(place.reports() == ["r2"], f"{name}: nothing of it is stored", place.reports())
            server.contents[2] = whole
            server.sizes[2] = len(whole)
            check(place.run("ingest").returncode == 0 and place.reports() == ["r2", "r1"], f"{name}: later it is read", place.reports())
            server.stop()
    # Complete contents are accepted with any announced size; so are slightly shorter ones.
    for name, content, size in (("a report", whole, 60_000), ("a report that is longer", whole, 10), ("a note", crlf(other_mail(1)), len(crlf(other_mail(1))) + 300)):
        with Place() as place:
            server = Server([content])
            server.sizes[1] = size
            place.configure(server, "after: move:Done", "other: move:Other", "retries: 0")
            result = place.run("ingest")
            check(result.returncode == 0 and server.moved, f"{name}: it is taken", result.stderr)
            server.stop()


def flawed_contents():
    """Contents that cannot be the original message are rejected, even with the announced size."""
    whole = crlf(mail(1))
    start = whole.index(b"\r\n\r\n") + 4
    rest = len(whole) - start
    multipart = b'Subject: x\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    literal = lambda content: b"{%d}\r\n%s" % (len(content), content)  # noqa: E731
    cases = {
        "NULs": literal(b"\0" * len(whole)), "blanks": literal(b" " * len(whole)), "header and NULs": literal(whole[:start] + b"\0" * rest),
        "header and blank lines": literal(whole[:start] + b"\r\n" * (rest // 2)), "the body alone": literal(whole[start:]),
        "a hole": literal(whole[:len(whole) // 2] + b"\0" * (len(whole) - len(whole) // 2)),
        "a multipart without parts": literal(multipart), "a multipart with text only": literal(multipart + b"something\r\n" * 20),
        "two contents": literal(whole) + b" BODY[] {0}\r\n", "two UIDs": literal(whole) + b" UID 9", "a bad value": literal(whole) + b" FLAGS",
    }
    for name, answer in cases.items():
        class Flawed(Server):
            def body(self, uid, is_alone):
                return answer if uid == 2 and self.is_flawed else super().body(uid, is_alone)
        flawed(name, Flawed([crlf(mail(3)), whole, crlf(mail(4))]), int(answer[1:answer.index(b"}")]))
    for origin, size in ((500, 500), (20, 20), (0, 40), (2**70, 0)):
        class Partial(Server):
            def uid_fetch(self, rest, tag, connection):
                text = super().uid_fetch(rest, tag, connection)
                if not self.is_flawed or "BODY.PEEK[]" not in rest:
                    return text
                part = whole[:len(whole) - size] if origin == 0 else whole[size:]
                return text.replace(b"BODY[] " + literal(whole), b"BODY[]<%d> " % origin + literal(part))
        flawed(f"from byte {origin}", Partial([crlf(mail(3)), whole, crlf(mail(4))]), len(whole))


def unreadable_header():
    """A server that omits a message whenever its content is requested."""
    for refusal in ("", "NO broken"):
        class Broken(Server):
            def uid_fetch(self, rest, tag, connection):
                if "BODY" not in rest or 2 not in Server.uids(rest):
                    return super().uid_fetch(rest, tag, connection)
                found = b"".join(super(Broken, self).uid_fetch(f"UID FETCH {uid} {rest.split(' ', 3)[3]}", "x", connection).replace(b"x OK done\r\n", b"")
                                 for uid in Server.uids(rest) if uid != 2)
                return found + f"{tag} {refusal or 'OK done'}\r\n".encode()
        with Place() as place:
            server = Broken([crlf(mail(1)), crlf(mail(2)), crlf(mail(3))])
            place.configure(server, "after: move:Done", "retries: 0")
            result = place.run("ingest")
            check(result.returncode == 3 and "UID 2" in result.stderr, f"{refusal}: it is told", result.stderr)
            check(sorted(place.reports()) == ["r1", "r3"], f"{refusal}: the others are read", place.reports())
            check(not any(2 in Server.uids(line) for line in server.moved), f"{refusal}: it is not moved", server.moved)
            server.stop()


def flawed(name, server, size):
    with Place() as place:
        server.is_flawed, server.sizes[2] = True, size
        place.configure(server, "after: move:Done", "other: move:Other", "rejected: move:Other", "retries: 0")
        for turn in (1, 2):
            result = place.run("ingest")
            check(result.returncode == 3 and "UID 2" in result.stderr and "INBOX" in result.stderr, f"{name}, run {turn}: it is told", result.stderr)
            check(not any(2 in Server.uids(line) for line in server.moved), f"{name}: it is not moved", server.moved)
            check(sorted(place.reports()) == ["r3", "r4"], f"{name}: the others are read", place.reports())
        server.is_flawed, server.sizes[2] = False, len(server.contents[2])
        result = place.run("ingest")
        check(result.returncode == 0 and len(place.reports()) == 3, f"{name}: later it is read", result.stderr, place.reports())
        server.stop()


def other_contents():
    """Contents of another message, by header, sequence number or a second content, do not lose a report."""
    contents = [crlf(mail(1)), crlf(mail(2)), crlf(mail(3))]
    for content in (LOCALISED, LOCALISED + b"Message-ID: <x>\r\n", STAND_IN, crlf(other_mail(7))):
        class Replaced(Server):
            def body(self, uid, is_alone):
                return b"{%d}\r\n%s" % (len(content), content) if uid == 2 and self.is_flawed else super().body(uid, is_alone)
        server = Replaced([crlf(mail(3)), contents[0], crlf(mail(4))])
        server.headers[2] = b"Subject: Report Domain: example.com\r\nMessage-ID: <r1@example.net>\r\n\r\n"
        flawed("another header", server, len(content))

    def misnumbered(answers):
        def uid_fetch(self, rest, tag, connection):
            if "BODY.PEEK[]" not in rest:
                return Server.uid_fetch(self, rest, tag, connection)
            found = b"".join(answers(uid) for uid in Server.uids(rest) if uid in self.contents)
            return found + f"{tag} OK done\r\n".encode()
        return type("Misnumbered", (Server,), {"uid_fetch": uid_fetch})

    def answer(number, uid, content):
        name = b"" if uid is None else b"UID %d " % uid
        return b"* %d FETCH (%sBODY[] {%d}\r\n%s)\r\n" % (number, name, len(content), content)
    for name, answers, missing in (
            ("2 as 3", lambda uid: answer(uid, 3 if uid == 2 else uid, contents[uid - 1]), ["r2"]),
            ("no UID", lambda uid: answer(uid, None if uid == 2 else uid, contents[uid - 1]), ["r2"]),
            ("swapped", lambda uid: answer({1: 2, 2: 1, 3: 3}[uid], uid, contents[{1: 1, 2: 0, 3: 2}[uid]]), []),
            ("reversed", lambda uid: answer(4 - uid, 4 - uid, contents[3 - uid]), []),
            ("two contents", lambda uid: answer(uid, uid, contents[uid - 1]) + (answer(2, 2, crlf(mail(9))) if uid == 2 else b""), ["r2"])):
        with Place() as place:
            server = misnumbered(answers)(contents)
            place.configure(server, "after: move:Done", "other: move:Other", "rejected: move:Other", "retries: 0")
            result = place.run("ingest")
            moved = {uid for line in server.moved for uid in Server.uids(line)}
            check(result.returncode == (3 if missing else 0), f"{name}: status {result.returncode}", result.stderr)
            check(("UID 2" in result.stderr) == bool(missing), f"{name}: it is told", result.stderr)
            check(moved == ({1, 3} if missing else {1, 2, 3}), f"{name}: what is moved", server.moved, result.stderr)
            check({"r1", "r2", "r3"} - set(place.reports()) <= set(missing), f"{name}: what is stored", place.reports())
            server.stop()


def passwords_in_sources():
    """A URL with a password is rejected as a source in any position; no part of it is printed or stored."""
    with Place() as place:
        urls = ("imaps://u:battery9@127.0.0.1/INBOX", "imaps:/u:battery9@h/INBOX", "pop3://u:battery9@h/", "https://u:battery9@h/x",
                "imaps://u:battery/9@h/INBOX", "IMAP:///u:battery9@h")
        for url in urls:
            for words, lines in (([url], ""), ([], f"sources: ['{url}']\n"), ([], f"accounts: [{{name: a, server: '{url}', user: u}}]\n"),
                                 ([], f"accounts: [{{name: a, server: 'u:battery9@h', user: u}}]\n"), ([], f"'{url}': x\n"), ([], "battery9: x\n")):
                place.write("config.yaml", lines)
                result = place.run("ingest", *words)
                check(result.returncode == 2, f"{url} {lines}: status {result.returncode}", result.stderr)
                check("battery" not in result.stdout + result.stderr, f"{url} {lines}: it is printed", result.stderr)
        check(not os.path.exists(place.database) or b"battery" not in open(place.database, "rb").read(), "it is stored")


def notices():
    """A quiet run reports many messages in one line, once, and again when the problem has ended."""
    with Place() as place:
        server = Server([crlf(mail(1))] + [LOCALISED] * 60)
        server.uids = lambda rest: [uid for part in rest.split(" ")[2].split(",")
                                    for uid in range(int(part.split(":")[0]), int(part.split(":")[-1].replace("*", "61")) + 1)]
        server.sizes = {uid: 5_000 for uid in server.sizes}
        place.configure(server, "retries: 0", "after: move:Done", "other: move:Nowhere/\u00e4")
        server.special["create"] = lambda rest, tag, _: f"{tag} NO [CANNOT] no\r\n"
        first = place.run("ingest", "--quiet")
        lines = first.stderr.splitlines()
        check(first.returncode == 3 and len(lines) == 2, "two problems, two lines", first.stderr)
        check(any("60 messages" in line and "and 55 more" in line for line in lines), "all are counted", first.stderr)
        second = place.run("ingest", "--quiet")
        check(second.returncode == 3 and not second.stderr, "they are not repeated", second.stderr)
        server.contents = {1: server.contents[1]}
        del server.special["create"]
        third = place.run("ingest", "--quiet")
        check(third.returncode == 0 and third.stderr.count("resolved; the problem had existed since") == 2, "their end is told", third.stderr)
        check(not place.run("ingest", "--quiet").stderr, "once")
        for name, change in (("login", dict(login=lambda rest, tag, _: f"{tag} NO [AUTHENTICATIONFAILED] no\r\n")),
                             ("folder", dict(select=lambda rest, tag, _: f"{tag} NO [NONEXISTENT] no\r\n"))):
            server.special.update(change)
            first, second = place.run("ingest", "--quiet"), place.run("ingest", "--quiet")
            check(first.returncode == 3 and len(first.stderr.splitlines()) == 1, f"{name}: it is told", first.stderr)
            check(second.returncode == 3 and not second.stderr, f"{name}: once", second.stderr)
            server.special.clear()
            check(" had " in place.run("ingest", "--quiet").stderr, f"{name}: until it is over")
        server.stop()
        first, second = place.run("ingest", "--quiet"), place.run("ingest", "--quiet")
        check(first.returncode == 3 and len(first.stderr.splitlines()) == 1 and not second.stderr, "unreachable", first.stderr, second.stderr)


def given_after_all():
    """Empty contents in a batch are fetched individually; estimated sizes are harmless; two contents for one message."""
    class Shy(Server):
        def body(self, uid, is_alone):
            return super().body(uid, is_alone) if is_alone else b'""'
    with Place() as place:
        server = Shy([crlf(mail(1)), crlf(mail(2)), crlf(other_mail(3))])
        server.sizes = {1: 99_999, 2: 3, 3: 500}
        place.configure(server, "after: move:Done", "other: move:Other", "retries: 0")
        result = place.run("ingest")
        check(result.returncode == 0 and place.reports() == ["r1", "r2"], "one by one they come", result.stderr, place.reports())
        check(len(server.moved) == 2, "they are moved", server.moved)
        server.stop()

    def twice(rest, tag, _):
        if "BODY" not in rest:
            return f"* 1 FETCH (UID 1 RFC822.SIZE 900)\r\n{tag} OK done\r\n"
        whole = crlf(mail(1))
        return (b'* 1 FETCH (UID 1 BODY[] "")\r\n* 1 FETCH (UID 1 BODY[] {%d}\r\n%s)\r\n' % (len(whole), whole)
                + b"* 1 FETCH (UID 1 BODY[] {1}\r\nx)\r\n" + f"{tag} OK done\r\n".encode())
    with Place() as place:
        server = Server([b"x"], uid_fetch=twice)
        place.configure(server, "retries: 0")
        result = place.run("ingest")
        check(result.returncode == 0 and place.reports() == ["r1"], "of two contents the one that is there counts", result.stderr)
        server.stop()


def searches():
    """Messages missing from a search are requested in other ways."""
    odd = {
        "nothing": lambda rest, tag, _: f"* SEARCH\r\n{tag} OK done\r\n", "no response": lambda rest, tag, _: f"{tag} OK done\r\n",
        "a part": lambda rest, tag, _: f"* SEARCH 2\r\n{tag} OK done\r\n",
        "refused": lambda rest, tag, _: f"{tag} BAD what?\r\n",
        "unsorted, repeated and not there": lambda rest, tag, _: f"* SEARCH 99 2 2 1 4294967295\r\n* SEARCH 1\r\n{tag} OK done\r\n",
    }
    for name, answer in odd.items():
        for capability in (CAPABILITY, CAPABILITY + " ESEARCH"):
            with Place() as place:
                server = Server([crlf(mail(1)), crlf(mail(2))], capability, uid_search=answer)
                place.configure(server, "retries: 0")
                result = place.run("ingest")
                check(result.returncode == 0 and place.reports() == ["r1", "r2"], f"{name}: all are read", result.stderr)
                server.stop()
    # Responses to another command, and the right number of wrong UIDs.
    for name, answer in (("an answer to another", lambda rest, tag, _: f'* ESEARCH (TAG "zz") UID ALL 7,9\r\n{tag} OK done\r\n'),
                         ("as many others", lambda rest, tag, _: f"* SEARCH 7 9\r\n{tag} OK done\r\n"),
                         ("some of others", lambda rest, tag, _: f"* SEARCH 1 9\r\n{tag} OK done\r\n")):
        with Place() as place:
            server = Server([crlf(mail(1)), crlf(mail(2))], CAPABILITY + " ESEARCH", uid_search=answer)
            place.configure(server, "retries: 0")
            result = place.run("ingest")
            check(result.returncode == 0 and place.reports() == ["r1", "r2"], f"{name}: all are read", result.stderr)
            server.stop()
    with Place() as place:
        server = Server([crlf(mail(1)), crlf(mail(2))], uid_search=lambda rest, tag, _: f"* SEARCH 7 9\r\n{tag} OK done\r\n",
                        uid_fetch=odd["no response"])
        place.configure(server, "retries: 0")
        result = place.run("ingest")
        check(result.returncode == 3 and "lists none" in result.stderr, "numbers that are nowhere are an error", result.stderr)
        server.stop()
    with Place() as place:
        server = Server([crlf(mail(1))], CAPABILITY + " ESEARCH", uid_fetch=odd["no response"],
                        uid_search=lambda rest, tag, _: f'* ESEARCH (TAG "{tag}") UID\r\n{tag} OK done\r\n')
        place.configure(server, "retries: 0")
        result = place.run("ingest")
        check(result.returncode == 3 and "lists none" in result.stderr, "a folder that names nothing is an error", result.stderr)
        server.stop()


def silent_about_the_number():
    """A server that does not state the number of messages is not treated as empty."""
    answer = lambda rest, tag, _: f"* OK [UIDVALIDITY 7] ok\r\n{tag} OK done\r\n"
    with Place() as place:
        server = Server([crlf(mail(1))], select=answer, examine=answer)
        place.configure(server, "retries: 0")
        result = place.run("ingest")
        check(result.returncode == 3 and "number of messages" in result.stderr, "no EXISTS", result.returncode, result.stderr)
        server.stop()


def long_search():
    """Responses of more than 1 MiB are accepted."""
    count = 200_000 if IS_LONG else 100_000
    wanted = ",".join(str(1_000_000_000 + 2 * number) for number in range(count))
    with Place() as place:
        server = Server(
            [crlf(mail(1))], CAPABILITY + " ESEARCH",
            select=lambda rest, tag, _: f"* {count} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n{tag} OK done\r\n",
            uid_search=lambda rest, tag, _: f'* ESEARCH (TAG "{tag}") UID ALL {wanted}\r\n{tag} OK done\r\n',
            uid_fetch=lambda rest, tag, _: f"{tag} OK done\r\n")
        server.special["examine"] = server.special["select"]
        place.configure(server, "retries: 0")
        result = place.run("ingest")
        check(result.returncode == 3 and "lists none" in result.stderr, "a long answer is taken, and nothing of it is there", result.stderr)
        asked = sum(len(line.split(" ")[2].split(",")) for line in server.heard if "INTERNALDATE" in line)
        check(count <= asked <= 2 * count, "all are asked about, none more than twice", asked)
        server.stop()


# Request rates.


def watch(server, seconds, until=lambda: True):
    """Watches a server for some time and until a condition holds; returns the exchanges."""
    with Place() as place:
        place.configure(server, "poll_seconds: 3")
        process = place.start("ingest", "--watch")
        time.sleep(seconds)
        limit = time.monotonic() + 900
        while not until() and time.monotonic() < limit:
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=900)
        check(process.returncode in (0, 3), "a watch ends in good order", process.returncode, errors)
        server.stop()
        return errors


def haste():
    """Whatever a server answers, a watch neither floods it with commands nor logs in repeatedly."""
    idle = CAPABILITY + " IDLE"
    whole = [crlf(mail(1))]
    select = lambda exists: lambda rest, tag, _: f"* {exists} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n{tag} OK done\r\n"

    def flood(rest, tag, connection):
        connection.sendall(b"+ idling\r\n" + b"* 1 EXPUNGE\r\n* 1 EXISTS\r\n* 2 EXISTS\r\n" * 1_000)

    def bye(rest, tag, connection):
        connection.sendall(f"{tag} OK in\r\n* BYE enough\r\n".encode())
        raise OSError("closed")

    class Done(Server):
        """Answers DONE, which has no tag."""
        def line(self, connection):
            text = super().line(connection)
            if " IDLE" in text:
                self.idle_tag = text.split(" ")[0]
            if text == "DONE":
                self.heard.append("DONE")
                connection.sendall(f"{self.idle_tag} OK done\r\n".encode())
                return self.line(connection)
            return text
    no = lambda rest, tag, _: f"{tag} NO never\r\n"
    servers = {
        "IDLE answered at once": Server(whole, idle, idle=lambda rest, tag, _: f"{tag} OK done\r\n"),
        "IDLE granted and ended at once": Server(whole, idle, idle=lambda rest, tag, _: f"+ idling\r\n{tag} OK done\r\n"),
        "IDLE refused": Server(whole, idle, idle=no), "IDLE unknown": Server(whole, idle, idle=lambda rest, tag, _: f"{tag} BAD what?\r\n"),
        "news without mail": Done(whole, idle, idle=flood), "NOOP with news": Server(
            whole, noop=lambda rest, tag, _: f"* 1 EXPUNGE\r\n* 1 EXISTS\r\n* 9 EXISTS\r\n{tag} OK done\r\n"),
        "BYE after the login": Server(whole, authenticate=bye, login=bye), "login refused": Server(whole, authenticate=no, login=no),
        "folder refused": Server(whole, select=no, examine=no), "search refused": Server(whole, uid_search=no, uid_fetch=no, fetch=no),
        "BYE as greeting": Server(whole, greeting=lambda: "* BYE no"),
    }
    seconds = 12
    said = {}
    polled = lambda name: lambda: not name.startswith("IDLE") or servers[name].count("NOOP") > 0
    threads = [threading.Thread(target=lambda name=name: said.update({name: watch(servers[name], seconds, polled(name))})) for name in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, server in servers.items():
        connections = server.count("CONNECT")
        check(1 <= connections <= 6, f"{name}: {connections} connections in {seconds} s", said.get(name))
        # Three seconds between polls, each of about four commands, and some for each login.
        lasted = max(server.times, default=0) - min(server.times, default=0)
        check(len(server.heard) <= 8 * max(seconds, lasted), f"{name}: {len(server.heard)} commands in {seconds} s", server.heard[:40])
        if name.startswith("IDLE"):
            check(server.count("IDLE") <= 3 * connections, f"{name}: it is polled", server.count("IDLE"))
            check(server.count("NOOP") >= 1, f"{name}: by NOOP", server.heard)
            check("does not keep IDLE open" in said.get(name, ""), f"{name}: that is told", said.get(name))


def wishes():
    """A requested pause is reported and limited to 15 minutes."""
    def wish(text, wanted):
        answer = lambda rest, tag, _: f"{tag} NO {text}\r\n"
        server = Server([b"x"], select=answer, examine=answer)
        errors = watch(server, 3, lambda: server.count("E") > 1)
        check(f"a pause of {wanted} s, which is longer" in errors and "next attempt in 900 s" in errors, f"{wanted}: it is told", errors)
        check(server.count("CONNECT") == 1, f"{wanted}: it waits", server.count("CONNECT"))
    wanted = (("[THROTTLED] slow down, try again in 3600 s", 3600), ("Request is throttled. Suggested Backoff Time: 9000000 milliseconds", 9000),
              ("[UNAVAILABLE] retry after 2 hours", 7200), ("busy, try again in " + "9" * 400 + " s", 1_000_000_000))
    threads = [threading.Thread(target=wish, args=each) for each in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# Secrets.


def encodings():
    encode = lambda text: base64.b64encode(text.encode()).decode()
    plain = f"\0{USER}\0{PASSWORD}"
    return [PASSWORD, encode(PASSWORD), encode("x" + PASSWORD), encode("xy" + PASSWORD), encode(plain), encode("abc" + plain + "abc"),
            encode(f"user={USER}\1auth=Bearer {PASSWORD}\1\1"), urllib.parse.quote(PASSWORD, safe=""), urllib.parse.quote_plus(PASSWORD),
            base64.urlsafe_b64encode(PASSWORD.encode()).decode(), encode(plain)[:-8]]


def echoes():
    """A password that a server repeats, in any form and place, is not printed."""
    for number, text in enumerate(encodings()):
        ok = lambda data: lambda rest, tag, _: f"{data}\r\n{tag} OK {text}\r\n"
        no = lambda rest, tag, _: f"{tag} NO {text}\r\n"

        def challenge(rest, tag, connection):
            connection.sendall(f"+ {base64.b64encode(text.encode()).decode()}\r\n".encode())
            return f"{tag} NO {text}\r\n"

        def goodbye(rest, tag, connection):
            connection.sendall(f"* BYE {text}\r\n".encode())
            raise OSError("closed")
        offers = CAPABILITY + " ID AUTH=PLAIN NAMESPACE"
        ways = {
            "the greeting": dict(greeting=lambda: f"* OK [CAPABILITY {offers}] {text}"), "a farewell": dict(greeting=lambda: f"* BYE {text}"),
            "an alert": dict(select=ok(f"* OK [ALERT] {text}"), examine=ok(f"* OK [ALERT] {text}")),
            "the login": dict(authenticate=no, login=no), "a challenge": dict(authenticate=challenge),
            "the folder": dict(select=no, examine=no), "a fetch": dict(uid_fetch=no), "a search": dict(uid_search=no, uid_fetch=no, fetch=no),
            "a move": dict(uid_move=no), "its name": dict(id=ok(f'* ID ("name" "{text}" "version" "{text}")')),
            "a list": dict(list=ok(f'* LIST () "/" "{text}"')), "a word": dict(select=ok(f"* {text[:20]} {text}"), examine=ok(f"* {text}")),
            "a code": dict(select=lambda rest, tag, _: f"{tag} NO [{text}] {text}\r\n"),
            "a BYE": dict(select=goodbye, examine=goodbye),
        }
        with Place() as place:
            for way in list(ways)[number % 14::4 if IS_LONG else 14] if number else ways:
                special = ways[way]
                server = Server([crlf(mail(1)), crlf(other_mail(1))], offers, **special)
                place.configure(server, "retries: 0", "timeouts: {silence: 5}", "after: move:Done", "other: move:Nowhere")
                for words in (("ingest",), ("accounts", "test", "reports"), ("accounts", "folders", "reports")):
                    result = place.run(*words)
                    said = result.stdout + result.stderr
                    check(text not in said and text.replace("\0", "") not in said, f"{way} {words[-1]}: {text[:20]!r} is printed", said)
                    check("battery" not in said, f"{way} {words[-1]}: a part of {text[:20]!r} is printed", said)
                    check(len(said) > 0 or words[0] == "ingest", f"{way}: something is said")
                os.path.exists(place.database) and os.remove(place.database)
                server.stop()


def configurations():
    """A misplaced password in the configuration is not printed in the error."""
    with Place() as place:
        for line in (f"password: {PASSWORD}", f"password: '{PASSWORD}", f"password: {{{PASSWORD}", f"password:{PASSWORD}", f"password: @{PASSWORD}",
                     f"password_file: [{PASSWORD}", f"  password: {PASSWORD}\n bad", f"\tpassword: {PASSWORD}", f"password: *{PASSWORD}",
                     f"password {PASSWORD}", f"user: a: {PASSWORD}", f'password: "{PASSWORD}\\q"', f"? {PASSWORD}", f"{PASSWORD}: x",
                     f"password: !{PASSWORD} x", f"password: %{PASSWORD}", f"password: &{PASSWORD} *{PASSWORD}"):
            place.write("config.yaml", f"accounts:\n  - name: reports\n    server: localhost\n    user: a\n    {line}\n")
            result = place.run("ingest")
            check(result.returncode == 2, f"{line!r}: status {result.returncode}", result.stderr)
            check("battery" not in result.stderr + result.stdout, f"{line!r}: it is printed", result.stderr)


def password_files():
    with Place() as place:
        server = Server([crlf(mail(1))])

        def attempt(name, told, mode=0o600, text=None, path="password"):
            if text is not None:
                place.write("password", text, mode)
            else:
                os.chmod(f"{place.folder}/password", mode)
            place.configure(server, "retries: 0", secret=f"password_file: {path}")
            server.received = b""
            start = time.monotonic()
            result = place.run("ingest")
            check(result.returncode == (3 if told else 0), f"{name}: status {result.returncode}", result.stderr)
            check((told or "") in result.stderr, f"{name}: it is told", result.stderr)
            check(time.monotonic() - start < 600, f"{name}: it does not hang")
            sent = b'"' + PASSWORD.encode() + b'"' in server.received
            check(sent == (not told), f"{name}: what is sent", server.received)
        attempt("a file for the owner", None)
        attempt("a file to be read only", None, 0o400)
        for mode in (0o644, 0o640, 0o604, 0o660, 0o602, 0o620, 0o666):
            attempt(f"mode {mode:o}", "chmod 600 ", mode)
        attempt("BOM and CRLF", None, text=b"\xef\xbb\xbf" + PASSWORD.encode() + b"\r\nmore\r\n")
        attempt("without a line feed", None, text=PASSWORD)
        attempt("empty", "empty first line", text="")
        attempt("an empty line", "empty first line", text="\n" + PASSWORD)
        attempt("only a BOM", "empty first line", text=b"\xef\xbb\xbf")
        attempt("64 KiB and more", "more than 64 KiB", text=PASSWORD + "\n" * 70_000)
        attempt("UTF-16", "is in UTF-16", text=PASSWORD.encode("utf-16"))
        attempt("UTF-16, big end first", "is in UTF-16", text=b"\xfe\xff" + PASSWORD.encode("utf-16-be"))
        attempt("NULs", "not text", text=PASSWORD.encode("utf-16-le"))
        if os.geteuid() == 0:
            place.write("password", PASSWORD)
            os.chown(f"{place.folder}/password", 65534, 65534)
            attempt("a file of another user", "belongs to another user")
            os.chown(f"{place.folder}/password", 0, 0)
        attempt("not there", "cannot be read", path="nowhere")
        os.mkdir(f"{place.folder}/folder")
        attempt("a folder", "is a folder", path="folder")
        os.mkfifo(f"{place.folder}/pipe", 0o600)
        attempt("a pipe", "pipe", path="pipe")
        attempt("a device", "not a regular file", path="/dev/zero")
        place.write("password", PASSWORD)
        os.symlink("password", f"{place.folder}/link")
        attempt("a link", None, path="link")
        os.symlink("loop", f"{place.folder}/loop")
        attempt("a loop", "cannot be read", path="loop")
        server.stop()


def alive(word):
    """Processes with a word in their command after a short wait, because killed processes take a moment to end."""
    limit = time.monotonic() + 600
    while found := subprocess.run(["pgrep", "-f", word], capture_output=True).stdout.split():
        if time.monotonic() > limit:
            break
        time.sleep(0.1)
    return found


def password_commands():
    with Place() as place:
        server = Server([crlf(mail(1))])

        def attempt(name, script, told=None):
            place.write("script", script)
            place.configure(server, "retries: 0", secret=f"password_command: sh {place.folder}/script")
            result = place.run("ingest")
            check(result.returncode == (3 if told else 0), f"{name}: status {result.returncode}", result.stderr)
            check((told or "") in result.stderr and "battery" not in result.stderr, f"{name}: it is told", result.stderr)
        secret = f"echo '{PASSWORD}'\n"
        # No other process sleeps for that long.
        first, second, third = (f"sleep {number}{os.getpid():07}" for number in (1, 2, 3))
        attempt("a command", secret)
        attempt("a child that keeps the pipe open", f"{first} &\n" + secret)
        attempt("a child that ignores SIGTERM", f"(trap '' TERM HUP; {first}; {first}) &\n" + secret)
        check(not alive(first), "no child is left", alive(first))
        attempt("a command that fails", secret + "echo no key >&2\nexit 3", "ended with status 3 and returned no secret: run it")
        attempt("a secret on standard error", f"echo '{PASSWORD}' >&2\nexit 3", "ended with status 3 and returned no secret: run it")
        attempt("one that traces itself", "set -x\n" + secret + "false", "ended with status 1")
        attempt("endless output", "exec yes", "more than 64 KiB")
        attempt("endless errors", secret + "head -c 3000000 /dev/zero >&2")
        attempt("a signal", "kill -9 $$", "ended with")
        attempt("no output", "true", "empty first line")
        attempt("closed output", "exec >&- 2>&-\nsleep 0.5", "empty first line")
        attempt("a BOM", f"printf '\\357\\273\\277%s\\r\\n' '{PASSWORD}'")
        check(b'"' + PASSWORD.encode() + b'"' in server.received and b"\xef\xbb\xbf" not in server.received, "the secret is sent as it is")
        # The short form ends a command of this kind by a signal, below.
        if IS_LONG:
            attempt("one that does not end", f"{second} &\ntrap '' TERM\n{second}\n{second}", "has not ended within 60 seconds")
            check(not alive(second), "no child is left behind", alive(second))
        # A signal also ends it.
        place.write("script", f"trap '' TERM HUP\n{third} &\necho started > {place.folder}/started\n{third}\n{third}")
        for words in (("ingest",), ("ingest", "--watch"), ("ingest", "--dry-run"), ("accounts", "test", "reports"), ("accounts", "folders", "reports")):
            # SIGINT is ignored if the tests run in the background.
            for number in (signal.SIGTERM,):
                process = place.start(*words)
                while not os.path.exists(f"{place.folder}/started") and process.poll() is None:
                    time.sleep(0.05)
                os.remove(f"{place.folder}/started")
                process.send_signal(number)
                _, errors = process.communicate(timeout=900)
                check("has not ended" not in errors, f"{words}, {number}: it ends before the command is given up", errors)
                check(process.returncode == (0 if "--watch" in words else -number), f"{words}, {number}: {process.returncode}", errors)
                check(not alive(third), f"{words}, {number}: no child is left", alive(third))
        server.stop()

        # A connection attempt does not prevent it, either: a listener with a full queue does not answer.
        full = socket.socket()
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        for _ in range(3):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(full.getsockname())
        place.configure(types.SimpleNamespace(port=full.getsockname()[1]), "timeouts: {connect: 3600}")
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(f"{place.folder}/notify")
        process = place.start("ingest", "--watch", NOTIFY_SOCKET=f"{place.folder}/notify")
        while b"READY=1" not in notify.recv(4096):
            pass
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        # Sooner than the connection attempt would be given up.
        process.communicate(timeout=900)
        check(process.returncode == 0, "connecting: it ends in good order", process.returncode)


# Certificates.


def issue(folder, name, subject, names):
    """A certificate of the authority in the folder; without names, it has no subjectAltName."""
    run = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True)
    key, request, pem = (f"{folder}/{name}.{end}" for end in ("key", "csr", "pem"))
    run("req", *NEW_KEY, "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={subject}")
    with open(f"{folder}/{name}.ext", "w") as file:
        file.write("basicConstraints=CA:FALSE\n" + (f"subjectAltName={names}\n" if names else ""))
    run("x509", "-req", "-in", request, "-CA", f"{folder}/authority.pem", "-CAkey", f"{folder}/authority.key", "-CAcreateserial",
        "-out", pem, "-days", "30", "-extfile", f"{folder}/{name}.ext")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return context


def certificates():
    """Names in certificates according to RFC 9525; nothing is sent to the wrong server."""
    with Place() as place:
        subprocess.run(["openssl", "req", "-x509", *NEW_KEY, "-nodes", "-keyout", f"{place.folder}/authority.key", "-out",
                        f"{place.folder}/authority.pem", "-days", "30", "-subj", "/CN=authority", "-addext", "basicConstraints=critical,CA:TRUE"],
                       check=True, capture_output=True)
        cases = [
            # The host, the common name, the alternative names, and whether they match.
            ("localhost", "x", "DNS:localhost", True), ("localhost", "x", "DNS:LOCALHOST,DNS:a.example", True),
            ("127.0.0.1", "x", "IP:127.0.0.1", True), ("::1", "x", "IP:::1", True), ("imap.localhost", "x", "DNS:*.example.com", False),
            ("localhost", "localhost", "", False), ("localhost", "localhost", "DNS:other.example", False),
            ("localhost", "localhost", "email:a@localhost", False), ("localhost", "x", "DNS:*", False), ("localhost", "x", "DNS:l*", False),
            ("localhost", "x", "DNS:*ocalhost", False), ("localhost", "x", "IP:127.0.0.1", False), ("127.0.0.1", "127.0.0.1", "", False),
            ("127.0.0.1", "x", "DNS:127.0.0.1", False), ("127.0.0.1", "x", "IP:127.0.0.2", False), ("::1", "x", "IP:127.0.0.1", False),
        ]
        for number, (host, subject, names, is_right) in enumerate(cases):
            server = Server([crlf(mail(1))], context=issue(place.folder, f"c{number}", subject, names),
                            host="::1" if host == "::1" else "127.0.0.1")
            place.configure(server, "ca_file: authority.pem", "retries: 0", host=f'"{host}"', tls="implicit")
            result = place.run("ingest")
            case = f"{host}, {subject}, {names}"
            if host == "imap.localhost" and "cannot be resolved" in result.stderr:
                continue
            check(result.returncode == (0 if is_right else 3), f"{case}: status {result.returncode}", result.stderr)
            if not is_right:
                check("certificate" in result.stderr and host in result.stderr, f"{case}: it is told", result.stderr)
                shown = [name.split(":", 1)[1] for name in names.split(",") if name[:3] in ("DNS", "IP:")]
                check(all(name in result.stderr for name in shown), f"{case}: its names are told", result.stderr)
                check(server.received == b"", f"{case}: nothing is said", server.received)
            server.stop()


if __name__ == "__main__":
    reporting.main(globals())
