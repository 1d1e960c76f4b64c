"""Signs random messages with dkimpy, changes them, and compares what `check message` says with what was done and with dkimpy's own
verdict. Arguments: the program, a folder, a seed, and the number of messages."""
import base64
import json
import os
import random
import subprocess
import sys

import dkim
import nacl.signing

PROGRAM, FOLDER, SEED, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
chance = random.Random(SEED)
faults = []


def rsa_key(bits):
    private = subprocess.run(["openssl", "genrsa", "-traditional", str(bits)], capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=private, capture_output=True, check=True).stdout
    return private, base64.b64encode(der).decode()


def ed25519_key():
    private = nacl.signing.SigningKey(bytes(chance.randrange(256) for _ in range(32)))
    return base64.b64encode(bytes(private)), base64.b64encode(bytes(private.verify_key)).decode()


KEYS = {"r1": ("rsa", *rsa_key(2048)), "r2": ("rsa", *rsa_key(1024)), "e1": ("ed25519", *ed25519_key())}
OTHER = rsa_key(2048)[1]
RECORDS = {f"{name}._domainkey.{domain}.": f"v=DKIM1; k={kind}; p={public}"
           for name, (kind, _, public) in KEYS.items() for domain in ("example.com", "list.example", "relay.example")}
RECORDS["swapped._domainkey.example.com."] = f"v=DKIM1; k=rsa; p={OTHER}"


def txt(name, timeout=5):
    return RECORDS.get(name.decode() if isinstance(name, bytes) else name, "").encode() or None


ZONE = os.path.join(FOLDER, "keys.zone")
with open(ZONE, "w") as file:
    for name, text in RECORDS.items():
        pieces = " ".join('"' + text[i:i + 200] + '"' for i in range(0, len(text), 200))
        file.write(f"{name} 3600 IN TXT {pieces}\n")


def words(count):
    return " ".join(chance.choice(["mail", "  report", "\tDMARC", "a", "été", "=20", "invoice", "tea ", "x" * 40]) for _ in range(count))


def message():
    header = [
        b"Received: from a.example (a.example [192.0.2.1])\r\n\tby mx.example; Thu, 1 Oct 2026 01:00:00 +0000",
        b"From: A B <a@example.com>", b"To: you@example.org", f"Subject: {words(4).strip()}".encode(),
        b"Message-ID: <" + str(chance.random()).encode() + b"@example.com>", b"Date: Thu, 1 Oct 2026 01:00:00 +0000",
    ]
    if chance.random() < 0.3:
        header.append(b"X-Long:  folded \r\n  and \t more ")
    lines = [words(chance.randrange(1, 9)) if chance.random() < 0.8 else "" for _ in range(chance.randrange(1, 12))]
    body = "\r\n".join(lines).encode() + b"\r\n" * chance.choice([1, 1, 2, 4])
    return b"\r\n".join(header) + b"\r\n\r\n" + body


def parts(text):
    # In transit, a body always ends with a line end.
    header, body = text.split(b"\r\n\r\n", 1)
    return header, body


# What is done to a message, and what must be said about its signature then; the last two have several right answers.
def nothing(text):
    return text, {"pass": None}


def footer(text):
    header, body = parts(text)
    return header + b"\r\n\r\n" + body.rstrip(b"\r\n") + b"\r\n\r\n-- \r\nlist footer\r\n", {"fail": ("footer", "body-changed")}


def tag(text):
    return text.replace(b"\r\nSubject: ", b"\r\nSubject: [list] ", 1), {"fail": ("subject",)}


def both(text):
    return footer(tag(text)[0])[0], {"fail": ("list", "both-changed")}


def sender(text):
    return text.replace(b"<a@example.com>", b"<b@example.com>"), {"fail": ("header-changed",)}


def middle(text):
    header, body = parts(text)
    return header + b"\r\n\r\nX" + body, {"fail": ("body-changed",)}


def refolded(text):
    return text.replace(b"\r\n\tby mx", b"\r\n    by mx").replace(b"To: you", b"To:   you"), None


def blanks(text):
    return text.replace(b" a", b"  a").rstrip(b"\r\n") + b" \r\n\r\n", None


CHANGES = [nothing, nothing, footer, tag, both, sender, middle, refolded, blanks]


def check(text):
    path = os.path.join(FOLDER, "message.eml")
    with open(path, "wb") as file:
        file.write(text if chance.random() < 0.5 else text.replace(b"\r\n", b"\n"))
    run = subprocess.run([PROGRAM, "check", "message", path, "--zone", ZONE, "--format", "json"], capture_output=True)
    if run.returncode not in (0, 1):
        faults.append(f"status {run.returncode}: {run.stderr[:300]}")
        return None
    return json.loads(run.stdout)


def one(number):
    name = chance.choice(list(KEYS))
    kind, private, _ = KEYS[name]
    forms = (chance.choice([b"simple", b"relaxed"]), chance.choice([b"simple", b"relaxed"]))
    has_length = chance.random() < 0.15
    original = message()
    signature = dkim.sign(
        original, name.encode(), b"example.com", private, canonicalize=forms, length=has_length,
        signature_algorithm=b"rsa-sha256" if kind == "rsa" else b"ed25519-sha256",
        include_headers=[b"from", b"to", b"subject", b"date", b"from"])
    change = chance.choice(CHANGES)
    changed, expected = change(signature + original)
    if chance.random() < 0.05:
        changed, expected = changed.replace(b"s=" + name.encode() + b";", b"s=swapped;"), None
    answer = check(changed)
    if answer is None:
        return
    said = answer["signatures"][0]
    told = f"{number}: {name} {forms} l={has_length} {change.__name__}: {said}"
    try:
        peer = dkim.DKIM(changed).verify(0, dnsfunc=txt)
    except dkim.DKIMException:
        peer = False
    if (said["result"] == "pass") != bool(peer):
        faults.append(f"{told}: dkimpy says {peer}")
    if expected and not has_length:
        if said["result"] not in expected:
            faults.append(told)
        elif expected[said["result"]] and said["cause"] not in expected[said["result"]]:
            faults.append(f"{told}: expected {expected}")
    if change is footer and not has_length and said["cause"] == "body-changed":
        # The end of the original may have been an empty line, which hides nothing: a footer must be recognised.
        faults.append(f"{told}: the footer was not recognised")


def chain(number):
    text = message()
    name = "r1"
    for hop in range(chance.randrange(1, 4)):
        domain = [b"list.example", b"relay.example", b"list.example"][hop]
        text = b"Authentication-Results: mx%d.example; arc=%s; spf=pass smtp.mailfrom=example.com\r\n" % (hop, b"none" if hop == 0 else b"pass") + text
        sealed = dkim.arc_sign(
            text, name.encode(), domain, KEYS[name][1], b"mx%d.example" % hop,
            include_headers=[b"from", b"to", b"subject", b"date"])
        text = b"".join(sealed) + text
        if chance.random() < 0.2:
            text = tag(text)[0]
    if chance.random() < 0.2:
        text = footer(text)[0]
    if chance.random() < 0.1:
        text = text.replace(b"cv=none", b"cv=pass", 1)
    answer = check(text)
    if answer is None:
        return
    try:
        peer = dkim.arc_verify(text, dnsfunc=txt)[0].decode()
    except dkim.DKIMException as error:
        peer = "fail"
    if answer["chain"] != peer:
        faults.append(f"chain {number}: {answer['chain']} {answer['sealers']}, dkimpy says {peer}")


for number in range(COUNT):
    one(number)
    if number % 3 == 0:
        chain(number)
for fault in faults[:30]:
    print(fault)
print(f"{COUNT} messages, {len(faults)} faults")
