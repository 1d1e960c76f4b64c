"""Writes unusual inputs to a folder, with the expected results in expected.json.

Nothing here comes from dmarcstat: the inputs are made with Python's own libraries.
"""
import base64, bz2, gzip, io, json, os, quopri, subprocess, sys, tarfile, tempfile, zipfile, zlib
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

folder = sys.argv[1]
cases = {}
serial = 0


def add(name, data, outcome="saved", rows=None, messages=None, recovered=None, truncated=None, code=None, kind=None,
        warning=None, text=None, reports=1, reject=None):
    """Outcomes: saved, rejected (with a code), other (with a kind)."""
    assert name not in cases, name
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
    cases[name] = {k: v for k, v in dict(
        outcome=outcome, rows=rows, messages=messages, recovered=recovered, truncated=truncated, code=code, kind=kind,
        warning=warning, text=text, reports=reports if outcome == "saved" else 0, reject=reject).items() if v is not None}


def record(ip="192.0.2.1", count="2", from_="example.com", more=""):
    return (f"<record>\n<row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated><disposition>none</disposition>"
            f"<dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>\n<identifiers><header_from>{from_}</header_from></identifiers>\n"
            f"<auth_results><dkim><domain>{from_}</domain><selector>s1</selector><result>pass</result></dkim>{more}</auth_results>\n</record>\n")


def head(org="Big Mail", email="dmarc@bigmail.example", id=None, begin="1790812800", end="1790899199", domain="example.com"):
    global serial
    serial += 1
    id = id if id is not None else f"odd-{serial}"
    return (f"<report_metadata><org_name>{org}</org_name><email>{email}</email><report_id>{id}</report_id>"
            f"<date_range><begin>{begin}</begin><end>{end}</end></date_range></report_metadata>\n"
            f"<policy_published><domain>{domain}</domain><p>none</p></policy_published>\n")


DECL = '<?xml version="1.0" encoding="UTF-8"?>\n'


def report(records=None, decl=DECL, **kw):
    return decl + "<feedback>\n" + head(**kw) + (records if records is not None else record() * 3) + "</feedback>\n"


def name(ext="xml.gz", id="u1"):
    return f"bigmail.example!example.com!1790812800!1790899199!{id}.{ext}"


# ---- XML

add("xml/plain.xml", report(), rows=3, messages=6, recovered=False, truncated=False)
add("xml/bom.xml", b"\xef\xbb\xbf" + report().encode(), rows=3, recovered=False)
add("xml/leading-blank-lines.xml", "\n\n  \n" + report(), rows=3)
add("xml/no-declaration.xml", report(decl=""), rows=3, recovered=False)
add("xml/utf16-bom.xml", report(decl='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"), rows=3)
add("xml/utf16-le-no-bom.xml", report(decl="", org="M\u00fcller").encode("utf-16-le"), rows=3, text="M\u00fcller")
add("xml/utf16-be-no-bom-declared.xml", report(decl='<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16-be"), rows=3)
add("xml/says-utf16-is-utf8.xml", report(decl='<?xml version="1.0" encoding="utf-16"?>\n', org="M\u00fcller"), rows=3, text="M\u00fcller")
add("xml/latin1-in-utf8.xml", report(org="M\u00fcller & S\u00f6hne".replace("&", "&amp;")).encode("latin-1"), rows=3, recovered=True,
    warning="encoding-assumed", text="M\u00fcller & S\u00f6hne")
add("xml/windows1252-in-utf8.xml", report(org="Mail \u2013 \u201cBig\u201d \u20ac").encode("cp1252"), rows=3, recovered=True,
    text="Mail \u2013 \u201cBig\u201d \u20ac")
add("xml/latin1-declared.xml", report(decl='<?xml version="1.0" encoding="ISO-8859-1"?>', org="M\u00fcller").encode("latin-1"), rows=3,
    recovered=False, text="M\u00fcller")
add("xml/says-latin1-is-utf8.xml", report(decl='<?xml version="1.0" encoding="ISO-8859-1"?>', org="M\u00fcller"), rows=3, text="M\u00fcller",
    warning="encoding-assumed")
add("xml/shift-jis.xml", report(decl='<?xml version="1.0" encoding="Shift_JIS"?>', org="\u6771\u4eac").encode("shift_jis"), rows=3,
    text="\u6771\u4eac")
add("xml/shift-jis-ampersand.xml", report(decl='<?xml version="1.0" encoding="Shift_JIS"?>', org="\u6771\u4eac & co").encode("shift_jis"),
    rows=3, text="\u6771\u4eac & co")
add("xml/unknown-encoding.xml", report(decl='<?xml version="1.0" encoding="utf8mb4"?>\n'), rows=3)
add("xml/nul-bytes.xml", report(org="Big\0 Mail").encode() + b"\0\0\0", rows=3, recovered=True, text="Big Mail")
add("xml/control-bytes.xml", report(org="Big\x01\x0b Mail\x1f"), rows=3, recovered=True, text="Big Mail")
add("xml/control-reference.xml", report(org="Big&#x1;&#0; Mail"), rows=3, recovered=True, text="Big Mail")
add("xml/double-declaration.xml", DECL + report(), rows=3, recovered=True)
add("xml/declaration-in-the-middle.xml", report(decl="<!-- made by x -->\n" + DECL), rows=3)
add("xml/bad-declaration.xml", report(decl="<?xml version=1.0?>\n"), rows=3, recovered=True)
add("xml/unended-declaration.xml", report(decl='<?xml version="1.0" encoding="UTF-8">\n'), rows=3, recovered=True)
add("xml/ampersand.xml", report(org="Smith & Sons", records=record(from_="a&b.example")), rows=1, recovered=True, text="Smith & Sons")
add("xml/html-entity.xml", report(org="Smith &copy; Sons &nbsp;"), rows=3, recovered=True)
add("xml/less-than.xml", report(org="a < b", email="<dmarc@bigmail.example>"), rows=3, recovered=True, text="dmarc@bigmail.example")
add("xml/undeclared-prefix.xml", report().replace("<", "<d:").replace("<d:/", "</d:").replace("<d:?", "<?"), rows=3)
add("xml/declared-prefix.xml", report().replace("<", "<d:").replace("<d:/", "</d:").replace("<d:?", "<?").replace(
    "<d:feedback>", '<d:feedback xmlns:d="urn:ietf:params:xml:ns:dmarc-2.0">'), rows=3, recovered=False)
add("xml/prefix-and-ampersand.xml", report(org="A & B").replace("<", "<d:").replace("<d:/", "</d:").replace("<d:?", "<?").replace(
    "<d:feedback>", '<d:feedback xmlns:d="urn:ietf:params:xml:ns:dmarc-2.0">'), rows=3, recovered=True, text="A & B")
upper = report()
for tag in ["feedback", "record", "row", "source_ip", "count", "policy_evaluated", "report_metadata"]:
    upper = upper.replace(f"<{tag}>", f"<{tag.upper()}>").replace(f"</{tag}>", f"</{tag.upper()}>")
add("xml/upper-case-tags.xml", upper, rows=3, recovered=False)
add("xml/mixed-case-tags.xml", report().replace("</feedback>", "</Feedback>").replace("<count>", "<Count>"), rows=3, recovered=True)
add("xml/wrapper-root.xml", DECL + "<reports>" + report(decl="") + "</reports>", rows=3, recovered=True)
add("xml/soap-wrapper.xml", '<soap:Envelope xmlns:soap="x"><soap:Body>' + report(decl="") + "</soap:Body></soap:Envelope>", rows=3)
add("xml/cdata-wrapper.xml", "<root><![CDATA[" + report() + "]]></root>", rows=3, recovered=True)
add("xml/several-feedbacks.xml", report() + report(decl="") + report(), rows=9, reports=3, recovered=True)
add("xml/several-in-a-wrapper.xml", "<all>" + report(decl="") + report(decl="") + "</all>", rows=6, reports=2, recovered=True)
add("xml/several-one-broken.xml", report(org="A & B") + report(decl="").replace("</record>", "", 1), rows=6, reports=2)
add("xml/stray-schema.xml", '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://dmarc.org/dmarc-xml/0.1">\n'
    + report(), rows=3, recovered=True)
add("xml/trailing-garbage.xml", report() + "-- \nscanned by x\n<foo>", rows=3, recovered=True)
add("xml/trailing-nuls.xml", report().encode() + b"\0" * 512, rows=3, recovered=True)
add("xml/leading-garbage.xml", "Dear all, here it is:\n\n" + report(), rows=3, recovered=True)
add("xml/no-end-tag.xml", report().replace("</feedback>\n", ""), rows=3, recovered=True)
add("xml/last-bracket-missing.xml", report().rstrip()[:-1], rows=3, recovered=True, truncated=False)
add("xml/record-end-missing.xml", report().replace("</record>", "", 1), rows=3, recovered=True, truncated=False)
add("xml/count-end-missing.xml", report().replace("</count>", "", 1), rows=3, messages=6, recovered=True)
add("xml/end-tag-without-slash.xml", report().replace("</count>", "<count>", 1), rows=3, messages=6, recovered=True)
add("xml/crossed-end-tags.xml", report().replace("</row>\n<identifiers>", "\n<identifiers>", 1).replace(
    "</identifiers>", "</row></identifiers>", 1), rows=3, recovered=True)
add("xml/stray-end-tag.xml", report().replace("<record>", "</b><record>", 1), rows=3, recovered=True)
add("xml/cut-in-a-row.xml", report(record() * 5)[:-200], rows=4, messages=8, recovered=True, truncated=True, warning="truncated")
add("xml/cut-in-a-tag.xml", report(record() * 5)[:-25].rstrip(">"), truncated=True)
add("xml/cut-in-the-head.xml", report()[:300], "rejected")
add("xml/escaped.xml", report().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), rows=3, recovered=True)
add("xml/escaped-in-html.xml", "<!DOCTYPE html><html><body><pre>" + report(org="A &amp; B").replace("&", "&amp;").replace(
    "<", "&lt;").replace(">", "&gt;").replace("\n", "<br>\n") + "</pre></body></html>", rows=3, recovered=True, text="A & B")
add("xml/records-first.xml", DECL + "<feedback>" + record() * 3 + head() + "</feedback>", rows=3, recovered=False)
add("xml/unknown-elements.xml", report(records=record(more="<arc><result>pass</result></arc>") + "<what><record/></what>").replace(
    "<org_name>", "<x:y xmlns:x='urn:x'>1</x:y><org_name lang='en' foo=\"bar\">"), rows=1, recovered=False, warning="unknown-element")
add("xml/cdata-and-comments.xml", report(org="<![CDATA[Big & Mail]]>", records=record() + "<!-- x --><!-- <record> -->" + record()), rows=2,
    recovered=False, text="Big & Mail")
add("xml/cdata-and-ampersand.xml", report(org="<![CDATA[Big & Mail]]> & more"), rows=3, recovered=True, text="Big & Mail & more")
add("xml/bad-comment.xml", report(records=record() + "<!-- a -- b --->" + record()), rows=2, recovered=True)
add("xml/unended-comment.xml", report(records=record() + "<!-- a " + record()), rows=2, recovered=True)
add("xml/unquoted-attribute.xml", report().replace("<org_name>", "<org_name lang=en>"), rows=3, recovered=True)
add("xml/blanks-in-tags.xml", report(org="a < b").replace("<count>", "< count >").replace("</count>", "</ count>"), rows=3, messages=6,
    recovered=True, text="a < b")
add("xml/two-byte-order-marks.xml", b"\xef\xbb\xbf\xef\xbb\xbf" + report().encode(), rows=3, recovered=True)
add("xml/utf8-mark-says-utf16.xml", b"\xef\xbb\xbf" + report(decl='<?xml version="1.0" encoding="UTF-16"?>').encode(), rows=3)
add("xml/utf16-mark-says-utf8.xml", b"\xff\xfe" + report().encode("utf-16-le"), rows=3)
add("xml/attribute-twice.xml", report().replace("<record>", "<record a='1' a='2'>", 1), rows=3, recovered=True)
add("xml/one-line.xml", report().replace("\n", ""), rows=3, recovered=False)
add("xml/crlf.xml", report().replace("\n", "\r\n"), rows=3, recovered=False)
add("xml/no-root.xml", head() + record() * 3, rows=3, recovered=True, truncated=False)
add("xml/root-of-another-name.xml", report().replace("feedback>", "aggregate_report>"), rows=3, recovered=True, truncated=False)
add("xml/no-root-cut.xml", (head() + record() * 3)[:-100], rows=2, recovered=True, truncated=True)

# ---- Metadata and rows

add("field/empty-org.xml", report(org=""), rows=3, warning="metadata-assumed")
add("field/no-metadata.xml", DECL + "<feedback>" + record() * 2 + "</feedback>", rows=2, warning="metadata-assumed")
add("field/" + name("xml", "n1"), DECL + "<feedback>" + record() * 2 + "</feedback>", rows=2, warning="metadata-assumed")
add("field/no-policy.xml", report().replace("<policy_published><domain>example.com</domain><p>none</p></policy_published>", ""), rows=3)
add("field/no-dates.xml", report().replace("<date_range><begin>1790812800</begin><end>1790899199</end></date_range>", ""), rows=3,
    warning="metadata-assumed")
add("field/empty-dates.xml", report(begin="", end=""), rows=3, warning="metadata-assumed")
add("field/float-dates.xml", report(begin="1790812800.0", end="1790899199.75"), rows=3, warning="number-normalised")
add("field/millisecond-dates.xml", report(begin="1790812800000", end="1790899199000"), rows=3, warning="number-normalised")
add("field/iso-dates.xml", report(begin="2026-10-01T00:00:00Z", end="2026-10-01 23:59:59 +0000"), rows=3, warning="number-normalised")
add("field/end-before-begin.xml", report(begin="1790899199", end="1790812800"), rows=3, warning="period-odd")
add("field/identities.xml", report(records=record().replace("identifiers", "identities")), rows=1, warning="element-renamed")
for label, count, messages in [("float", "3.0", 3), ("thousands", "1,234", 1234), ("zero", "0", 0), ("negative", "-5", 0),
                               ("absurd", "99999999999999", 0), ("plus", "+7", 7), ("spaces", " 4 ", 4), ("dotted", "1.234", 1234),
                               ("thousand-float", "12.000", 12), ("apostrophe", "1'234", 1234)]:
    add(f"field/count-{label}.xml", report(records=record(count=count)), rows=1, messages=messages)
for label, ip in [("port", "192.0.2.7:25"), ("brackets", "[192.0.2.7]"), ("zeros", "192.000.002.007"), ("mapped", "::ffff:192.0.2.7"),
                  ("v6-port", "[2001:db8::7]:25"), ("v6-tag", "IPv6:2001:db8::7"), ("zone", "fe80::1%eth0"), ("prefix", "192.0.2.7/32"),
                  ("name", "192.0.2.7 (mail.example)")]:
    add(f"field/address-{label}.xml", report(records=record(ip=ip)), rows=1, messages=2, warning="address-normalised")
for label, ip in [("missing", ""), ("x", "X.X.X.X"), ("name", "mail.example.net"), ("range", "192.0.2.300")]:
    add(f"field/row-without-address-{label}.xml", report(records=record(ip=ip) + record()), rows=1, messages=2, warning="row-dropped")
add("field/no-records.xml", report(records=""), rows=0, warning="no-records")

add("field/records-around.xml", report(records="<records>" + record() * 2 + "</records>"), rows=2, messages=4, recovered=False,
    warning="element-misplaced")
add("field/identifiers-in-row.xml", report(records=record(from_="inner.example").replace("</row>\n<identifiers>", "<identifiers>").replace(
    "</identifiers>\n", "</identifiers></row>\n")), rows=1, warning="element-misplaced", text="inner.example")
add("field/no-row.xml", report(records=record().replace("<row>", "").replace("</row>", "")), rows=1, messages=2, warning="element-misplaced")
add("field/dates-in-metadata.xml", report().replace("<date_range>", "").replace("</date_range>", ""), rows=3, warning="element-misplaced",
    text="1790812800")

# ---- Containers

gz = gzip.compress(report().encode())
add("container/a.xml.gz", gzip.compress(report().encode()), rows=3)
add("container/gzip-called.zip", gzip.compress(report().encode()), rows=3)


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for member, data in members:
            archive.writestr(member, data)
    return out.getvalue()


def tarred(members, mode="w:gz"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for member, data in members:
            info = tarfile.TarInfo(member)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


add("container/zip-called.gz", zipped([("a.xml", report())]), rows=3)
add("container/several.zip", zipped([("a.xml", report()), ("b/c.xml", report()), ("b/", ""), ("readme.txt", "hello")]), rows=6, reports=2)
add("container/stored.zip", zipped([("a.xml", report())], zipfile.ZIP_STORED), rows=3)
add("container/gzip-of-gzip.gz", gzip.compress(gzip.compress(report().encode())), rows=3)
add("container/zip-in-gzip.gz", gzip.compress(zipped([("a.xml", report())])), rows=3)
add("container/gzip-in-zip.zip", zipped([("a.xml.gz", gzip.compress(report().encode())), ("b.xml.gz", gzip.compress(report().encode()))]), rows=6,
    reports=2)
add("container/zip-in-zip.zip", zipped([("a.zip", zipped([("a.xml", report())]))]), rows=3)
add("container/a.tar.gz", tarred([("a.xml", report().encode()), ("b.xml", report().encode())]), rows=6, reports=2)
add("container/a.tar", tarred([("a.xml", report().encode())], "w"), rows=3)
add("container/a.tar.bz2", tarred([("a.xml", report().encode())], "w:bz2"), rows=3)
add("container/a.xml.bz2", bz2.compress(report().encode()), rows=3)
add("container/a.xml.zlib", zlib.compress(report().encode()), rows=3)
text = report().encode()
add("container/members.gz", gzip.compress(text[:300]) + gzip.compress(text[300:]), rows=3)
add("container/reports-in-members.gz", gzip.compress(report().encode()) + gzip.compress(report().encode()), rows=6, reports=2)
add("container/trailing.gz", gzip.compress(report().encode()) + b"\r\n--=_x", rows=3, warning="trailing-data")
add("container/trailing-nuls.gz", gzip.compress(report().encode()) + b"\0" * 100, rows=3)


def varied(count):
    return "".join(record(ip=f"192.0.2.{n % 250}", count=str(n + 1), from_=f"m{n * 7919 % 9973}.example.com") for n in range(count))


long = gzip.compress(report(varied(400)).encode())
add("container/truncated.gz", long[:len(long) * 2 // 3], truncated=True, recovered=True, warning="truncated")
add("container/no-trailer.gz", gzip.compress(report().encode())[:-8], rows=3, truncated=False)
archive = zipped([("a.xml", report(varied(400)))])
add("container/truncated.zip", archive[:len(archive) // 2], truncated=True, recovered=True)
bad = bytearray(gzip.compress(report().encode()))
bad[-6] ^= 0xff
add("container/bad-crc.gz", bytes(bad), "rejected", code="damaged-container")
bad = bytearray(zipped([("a.xml", report())]))
bad[14] ^= 0xff
central = bytes(bad).index(b"PK\1\2")
bad[central + 16] ^= 0xff
add("container/bad-crc.zip", bytes(bad), "rejected", code="damaged-container")
add("container/unused.xml.gz", gzip.compress(b"unused"), "rejected", code="not-a-report")
add("container/empty.xml.gz", gzip.compress(b""), "rejected", code="empty")
add("container/empty.xml", b"", "rejected", code="empty")
add("container/tls.json.gz", gzip.compress(b'{"organization-name":"x","policies":[]}'), "other", kind="an SMTP TLS report")
add("container/broken-inside.gz", gzip.compress(report(org="A & B").encode()), rows=3, recovered=True, text="A & B")
add("container/broken-inside.zip", zipped([("a.xml", report(org="A & B")), ("b.xml", report(org="C & D"))]), rows=6, reports=2, recovered=True)

add("container/base64-of-gzip.txt", base64.encodebytes(gzip.compress(report().encode())), rows=3)
add("container/base64-of-xml.xml", base64.b64encode(report().encode()), rows=3)

# ---- Mail


def mail(*parts, subject="Report Domain: example.com Submitter: bigmail.example Report-ID: <m1>", kind="mixed", **headers):
    message = MIMEMultipart(kind)
    message["From"] = "DMARC <noreply@bigmail.example>"
    message["To"] = "dmarc@example.com"
    message["Subject"] = subject
    message["Date"] = "Fri, 02 Oct 2026 03:04:05 +0000"
    message["Message-ID"] = f"<{len(cases)}@bigmail.example>"
    for key, value in headers.items():
        message[key.replace("_", "-")] = value
    for part in parts:
        message.attach(part)
    return message.as_bytes()


def part(data, type="application/gzip", filename=None, encoding="base64", disposition="attachment"):
    main, sub = type.split("/")
    made = MIMEBase(main, sub)
    data = data if isinstance(data, bytes) else data.encode()
    if encoding == "base64":
        made.set_payload(base64.encodebytes(data).decode())
        made["Content-Transfer-Encoding"] = "base64"
    elif encoding == "quoted-printable":
        made.set_payload(quopri.encodestring(data).decode())
        made["Content-Transfer-Encoding"] = "quoted-printable"
    else:
        made.set_payload(data.decode("utf-8", "surrogateescape"))
        made["Content-Transfer-Encoding"] = encoding
    if filename:
        made.add_header("Content-Disposition", disposition, filename=filename)
    return made


def gzipped(**kw):
    return gzip.compress(report(**kw).encode())


note = MIMEText("This is an aggregate report.")
add("mail/usual.eml", mail(note, part(gzipped(), filename=name())), rows=3, recovered=False)
add("mail/gzip-only.eml", mail(part(gzipped(), filename=name(id="g1"))), rows=3)
single = (b"From: a@bigmail.example\r\nTo: b@example.com\r\nSubject: Report Domain: example.com Submitter: bigmail.example Report-ID: <s>\r\n"
          b"MIME-Version: 1.0\r\nContent-Type: application/gzip; name=\"a.xml.gz\"\r\nContent-Transfer-Encoding: base64\r\n\r\n")
add("mail/single-part.eml", single + base64.encodebytes(gzipped()).replace(b"\n", b"\r\n"), rows=3)
add("mail/zip.eml", mail(note, part(zipped([("a.xml", report())]), "application/zip", name("zip"))), rows=3)
add("mail/zip-called-gzip.eml", mail(note, part(zipped([("a.xml", report())]), "application/gzip", name())), rows=3)
add("mail/octet-stream.eml", mail(note, part(gzipped(), "application/octet-stream", "report.bin")), rows=3)
add("mail/text-plain-gzip.eml", mail(note, part(gzipped(), "text/plain", None)), rows=3)
add("mail/alternative.eml", mail(note, part(gzipped(), "multipart/x-gzip".replace("multipart", "application"), name()), kind="alternative"), rows=3)
for encoding in ["7bit", "8bit", "binary", "quoted-printable", "base64"]:
    add(f"mail/xml-{encoding}.eml", mail(note, part(report(org="Big =3D Mail"), "text/xml", name("xml", encoding), encoding)), rows=3,
        text="Big =3D Mail")
add("mail/xml-in-the-body.eml", b"From: a@bigmail.example\nSubject: Report Domain: example.com Submitter: b\nDate: Fri, 02 Oct 2026 03:04:05 +0000\n\n"
    + report().encode(), rows=3)
add("mail/xml-behind-text.eml", b"From: a@bigmail.example\nSubject: your report\n\nDear admin,\n\n" + report().encode() + b"\n-- \nBig Mail\n", rows=3)
add("mail/rfc2047-name.eml", mail(note, part(gzipped(), "application/gzip")).replace(
    b"Content-Type: application/gzip", b"Content-Type: application/gzip; name=\"=?utf-8?q?bigmail=2Eexample!example=2Ecom!1790812800!1790899199=2Exml=2Egz?=\""),
    rows=3)
add("mail/rfc2231-name.eml", mail(note, part(DECL + "<feedback>" + record() * 2 + "</feedback>", "text/xml")).replace(
    b"Content-Type: text/xml", b"Content-Type: text/xml; name*0*=utf-8''bigmail%2Eexample!example.org!1790812800;\n name*1=!1790899199.xml"),
    rows=2, text="1790812800")
inner = MIMEBase("message", "rfc822")
add("mail/forwarded.eml", b"From: me@example.com\nSubject: Fwd: report\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q\n\n--q\n"
    b"Content-Type: message/rfc822\n\n" + mail(note, part(gzipped(), filename=name())) + b"\n--q--\n", rows=3)
add("mail/forwarded-base64.eml", mail(note, part(mail(note, part(gzipped(), filename=name())), "message/rfc822", "mail.eml")), rows=3)
add("mail/forwarded-as-file.eml", mail(note, part(mail(note, part(gzipped(), filename=name())), "application/octet-stream", "mail.eml")), rows=3)
add("mail/mail-in-zip.zip", zipped([("a.eml", mail(note, part(gzipped(), filename=name())))]), rows=3)
add("mail/inline.eml", mail(part(gzipped(), filename=name(), disposition="inline")), rows=3)
add("mail/several.eml", mail(note, part(gzipped(), filename=name(id="a")), part(gzipped(), filename=name(id="b")), part(report(), "text/xml",
    "c.xml")), rows=9, reports=3)
add("mail/one-of-two-bad.eml", mail(note, part(bytes(bad), "application/zip", name("zip")), part(gzipped(), filename=name())), rows=3,
    reject="damaged-container")
broken = mail(note, part(gzipped(), filename=name()))
encoded = base64.encodebytes(gzipped()).decode().splitlines()
add("mail/broken-base64.eml", mail(note, part(b"x", filename=name())).replace(b"eA==", "\n".join(
    [encoded[0] + " !"] + ["*" + line for line in encoded[1:]]).encode()), rows=3)
add("mail/base64-without-padding.eml", mail(note, part(b"x", filename=name())).replace(b"eA==", "\n".join(encoded).rstrip("=").encode()))
add("mail/base64-on-one-line.eml", mail(note, part(b"x", filename=name())).replace(b"eA==", base64.b64encode(gzipped())), rows=3)
add("mail/no-end-boundary.eml", b"\n".join(broken.splitlines()[:-1]) + b"\n", rows=3)
add("mail/bad-date.eml", mail(note, part(gzipped(), filename=name())).replace(b"Fri, 02 Oct 2026 03:04:05 +0000", b"yesterday at noon"), rows=3)
add("mail/no-content-type.eml", single.replace(b"Content-Type: application/gzip; name=\"a.xml.gz\"\r\n", b"") + base64.encodebytes(gzipped()), rows=3)
add("mail/content-type-typo.eml", mail(note, part(gzipped(), filename=name())).replace(b"Content-Type: application/gzip", b"ContentType: application/gzip"), rows=3)
add("mail/no-transfer-encoding.eml", mail(note, part(gzipped(), filename=name())).replace(b"Content-Transfer-Encoding: base64", b"X-None: 1"), rows=3)
add("mail/saved-part.xml", b"Content-Type: text/xml\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(report().encode()), rows=3)
uu = io.BytesIO()
uu.write(b"begin 644 a.xml.gz\n")
packed = gzipped()
for start in range(0, len(packed), 45):
    uu.write(__import__("binascii").b2a_uu(packed[start:start + 45]))
uu.write(b"`\nend\n")
add("mail/uuencoded.eml", mail(note, part(b"x", filename=name())).replace(b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: x-uuencode")
    .replace(b"eA==", uu.getvalue()), rows=3)
add("mail/no-header-but-from.eml", b"From: a@bigmail.example\n\n" + base64.encodebytes(gzipped()), rows=3)
add("mail/boundary-mismatch.eml", mail(note, part(gzipped(), filename=name())).replace(b"boundary=\"", b"boundary=\"x"), rows=3)
add("mail/no-boundary.eml", b"From: a@bigmail.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed\n\n" + broken.split(b"\n\n", 1)[1], rows=3)
add("mail/crlf.eml", mail(note, part(gzipped(), filename=name())).replace(b"\n", b"\r\n"), rows=3)
cut = mail(note, part(gzip.compress(report(varied(400)).encode()), filename=name()))
add("mail/truncated.eml", cut[:len(cut) * 2 // 3], truncated=True)
add("mail/subject-only.eml", mail(note, part(DECL + "<feedback>" + record() * 2 + "</feedback>", "text/xml", "a.xml"),
    subject="Report Domain: example.net\n Submitter: sub.example Report-ID: <subj-77>"), rows=2, warning="metadata-assumed", text="subj-77")
add("mail/gzip-in-a-typo.eml", b"ContentType: multipart/mixed\n" + mail(note, part(gzipped(), filename=name())), rows=3)

report_type = "multipart/report; report-type={}; boundary=b"


def structured(type, second, third=b""):
    return (f"From: MAILER-DAEMON@x.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: {report_type.format(type)}\n\n--b\n\nhello\n--b\n".encode()
            + second + b"\n--b\n" + third + b"\n--b--\n")


add("other/bounce.eml", structured("delivery-status", b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n",
    b"Content-Type: message/rfc822\n\n" + mail(note, part(gzipped(), filename=name()))), "other", kind="a bounce")
add("other/read-receipt.eml", structured("disposition-notification", b"Content-Type: message/disposition-notification\n\nReporting-UA: x\n"), "other",
    kind="a read receipt")
add("other/failure-report.eml", structured("feedback-report", b"Content-Type: message/feedback-report\n\nFeedback-Type: auth-failure\nVersion: 1\n",
    b"Content-Type: text/rfc822-headers\n\nFrom: a@example.com\n"), "other", kind="a failure report")
add("other/abuse-report.eml", structured("feedback-report", b"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n"), "other",
    kind="an abuse report")
add("other/tls-report.eml", mail(note, part(gzip.compress(b'{"organization-name":"x","policies":[]}'), "application/tlsrpt+gzip", "x.json.gz"),
    subject="Report Domain: example.com Submitter: x Report-ID: <t>"), "other", kind="an SMTP TLS report")
add("other/text.eml", mail(note, subject="hello"), "other", kind="a message without a report")
add("other/html.eml", mail(MIMEText("<html><body><p>hello <b>you</b></body></html>", "html"), subject="hello"), "other", kind="a message without a report")
add("other/picture.eml", mail(note, part(b"\x89PNG\r\n\x1a\n" + b"x" * 100, "image/png", "a.png"), subject="hello"), "other",
    kind="a message without a report")
add("other/away.eml", mail(note, subject="Out of office", Auto_Submitted="auto-replied"), "other", kind="an automatic reply")
add("other/error-report.eml", b"From: a@b.example\nSubject: DMARC error\n\nReport-Date: x\nReport-Domain: example.com\nReport-ID: 1\nReport-Size: 9\n"
    b"Submitter: b\nSubmitting-URI: mailto:c@d\n", "other", kind="a DMARC error report")
add("other/unused.eml", mail(note, part(gzip.compress(b"unused"), filename=name())), "rejected", code="not-a-report")
add("other/spam-zip.eml", mail(note, part(zipped([("invoice.exe", b"MZ\0\0")]), "application/zip", "invoice.zip"), subject="Invoice"), "other",
    kind="a message without a report")

# Wrapped by mail programs and gateways. S/MIME objects come from OpenSSL.
announced = "Report Domain: example.com Submitter: bigmail.example Report-ID: <w>"


def openssl(*arguments, content=b""):
    with tempfile.TemporaryDirectory() as place:
        def run(*command, **more):
            return subprocess.run(["openssl", *command], cwd=place, check=True, capture_output=True, **more).stdout
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key",
            "-out", "cert", "-subj", "/CN=a", "-days", "30")
        return run("cms", *arguments, input=content)


def wrapped(data, subject=announced, type="application/pkcs7-mime", filename="smime.p7m"):
    message = part(data, type, filename)
    message["Subject"], message["From"] = subject, "dmarc@bigmail.example"
    return message.as_bytes()


signing = ("-sign", "-signer", "cert", "-inkey", "key", "-nodetach", "-binary", "-outform", "DER")
for label, more in (("der", ()), ("stream", ("-stream",))):
    content = mail(note, part(gzipped(), filename=name()))
    add(f"wrapped/signed-{label}.eml", wrapped(openssl(*signing, *more, content=content)), rows=3, messages=6)
    add(f"wrapped/signed-gzip-{label}.eml", wrapped(openssl(*signing, *more, content=gzipped())), rows=3, messages=6)
    add(f"wrapped/signed-{label}.p7m", openssl(*signing, *more, content=content), rows=3, messages=6)
add("wrapped/signed-other.eml", wrapped(openssl(*signing, content=mail(note, subject="hello")), subject="hello"), "other",
    kind="a message without a report")
add("wrapped/signed-nothing.eml", wrapped(openssl(*signing, content=mail(note))), "rejected", code="missing-report")
for cipher in ("-aes-256-cbc", "-aes-256-gcm"):
    sealed = openssl("-encrypt", cipher, "-outform", "DER", "cert", content=mail(note))
    add(f"wrapped/encrypted{cipher}.eml", wrapped(sealed), "rejected", code="encrypted")
    add(f"wrapped/encrypted-other{cipher}.eml", wrapped(sealed, subject="Re: " + announced), "other",
        kind="a message without a report")
add("wrapped/rar.eml", mail(note, part(b"Rar!\x1a\x07\x01\0", "application/vnd.rar", "report.rar"), subject=announced), "rejected",
    code="unsupported-format")
add("wrapped/stripped.eml", mail(MIMEText("<html><body>The file was removed.</body></html>", "html"), subject=announced), "rejected",
    code="missing-report")
add("wrapped/quoted.eml", mail(note, subject="Re: " + announced), "other", kind="a message without a report")

with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(cases, file, indent=1)
