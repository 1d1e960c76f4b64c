"""Scripted IMAP servers on loopback, in plain text; they count the commands."""
import os, sys, threading, time

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "EndToEndTests", "imap"))
from listener import Listener  # noqa: E402

CAPABILITY = "IMAP4rev1 SASL-IR LITERAL+ UIDPLUS MOVE"


class Server(Listener):
    """Answers as a server does, apart from what its subclass or `special` has for a command.

    `mails` is a list of bytes, with UIDs from 1 on. `special` maps a command (`UID FETCH`) to a function (connection, tag, words) that
    answers it and gives true, or gives false to have it answered in the usual way.
    """

    patience = 120

    def __init__(self, mails=(), capability=CAPABILITY, special=None, greeting=None, tls=None):
        self.mails, self.capability, self.special = list(mails), capability, special or {}
        self.greeting = greeting or f"* OK [CAPABILITY {capability}] ready\r\n"
        self.heard, self.logins, self.connections, self.gone = [], [], [], set()
        self.lock = threading.Lock()
        super().__init__(tls)

    def connected(self):
        self.connections.append(time.monotonic())

    def talk(self, connection):
        reader = connection.makefile("rb")
        connection.sendall(self.greeting.encode())
        while True:
            line = reader.readline(1 << 20)
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            while text.endswith("}") and "{" in text:
                size = int(text[text.rindex("{") + 1:-1].rstrip("+"))
                if not text.endswith("+}"):
                    connection.sendall(b"+ go on\r\n")
                text = text[:text.rindex("{")] + reader.read(size).decode("utf-8", "replace") + reader.readline(1 << 20).decode("utf-8", "replace").rstrip("\r\n")
            words = text.split(" ")
            tag, name = words[0], (" ".join(words[1:3]) if len(words) > 2 and words[1].upper() == "UID" else words[1] if len(words) > 1 else text).upper()
            with self.lock:
                self.heard.append((time.monotonic(), name, text))
            if name in ("LOGIN", "AUTHENTICATE"):
                self.logins.append(time.monotonic())
            if name in self.special and self.special[name](connection, tag, words):
                continue
            self.usual(connection, tag, name, words)
            if name == "LOGOUT":
                return

    def uids(self):
        return [uid for uid in range(1, len(self.mails) + 1) if uid not in self.gone]

    def asked(self, text):
        """The UIDs of a set that exist."""
        known, wanted = self.uids(), set()
        for piece in text.split(","):
            ends = [(known or [0])[-1] if end == "*" else int(end) for end in piece.split(":")]
            wanted.update(uid for uid in known if min(ends) <= uid <= max(ends))
        return sorted(wanted)

    def usual(self, connection, tag, name, words):
        say = lambda text: connection.sendall(text.encode() if isinstance(text, str) else text)
        if name == "CAPABILITY":
            say(f"* CAPABILITY {self.capability}\r\n")
        elif name in ("EXAMINE", "SELECT"):
            say(f"* {len(self.uids())} EXISTS\r\n* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] ok\r\n* OK [UIDVALIDITY 7] ok\r\n"
                f"* OK [UIDNEXT {len(self.mails) + 1}] ok\r\n")
        elif name == "LIST":
            say('* LIST () "/" "INBOX"\r\n* LIST () "/" "Done"\r\n')
        elif name == "UID SEARCH":
            say("* SEARCH " + " ".join(map(str, self.uids())) + "\r\n")
        elif name == "UID FETCH":
            for uid in self.asked(words[3]):
                say(self.fetched(uid, " ".join(words[4:])))
        elif name in ("UID MOVE", "UID STORE") and (name == "UID MOVE" or "Deleted" in " ".join(words)):
            for uid in self.asked(words[3]):
                self.gone.add(uid)
        elif name == "IDLE":
            say("+ idling\r\n")
            while True:
                if connection.recv(4096).upper().strip() == b"DONE":
                    break
        say(f"{tag} OK done\r\n")

    def size(self, uid):
        return len(self.mails[uid - 1])

    def content(self, uid):
        """The response after BODY[]."""
        return b"{%d}\r\n%s" % (len(self.mails[uid - 1]), self.mails[uid - 1])

    def fetched(self, uid, what):
        place = self.uids().index(uid) + 1
        items = [b"UID %d" % uid]
        if "RFC822.SIZE" in what:
            items.append(b"RFC822.SIZE %d" % self.size(uid))
        if "INTERNALDATE" in what:
            items.append(b'INTERNALDATE "01-Oct-2026 06:00:00 +0000"')
        if "FLAGS" in what:
            items.append(b"FLAGS ()")
        if "BODY" in what and "HEADER" not in what:
            items.append(b"BODY[] " + self.content(uid))
        return b"* %d FETCH (%s)\r\n" % (place, b" ".join(items))

    def count(self, *names):
        with self.lock:
            return sum(1 for _, name, _ in self.heard if not names or name in names)

    @property
    def was_cleared(self):
        with self.lock:
            return [text for _, name, text in self.heard if name in ("UID MOVE", "UID COPY", "EXPUNGE", "UID EXPUNGE") or name == "UID STORE" and "elete" in text]


def configuration(peer, **keys):
    """An account of this server; values are YAML."""
    keys = {"name": "a", "server": "127.0.0.1", "port": peer.port, "tls": "none", "user": "u@example.com", "password_env": "THE_PASSWORD", "retries": 0,
            "timeouts": "{connect: 10, silence: 15, run: 120}", **keys}
    return "accounts:\n  - " + "\n    ".join(f"{key}: {value}" for key, value in keys.items() if value is not None) + "\n"


def account(box, peer, password="secret", **keys):
    """Writes the configuration and returns the conditions of a run that uses it."""
    box.cleanup.append(peer.stop)
    path = box.put("config.yaml", configuration(peer, **keys))
    return {"environment": {"DMARCSTAT_CONFIG": path, "THE_PASSWORD": password}}
