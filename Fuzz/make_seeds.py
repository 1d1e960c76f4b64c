"""Creates seed corpora for the fuzzers from the sample reports: make_seeds.py SAMPLES FOLDER"""
import base64, bz2, glob, gzip, io, os, quopri, sys, tarfile, zipfile, zlib

samples, folder = sys.argv[1:3]
reports = [open(path, "rb").read() for path in sorted(glob.glob(os.path.join(samples, "*.xml")))]
reports = [report for report in reports if len(report) < 6_000]


def write(corpus, name, data):
    os.makedirs(os.path.join(folder, corpus), exist_ok=True)
    with open(os.path.join(folder, corpus, name), "wb") as file:
        file.write(data)


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("a.xml")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def part(type, encoding, data):
    return b"--b\nContent-Type: " + type + b"\nContent-Transfer-Encoding: " + encoding + b"\n\n" + data + b"\n"


HEAD = b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
for number, report in enumerate(reports):
    write("FuzzXML", f"{number}.xml", report)
    write("FuzzXML", f"{number}-cut.xml", report[:len(report) * 2 // 3])
    write("FuzzXML", f"{number}-utf16.xml", report.decode().encode("utf-16-le"))
    write("FuzzContainer", f"{number}.gz", gzip.compress(report))
    write("FuzzContainer", f"{number}.zip", zipped([("a.xml", report), ("b.xml.gz", gzip.compress(report))]))
    write("FuzzContainer", f"{number}.bz2", bz2.compress(report))
    write("FuzzContainer", f"{number}.zlib", zlib.compress(report))
    write("FuzzContainer", f"{number}.tar.gz", gzip.compress(tarred(report)))
    write("FuzzContainer", f"{number}.tar", tarred(report))
    write("FuzzContainer", f"{number}.xml", report)
    gz = part(b"application/gzip; name=\"r!example.com!1!2.xml.gz\"", b"base64", base64.encodebytes(gzip.compress(report)))
    plain = part(b"text/xml", b"quoted-printable", quopri.encodestring(report))
    mail = HEAD + gz + plain + b"--b--\n"
    write("FuzzMail", f"{number}.eml", mail)
    write("FuzzMail", f"{number}-inner.eml", HEAD + part(b"message/rfc822", b"7bit", mail.replace(b"boundary=b", b"boundary=c").replace(b"--b", b"--c")))
    write("FuzzMail", f"{number}.mbox", mail + b"\nFrom a Thu Oct  1 06:00:00 2026\n" + mail)

# Headers of messages, without the empty line at the end.
HEADERS = [
    "From: \"DMARC\" <noreply@receiver.example>\r\nSubject: Report Domain: example.com Submitter: receiver.example Report-ID: <1.2@receiver.example>\r\n",
    "Subject: =?utf-8?B?UmVwb3J0IERvbWFpbjogZXhhbXBsZS5jb20=?=\r\n =?iso-8859-1?Q?_Submitter:_r=E9?=\r\nDate: Thu, 1 Oct 2026 06:00:00 -0700 (PDT)\r\n",
    "Subject: Dmarc Aggregate Report Domain: {example.com}  Submitter: {receiver.example}  Date: {2026-10-01}  Report-ID: {1}\r\nMessage-ID: <a@b>\r\n",
    "Authentication-Results: mx.example.com 1; dkim=pass (2048-bit; a \\) b) header.d=receiver.example header.s=\"s1\";\r\n\tspf=pass smtp.mailfrom=r.example\r\n",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\nAuto-Submitted: auto-replied\r\nReturn-Path: <>\r\n",
    "Content-Disposition: attachment; filename*0*=utf-8''r!example.com!1; filename*1=!2.xml.gz\r\nReceived: from a by b; Thu, 1 Jan 2300 00:00:00 +0000\r\n",
]
for number, headers in enumerate(HEADERS):
    write("FuzzHeaders", f"{number}", headers.encode())
write("FuzzHeaders", "name", b"receiver.example!example.com!1790812800!1790899199!uniqueid.xml.gz")

# Server responses, one session per file; the first byte is the size of the pieces.
CONVERSATIONS = [
    b"* OK [CAPABILITY IMAP4rev1 IDLE] hello {5}\r\nd1 OK [READ-WRITE] done\r\n+ go on\r\n* BYE [ALERT] \"so long\r\n",
    b"* 5 FETCH (UID 7 RFC822.SIZE 9 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" FLAGS (\\Seen $x) BODY[] {6}\r\na\r\n)\r\n UID 8)\r\n",
    b"* 1 FETCH (BODY[HEADER.FIELDS (DATE \"FROM\")] {4}\r\nab\r\n ENVELOPE (NIL {3}\r\n(\"( ((\"a\" NIL))) UID 9)\r\n",
    b"* ESEARCH (TAG \"d3\") UID COUNT 3 ALL 1:5,9\r\n* SEARCH 2 84 882 (MODSEQ 917)\r\n* 17 EXISTS\r\n* 2 EXPUNGE\r\n",
    b"* LIST (\\HasNoChildren) NIL {5}\r\na\"b\\c\r\n* LIST () \".\" \"Entw&APw-rfe\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n",
    b"* NAMESPACE ((\"INBOX.\" \".\")) NIL ((\"#shared/\" \"/\"))\r\n* ID (\"name\" \"Dovecot\" \"os\" NIL)\r\n* STATUS \"a b\" (MESSAGES 2)\r\n",
]
for number, conversation in enumerate(CONVERSATIONS):
    for piece in (0, 15):
        write("FuzzIMAP", f"{number}-{piece}", bytes([piece]) + conversation)
