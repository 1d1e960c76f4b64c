"""Certificates: names according to RFC 9525, no fallback, no single asterisk; created by openssl, served by Python."""
import os, ssl, subprocess
from harness import Waiting, check
import forge, imap


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def authority(box):
    if not os.path.exists(box.path("ca.pem")):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", box.path("ca.key"), "-out", box.path("ca.pem"), "-days", "30", "-subj", "/CN=Test authority",
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        openssl("genrsa", "-out", box.path("key.pem"), "2048")


def certificate(box, name, subject, alternatives, days="10", start=None, usage="serverAuth"):
    authority(box)
    openssl("req", "-new", "-key", box.path("key.pem"), "-out", box.path("r.csr"), "-subj", subject)
    lines = ["basicConstraints=CA:FALSE", f"extendedKeyUsage={usage}"] + ([f"subjectAltName={alternatives}"] if alternatives else [])
    box.put("ext", "\n".join(lines) + "\n")
    openssl("x509", "-req", "-in", box.path("r.csr"), "-CA", box.path("ca.pem"), "-CAkey", box.path("ca.key"), "-CAcreateserial", "-days", days, "-extfile", box.path("ext"),
            "-out", box.path(f"{name}.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(box.path(f"{name}.pem"), box.path("key.pem"))
    return context


# `localhost` has one label and resolves everywhere; names with more labels are tried by /etc/hosts where that can be written.
CASES = [
    ("common-name-only", "localhost", "/CN=localhost", None, False), ("common-name-beside-others", "localhost", "/CN=localhost", "DNS:other.example", False),
    ("address-in-common-name", "127.0.0.1", "/CN=127.0.0.1", None, False), ("address-as-dns-name", "127.0.0.1", "/CN=x", "DNS:127.0.0.1", False),
    ("lone-asterisk", "localhost", "/CN=x", "DNS:*", False), ("asterisk-dot", "localhost", "/CN=x", "DNS:*.", False), ("partial-asterisk", "localhost", "/CN=x", "DNS:local*", False),
    ("asterisk-inside", "localhost", "/CN=x", "DNS:l*t", False), ("wildcard-below", "localhost", "/CN=x", "DNS:*.localhost", False),
    ("other-name", "localhost", "/CN=x", "DNS:other.example", False), ("name-with-nul", "localhost", "/CN=localhost\\00.evil.example", None, False),
    ("mail-name", "localhost", "/CN=x", "email:localhost", False), ("uri-name", "localhost", "/CN=x", "URI:imap://localhost", False),
    ("address-for-name", "localhost", "/CN=x", "IP:127.0.0.1", False), ("exact-name", "localhost", "/CN=x", "DNS:localhost", True),
    ("exact-name-in-capitals", "localhost", "/CN=x", "DNS:LOCALHOST", True), ("exact-address", "127.0.0.1", "/CN=x", "IP:127.0.0.1", True),
    ("one-of-several", "localhost", "/CN=x", "DNS:a.example,DNS:localhost", True),
]


def register(label, host, subject, alternatives, good):
    @check(f"tls/{label}", 13)
    def name(box):
        server = imap.Server([forge.mail(forge.good())], tls=certificate(box, "c", subject, alternatives))
        conditions = imap.account(box, server, server=host, tls="implicit", ca_file=box.path("ca.pem"))
        run = box.run("ingest", **conditions)
        box.expect(bool(server.logins) == good, f"{subject} {alternatives} for {host}: {'logged in' if server.logins else 'refused'}; {run}")
        box.expect(run.status == (0 if good else 3), f"{subject} {alternatives} for {host}: {run}")


for case in CASES:
    register(*case)


@check("tls/other-faults-of-certificates", 13)
def faults(box):
    """An unknown authority, an expired certificate, a certificate for clients only."""
    authority(box)
    cases = [("of the wrong use", certificate(box, "u", "/CN=x", "DNS:localhost", usage="clientAuth"), box.path("ca.pem"))]
    good = certificate(box, "g", "/CN=x", "DNS:localhost")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", box.path("other.key"), "-out", box.path("other.pem"), "-days", "30", "-subj", "/CN=Test authority")
    cases.append(("of another authority of the same name", good, box.path("other.pem")))
    for label, context, authority_file in cases:
        server = imap.Server([forge.mail(forge.good())], tls=context)
        run = box.run("ingest", **imap.account(box, server, server="localhost", tls="implicit", ca_file=authority_file))
        box.expect(not server.logins and run.status == 3, f"a certificate {label} is taken: {run}")


@check("tls/no-search-path", 13)
def search_path(box):
    """The program loads no libraries from folders that others may write: no RUNPATH of the build, none relative to the program."""
    out = subprocess.run(["readelf", "-d", box.binary], capture_output=True, text=True).stdout
    paths = [line.split("[")[1].rstrip("]") for line in out.splitlines() if "RUNPATH" in line or "RPATH" in line]
    sections = subprocess.run(["readelf", "-S", "-W", box.binary], capture_output=True, text=True).stdout
    if not out or ".debug_info" in sections:
        raise Waiting("a debug build links the compiler's libraries: try --binary with an installed program")
    box.expect(not paths, f"RUNPATH {paths}")
