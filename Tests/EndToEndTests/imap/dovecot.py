"""A real Dovecot on loopback, with its own configuration, users and certificates of a private authority."""

import base64
import contextlib
import fcntl
import gzip
import hashlib
import hmac
import imaplib
import json
import os
import pwd
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

from reporting import noise

USER, PASSWORD = "dmarc@example.com", "pass word\"\\ä"
TOKEN_KEY = b"only for tests"


# Locks on ports, held until this process ends.
reserved = []


def free_port():
    """A port below the ephemeral ones, so that no outgoing connection takes it, and reserved among the processes of these tests."""
    locks = f"{tempfile.gettempdir()}/dmarcstat-test-ports"
    os.makedirs(locks, exist_ok=True)
    for _ in range(10_000):
        port = random.randrange(20_000, 32_000)
        lock = open(f"{locks}/{port}", "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        reserved.append(lock)
        return port
    raise SystemExit("no port is free")


# Keys of this kind are generated quickly.
NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]


def certificate(folder, name, names, authority=None, days="30"):
    """Creates a key and a certificate; without an authority, a self-signed authority."""
    key, pem, request = (f"{folder}/{name}.{end}" for end in ("key", "pem", "csr"))
    run = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True)
    if authority is None:
        run("req", "-x509", *NEW_KEY, "-nodes", "-keyout", key, "-out", pem, "-days", days, "-subj",
            f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")
    else:
        run("req", *NEW_KEY, "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        with open(f"{folder}/{name}.ext", "w") as file:
            file.write(f"subjectAltName={names}\n")
        run("x509", "-req", "-in", request, "-CA", f"{folder}/{authority}.pem", "-CAkey", f"{folder}/{authority}.key",
            "-CAcreateserial", "-out", pem, "-days", days, "-extfile", f"{folder}/{name}.ext")
    return pem, key


def token(user=USER, seconds=3600):
    """A signed access token (RFC 7519)."""
    encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")
    now = int(time.time())
    head = encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = encode(json.dumps({"sub": user, "iat": now - 60, "nbf": now - 60, "exp": now + seconds}).encode())
    signed = head + b"." + body
    return (signed + b"." + encode(hmac.new(TOKEN_KEY, signed, hashlib.sha256).digest())).decode()


def report(number, rows=2):
    record = (
        "<record><row><source_ip>192.0.2.{}</source_ip><count>{}</count><policy_evaluated><disposition>none</disposition>"
        "<dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from>"
        "</identifiers><auth_results><dkim><domain>example.com</domain><result>pass</result></dkim><spf>"
        "<domain>example.com</domain><result>pass</result></spf></auth_results></record>")
    records = "".join(record.format(number % 250 + 1, row + 1) for row in range(rows))
    return (
        f"<feedback><report_metadata><org_name>R</org_name><report_id>r{number}</report_id><date_range><begin>1790812800"
        "</begin><end>1790899199</end></date_range></report_metadata><policy_published><domain>example.com</domain>"
        f"<p>none</p></policy_published>{records}</feedback>").encode()


def mail(number, body=None, padding=0):
    """A message with one report; `body` in place of the zipped report, `padding` bytes of another attachment."""
    content = base64.encodebytes(gzip.compress(report(number), mtime=0) if body is None else body).decode()
    filler = base64.encodebytes(noise(padding, number)).decode() if padding else ""
    extra = f"--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n{filler}\n" if padding else ""
    return (
        f"From: DMARC <a@mx.example.net>\nTo: {USER}\nMessage-ID: <{number}@mx.example.net>\n"
        f"Date: Thu, 1 Oct 2026 06:00:00 +0000\nSubject: Report Domain: example.com Submitter: mx.example.net Report-ID: <r{number}>\n"
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nA report.\n--b\n"
        f"Content-Type: application/gzip; name=\"mx.example.net!example.com!1790812800!1790899199!r{number}.xml.gz\"\n"
        f"Content-Transfer-Encoding: base64\n\n{content}\n{extra}--b--\n").encode()


def other_mail(number):
    return f"From: a@example.net\nTo: {USER}\nMessage-ID: <o{number}@example.net>\nSubject: lunch?\n\nToday?\n".encode()


class Dovecot:
    """Started on creation; `capability` replaces the advertised capabilities."""

    def __init__(self, folder, capability=None, settings=""):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o755)
        self.port, self.tls_port = free_port(), free_port()
        self.authority, _ = certificate(folder, "authority", "")
        self.pem, self.key = certificate(folder, "server", "DNS:localhost,IP:127.0.0.1", "authority")
        self.is_root = os.getuid() == 0
        self.owner = pwd.getpwnam("nobody") if self.is_root else pwd.getpwuid(os.getuid())
        self.home = f"{folder}/home"
        os.makedirs(self.home, exist_ok=True)
        os.makedirs(f"{folder}/keys/default/HS256", exist_ok=True)
        self.write("keys/default/HS256/default", base64.b64encode(TOKEN_KEY).decode())
        self.write("users", f"{USER}:{{PLAIN}}{PASSWORD}\n")
        self.write("oauth2.conf", f"introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={folder}/keys/\n"
                   "username_attribute = sub\n")
        self.settings(capability, settings)
        self.own()
        self.process = None
        # Whether it has other settings or another certificate than others of its kind.
        self.is_changed = False
        self.start()

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def own(self):
        if not self.is_root:
            return
        for folder, folders, files in os.walk(self.home):
            for name in [".", *folders, *files]:
                # Dovecot's own files appear and disappear.
                with contextlib.suppress(FileNotFoundError):
                    os.chown(f"{folder}/{name}", self.owner.pw_uid, self.owner.pw_gid, follow_symlinks=False)

    def settings(self, capability, more):
        me = pwd.getpwuid(os.getuid()).pw_name
        users = "" if self.is_root else f"default_login_user = {me}\ndefault_internal_user = {me}\ndefault_internal_group = {me}\n"
        offered = f"imap_capability = {capability}\n" if capability else ""
        login_greeting = f"service imap-login {{\n inet_listener imap {{\n port = {self.port}\n }}\n inet_listener imaps {{\n port = {self.tls_port}\n ssl = yes\n }}\n chroot =\n process_limit = 200\n service_count = 0\n}}\nservice imap {{\n service_count = 1000\n}}\n"
        self.write("dovecot.conf", f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{self.pem}
ssl_key = <{self.key}
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
disable_plaintext_auth = no
mail_max_userip_connections = 200
first_valid_uid = 1
passdb {{
 driver = passwd-file
 mechanisms = plain login
 args = {self.folder}/users
}}
passdb {{
 driver = oauth2
 mechanisms = xoauth2 oauthbearer
 args = {self.folder}/oauth2.conf
}}
userdb {{
 driver = static
 args = uid={self.owner.pw_uid} gid={self.owner.pw_gid} home={self.home}/%u
}}
mail_location = maildir:~/Maildir
mail_fsync = never
namespace inbox {{
 inbox = yes
}}
{login_greeting}service anvil {{
 chroot =
}}
service stats {{
 chroot =
}}
{users}{offered}{more}
""")

    def start(self):
        self.process = subprocess.Popen(
            ["dovecot", "-F", "-c", f"{self.folder}/dovecot.conf"], start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=open(f"{self.folder}/dovecot.err", "w"))
        limit = time.monotonic() + 600
        while time.monotonic() < limit:
            try:
                for port in (self.port, self.tls_port):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise SystemExit(f"dovecot did not start: {open(f'{self.folder}/dovecot.err').read()}{self.log()}")

    def log(self):
        try:
            return open(f"{self.folder}/dovecot.log").read()
        except OSError:
            return ""

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            # Its child processes end a moment later. Until then they hold the sockets, and another Dovecot would not start.
            limit = time.monotonic() + 600
            while any(self.answers(port) for port in (self.port, self.tls_port)) and time.monotonic() < limit:
                time.sleep(0.02)
            shutil.rmtree(f"{self.folder}/run", ignore_errors=True)

    @staticmethod
    def answers(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    # The contents of the mailboxes.

    def maildir(self, folder="INBOX"):
        return f"{self.home}/{USER}/Maildir" + ("" if folder == "INBOX" else f"/.{folder}")

    def deliver(self, mails, folder="INBOX"):
        """Delivers messages to a mailbox."""
        place = self.maildir(folder)
        for part in ("cur", "new", "tmp"):
            os.makedirs(f"{place}/{part}", exist_ok=True)
        for number, content in enumerate(mails):
            name = f"{time.time_ns()}.M{number}.test"
            with open(f"{place}/tmp/{name}", "wb") as file:
                file.write(content)
            os.rename(f"{place}/tmp/{name}", f"{place}/new/{name}")
        self.own()

    def clear(self):
        """Removes all mailboxes."""
        shutil.rmtree(f"{self.home}/{USER}", ignore_errors=True)

    def renumber(self, folder="INBOX"):
        """Gives the mailbox another UIDVALIDITY, which Dovecot takes from the second in which it makes the mailbox."""
        with open(f"{self.maildir(folder)}/dovecot-uidlist") as file:
            before = int(re.search(r" V(\d+)", file.readline())[1])
        while int(time.time()) <= before:
            time.sleep(0.05)
        for name in os.listdir(self.maildir(folder)):
            if name.startswith("dovecot"):
                os.remove(f"{self.maildir(folder)}/{name}")

    def connect(self):
        client = imaplib.IMAP4_SSL("127.0.0.1", self.tls_port, ssl_context=ssl.create_default_context(cafile=self.authority))
        client.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
        return client

    def count(self, folder):
        client = self.connect()
        try:
            return int(client.select(folder, readonly=True)[1][0])
        finally:
            client.logout()

    def mails(self, folder="INBOX"):
        """Message-IDs and flags of the messages in a mailbox, in order."""
        client = self.connect()
        try:
            status, count = client.select(f'"{folder}"', readonly=True)
            if status != "OK" or count == [b"0"]:
                return []
            found = []
            for line in client.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1] or []:
                if isinstance(line, tuple):
                    flags = line[0].split(b"FLAGS (")[1].split(b")")[0].decode()
                    found.append((line[1].split(b"<")[1].split(b"@")[0].decode(), flags.replace("\\Recent", "").strip()))
            return found
        finally:
            client.logout()


# Idle Dovecot servers of this process by their settings.
idle = {}
started = []


def lease(capability=None, settings=""):
    """A Dovecot with empty mailboxes; a returned one of another check if it has the same settings."""
    waiting = idle.setdefault((capability, settings), [])
    if waiting:
        return waiting.pop()
    server = Dovecot(tempfile.mkdtemp(prefix="dmarcstat-dovecot-"), capability, settings)
    server.kind = (capability, settings)
    started.append(server)
    return server


def give_back(server):
    """Returns a Dovecot without its mailboxes for the next check. A stopped or changed one is not reused."""
    server.clear()
    if server.is_changed or server.process.poll() is not None:
        server.stop()
    else:
        idle[server.kind].append(server)


def stop_all():
    for server in started:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)
