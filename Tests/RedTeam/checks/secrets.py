"""Passwords and tokens are never printed, even if a server repeats them, and only read from protected files."""
import base64, os, time
from harness import MIB, check
import forge, imap

SECRET = "Tr0ub4dor&3-zauberstab"


def forms(secret=SECRET, user="u@example.com"):
    """A secret as a server may send it back."""
    octets = secret.encode()
    plain = b"\0" + user.encode() + b"\0" + octets
    yield "plain", secret
    yield "base64", base64.b64encode(octets).decode()
    yield "base64 without padding", base64.b64encode(octets).decode().rstrip("=")
    yield "base64 of PLAIN", base64.b64encode(plain).decode()
    yield "base64 of PLAIN with an authorisation", base64.b64encode(user.encode() + plain).decode()
    yield "url-safe base64", base64.urlsafe_b64encode(octets).decode()
    yield "hexadecimal", octets.hex()
    yield "percent", "".join(f"%{octet:02x}" for octet in octets)
    yield "quoted", '"' + secret.replace("\\", "\\\\").replace('"', '\\"') + '"'
    yield "base64 shifted by one", base64.b64encode(b"x" + octets).decode()
    yield "base64 shifted by two", base64.b64encode(b"xy" + octets).decode()


def leaks(run, form):
    """A fragment that is long enough to be useful to an attacker."""
    texts = [run.text] if not isinstance(run, str) else [run]
    for text in texts:
        # Six characters of a secret are too many; wrapped output is joined.
        flat = text.replace("\n", "")
        for start in range(0, max(1, len(form) - 11)):
            if form[start:start + 12] in flat:
                return True
    return False


def repeating(label, command, after_login):
    @check(f"secrets/repeated-{label}", 12)
    def repeats(box):
        for name, form in forms():
            def answer(connection, tag, words, form=form):
                connection.sendall(f"* OK [ALERT] you said {form}\r\n{tag} NO [ALERT] no, {form} is not welcome ({form})\r\n".encode())
                return True
            names = (command,) if after_login else ("LOGIN", "AUTHENTICATE")
            server = imap.Server([forge.mail(forge.good())], imap.CAPABILITY + " AUTH=PLAIN", special={each: answer for each in names})
            conditions = imap.account(box, server, password=SECRET)
            for arguments in (("ingest",), ("accounts", "test", "a")):
                run = box.run(*arguments, **conditions)
                box.ends_well(run, f"{name}, {arguments[0]}")
                box.expect(not leaks(run, form), f"{' '.join(arguments)} prints the secret in the form '{name}'")
    return repeats


repeating("at-login", "LOGIN", False)
repeating("at-select", "EXAMINE", True)
repeating("at-search", "UID SEARCH", True)
repeating("at-fetch", "UID FETCH", True)


@check("secrets/repeated-in-mailbox-names", 12)
def folder_names(box):
    for name, form in forms():
        if any(character in form for character in '"\\&\0'):
            continue
        server = imap.Server(special={"LIST": lambda c, tag, words: c.sendall(f'* LIST () "/" "{form}"\r\n{tag} OK done\r\n'.encode()) or True,
                                      "EXAMINE": lambda c, tag, words: c.sendall(f"{tag} NO [NONEXISTENT] none\r\n".encode()) or True})
        conditions = imap.account(box, server, password=SECRET)
        for arguments in (("ingest",), ("accounts", "folders", "a"), ("accounts", "test", "a")):
            run = box.run(*arguments, **conditions)
            if name in ("plain", "base64", "base64 of PLAIN"):
                box.expect(not leaks(run, form), f"{' '.join(arguments)} prints the secret in the form '{name}'")


@check("secrets/errors-of-the-configuration", 12)
def configuration_errors(box):
    """A password in the wrong place or in invalid YAML."""
    server = imap.Server()
    box.cleanup.append(server.stop)
    good = imap.configuration(server)
    variants = [
        good + f"    password: {SECRET}\n", good + f"    pasword: {SECRET}\n", good + f"    password_file: [{SECRET}\n", good + f"    password: {{{SECRET}: 1\n",
        f"password: {SECRET}\n", f"accounts: {SECRET}\n", good.replace("user: u@example.com", f"user: [u, {SECRET}]"), good + f"    password: '{SECRET}\n",
        good + f"    password: \"{SECRET}\\q\"\n", good + f"\t password: {SECRET}\n", good + f"    {SECRET}\n", good + f"    password: *{SECRET}\n",
        good + f"    password: !!int {SECRET}\n", good + f"    password: >\n  {SECRET}\n :", good + f"    password: {SECRET}: {SECRET}\n", good + f"    ? {SECRET}\n",
        good + f"    token: {SECRET}\n", good + f"    port: {SECRET}\n", good + f"    timeouts: {SECRET}\n", good + f"    password_env: {SECRET}\n",
        good + f"    password: {SECRET}\n    password: {SECRET}\n", good + f"    server: u:{SECRET}@imap.example.com\n", good + f"    folders: {{x: {SECRET}}}\n",
        good + f"    password_command: printf '%s' '{SECRET}' | false\n", good + f"    token_command: \"echo '{SECRET}' >&2; exit 3\"\n",
    ]
    for number, text in enumerate(variants):
        path = box.put(f"c{number}.yaml", text)
        for arguments in (("ingest",), ("accounts", "list"), ("accounts", "test", "a")):
            run = box.run(*arguments, environment={"DMARCSTAT_CONFIG": path})
            box.ends_well(run, f"configuration {number}", statuses={0, 1, 2, 3, 4})
            # A key that nobody knows is named, and a value of it is not.
            box.expect(not leaks(run, SECRET), f"`{' '.join(arguments)}` prints a secret of the configuration {text.splitlines()[-1]!r}: {run}")


@check("secrets/on-the-command-line", 12)
def command_line(box):
    for url in (f"imaps://u:{SECRET}@127.0.0.1:1/INBOX", f"imap://u:{SECRET}@127.0.0.1:1", f"imaps://u@x.example:{SECRET}@127.0.0.1:1/INBOX", f"imaps:///u:{SECRET}@/",
                f"imap://u:{SECRET}@127.0.0.1:99999/"):
        for arguments in (("ingest", url), ("accounts", "test", url)):
            run = box.run(*arguments)
            box.ends_well(run, "a URL with a password")
            box.expect(not leaks(run, SECRET), f"{' '.join(arguments)[:30]} prints the password of a URL: {run}")


def works(box, server, content=None, path=None, rights=0o600, **keys):
    if path is None:
        path = box.put("password", content)
        os.chmod(path, rights)
    conditions = imap.account(box, server, password_env=None, password_file=path, **keys)
    return box.run("ingest", **conditions)


@check("secrets/password-files", 12)
def password_files(box):
    """Readable by others, too large, a device, a folder: rejected. A BOM and a line end are not part of the secret."""
    for label, content, rights, good in (
            ("0600", SECRET, 0o600, True), ("0400", SECRET + "\n", 0o400, True), ("group may read", SECRET, 0o640, None), ("others may read", SECRET, 0o644, False),
            ("all may write", SECRET, 0o666, False), ("64 KiB and one line", SECRET + "\n" + "x" * 70_000, 0o600, False), ("5 MiB", "x" * 5_000_000, 0o600, False),
            ("BOM", "\ufeff" + SECRET + "\r\n", 0o600, True), ("empty", "", 0o600, False), ("line ends only", "\n\n", 0o600, False)):
        server = imap.Server([forge.mail(forge.good())])
        run = works(box, server, content, rights=rights)
        box.ends_well(run, label, memory=200 * MIB)
        if good is None:
            continue
        box.expect(bool(server.logins) == good, f"a password file, {label}: {'used' if server.logins else 'not used'}; {run}")
        box.expect(not leaks(run, SECRET), f"{label}: the password is printed")
        if good:
            heard = " ".join(text for _, _, text in server.heard)
            box.expect("\ufeff" not in heard and base64.b64encode("\ufeff".encode() + SECRET.encode()).decode()[:8] not in heard, f"{label}: the BOM was sent")
            sent = SECRET in heard or any(base64.b64encode((prefix + SECRET).encode()).decode() in heard for prefix in ("", "\0u@example.com\0"))
            box.expect(sent, f"{label}: not the password was sent: {heard[:200]!r}")
    for path in ("/dev/zero", "/dev/urandom", "/dev/tty", "/", "/proc/self/environ", "/no/such/file"):
        run = works(box, imap.Server(), path=path)
        box.ends_well(run, path, memory=200 * MIB, seconds=60, statuses={2, 3})
    os.mkfifo(box.path("fifo"))
    box.ends_well(works(box, imap.Server(), path=box.path("fifo")), "a FIFO as password file", seconds=100, statuses={2, 3})


@check("secrets/password-commands", 12)
def password_commands(box):
    """Bounded in time and output; its children end with it; its standard error is not a password."""
    marker = f"redteam-{os.getpid()}-{box.random.getrandbits(32)}"
    for label, command, good in (
            ("prints", f"printf '%s\\\\n' '{SECRET}'", True), ("prints without end", "yes password", None), ("prints 100 MB", "head -c 100000000 /dev/zero", False),
            ("hangs", "sleep 987654", False), ("leaves a child", f"sh -c 'exec -a {marker} sleep 98765' & printf '%s' '{SECRET}'", None),
            ("a child keeps the pipe", f"(bash -c 'exec -a {marker} sleep 98765' &) ; echo '{SECRET}'; exit 0", None), ("fails", f"echo {SECRET}; exit 3", False),
            ("dies", "kill -9 $$", False), ("ignores SIGTERM", "trap '' TERM HUP; bash -c 'exec -a " + marker + " sleep 98765'", False), ("prints nothing", "true", False),
            ("says it on standard error", f"echo '{SECRET}' >&2; exit 1", False)):
        server = imap.Server([forge.mail(forge.good())])
        # A block scalar needs no quoting.
        conditions = imap.account(box, server, password_env=None, password_command=">-\n      " + command)
        run = box.run("ingest", timeout=100, **conditions)
        box.ends_well(run, f"a command that {label}", memory=200 * MIB, seconds=99)
        if good is not None:
            box.expect(bool(server.logins) == good, f"a command that {label}: {'used' if server.logins else 'not used'}; {run}")
        box.expect(not leaks(run, SECRET), f"a command that {label}: the password is printed: {run}")
        time.sleep(0.5)
        left = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    line = file.read()
            except OSError:
                continue
            if line.startswith(marker.encode()) or line.startswith(b"sleep\x00987654") or line.startswith(b"yes\x00password"):
                left.append(pid)
                os.kill(int(pid), 9)
        if label != "leaves a child":
            box.expect(not left, f"a command that {label}: its children live on")
