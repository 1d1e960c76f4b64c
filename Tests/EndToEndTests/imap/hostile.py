"""Hostile and faulty servers."""

import time

from listener import Listener

GREETING = b"* OK [CAPABILITY IMAP4rev1 SASL-IR LITERAL+ UIDPLUS MOVE] hello\r\n"


class HostileServer(Listener):
    """Runs one script, which gets the connection and answers commands itself."""

    def __init__(self, name):
        self.name = name
        self.raw = b""
        self.heard = ""
        super().__init__()

    def talk(self, connection):
        self.scripts[self.name](self, connection)

    def line(self, connection):
        text = self.raw_line(connection)
        self.raw += text
        self.heard += text.decode("utf-8", "replace")
        return text.decode("utf-8", "replace").strip()

    def answers(self, connection, special, greeting=GREETING):
        """Answers like a server, except for the commands that the script handles."""
        connection.sendall(greeting)
        while True:
            words = self.line(connection).split(" ")
            tag, name = words[0], " ".join(words[1:3]).upper() if words[1].upper() == "UID" else words[1].upper()
            while words[-1].endswith("+}"):
                words = self.line(connection).split(" ")
            if name in special:
                special[name](connection, tag)
                continue
            usual = {
                "CAPABILITY": b"* CAPABILITY IMAP4rev1 SASL-IR LITERAL+ UIDPLUS MOVE\r\n",
                "EXAMINE": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n", "SELECT": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n",
                "UID SEARCH": b"* SEARCH 1 2\r\n",
                "UID FETCH": b"* 1 FETCH (UID 1 RFC822.SIZE 10)\r\n* 2 FETCH (UID 2 RFC822.SIZE 10)\r\n",
            }
            connection.sendall(usual.get(name, b"") + f"{tag} OK done\r\n".encode())
            if name == "LOGOUT":
                return

    def contents(self, connection, *replies, sizes=(1,)):
        """Announces message sizes and answers later fetches in order, repeating the last answer."""
        seen = []

        def fetch(c, tag):
            seen.append(tag)
            if len(seen) == 1:
                for uid in sizes:
                    c.sendall(f"* {uid} FETCH (UID {uid} RFC822.SIZE 10)\r\n".encode())
                c.sendall(f"{tag} OK done\r\n".encode())
            else:
                replies[min(len(seen) - 2, len(replies) - 1)](c, tag)
        self.answers(connection, {"UID FETCH": fetch})

    def send_for(self, connection, data, seconds=8):
        limit = time.time() + seconds
        while time.time() < limit:
            connection.sendall(data)


def script(name=None, status=3):
    def register(function):
        HostileServer.scripts[name or function.__name__] = function
        HostileServer.expected[name or function.__name__] = status
        return function
    return register


HostileServer.scripts = {}
HostileServer.expected = {}
# Servers with unusual but valid behaviour.
HostileServer.peculiar = {}


def peculiar(function):
    HostileServer.scripts[function.__name__] = HostileServer.peculiar[function.__name__] = function
    return function


@script()
def silence(server, connection):
    time.sleep(20)


@script()
def silence_after_login(server, connection):
    server.answers(connection, {"EXAMINE": lambda c, tag: time.sleep(20)})


@script()
def endless_line(server, connection):
    server.send_for(connection, b"* OK " + b"a" * 65536)


@script()
def endless_responses(server, connection):
    def flood(c, tag):
        server.send_for(c, b"* 3 EXPUNGE\r\n* XFOO bar\r\n" * 5_000, 30)
    server.answers(connection, {"EXAMINE": flood})


@script()
def web_server(server, connection):
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    time.sleep(1)


@script()
def no_line_ends(server, connection):
    connection.sendall(b"* OK hello\n* OK there\n")
    time.sleep(5)


@script()
def nul_bytes(server, connection):
    connection.sendall(b"* OK \0\0\0\r\n")
    time.sleep(5)


@script()
def nesting_bomb(server, connection):
    server.answers(connection, {"UID FETCH": lambda c, tag: c.sendall(b"* 1 FETCH (" + b"(" * 200_000 + b"\r\n")})


@script()
def many_words(server, connection):
    server.answers(connection, {"UID SEARCH": lambda c, tag: c.sendall(b"* SEARCH" + b" 1" * 500_000 + b"\r\n")})


@script()
def many_mails(server, connection):
    def search(c, tag):
        c.sendall(f"* ESEARCH (TAG \"{tag}\") UID ALL 1:4294967295\r\n{tag} OK done\r\n".encode())
    capability = lambda c, tag: c.sendall(f"* CAPABILITY IMAP4rev1 ESEARCH\r\n{tag} OK done\r\n".encode())
    server.answers(connection, {"UID SEARCH": search, "CAPABILITY": capability})


@script()
def huge_literal(server, connection):
    server.answers(connection, {"UID FETCH": lambda c, tag: c.sendall(b"* 1 FETCH (UID 1 BODY[] {99999999999999999999}\r\n")})


@script()
def huge_literal_elsewhere(server, connection):
    server.answers(connection, {"EXAMINE": lambda c, tag: c.sendall(b"* LIST () {4000000000}\r\n")})


@script()
def endless_mail(server, connection):
    def fetch(c, tag):
        c.sendall(b"* 1 FETCH (UID 1 BODY[] {4000000000}\r\n")
        server.send_for(c, b"a" * 65536, 5)
    server.contents(connection, fetch)


@script()
def shorter_than_said(server, connection):
    """The literal is too long, so the following response is taken as part of it."""
    server.contents(connection, lambda c, tag: c.sendall(
        f"* 1 FETCH (UID 1 BODY[] {{500}}\r\nSubject: a\r\n\r\nb\r\n)\r\n{tag} OK done\r\n".encode()))


@script()
def longer_than_said(server, connection):
    server.contents(connection, lambda c, tag: c.sendall(
        f"* 1 FETCH (UID 1 BODY[] {{5}}\r\nSubject: a\r\n\r\nb)\r\n{tag} OK done\r\n".encode()))


@script()
def metadata_only(server, connection):
    """Like iCloud for some requests: success without content."""
    server.answers(connection, {})


@script(status=0)
def content_for_nobody(server, connection):
    """Unrequested messages, the same one twice, and flags in between."""
    body = b"From: a@example.net\r\nSubject: b\r\n\r\nc\r\n"
    literal = b"{%d}\r\n%s" % (len(body), body)
    server.contents(connection, lambda c, tag: c.sendall(
        b"* 9 FETCH (UID 9 BODY[] " + literal + b")\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (BODY[] " + literal
        + b" UID 1)\r\n* 3 EXISTS\r\n* 1 FETCH (UID 1 BODY[] " + literal + b")\r\n* 2 FETCH (UID 2 BODY[] \"Subject: x\")\r\n"
        + f"{tag} OK done\r\n".encode()), sizes=(1, 2))


@script(status=0)
def expunged_meanwhile(server, connection):
    """A message disappears between the search and the fetch, which is not an error."""
    server.contents(
        connection, lambda c, tag: c.sendall(
            f"* 2 EXPUNGE\r\n* 1 FETCH (UID 1 BODY[] \"Subject: x\")\r\n{tag} NO [EXPUNGEISSUED] some are gone\r\n".encode()),
        lambda c, tag: c.sendall(f"{tag} OK done\r\n".encode()), sizes=(1, 2))


@script()
def strange_tag(server, connection):
    server.answers(connection, {"EXAMINE": lambda c, tag: c.sendall(b"zzz OK done\r\n")})


@script()
def escape_sequences(server, connection):
    connection.sendall(b"* BYE \x1b[2J\x1b]0;owned\x07 go away\r\n")


@script()
def alert_with_escapes(server, connection):
    connection.sendall(b"* OK [ALERT] \x1b[31mred\r\n" + GREETING)
    server.answers(connection, {}, b"")


@script()
def endless_challenges(server, connection):
    def challenge(c, tag):
        server.send_for(c, b"+ YWFh\r\n", 6)
    server.answers(connection, {"AUTHENTICATE": challenge, "LOGIN": challenge})


@script()
def throttled(server, connection):
    server.answers(connection, {"EXAMINE": lambda c, tag: c.sendall(
        f"{tag} NO Request is throttled. Suggested Backoff Time: 299910 milliseconds\r\n".encode())})


@script()
def refuses_before_the_literal(server, connection):
    """The name is rejected before the password is sent: then the password must not be sent."""
    server.refused = True
    connection.sendall(b"* OK [CAPABILITY IMAP4rev1] hello\r\n")
    while True:
        words = server.line(connection).split(" ")
        connection.sendall(f"{words[0]} {'NO nobody' if words[1] == 'LOGIN' else 'OK done'}\r\n".encode())


@script()
def repeats_the_password(server, connection):
    connection.sendall(b"* OK [CAPABILITY IMAP4rev1 LITERAL+] hello\r\n")
    while True:
        words = server.line(connection).split(" ")
        if words[1] != "LOGIN":
            connection.sendall(f"{words[0]} OK done\r\n".encode())
            continue
        server.line(connection)
        connection.sendall(f"{words[0]} NO wrong: ".encode() + server.raw.strip().split(b"\r\n")[-1] + b"\r\n")


@script("starttls injected")
def starttls_injected(server, connection):
    connection.sendall(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n")
    tag = server.line(connection).split(" ")[0]
    connection.sendall(f"{tag} OK go on\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nd2 OK done\r\n".encode())
    try:
        while True:
            server.line(connection)
    except OSError:
        pass


@script("starttls injected later")
def starttls_injected_later(server, connection):
    connection.sendall(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n")
    tag = server.line(connection).split(" ")[0]
    connection.sendall(f"{tag} OK go on\r\n".encode())
    time.sleep(0.05)
    connection.sendall(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nd2 OK done\r\n")
    server.raw += connection.recv(65536)
    time.sleep(0.5)


@script("starttls not offered")
def starttls_not_offered(server, connection):
    server.answers(connection, {}, b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hello\r\n")


@script("starttls refused")
def starttls_refused(server, connection):
    server.answers(connection, {"STARTTLS": lambda c, tag: c.sendall(f"{tag} NO not now\r\n".encode())},
                   b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n")


@script("implicit silence")
def implicit_silence(server, connection):
    time.sleep(20)


@script("starttls skipped")
def starttls_skipped(server, connection):
    server.answers(connection, {}, b"* PREAUTH [CAPABILITY IMAP4rev1] you are in\r\n")


BODY = b"From: a@example.net\r\nSubject: b\r\n\r\nc\r\n"


@peculiar
def gmail(server, connection):
    """Messages are in folders by label; permanently deleted ones go to a folder whose name depends on the language."""
    capability = b"* CAPABILITY IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS MOVE ESEARCH SPECIAL-USE\r\n"

    def listed(c, tag):
        c.sendall(b'* LIST (\\HasNoChildren) "/" "INBOX"\r\n* LIST (\\HasChildren \\Noselect) "/" "[Gmail]"\r\n'
                  b'* LIST (\\HasNoChildren \\Trash) "/" "[Gmail]/Papierkorb"\r\n' + f"{tag} OK Success\r\n".encode())
    server.answers(connection, {
        "CAPABILITY": lambda c, tag: c.sendall(capability + f"{tag} OK Thats all she wrote! x1\r\n".encode()),
        "LIST": listed,
        "UID SEARCH": lambda c, tag: c.sendall(f'* ESEARCH (TAG "{tag}") UID ALL 1\r\n{tag} OK SEARCH completed (Success)\r\n'.encode()),
        "UID FETCH": lambda c, tag: c.sendall(
            b"* 1 FETCH (UID 1 RFC822.SIZE 30 INTERNALDATE \"01-Oct-2026 06:00:00 +0000\" BODY[] {%d}\r\n%s)\r\n" % (len(server.mail), server.mail)
            + f"{tag} OK Success\r\n".encode())})


@peculiar
def icloud(server, connection):
    """A fetch of several messages is answered without contents; individual fetches work."""
    def fetch(c, tag):
        words = server.heard.strip().split("\n")[-1].split(" ")
        if "BODY.PEEK[]" not in server.heard.strip().split("\n")[-1]:
            c.sendall(f"* 1 FETCH (UID 1 RFC822.SIZE 30)\r\n* 2 FETCH (UID 2 RFC822.SIZE 30)\r\n{tag} OK done\r\n".encode())
        elif ":" in words[3]:
            c.sendall(f"* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 2)\r\n{tag} OK done\r\n".encode())
        else:
            content = server.mail if words[3] == "1" else BODY
            c.sendall(b"* %s FETCH (UID %s BODY[] {%d}\r\n%s)\r\n" % (words[3].encode(), words[3].encode(), len(content), content)
                      + f"{tag} OK done\r\n".encode())
    server.answers(connection, {"UID FETCH": fetch})


@peculiar
def microsoft(server, connection):
    """The first connection is slowed down, the second is not ready, the third works."""
    server.visits = getattr(server, "visits", 0) + 1
    refusal = {1: "BAD Request is throttled. Suggested Backoff Time: 1200 milliseconds", 2: "BAD User is authenticated but not connected."}

    def select(c, tag):
        if server.visits in refusal:
            c.sendall(f"{tag} {refusal[server.visits]}\r\n".encode() + b"* BYE Connection closed. 14\r\n")
            raise OSError("closed")
        c.sendall(b"* 1 EXISTS\r\n* OK [UIDVALIDITY 14] UIDVALIDITY value\r\n" + f"{tag} OK [READ-WRITE] SELECT completed.\r\n".encode())
    server.answers(connection, {
        "SELECT": select, "EXAMINE": select,
        "UID SEARCH": lambda c, tag: c.sendall(f"* SEARCH 1\r\n{tag} OK SEARCH completed.\r\n".encode()),
        "UID FETCH": lambda c, tag: c.sendall(
            b"* 1 FETCH (BODY[] {%d}\r\n%s UID 1 RFC822.SIZE 99999)\r\n" % (len(server.mail), server.mail)
            + f"{tag} OK FETCH completed.\r\n".encode())},
        b"* OK The Microsoft Exchange IMAP4 service is ready. [TABQADEANwA=]\r\n")


@peculiar
def exchange(server, connection):
    """One message cannot be read, and every command that includes it fails."""
    def fetch(c, tag):
        words = server.heard.strip().split("\n")[-1]
        first = b"* 1 FETCH (UID 1 BODY[] {%d}\r\n%s)\r\n" % (len(server.mail), server.mail)
        if "BODY.PEEK[]" not in words:
            first = b"* 1 FETCH (UID 1 RFC822.SIZE 30)\r\n"
        c.sendall((first if " 1:2 " in words else b"") + f"{tag} NO The requested message could not be converted to an RFC-822 compatible format.\r\n".encode())
    server.answers(connection, {"UID FETCH": fetch})
