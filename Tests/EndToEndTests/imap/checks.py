"""Checks of `dmarcstat ingest` against a real Dovecot.

    checks.py PROGRAM CHECK...       runs checks by name; prints what is wrong, and ends with status 1 if anything is
"""

import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dovecot  # noqa: E402
import reporting  # noqa: E402
from dovecot import PASSWORD, USER, certificate, free_port, mail, other_mail, report, token  # noqa: E402
from hostile import HostileServer  # noqa: E402
from proxy import Proxy  # noqa: E402
from reporting import IS_LONG, SEED, check, failures, noise  # noqa: E402

PROGRAM = sys.argv[1]
# A program with a sanitiser is slow and does not release freed memory.
IS_SANITIZED = "DMARCSTAT_SANITIZE" in os.environ


class Place:
    """A folder with a server, a configuration and a database."""

    def __init__(self, capability=None, settings=""):
        self.folder = tempfile.mkdtemp(prefix="dmarcstat-imap-")
        os.chmod(self.folder, 0o755)
        self.database = f"{self.folder}/reports.sqlite"
        self.write("password", PASSWORD + "\n")
        self.server = dovecot.lease(capability, settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        dovecot.give_back(self.server)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text, mode=0o600):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)
        os.chmod(f"{self.folder}/{name}", mode)
        return f"{self.folder}/{name}"

    def configure(self, *keys, port=None, tls="implicit", secret="password_file: password", name="reports", more=""):
        """Writes a configuration with one account."""
        return self.write("config.yaml", self.configuration(*keys, port=port, tls=tls, secret=secret, name=name, more=more))

    def configuration(self, *keys, port=None, tls="implicit", secret="password_file: password", name="reports", more=""):
        port = port or (self.server.tls_port if tls == "implicit" else self.server.port)
        if not any(key.startswith("timeouts:") for key in keys):
            keys += ("timeouts: {connect: 600, silence: 600}",)
        lines = "".join(f"    {key}\n" for key in keys)
        return f"""
accounts:
  - name: {name}
    server: localhost
    port: {port}
    tls: {tls}
    user: {USER}
    ca_file: {self.server.authority}
    {secret}
{lines}{more}"""

    def command(self, *words):
        return [PROGRAM, *words, "--config", f"{self.folder}/config.yaml"]

    def environment(self, **more):
        return {"PATH": "/usr/bin:/bin", "HOME": self.folder, "TMPDIR": self.folder, "DMARCSTAT_DATABASE": self.database, **more}

    def run(self, *words, timeout=900, **environment):
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=timeout, env=self.environment(**environment))

    def ingest(self, *words, **more):
        return self.run("ingest", *words, **more)

    def reports(self):
        """Report ids in the database with their numbers of messages."""
        if not os.path.exists(self.database):
            return []
        with sqlite3.connect(self.database) as db:
            try:
                return [row[0] for row in db.execute("SELECT report_id FROM report ORDER BY id")]
            except sqlite3.OperationalError as error:
                # The file exists before its tables.
                if "no such table" not in str(error) and "locked" not in str(error):
                    raise
                return []

    def clear(self):
        self.server.clear()
        for end in ("", "-wal", "-shm"):
            if os.path.exists(self.database + end):
                os.remove(self.database + end)


def names(mails):
    return sorted(name for name, _ in mails)


# Connection and login.


def logins():
    with Place() as place:
        place.server.deliver([mail(1)])
        command = f"password_command: \"printf '%s\\\\n' \\\"$SECRET\\\"\""
        ways = [
            ("implicit", "auth: plain", "password_file: password"), ("starttls", "auth: plain", "password_file: password"),
            ("implicit", "auth: login", "password_file: password"), ("starttls", "auth: auto", command),
            ("none", "auth: login", "password_env: SECRET"), ("implicit", "auth: xoauth2", f"token_command: echo {token()}"),
            ("starttls", "auth: oauthbearer", f"token_command: echo {token()}"),
            ("implicit", "auth: auto", f"token_command: echo {token()}"),
        ]
        for tls, auth, secret in ways:
            place.configure(auth, "retries: 0", tls=tls, secret=secret)
            result = place.ingest(SECRET=PASSWORD)
            check(result.returncode == 0, f"{tls}, {auth}, {secret[:20]}: status {result.returncode}", result.stderr)
        check(place.reports() == ["r1"], "one report by all ways", place.reports())

        wrong = [
            ("password_env: SECRET", dict(SECRET="not it"), "AUTHENTICATIONFAILED"),
            (f"token_command: echo {token(seconds=-10)}", {}, "token"),
            ("token_command: exit 7", {}, "status 7"), ("password_file: nowhere", {}, "cannot be read"),
            ("password_env: NOWHERE", {}, "variable NOWHERE"),
        ]
        for secret, environment, word in wrong:
            place.configure("retries: 3", secret=secret)
            result = place.ingest(**environment)
            check(result.returncode == 3 and word in result.stderr, f"{secret[:30]} is refused", result.returncode, result.stderr)
            check("next attempt" not in result.stderr, f"{secret[:30]} is not tried again", result.stderr)
            check("not it" not in result.stderr and PASSWORD not in result.stderr, "no secret is printed", result.stderr)


def login_without_initial_response():
    # Each mechanism without an initial response, and a login with synchronising literals.
    with Place("IMAP4rev1 IDLE UIDPLUS MOVE NAMESPACE ID",
               "protocol imap {\n}\nservice imap-login {\n executable = imap-login\n}\n") as place:
        place.server.deliver([mail(1)])
        for auth, secret in [
            ("plain", "password_file: password"), ("login", "password_file: password"), ("xoauth2", f"token_command: echo {token()}")]:
            place.configure(f"auth: {auth}", "retries: 0", secret=secret)
            result = place.ingest()
            check(result.returncode == 0, f"{auth}: status {result.returncode}", result.stderr)


def encryption():
    with Place() as place:
        place.server.deliver([mail(1)])
        place.configure("retries: 0")
        plain = open(f"{place.folder}/config.yaml").read()

        def attempt(text, word, what, status=3):
            place.write("config.yaml", text)
            result = place.ingest()
            check(result.returncode == status and word in result.stderr, what, result.returncode, result.stderr)
            return result

        other, _ = certificate(place.folder, "other", "")
        attempt(plain.replace(place.server.authority, other), "ca_file", "an unknown authority is refused")
        attempt("\n".join(line for line in plain.split("\n") if "ca_file" not in line), "ca_file", "the system does not know it")
        attempt(plain.replace("server: localhost", "server: ip6-localhost").replace("127.0.0.1", "::1"), "", "no other host")
        attempt(plain.replace("server: localhost", "server: 127.0.0.1"), "", "the address is in the certificate", 0)
        attempt(plain.replace(f"port: {place.server.tls_port}", f"port: {place.server.port}"), "port", "no TLS on that port")
        unsafe = plain.replace(place.server.authority, other) + "    insecure_skip_certificate_check: true\n"
        for _ in range(2):
            attempt(unsafe, "insecure_skip_certificate_check", "switching it off warns each time", 0)
        attempt(plain.replace("tls: implicit", "tls: none").replace("server: localhost", "server: example.invalid"), "host",
                "an unknown host is named")

        # A server that knows only an old TLS.
        port = free_port()
        old = subprocess.Popen(
            ["openssl", "s_server", "-accept", str(port), "-cert", place.server.pem, "-key", place.server.key, "-tls1_1", "-cipher",
             "ALL:@SECLEVEL=0", "-quiet"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        check(eventually(lambda: not socket.socket().connect_ex(("127.0.0.1", port))), "the old server runs")
        attempt(plain.replace(f"port: {place.server.tls_port}", f"port: {port}"), "TLS 1.2", "TLS 1.1 is refused")
        old.kill()
        old.wait()

        # A certificate for another name, and an expired one.
        place.server.is_changed = True
        names_of = lambda name, **more: certificate(place.server.folder, "server", name, "authority", **more)
        names_of("DNS:mail.example.com")
        place.server.stop()
        place.server.start()
        attempt(plain, "other names", "another name is refused")
        names_of("DNS:localhost", days="-1")
        place.server.stop()
        place.server.start()
        attempt(plain, "has expired", "a certificate that has ended is refused")
        attempt(plain + "    insecure_skip_certificate_check: true\n", "can read the password", "unless it is spelled out", 0)
        result = place.run("accounts", "folders", "reports")
        check("insecure_skip_certificate_check" in result.stderr, "which warns everywhere", result.stderr)


def plaintext_passwords():
    # Not on loopback: the name of the machine resolves to another address, if it has one.
    with Place(settings="") as place:
        address = subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()
        address = [word for word in address if ":" not in word]
        if not address:
            # The unit tests of IMAP do the same with 0.0.0.0.
            check(True, "no address besides loopback: plain-text passwords are not checked")
            return
        place.server.is_changed = True
        place.server.stop()
        text = open(f"{place.server.folder}/dovecot.conf").read().replace("listen = 127.0.0.1", f"listen = 127.0.0.1, {address[0]}")
        place.server.write("dovecot.conf", text)
        place.server.start()
        place.server.deliver([mail(1)])
        place.configure("retries: 0", tls="none")
        config = open(f"{place.folder}/config.yaml").read().replace("server: localhost", f"server: {address[0]}")
        place.write("config.yaml", config)
        result = place.ingest()
        check(result.returncode == 3 and "not encrypted" in result.stderr, "no password in plain text", result.stderr)
        place.write("config.yaml", config + "    insecure_plaintext_password: true\n")
        result = place.ingest()
        check(result.returncode == 0, "unless it is spelled out", result.stderr)


def urls():
    with Place() as place:
        place.server.deliver([mail(1)])
        place.server.deliver([mail(2)], "Other")
        place.write("config.yaml", "database: reports.sqlite\n")
        base = f"imaps://{USER}@localhost:{place.server.tls_port}"
        result = place.ingest(f"imaps://dmarc:secret@localhost/INBOX")
        check(result.returncode == 2 and "secret" not in result.stderr, "a password in a URL is refused", result.stderr)
        for words in (["imaps:///u:s3cr3t-word@/"], ["u:s3cr3t-word@localhost"], ["imaps://u:s3cr3t-word"], ["imap:/u:s3cr3t-word@localhost"],
                      ["IMAPS://u:s3cr3t@word@localhost:99999/x"], ["imaps://u@localhost", "--password", "s3cr3t-word", "--nonsense"],
                      ["--password=s3cr3t-word", "imaps://u@localhost"], ["--limit", "imaps://u:s3cr3t-word@localhost"],
                      ["--account", "imaps://u:s3cr3t-word@localhost"], ["--after", "imaps://u:s3cr3t-word@localhost", "x"]):
            result = place.ingest(*words)
            check(result.returncode > 0 and "s3cr3t" not in result.stderr + result.stdout, f"{words}: a password is repeated", result.stderr)
        place.configure("after: keep")
        for url, name in ((base, "r1"), (f"{base}/Other", "r2")):
            result = place.ingest(url)
            check(result.returncode == 0 and name in place.reports(), f"{url}", result.stderr)
        place.write("config.yaml", "database: reports.sqlite\n")
        result = place.ingest("--after", "seen", f"{base}/Other", DMARCSTAT_IMAP_PASSWORD=PASSWORD)
        check(result.returncode == 3 and "ca_file" in result.stderr, "the system does not know the authority", result.stderr)
        for words, environment in (
            (["--password-file", f"{place.folder}/password"], {}),
            (["--password-command", f"cat {place.folder}/password"], {}), (["--token-command", f"echo {token()}"], {}),
            ([], {"DMARCSTAT_IMAP_PASSWORD": PASSWORD})):
            result = place.ingest("--ca-file", place.server.authority, *words, "--after", "seen", f"{base}/Other", **environment)
            check(result.returncode == 0, f"{words[:1]}", result.stderr)
        check(place.server.mails("Other") == [("2", "\\Seen")], "--after means mails, too", place.server.mails("Other"))
        plain = f"imap://{USER.replace('@', '%40')}@localhost:{place.server.port}/Other"
        result = place.ingest("--ca-file", place.server.authority, "--password-file", f"{place.folder}/password", plain)
        check(result.returncode == 0, "imap:// means STARTTLS", result.stderr)
        place.configure("after: keep")
        result = place.ingest(f"{base}/Nowhere")
        check(result.returncode == 3 and "accounts folders" in result.stderr, "a folder that is not there", result.stderr)
        result = place.ingest("--account", "nobody")
        check(result.returncode == 2 and "known accounts: reports" in result.stderr, "an account that is not there", result.stderr)


# Clean-up of messages.


def actions(capability=None, label=""):
    with Place(capability) as place:
        for after in ("keep", "seen", "move:Done", "delete"):
            place.clear()
            place.server.deliver([mail(1), other_mail(1), mail(2, b"junk"), mail(3)])
            place.configure(f"after: {after}", "other: keep", "rejected: keep")
            for number in range(3):
                result = place.ingest()
                check(result.returncode == (0 if number else 1), f"{label}{after}: status of run {number}", result.returncode, result.stderr)
            check(sorted(place.reports()) == ["r1", "r3"], f"{label}{after}: reports", place.reports())
            inbox = place.server.mails()
            left = [entry for entry in inbox if "\\Deleted" not in entry[1]]
            if after == "keep":
                check(inbox == [("1", ""), ("o1", ""), ("2", ""), ("3", "")], f"{label}{after}: untouched", inbox)
            if after == "seen":
                check(inbox == [("1", "\\Seen"), ("o1", ""), ("2", ""), ("3", "\\Seen")], f"{label}{after}: flags", inbox)
            if after.startswith("move"):
                check(names(left) == ["2", "o1"], f"{label}{after}: inbox", inbox)
                check(names(place.server.mails("Done")) == ["1", "3"], f"{label}{after}: target", place.server.mails("Done"))
            if after == "delete":
                check(names(left) == ["2", "o1"], f"{label}{after}: inbox", inbox)
        # A later setting applies to earlier messages.
        place.clear()
        place.server.deliver([mail(1), other_mail(1), mail(2, b"junk")])
        place.configure("after: keep")
        place.ingest()
        place.configure("after: 'move:Archiv/Ä & Ö'", "other: move:Other", "rejected: move:Bad")
        result = place.ingest()
        check(result.returncode == 0, f"{label}later wishes", result.stderr)
        left = [entry for entry in place.server.mails() if "\\Deleted" not in entry[1]]
        check(left == [], f"{label}later wishes: inbox", left)
        for folder, expected in (("Archiv.&AMQ- &- &ANY-", ["1"]), ("Other", ["o1"]), ("Bad", ["2"])):
            check(names(place.server.mails(folder)) == expected, f"{label}later wishes: {folder}", place.server.mails(folder))


def conflicts():
    """Two reports of one identity with different rows: both messages stay with any setting, even one that was to be cleaned up later."""
    with Place() as place:
        first, second = mail(1), mail(1, report(1, rows=3))
        for wishes in (("after: delete", "other: move:Other", "rejected: move:Bad"), ("after: move:Done", "rejected: move:Bad")):
            place.clear()
            place.server.deliver([first, second, mail(2)])
            place.configure(*wishes)
            for number in range(2):
                result = place.ingest()
                check(result.returncode == (0 if number else 1), f"{wishes}: status of run {number}", result.stderr)
                left = [entry for entry in place.server.mails() if "\\Deleted" not in entry[1]]
                check(names(left) == ["1", "1"], f"{wishes}: both stay", left)
            # The first one was read by an earlier run without clean-up.
            place.clear()
            place.server.deliver([first, mail(2)])
            place.configure("after: keep")
            place.ingest()
            place.server.deliver([second])
            place.configure(*wishes)
            check(place.ingest().returncode == 1, f"{wishes}: the second one comes later")
            left = [entry for entry in place.server.mails() if "\\Deleted" not in entry[1]]
            check(names(left) == ["1", "1"], f"{wishes}: both stay", left)


def uncompressed():
    """Reports as plain XML were read from a Maildir before. The server returns them with CRLF, which is no conflict."""
    with Place() as place:
        # The second one has a repeated element, so that it has lost content and is compared by its bytes.
        texts = [report(1).decode(), report(2).decode().replace("<count>1</count>", "<count>1</count><count>7</count>")]
        mails = [
            (f"From: a@mx.example.net\nMessage-ID: <{number}@mx.example.net>\nSubject: Report Domain: example.com "
             f"Submitter: mx.example.net Report-ID: <r{number}>\nMIME-Version: 1.0\nContent-Type: text/xml\n\n"
             + text.replace("><", ">\n<") + "\n").encode()
            for number, text in enumerate(texts, 1)
        ]
        for folder in ("cur", "new", "tmp"):
            os.makedirs(f"{place.folder}/maildir/{folder}")
        for number, text in enumerate(mails):
            with open(f"{place.folder}/maildir/new/{number}.host", "wb") as file:
                file.write(text)
        place.configure("after: move:Done", "rejected: move:Bad")
        check(place.ingest(f"{place.folder}/maildir").returncode == 0, "the Maildir")
        place.server.deliver(mails)
        result = place.ingest()
        check(result.returncode == 0 and "2 duplicates" in result.stdout, "from the server", result.stdout, result.stderr)
        check(place.reports() == ["r1", "r2"], "two reports", place.reports())


BASE = "IMAP4rev1 SASL-IR LITERAL+ NAMESPACE ID"


def actions_without_extensions():
    actions(BASE, "plain server, ")


def actions_with_uidplus():
    actions(BASE + " UIDPLUS ESEARCH", "UIDPLUS only, ")


def expunging_all():
    with Place(BASE) as place:
        place.server.deliver([mail(1), other_mail(1)])
        place.configure("after: delete", "expunge: all")
        result = place.ingest()
        check(result.returncode == 0, "expunge: all", result.stderr)
        check(names(place.server.mails()) == ["o1"], "expunge: all takes out", place.server.mails())


def namespaces():
    """Names below a prefix, and other separators, as in Courier and Cyrus."""
    for separator, prefix in ((".", "INBOX."), ("/", ""), ("^", "")):
        layout = f'namespace inbox {{\n inbox = yes\n separator = {separator}\n prefix = {prefix}\n}}\n'
        with Place(settings=layout) as place:
            place.server.deliver([mail(1), other_mail(1)])
            place.server.deliver([mail(2)], "Lists.Reports" )
            place.configure("folders: [INBOX, Lists/Reports]", "after: move:DMARC/Done 2026", "other: move:Other")
            for number in range(2):
                result = place.ingest()
                check(result.returncode == 0, f"{separator}{prefix}: status", result.stderr)
            check(sorted(place.reports()) == ["r1", "r2"], f"{separator}{prefix}: reports", place.reports())
            done = f"{prefix}DMARC{separator}Done 2026"
            check(names(place.server.mails(done)) == ["1", "2"], f"{separator}{prefix}: {done}", place.server.mails(done))
            check(names(place.server.mails(f"{prefix}Other")) == ["o1"], f"{separator}{prefix}: others")
            listed = place.run("accounts", "folders", "reports").stdout
            check(done in listed, f"{separator}{prefix}: the list", listed)


def two_at_once():
    """Two runs of one database share the work, and copy nothing twice."""
    with Place(BASE) as place:
        place.server.deliver([mail(number) for number in range(200)])
        proxy = Proxy(place.server.port, delay=0.05)
        wishes = ("after: move:Done", "expunge: all")
        place.configure(*wishes, port=proxy.port, tls="none")
        start = lambda: subprocess.Popen(place.command("ingest"), env=place.environment(), stderr=subprocess.PIPE, text=True,
                                         stdout=subprocess.DEVNULL)
        first = start()
        check(eventually(lambda: proxy.down > 20_000), "the first one is at work", proxy.down)
        # It is delayed, while the others use another route.
        proxy.delay = 10
        place.configure(*wishes, tls="none")
        others = [start() for _ in range(2)]
        errors = [run.communicate(timeout=900)[1] for run in others]
        check(all("another dmarcstat" in text for text in errors), "the others say why they do nothing", errors)
        proxy.delay = 0.001
        errors.append(first.communicate(timeout=900)[1])
        check(all(run.returncode == 0 for run in [first, *others]), "all end well", errors)
        check(len(place.reports()) == 200 and len(place.server.mails("Done")) == 200, "each mail once", len(place.server.mails("Done")))
        proxy.stop()


def read_only():
    with Place(settings="plugin {\n acl = vfile\n}\nprotocol imap {\n mail_plugins = acl imap_acl\n}\n") as place:
        place.server.deliver([mail(1), mail(2)])
        with open(f"{place.server.maildir()}/dovecot-acl", "w") as file:
            file.write("owner lr\n")
        place.server.own()
        place.configure("after: seen")
        for number in range(2):
            result = place.ingest()
            check(result.returncode == 0 and "is read-only" in result.stderr, "a mailbox that can only be read", result.returncode, result.stderr)
        check(place.reports() == ["r1", "r2"], "is read", place.reports())
        result = place.run("accounts", "test", "reports")
        check(result.returncode == 0 and "is read-only" in result.stdout, "accounts test says so", result.stdout, result.stderr)


def renumbered():
    with Place() as place:
        place.server.deliver([mail(1), mail(2, b"junk"), other_mail(1)])
        place.configure("after: keep")
        place.ingest()
        place.server.renumber()
        place.server.deliver([mail(3)])
        result = place.ingest()
        check("numbered" in result.stderr and "2 new reports" not in result.stdout, "it is told", result.stdout, result.stderr)
        check(sorted(place.reports()) == ["r1", "r3"], "nothing twice", place.reports())
        with sqlite3.connect(place.database) as db:
            rejected = db.execute("SELECT count(*) FROM input_item WHERE outcome = 'rejected'").fetchone()[0]
        check(rejected == 1, "a rejection is not kept twice", rejected)
        check(place.ingest().stderr == "", "and once only")


def another_port():
    """An account stays the same on another port; two servers are different, even with equal message numbers."""
    with Place() as place:
        place.server.deliver([mail(1), mail(2, b"junk")])
        for number in range(2):
            proxy = Proxy(place.server.port)
            place.configure("after: keep", port=proxy.port, tls="none")
            result = place.ingest()
            check(("2 new messages" if number == 0 else "no new messages") in result.stdout, f"port {number}", result.stdout, result.stderr)
            proxy.stop()
        with Place() as other:
            # A mailbox with the same numbers and a different message.
            other.server.deliver([mail(3), mail(4)])
            shutil.copy(f"{place.server.maildir()}/dovecot-uidlist", f"{other.server.maildir()}/dovecot-uidlist")
            with open(f"{other.server.maildir()}/dovecot-uidlist") as file:
                head = file.readline()
            with open(f"{other.server.maildir()}/dovecot-uidlist", "w") as file:
                file.write(head)
                for uid, name in enumerate(sorted(os.listdir(f"{other.server.maildir()}/new")), 1):
                    file.write(f"{uid} :{name}\n")
            other.server.own()
            account = lambda name, server: (
                f"  - {{name: {name}, server: localhost, port: {server.tls_port}, user: {USER}, ca_file: {server.authority}, password_file: password}}\n")
            place.write("config.yaml", "accounts:\n" + account("reports", place.server) + account("second", other.server))
            result = place.ingest()
            check(sorted(place.reports()) == ["r1", "r3", "r4"], "both servers are read", place.reports(), result.stderr)
            with sqlite3.connect(place.database) as db:
                numbers = db.execute("SELECT count(*), count(DISTINCT uid_validity) FROM mailbox").fetchone()
            check(numbers == (2, 1), "they have the same numbers", numbers)
            for server in (place.server, other.server):
                place.ingest("--password-file", f"{place.folder}/password", "--ca-file", server.authority,
                             f"imaps://{USER}@127.0.0.1:{server.tls_port}")
            with sqlite3.connect(place.database) as db:
                numbers = db.execute("SELECT count(*) FROM mailbox").fetchone()
            check(numbers == (4,), "servers that are only URLs are told apart by their ports", numbers)


def several_accounts():
    with Place() as place:
        place.server.deliver([mail(1)])
        place.server.deliver([mail(2)], "Second")
        port = place.server.tls_port
        account = lambda name, port, user=USER, more="": (
            f"  - name: {name}\n    server: localhost\n    port: {port}\n    user: {user}\n    ca_file: {place.server.authority}\n"
            f"    password_file: password\n    retries: 0\n{more}")
        place.write("config.yaml", "accounts:\n" + account("dead", 1) + account("wrong", port, "nobody@example.com")
                    + account("good", port, more="    folders: [INBOX, Nowhere, Second]\n"))
        result = place.ingest("--quiet")
        check(result.returncode == 3, "failures are told by the status", result.returncode)
        check(place.reports() and sorted(place.reports()) == ["r1", "r2"], "the others are read", place.reports())
        for name in ("dead", "wrong", "good, Nowhere"):
            check(any(line.startswith(f"{name}: ") for line in result.stderr.split("\n")), f"{name} is named", result.stderr)
        check(place.ingest("--account", "good", "--dry-run").returncode == 3, "one of them")


def retrying_rejected():
    with Place() as place:
        place.server.deliver([mail(1, gz_bomb()), mail(2)])
        place.configure("after: keep")
        result = place.ingest("--max-inflated-bytes", "100000")
        check(result.returncode == 1 and place.reports() == ["r2"], "a limit rejects", result.stderr)
        check(place.ingest().returncode == 0 and place.reports() == ["r2"], "it is not tried again")
        place.ingest("--retry")
        check(sorted(place.reports()) == ["r1", "r2"], "--retry does", place.reports())


def gz_bomb():
    import gzip
    return gzip.compress(report(1).replace(b"</report_metadata>", b"</report_metadata>" + b" " * 200_000))


def dry_run():
    with Place() as place:
        place.server.deliver([mail(1)])
        place.configure("after: delete")
        result = place.ingest("--dry-run")
        check(result.returncode == 0 and "1 new report" in result.stdout, "a dry run tells", result.stdout)
        check(place.server.mails() == [("1", "")], "and changes nothing", place.server.mails())
        check(place.reports() == [], "nowhere")


def odd_mails():
    """Other contents of mailboxes, in every storage format of Dovecot."""
    odd = [b"", b"\n", b"\0\0\0", b"From x\nSubject: a\n\nb", noise(300_000), b"X: y\n" * 50_000, mail(1).replace(b"\n", b"\r\n"),
           mail(2)[:-3], b"Subject: \xff\xfe\n\n\xff", b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 20_000,
           mail(3).replace(b"Date:", b"Date: \0")]
    for form in ("maildir:~/Maildir", "mbox:~/mail:INBOX=~/mail/inbox", "mdbox:~/mdbox"):
        with Place(settings=f"mail_location = {form}\nmail_access_groups =\n") as place:
            mails = odd if form.startswith("maildir") else [mail for mail in odd if mail and not mail.startswith((b"\0", b"From "))]
            if form.startswith("maildir"):
                place.server.deliver(mails)
            else:
                client = place.server.connect()
                for content in mails:
                    client.append("INBOX", None, None, content)
                client.logout()
            place.configure("after: move:Done", "other: move:Other", "rejected: move:Bad")
            result = place.ingest()
            check(result.returncode == 1 and sorted(place.reports()) == ["r1", "r2", "r3"], f"{form}: reports", result.stderr)
            check(place.ingest().returncode == 0, f"{form}: once is enough")
            counts = [place.server.count(folder) for folder in ("INBOX", "Done", "Bad", "Other")]
            check(counts == [0, 3, 2, len(mails) - 5], f"{form}: every mail is in its place", counts)


# Many and large messages.


def five_thousand():
    with Place() as place:
        count = 5_000 if IS_LONG else 1_000
        place.server.deliver([mail(number) for number in range(count)])
        proxy = Proxy(place.server.port)
        place.configure("after: move:Done", port=proxy.port, tls="none")
        result = place.ingest()
        check(result.returncode == 0 and len(place.reports()) == count, f"{count} messages", result.stdout, result.stderr)
        check(proxy.turns <= count // 100 + 10, "at most one round trip per 100 mails", proxy.turns)
        check(len(place.server.mails()) == 0 and place.server.count("Done") == count, "all moved")
        proxy.stop()


def large_mails():
    with Place() as place:
        size, limit = (50_000_000, "100000000") if IS_LONG else (25_000_000, "50000000")
        place.server.deliver([mail(number, padding=size) for number in range(3)] + [mail(90, padding=size * 2)])
        place.configure("after: keep")
        status, errors, peak = watched(place, "--max-mail-bytes", limit)
        check(status == 1 and len(place.reports()) == 3, "large mails", status, errors)
        check("--max-mail-bytes" in errors, "too large ones are named", errors)
        place.clear()
        place.server.deliver([mail(number) for number in range(3)])
        _, _, small = watched(place)
        check(peak - small < 32 or IS_SANITIZED, "large mails do not fill the memory", peak, small)


def watched(place, *words):
    """Runs ingest: status, errors and its peak memory in MiB."""
    with open(f"{place.folder}/errors", "w+") as errors:
        process = subprocess.Popen(place.command("ingest", *words), env=place.environment(), stderr=errors, stdout=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            try:
                for line in open(f"/proc/{process.pid}/status"):
                    if line.startswith("VmHWM"):
                        peak = max(peak, int(line.split()[1]) // 1024)
            except OSError:
                pass
            time.sleep(0.01)
        errors.seek(0)
        return process.returncode, errors.read(), peak


def published():
    """Published reports in messages give the same result from a server as from files."""
    corpus = os.environ["DMARCSTAT_CORPUS"]
    mails = []
    for folder, _, files in sorted(os.walk(corpus)):
        for file in sorted(files):
            content = open(f"{folder}/{file}", "rb").read()
            if file.endswith(".eml"):
                mails.append(content)
            elif file.endswith((".xml", ".gz", ".zip")):
                import base64
                # A report without a period takes it from the date of its message.
                mails.append(b"From: a@mx.example.net\nDate: Thu, 01 Oct 2026 06:00:00 +0000\nMIME-Version: 1.0\nContent-Type: application/octet-stream; name=\"%s\"\n"
                             b"Content-Transfer-Encoding: base64\n\n%s" % (file.encode(), base64.encodebytes(content)))
    with Place() as place:
        place.server.deliver(mails)
        place.configure("after: keep")
        drop = f"{place.folder}/drop"
        os.makedirs(drop)
        for number, content in enumerate(mails):
            with open(f"{drop}/{number:05}.eml", "wb") as file:
                file.write(content)

        def stored():
            with sqlite3.connect(place.database) as db:
                return db.execute(
                    "SELECT reporter_id, report_key, begin, row_count, messages, sha256 FROM report ORDER BY sha256").fetchall(), db.execute(
                    "SELECT outcome, code, count(*) FROM input_item GROUP BY 1, 2 ORDER BY 1, 2").fetchall()

        place.ingest()
        fetched = stored()
        os.remove(place.database)
        place.ingest(drop)
        check(len(fetched[0]) > 100, "there are reports", len(fetched[0]))
        check([row[1:] for row in fetched[0]] == [row[1:] for row in stored()[0]], "the same reports", len(fetched[0]), len(stored()[0]))
        check(fetched[1] == stored()[1], "the same outcomes", fetched[1], stored()[1])


# Interruptions.


def whole(place, expected, label, after="move:Done"):
    """After a last, undisturbed run, everything must be in its place exactly once."""
    result = place.ingest()
    check(result.returncode in (0, 1), f"{label}: the last run", result.returncode, result.stderr)
    check(sorted(place.reports()) == sorted(f"r{number}" for number in range(expected)), f"{label}: reports", place.reports())
    everything = sorted(str(number) for number in range(expected))
    inbox, done = place.server.mails(), names(place.server.mails("Done"))
    check(done == (everything if after == "move:Done" else []), f"{label}: moved, each once", done)
    check(names(inbox) == (everything if after == "seen" else []), f"{label}: left", inbox)
    check(all(flags == "\\Seen" for _, flags in inbox), f"{label}: flags", inbox)
    check(names(place.server.mails("Bad")) == ["b"], f"{label}: rejected", place.server.mails("Bad"))
    check(names(place.server.mails("Other")) == ["o1"], f"{label}: others", place.server.mails("Other"))
    with sqlite3.connect(place.database) as db:
        check(db.execute("SELECT sum(messages), count(*) FROM report").fetchone() == (3 * expected, expected), f"{label}: messages")


def fill(place, count=12):
    place.clear()
    bad = mail("b", b"junk")
    place.server.deliver([mail(number) for number in range(count // 2)] + [bad, other_mail(1)]
                         + [mail(number) for number in range(count // 2, count)])
    return count


def cut_once(place, label, kill=None, **how):
    """One run through a proxy that cuts the connection, then one that must complete everything."""
    expected = fill(place)
    tls, after = how.pop("tls", "none"), how.pop("after", "move:Done")
    proxy = Proxy(place.server.port if tls != "implicit" else place.server.tls_port, **how)
    place.configure(f"after: {after}", "rejected: move:Bad", "other: move:Other", "expunge: all", "retries: 0",
                    port=proxy.port, tls=tls)
    process = subprocess.Popen(place.command("ingest"), env=place.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if kill is not None:
        eventually(lambda: proxy.down >= kill or process.poll() is not None)
        process.kill()
    process.communicate(timeout=900)
    status = process.returncode
    commands = proxy.commands
    proxy.disarm()
    whole(place, expected, label, after)
    proxy.stop()
    return status, commands


def every_boundary(capability=None, label="", first=0):
    """Cuts at each boundary, before and after the command was carried out. The short form takes every third boundary, another third with
    each kind of server, and one of the two in turn."""
    with Place(capability) as place:
        number = 0 if IS_LONG else first
        cuts = 0
        while True:
            reached = False
            for answers in (False, True) if IS_LONG else (number % 2 == 1,):
                status, commands = cut_once(
                    place, f"{label}cut at command {number}{' after it was carried out' if answers else ''}", lines=number, answers=answers)
                reached = reached or status == 3
                cuts += 1
            if not reached or failures:
                break
            number += 1 if IS_LONG else 3
        check(number > 8, f"{label}there are boundaries", number)


def every_boundary_without_extensions():
    every_boundary(BASE, "plain server, ", 1)


def every_boundary_with_uidplus():
    every_boundary(BASE + " UIDPLUS ESEARCH", "UIDPLUS only, ", 2)


def random_cuts(seed, runs=50 if IS_LONG else 8):
    """The connection is cut, or the program is killed, at a random point."""
    chance = random.Random(seed * 1_000 + SEED)
    capabilities = [None, BASE, BASE + " UIDPLUS"]
    for capability in capabilities:
        with Place(capability) as place:
            for number in range(runs // len(capabilities) + 1):
                after = chance.choice(["move:Done", "move:Done", "delete", "seen"])
                label = f"seed {seed}, {capability or 'all'}, {after}, run {number}"
                kind = chance.randrange(3)
                if kind == 0:
                    cut_once(place, f"{label}, bytes from the server", after=after, tls=chance.choice(["none", "implicit", "starttls"]),
                             cut=("client", chance.randrange(25_000)))
                elif kind == 1:
                    cut_once(place, f"{label}, bytes to the server", after=after, cut=("server", chance.randrange(900)))
                else:
                    cut_once(place, f"{label}, killed", after=after, kill=chance.randrange(25_000), delay=0.003)
                if failures:
                    return


def random_cuts_1():
    random_cuts(1)


def random_cuts_2():
    random_cuts(2)


def retries():
    """A lost connection is re-established within one run."""
    with Place() as place:
        expected = fill(place)
        proxy = Proxy(place.server.port, cut=("client", 9_000), cuts=2)
        place.configure("after: move:Done", "rejected: move:Bad", "other: move:Other", port=proxy.port, tls="none")
        result = place.ingest()
        check(result.returncode == 1 and proxy.connections == 3, "it comes back", result.returncode, proxy.connections, result.stderr)
        check("next attempt" in result.stderr, "and says so", result.stderr)
        check(len(place.reports()) == expected and place.server.mails() == [], "until all is done", place.server.mails())
        proxy.stop()


def server_restarts():
    """The server stops during a run and returns a little later."""
    with Place() as place:
        place.server.deliver([mail(number) for number in range(400)])
        proxy = Proxy(place.server.port, delay=0.05)
        place.configure("after: seen", port=proxy.port, tls="none")
        process = subprocess.Popen(place.command("ingest"), env=place.environment(), stderr=subprocess.PIPE, text=True,
                                   stdout=subprocess.DEVNULL)
        check(eventually(lambda: proxy.commands > 3), "it is at work")
        place.server.stop()
        place.server.start()
        _, errors = process.communicate(timeout=900)
        check(process.returncode == 0, "a restart is survived", process.returncode, errors)
        check(len(place.reports()) == 400, "with all reports", len(place.reports()))
        proxy.stop()


def hostile():
    """Most of them respond slowly, so all run at the same time."""
    with Place() as place, ThreadPoolExecutor(8) as visitors:
        list(visitors.map(lambda name: visit(place, name), HostileServer.expected))


def visit(place, name):
    home = f"{place.folder}/{name.replace(' ', '-')}"
    os.mkdir(home)
    server = HostileServer(name)
    expected = HostileServer.expected[name]
    # Waits that must time out are short.
    silence = 3 if expected else 600
    # Nothing but this limit ends a flood of valid responses.
    run = 5 if name == "endless_responses" else 600
    config = place.configuration("retries: 0", f"timeouts: {{silence: {silence}, run: {run}, connect: {silence}}}", port=server.port,
                                 tls=name.split(" ")[0] if " " in name else "none", secret=f"password_file: {place.folder}/password")
    with open(f"{home}/config.yaml", "w") as file:
        file.write(config)
    start = time.monotonic()
    result = subprocess.run([PROGRAM, "ingest", "--config", f"{home}/config.yaml"], capture_output=True, text=True, timeout=900,
                            env=place.environment(DMARCSTAT_DATABASE=f"{home}/reports.sqlite", HOME=home))
    taken = time.monotonic() - start
    check(result.returncode == expected, f"{name}: status {result.returncode}", result.stderr[:300])
    check(taken < 600, f"{name}: it ends", f"after {taken:.1f} s")
    check(result.stderr == "" or (len(result.stderr) < 2_000 and "\x1b" not in result.stderr and "\x07" not in result.stderr),
          f"{name}: what is said is safe", repr(result.stderr[:300]))
    check(PASSWORD not in result.stderr, f"{name}: the password is not printed", result.stderr)
    check(not hasattr(server, "refused") or PASSWORD.encode() not in server.raw, f"{name}: the password is not sent", server.raw)
    check(PASSWORD.encode() not in server.raw or not name.startswith("starttls"), f"{name}: no password in plain text")
    server.stop()


def peculiar():
    """Servers of large providers, as far as their behaviour is known."""
    with Place() as place:
        for name, after, heard, status, told in (
            ("gmail", "delete", 'UID MOVE 1 "[Gmail]/Papierkorb"', 0, ""),
            ("icloud", "keep", "UID FETCH 2 (UID BODY.PEEK[])", 0, ""),
            ("microsoft", "seen", "UID STORE 1 +FLAGS.SILENT (\\Seen)", 0, "throttled"),
            ("exchange", "seen", "UID STORE 1 +FLAGS.SILENT (\\Seen)", 3, "does not return the message with UID 2 (UID FETCH was refused: The requested")):
            place.clear()
            server = HostileServer(name)
            server.mail = mail(1).replace(b"\n", b"\r\n")
            place.configure(f"after: {after}", port=server.port, tls="none")
            result = place.ingest()
            check(result.returncode == status and place.reports() == ["r1"], f"{name}: the report is read", result.returncode, result.stderr)
            check(told in result.stderr, f"{name}: {told}", result.stderr)
            check(heard in server.heard, f"{name}: {heard}", server.heard)
            server.stop()


# The service.


def eventually(question, seconds=900):
    limit = time.time() + seconds
    while time.time() < limit:
        if question():
            return True
        time.sleep(0.1)
    return False


def watching():
    with Place() as place:
        place.server.deliver([mail(1)])
        proxy = Proxy(place.server.port)
        place.configure("after: move:Done", "timeouts: {idle: 2}", port=proxy.port, tls="none")
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(f"{place.folder}/notify")
        notify.settimeout(900)
        process = subprocess.Popen(
            place.command("ingest", "--watch"),
            env=place.environment(NOTIFY_SOCKET=f"{place.folder}/notify", WATCHDOG_USEC="10000000"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

        def hear(word):
            try:
                for _ in range(200):
                    if word in notify.recv(4096).decode():
                        return True
            except TimeoutError:
                return False
            return False

        check(hear("READY=1"), "it says that it is ready")
        check(eventually(lambda: place.reports() == ["r1"]), "what is there is read", place.reports())
        place.server.deliver([mail(2)])
        check(eventually(lambda: len(place.reports()) == 2), "what comes is read", place.reports())
        check(eventually(lambda: names(place.server.mails("Done")) == ["1", "2"]), "and moved", place.server.mails("Done"))
        with sqlite3.connect(place.database, timeout=2) as db:
            db.execute("CREATE TABLE others_can_write (a)")
        waits = proxy.waits
        check(eventually(lambda: proxy.waits > waits), "waiting begins again")
        place.server.deliver([mail(3)])
        check(eventually(lambda: len(place.reports()) == 3), "also after waiting has begun anew", place.reports())
        # The server stops and returns.
        place.server.stop()
        place.server.start()
        place.server.deliver([mail(4)])
        check(eventually(lambda: len(place.reports()) == 4), "also after the server was away", place.reports())
        place.server.deliver([mail(5)], "Second")
        broken = open(f"{place.folder}/config.yaml").read()
        place.write("config.yaml", broken.replace("name: reports", "nam: reports"))
        process.send_signal(signal.SIGHUP)
        # It is ready again when the configuration has been read.
        check(hear("RELOADING=1") and hear("READY=1"), "it says that it reads the configuration anew")
        check(process.poll() is None, "a broken configuration ends nothing")
        place.configure("after: keep", "folders: [INBOX, Second]")
        process.send_signal(signal.SIGHUP)
        check(hear("RELOADING=1"), "it says that it reads the configuration anew")
        check(eventually(lambda: len(place.reports()) == 5), "a new configuration is followed", place.reports())
        process.send_signal(signal.SIGTERM)
        try:
            output, errors = process.communicate(timeout=900)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            check(False, "it ends when told to")
        check(process.returncode == 0, "it ends well", process.returncode, errors)
        check(hear("STOPPING=1"), "it says that it ends")
        check("nam" in errors and "stays in use" in errors, "it names what was wrong", errors)
        check("1 new report" in output, "it tells what it has done", output)


def watching_ended_anywhere():
    """A service that is stopped at any moment ends soon, with success, and leaves nothing incomplete."""
    chance = random.Random(SEED)
    for capability in (None, BASE):
        with Place(capability) as place:
            for number in range(6 if IS_LONG else 2):
                expected = fill(place, 40)
                proxy = Proxy(place.server.port, delay=0.01)
                place.configure("after: move:Done", "rejected: move:Bad", "other: move:Other", "expunge: all", port=proxy.port, tls="none")
                notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                notify.bind(f"{place.folder}/notify{number}")
                notify.settimeout(900)
                process = subprocess.Popen(
                    place.command("ingest", "--watch", "--quiet"), env=place.environment(NOTIFY_SOCKET=f"{place.folder}/notify{number}"),
                    stderr=subprocess.DEVNULL)
                # It does not handle the signal before it has started.
                while b"READY=1" not in notify.recv(4096):
                    pass
                reached = chance.randrange(40_000)
                check(eventually(lambda: proxy.down >= reached), f"{capability or 'all'}, run {number}: it reads {reached} bytes", proxy.down)
                process.send_signal(signal.SIGTERM)
                try:
                    status = process.wait(900)
                except subprocess.TimeoutExpired:
                    process.kill()
                    status = process.wait()
                check(status == 0, f"{capability or 'all'}, run {number}: it ends well", status)
                proxy.disarm()
                whole(place, expected, f"{capability or 'all'}, ended in run {number}")
                proxy.stop()


def watching_without_idle():
    with Place(BASE) as place:
        drop = f"{place.folder}/drop"
        os.makedirs(drop)
        place.configure("after: keep", "poll_seconds: 1", more=f"sources: [{drop}]\n")
        process = subprocess.Popen(place.command("ingest", "--watch", "--quiet"), env=place.environment(), stdout=subprocess.DEVNULL)
        place.server.deliver([mail(1)])
        check(eventually(lambda: place.reports() == ["r1"]), "new mail is found by looking", place.reports())
        # Killed during a burst, it loses nothing.
        place.server.deliver([mail(number) for number in range(2, 300)])
        check(eventually(lambda: len(place.reports()) > 1), "the burst has begun", place.reports())
        process.send_signal(signal.SIGTERM)
        check(process.wait(900) == 0, "it ends well")
        place.ingest()
        check(len(place.reports()) == 299, "all reports", len(place.reports()))


def accounts_command():
    with Place() as place:
        place.server.deliver([mail(1)])
        place.server.deliver([], "Boîte & Co")
        place.configure("after: move:Done", "rejected: keep")
        result = place.run("accounts", "test", "reports")
        check(result.returncode == 0, "accounts test", result.stdout, result.stderr)
        for word in ("TLS 1.3", "by PLAIN", "Dovecot", "1 message,", "Done, which will be created", "IDLE", "Account OK"):
            check(word in result.stdout, f"accounts test says {word}", result.stdout)
        check("Done" not in place.run("accounts", "folders", "reports").stdout, "accounts test changes nothing")
        check(not os.path.exists(place.database), "not even the database")
        result = place.run("accounts", "list", "--format", "csv")
        check("reports,localhost" in result.stdout, "accounts list", result.stdout)
        place.configure("folders: [Nowhere]")
        result = place.run("accounts", "test", "reports")
        check(result.returncode == 3 and "existing mailboxes: " in result.stdout, "a folder that is not there", result.stdout)


if __name__ == "__main__":
    # The parent process may have blocked signals that servers need.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    try:
        reporting.main(globals())
    finally:
        dovecot.stop_all()
