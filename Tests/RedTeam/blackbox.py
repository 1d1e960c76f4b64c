"""A mutational fuzzer that only sees a program's inputs and outputs."""
import argparse, itertools, json, os, random, shutil, time

import forge, harness, words
from forge import report

SECRET = "Tr0ub4dor-zauberstab-9731"
# 64 is what ArgumentParser ends with where it speaks first.
STATUSES = {0, 1, 2, 3, 4, 5, 7, 8, 64}
MEMORY, SECONDS = 400 << 10, 60

CONFIGURATION = """database: {home}/db.sqlite
sources: [{home}/in]
after: keep
accounts:
  - name: reports
    server: 127.0.0.1
    port: 1
    tls: none
    user: dmarc@example.com
    password_file: {home}/password
    password_command: printf secret
    folders: [INBOX, "Junk & more"]
    after: move:DMARC/Done
    rejected: keep
    other: move:x
    retries: 0
    poll_seconds: 60
    expunge: single
    timeouts: {{connect: 1, silence: 1, run: 2, idle: 1500}}
known_senders:
  - name: Office mail server
    kind: own
    addresses: [192.0.2.10, "2001:db8::/32"]
    domains: [mailer.example]
own_domains: [example.org]
own_tenants: [contoso.onmicrosoft.com]
dns: {{refresh_on_ingest: false}}
thresholds: {{small_stream: 0.1}}
limits: {{inflated_bytes: 1000000, ratio: 10, members: 5, rows: 100}}
lang: en
"""
TOKENS = ["\x00", "\t", "\n", "\r\n", "\ufeff", "\u2028", "\u202e", "\x1b[2J", "\x85", "&a", "*a", "<<: *a", "!!binary ", "!!python/object ", "!!float ", "|", ">", "- ", "? ", ": ", "{", "}", "[", "]",
          "'", '"', "\\", "%YAML 9.9", "---\n", "...\n", "#", "0x7fffffffffffffff", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e400", ".nan", ".inf", "~", "null",
          "0o17", "0b11", "2026-11-25T00:00:00Z", "yes", "१२", "１", "=", "+1", "_1_", "$(x)", "`x`", "%s%n", "../" * 40, "/" * 5000, "a" * 70_000, "é" * 300, "=?utf-8?B?" + "QUFB" * 3000 + "?=",
          "=?x?Q?=", "=?utf-8?q?=00=1b?=", "(" * 3000, "(((", "<>", "<" * 900, ";" * 900, ",", "@", "@" * 900, "; filename*0*=utf-8''%ff", "; name=\"\\", "boundary=", "\r\n ", "\n\t", ": : :"]


def mutate(lot, text, secret=None):
    """A few changes: delete, duplicate, swap, insert; sometimes raw bytes."""
    for _ in range(lot.choice((1, 1, 2, 3, 6))):
        if not text:
            text = lot.choice(TOKENS)
        start = lot.randrange(len(text) + 1)
        end = min(len(text), start + lot.choice((0, 1, 2, 5, 20, 100)))
        way = lot.randrange(7)
        if way == 0:
            text = text[:start] + text[end:]
        elif way == 1:
            text = text[:end] + text[start:end] * lot.choice((1, 2, 50)) + text[end:]
        elif way in (2, 3):
            text = text[:start] + lot.choice(TOKENS) + text[end:]
        elif way == 4:
            lines = text.split("\n")
            lot.shuffle(lines) if lot.random() < 0.2 else lines.insert(lot.randrange(len(lines) + 1), lot.choice(lines))
            text = "\n".join(lines)
        elif way == 5:
            text = text[:start] + chr(lot.choice((lot.randrange(32), lot.randrange(128, 256), lot.randrange(0x2000, 0x2100), lot.randrange(0x10000)))) + text[start:]
        else:
            text = text.replace(lot.choice(text.split() or [text]), lot.choice(TOKENS), 1)
    if secret:
        at = lot.randrange(len(text) + 1)
        text = text[:at] + lot.choice((f"\n    password: {secret}\n", f"\npassword: {secret}\n", f" {secret} ", f"\n    token: '{secret}'\n", f": {secret}")) + text[at:]
    return text


class Target:
    """One kind of input: creates the next one, runs it and reports what is wrong."""

    def __init__(self, box):
        self.box = box

    def look(self, run, secret=None):
        wrong = []
        if run.timed_out or run.seconds > SECONDS:
            wrong.append(f"took {run.seconds:.0f} s")
        elif run.status < 0:
            wrong.append(f"died of signal {-run.status}")
        elif run.status not in STATUSES:
            wrong.append(f"status {run.status}")
        if run.memory > MEMORY:
            wrong.append(f"{run.memory >> 10} MiB of memory")
        if secret and secret in run.text:
            wrong.append("printed a secret")
        return wrong


class ConfigurationTarget(Target):
    def step(self, lot):
        box = self.box
        secret = SECRET if lot.random() < 0.3 else None
        text = mutate(lot, CONFIGURATION.format(home=box.home), secret).encode("utf-8", "surrogatepass")
        if lot.random() < 0.1:
            text = text[:lot.randrange(len(text))] + bytes([lot.randrange(256)]) + text
        path = box.put("config.yaml", text)
        arguments = lot.choice((["accounts", "list"], ["accounts", "test", "reports"], ["summary"], ["ingest", "--dry-run"], ["senders", "list"], ["db", "info"]))
        run = box.run(*arguments, environment={"DMARCSTAT_CONFIG": path, "DMARCSTAT_DATABASE": None}, timeout=SECONDS + 5)
        wrong = self.look(run, secret)
        found = words.invisible(run.err)
        return wrong + ([f"stderr holds {' '.join(found[:5])}"] if found else []), (arguments, text), run


class ArgumentsTarget(Target):
    words = ["ingest", "accounts", "list", "test", "folders", "rejects", "reclassify", "summary", "top-failures", "unknown-senders", "forwarding", "explain", "readiness", "review", "outbox", "send", "drop", "show", "ip", "report",
             "domain", "senders", "add", "remove", "suggest", "spf", "refresh", "export", "parse", "lint", "classify", "db", "info", "check", "setup", "--verify", "--own", "--service", "--no-mail", "prune", "backup", "--format", "json", "csv", "ndjson", "--since",
             "--until", "--month", "--limit", "--domain", "--by", "--zone", "--rows", "--bom", "--lang", "ja", "--quiet", "--retry", "--dry-run", "--after", "move:x", "delete", "--config", "--database",
             "--max-rows", "--max-ratio", "--kind", "own", "--address", "--account", "--all", "--new-since", "--addresses", "--domains-from", "--sort", "--worse", "day", "week", "name", "kunde*.example", "*", "?", "MQpzdW1tYXJ5Ci0xCmE", "--dialect", "--json", "--max-time", "--selector", "--resolver", "--", "-", "--help",
             "7d", "2026-10", "last-month", "192.0.2.1", "2001:db8::/32", "example.com", "1#1", "999999999999999999999#1", "1#-1", "imap://u@127.0.0.1:1/x", "imaps://u@[::1]:1", "0", "-1",
             "9223372036854775807", "9223372036854775808", "../in", "/dev/null", "/no/such"]

    def step(self, lot):
        box = self.box
        arguments = [lot.choice(self.words[:32])] + [lot.choice(self.words) for _ in range(lot.randrange(6))]
        for place in range(len(arguments)):
            if lot.random() < 0.25:
                arguments[place] = mutate(lot, arguments[place])[:20_000]
        arguments = [each.replace("\0", "").encode("utf-8", "replace").decode() for each in arguments]
        # A service that keeps running is not a hang, and no external hosts are contacted.
        arguments = [each for each in arguments if each != "--watch"]
        run = box.run(*arguments, timeout=SECONDS + 5)
        wrong = self.look(run)
        found = words.invisible(run.err)
        return wrong + ([f"stderr holds {' '.join(found[:5])}"] if found else []), (arguments, b""), run


class HeadersTarget(Target):
    HEAD = ("From: \"DMARC\" <noreply@receiver.example>\r\nTo: dmarc@example.com\r\nSubject: Report Domain: example.com Submitter: receiver.example Report-ID: <1.2@receiver.example>\r\n"
            "Date: Thu, 1 Oct 2026 06:00:00 +0000\r\nMessage-ID: <a@receiver.example>\r\nReceived: from a by b; Thu, 1 Oct 2026 06:00:01 +0000\r\n"
            "Authentication-Results: mx.example.com; dkim=pass (2048-bit key) header.d=receiver.example header.s=s1; spf=pass smtp.mailfrom=receiver.example; dmarc=pass (p=none) header.from=receiver.example\r\n"
            "Auto-Submitted: auto-generated\r\nDKIM-Signature: v=1; a=rsa-sha256; d=receiver.example; s=s1; h=from; bh=AAAA; b=BBBB\r\nReferences: <x@y>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/mixed; boundary=\"b\"\r\n")
    PART = "Content-Type: application/gzip; name=\"receiver.example!example.com!1790812800!1790899199.xml.gz\"\r\nContent-Disposition: attachment; filename=\"r!example.com!1!2.xml.gz\"\r\n"
    number = 0

    def step(self, lot):
        """Many messages at once, together with a valid report."""
        box = self.box
        shutil.rmtree(box.path("mails"), ignore_errors=True)
        self.number += 1
        bare = report(f"fuzz-{self.number}").replace(b"<date_range>", b"<x>").replace(b"</date_range>", b"</x>")
        for place in range(25):
            head = mutate(lot, self.HEAD).encode("utf-8", "surrogatepass")
            part = mutate(lot, self.PART).encode("utf-8", "surrogatepass")
            box.put(f"mails/{place}.eml", head + b"\r\n--b\r\n" + part + b"\r\n" + lot.choice((bare, report(f"f{self.number}-{place}"))) + b"\r\n--b--\r\n")
        name = f"good-{self.number}"
        box.put("mails/good.xml", report(name))
        run = box.run("ingest", "../mails", timeout=SECONDS + 5)
        wrong = self.look(run)
        found = words.invisible(run.err)
        if found:
            wrong.append(f"stderr holds {' '.join(found[:5])}")
        if not wrong and (name,) not in box.sql("SELECT report_id FROM v_report WHERE report_id = ?", name):
            wrong.append("the good report is not stored")
        return wrong, (["ingest", "mails"], b""), run


TARGETS = {"configuration": ConfigurationTarget, "arguments": ArgumentsTarget, "headers": HeadersTarget}


def fuzz(name, options, seconds):
    box = harness.Box(options.binary, options.seed, name)
    box.put("in/good.xml", forge.good())
    box.put("home/password", SECRET)
    box.run("ingest", "../in")
    target = TARGETS[name](box)
    start, done, found, seen = time.monotonic(), 0, 0, set()
    for number in itertools.count():
        if options.runs and number >= options.runs or not options.runs and time.monotonic() - start >= seconds:
            break
        seed = f"{options.seed}/{name}/{number}"
        wrong, (arguments, data), run = target.step(random.Random(seed))
        done += 1
        for each in wrong:
            # One line a kind of finding and command; the rest would bury it.
            kind = (each.split(" holds ")[0], tuple(arguments[:2]) if name == "arguments" else "")
            if kind in seen:
                continue
            seen.add(kind)
            found += 1
            print(f"{name} {seed}: {each}: {ascii(arguments)[:200]}: {ascii(run.err[-200:])}", flush=True)
            os.makedirs(options.keep, exist_ok=True)
            base = os.path.join(options.keep, seed.replace("/", "-"))
            with open(base + ".json", "w") as file:
                json.dump({"arguments": arguments, "wrong": wrong, "error": run.err.decode("utf-8", "replace")}, file)
            if data:
                with open(base + ".input", "wb") as file:
                    file.write(data)
            if os.path.isdir(box.path("mails")) and name == "headers":
                shutil.copytree(box.path("mails"), base + ".mails", dirs_exist_ok=True)
    box.close()
    print(f"{name}: {done} runs, {found} findings", flush=True)
    return found


def main(usage):
    parser = argparse.ArgumentParser(usage=usage.strip().split("\n\n")[1].strip(), description=usage.strip().split("\n\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--binary", default=os.path.join(harness.ROOT, ".build/debug/dmarcstat"))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--keep", default=os.path.join(harness.ROOT, ".build-fuzz", "cli"))
    options = parser.parse_args()
    options.binary = os.path.abspath(options.binary)
    targets = options.targets or list(TARGETS)
    if set(targets) - set(TARGETS):
        parser.error(f"targets are {', '.join(TARGETS)}")
    if not os.access(options.binary, os.X_OK):
        parser.error(f"{options.binary}: not a program; build it or name one with --binary")
    found = sum(fuzz(name, options, options.seconds / len(targets)) for name in targets)
    return 1 if found else 0
