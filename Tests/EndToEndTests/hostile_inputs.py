"""Writes hostile inputs to a folder, then runs `dmarcstat ingest` on each and measures the cost.

    hostile_inputs.py DMARCSTAT FOLDER [-v] [--quick] [--part=N/M] [NAME...]

-v prints what each costs. --part=0/4 takes one input in four. --quick is for programs that were built for debugging: large inputs are smaller, and
the memory limit with them; inputs that do not inflate are read eight at a time, each group within the limits of its smallest input. A group that does
harm is read again, one input at a time.
Each must end by itself with status 0 or 1, in time, with little memory, and must not stop the good report beside it.
Prints a line for each that does not, and a summary; ends with status 1 if there was any.
"""
import base64, bz2, contextlib, gzip, io, os, random, sqlite3, subprocess, sys, tarfile, time, zipfile, zlib

program, folder = sys.argv[1:3]
QUICK = "--quick" in sys.argv
MEMORY_LIMIT = (44 if QUICK else 88) << 10  # KiB, beside what the program takes for a good report alone
GROUP = 8 if QUICK else 1
# With --quick, limits are lower where inputs would have to be large to reach them.
LIMITS = ["--max-members", "100", "--max-names", "1000"] if QUICK else []
# The ratio is checked beyond 32 MiB, which bomb-1g.xml.gz reaches. In these the layers only have to count together.
LAYERED = ["bomb-in-gzip-in-gzip.gz", "bomb-in-zip.zip", "mail-bomb.eml", "mail-many-bombs.eml"] if QUICK else []
STORED_RATIO, STORED_GRACE = 64, 2 << 20  # bytes of database for each byte of the input, and beside them
TIME_LIMIT = 900  # seconds; a bound against hanging, not a measurement

RECORD = (b"<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim>"
          b"<spf>fail</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers></record>\n")
HEAD = (b"<report_metadata><org_name>R</org_name><report_id>%s</report_id><date_range><begin>1790812800</begin><end>1790899199</end>"
        b"</date_range></report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>")
MIB = 1 << 20
LARGE = MIB // 16 if QUICK else MIB


def scaled(count, quick):
    """A number that is smaller with --quick, but still beyond the limit that it is to reach."""
    return quick if QUICK else count


def noise(count):
    """Random bytes, the same in each run."""
    return random.Random(os.environ.get("DMARCSTAT_SEED", "1")).randbytes(count)


def report(id, records=RECORD):
    return b"<feedback>" + HEAD % id.encode() + records + b"</feedback>"


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def bomb(size, start=b"<feedback><version>", level=9):
    """gzip data of a given inflated size, created as a stream."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=level) as stream:
        stream.write(start)
        block = b"\0" * MIB
        for _ in range(size // MIB):
            stream.write(block)
    return out.getvalue()


def mail(body, type="multipart/mixed; boundary=b", subject=b"x"):
    return (b"From: a@b.example\nSubject: " + subject + b"\nMIME-Version: 1.0\nContent-Type: " + type.encode() + b"\n\n" + body)


def nested_multiparts(depth):
    lines = [b"From: a@b.example", b"MIME-Version: 1.0"]
    for level in range(depth):
        lines += [b"Content-Type: multipart/mixed; boundary=b%d" % level, b"", b"--b%d" % level]
    return b"\n".join(lines + [b"", b"x", b""])


def nested_messages(depth):
    return b"From: a@b.example\nContent-Type: message/rfc822\n\n" * depth + b"From: a@b.example\n\nx\n"


def quine(layers):
    data = report("quine")
    for _ in range(layers):
        data = gzip.compress(data)
    return data


def overlapping_zip():
    """Many names for one compressed member."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = kernel.compress(b"\0" * (20 * MIB)) + kernel.flush()
    crc, size = zlib.crc32(b"\0" * (20 * MIB)), 20 * MIB
    local = b"PK\3\4\x14\0\0\0\x08\0\0\0\0\0" + b"".join(n.to_bytes(4, "little") for n in (crc, len(data), size)) + b"\5\0\0\0a.xml" + data
    central = b""
    for number in range(500):
        name = b"%04d.xml" % number
        central += (b"PK\1\2\x14\0\x14\0\0\0\x08\0\0\0\0\0" + b"".join(n.to_bytes(4, "little") for n in (crc, len(data), size))
                    + len(name).to_bytes(2, "little") + b"\0" * 12 + (0).to_bytes(4, "little") + name)
    end = b"PK\5\6\0\0\0\0" + (500).to_bytes(2, "little") * 2 + len(central).to_bytes(4, "little") + len(local).to_bytes(4, "little") + b"\0\0"
    return local + central + end


def tar_of(count):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for number in range(count):
            archive.addfile(tarfile.TarInfo(f"{number}.xml"))
    return out.getvalue()


doctype = b'<!DOCTYPE feedback [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)) + b"]>"
inputs = {
    "bomb-1g.xml.gz": lambda: bomb(1024 * LARGE),
    "bomb-in-text.xml.gz": lambda: gzip.compress(b"<feedback><report_metadata><org_name>" + b"a" * (200 * LARGE)),
    "bomb-of-tags.xml.gz": lambda: gzip.compress(b"<feedback>" + b"<a>" * (30 * LARGE)),
    "bomb-of-rows.xml.gz": lambda: gzip.compress(report("rows", RECORD * (400_000 * LARGE // MIB))),
    "bomb.zip": lambda: zipped([("a.xml", b"<feedback>" + b" " * (500 * LARGE))]),
    "bomb-in-gzip-in-gzip.gz": lambda: gzip.compress(bomb(1024 * LARGE)),
    "bomb-in-zip.zip": lambda: zipped([("a.xml.gz", bomb(512 * LARGE))]),
    "bomb.bz2": lambda: bz2.compress(b"<feedback>" + b" " * (300 * LARGE)),
    "bomb.zlib": lambda: zlib.compress(b"<feedback>" + b" " * (300 * LARGE)),
    "overlapping.zip": overlapping_zip,
    "quine-6.gz": lambda: quine(6),
    "quine-2000.gz": lambda: quine(scaled(2_000, 400)),
    "members-100000.zip": lambda: zipped([(f"{n}.xml", b"x") for n in range(scaled(60_000, 1_000))], zipfile.ZIP_STORED),
    "members.tar.gz": lambda: tar_of(scaled(100_000, 1_000)),
    "members-10000.gz": lambda: gzip.compress(b" ") * scaled(100_000, 10_000) + gzip.compress(report("members")),
    "laughs.xml": lambda: doctype + b"<feedback><version>&j;</version></feedback>",
    "laughs-damaged.xml": lambda: b"<feedback>&</feedback>" + doctype + b"<feedback><version>&j;</version></feedback>",
    "xxe.xml": lambda: b'<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><feedback><report_metadata><org_name>&x;</org_name></report_metadata></feedback>',
    "xxe-parameter.xml": lambda: b'<!DOCTYPE f [<!ENTITY % x SYSTEM "http://192.0.2.1/x"> %x;]><feedback/>',
    "xinclude.xml": lambda: b'<feedback xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd"/></feedback>',
    "doctype-in-html.xml": lambda: b"<!DOCTYPE html [<!ENTITY x 'y'>]><html>" + report("html") + b"</html>",
    "deep.xml": lambda: b"<feedback>" + b"<a>" * 1_000_000,
    "deep-damaged.xml": lambda: b"&<feedback>" + b"<a>" * 1_000_000,
    "deep-known.xml": lambda: b"<feedback>&" + b"<record><row><policy_evaluated><reason>" * (500_000 * LARGE // MIB),
    "endless-tag.xml": lambda: b"<feedback " + b"a" * (50 * MIB),
    "endless-attribute.xml": lambda: b'<feedback a="' + b"a" * (50 * MIB),
    "endless-comment.xml": lambda: b"<feedback><!-- " + b"a" * (50 * MIB),
    "endless-cdata.xml": lambda: b"<feedback><version><![CDATA[" + b"a" * (50 * MIB),
    "endless-text-damaged.xml": lambda: b"<feedback>&<version>" + b"a" * (50 * MIB),
    "endless-text-in-record.xml": lambda: b"<feedback>&<record>" + b"a" * (50 * MIB),
    "less-thans.xml": lambda: b"<feedback>" + b"<" * (20 * MIB),
    "ampersands.xml": lambda: b"<feedback><version>" + b"&" * (20 * MIB),
    "comments-open.xml": lambda: b"<feedback>" + b"<!-- " * (2 * LARGE),
    "cdata-open.xml": lambda: b"<feedback>&" + b"<![CDATA[" * (2 * MIB),
    "quotes-open.xml": lambda: b"<feedback>&" + b"<a b=\"" * (2 * MIB),
    "instructions-open.xml": lambda: b"<feedback>&" + b"<?x " * (3 * MIB),
    "text-in-feedback.xml": lambda: b"<feedback>&" + b"a>" * (30 * LARGE),
    "comments-between.xml": lambda: b"<feedback>&" + (b"<!-- " * 200 + b">") * scaled(10_000, 400),
    "cdata-between.xml": lambda: b"<feedback>&<version>" + (b"<![CDATA[" * 100 + b">") * scaled(10_000, 2_000),
    "tags-unquoted.xml": lambda: b"<feedback>&" + (b"<a b='" + b"x" * 500 + b">") * 20_000,
    "zeros-1g.xml.gz": lambda: gzip.compress(b"<feedback>&<version>" + noise(MIB) + b"\0" * (300 * LARGE)),
    "end-tags.xml": lambda: b"<feedback>&" + b"</record>" * (2 * LARGE),
    "feedbacks.xml": lambda: b"&" + b"<feedback>" * 200_000,
    "feedbacks-whole.xml": lambda: b"&" + b"<feedback></feedback>" * 100_000,
    "attributes.xml": lambda: b"<feedback " + b" ".join(b"a%d=''" % n for n in range(200_000)) + b"/>",
    "names.xml": lambda: b"<feedback>" + b"".join(b"<n%d/>" % n for n in range(1_000_000)) + b"</feedback>",
    "namespaces.xml": lambda: b"<feedback>" + b"".join(b"<a xmlns:n%d='urn:x'/>" % n for n in range(300_000)) + b"</feedback>",
    "blanks.xml": lambda: b" " * (scaled(100, 40) * MIB) + report("blanks"),
    "nuls.xml": lambda: b"<feedback>" + b"\0" * (60 * LARGE),
    "utf16-cut.xml": lambda: report("u16").decode().encode("utf-16-le")[:-1],
    "utf7.xml": lambda: b'<?xml version="1.0" encoding="UTF-7"?>' + report("u7"),
    "iconv.xml": lambda: b'<?xml version="1.0" encoding="ISO-2022-CN-EXT"?>&' + b"\x1b" * MIB,
    "utf16-half.xml": lambda: report("u16h").decode().encode("utf-16")[:-301] + b"\xd8" * 301,
    "shift-jis-broken.xml": lambda: b'<?xml version="1.0" encoding="Shift_JIS"?>' + report("sj").replace(b"<org_name>R", b"<org_name>\x81\xff\xff\x81") * 3,
    "rows-all-odd.xml": lambda: report("odd", RECORD.replace(b"192.0.2.1", b"X.X.X.X") * 100_000),
    "escapes.xml": lambda: report("esc\x1b]0;owned\x07\x1b[2J"),
    "mail-header-50m.eml": lambda: b"From: a@b.example\nSubject: " + b"x" * (50 * MIB) + b"\n\n",
    "mail-headers-many.eml": lambda: b"From: a@b.example\n" + b"X-A: b\n" * (scaled(5, 1) * MIB) + b"\n",
    "mail-parts-many.eml": lambda: mail(b"--b\n\n\n" * (2 * MIB)),
    "mail-parts-of-headers.eml": lambda: mail(b"--b\n" + b"X-A: b\n" * (scaled(4, 1) * MIB)),
    "mail-headers-in-parts.eml": lambda: mail((b"--b\n" + b"A:b\n" * 100_000 + b"\n") * scaled(200, 20)),
    "mail-parameters.eml": lambda: mail(b"x", "text/plain" + ";a=b" * 120_000),
    "mail-authors.eml": lambda: mail(b"x", "text/plain").replace(b"From: a@b.example", b"From: " + b"a@b.example, " * 30_000),
    "mail-groups.eml": lambda: mail(b"x", "text/plain").replace(b"From: a@b.example", b"From: " + b"a:" * 200_000),
    "mail-groups-400.eml": lambda: mail(b"x", "text/plain").replace(b"From: a@b.example", b"From: " + b"a:" * 400),
    "mail-groups-folded.eml": lambda: mail(b"x", "text/plain").replace(b"From: a@b.example", b"To: " + b"a:a:\n " * 60_000),
    "mail-hidden-boundary.eml": lambda: mail(b"--b\n\n\n" * (2 * MIB), "multipart/mixed; x=" + "y" * 5_000 + "; boundary=b"),
    "mail-parentheses.eml": lambda: mail(b"x", "text/plain").replace(b"From: a@b.example", b"From: " + b"(" * 400_000),
    "mail-quotes.eml": lambda: mail(b"x", "text/plain").replace(b"From: a@b.example", b"From: " + b"<\"" * 200_000),
    "mail-date.eml": lambda: mail(b"x", "text/plain\nDate: " + "Mon, " * 90_000),
    "mail-folded.eml": lambda: mail(b"x", "text/plain\nX-A: b" + "\n c" * 120_000),
    "mail-received.eml": lambda: mail(b"x", "text/plain" + "\nReceived: from x by y; z" * 15_000),
    "mail-qp.eml": lambda: mail(b"=" * (scaled(20, 4) * MIB), "text/xml\nContent-Transfer-Encoding: quoted-printable"),
    "mail-uu.eml": lambda: mail(b"begin 644 a\n" + b"M" * (scaled(20, 4) * MIB), "text/xml\nContent-Transfer-Encoding: x-uuencode"),
    "mail-embedded.eml": lambda: mail(b"H4sI\n" * (scaled(4, 1) * MIB), "text/plain"),
    "mail-multiparts-deep.eml": lambda: nested_multiparts(50_000),
    "mail-multiparts-900.eml": lambda: nested_multiparts(900),
    "mail-messages-deep.eml": lambda: nested_messages(50_000),
    "mail-messages-900.eml": lambda: nested_messages(900),
    "mail-base64-deep.eml": lambda: deep_base64(30),
    "mail-long-line.eml": lambda: mail(b"x" * (60 * MIB), "text/plain"),
    "mail-bomb.eml": lambda: mail(base64.encodebytes(bomb(900 * LARGE)), "application/gzip\nContent-Transfer-Encoding: base64"),
    "mail-many-bombs.eml": lambda: mail(
        (b"--b\nContent-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(bomb(scaled(20, 4) * MIB)) + b"\n") * (300 * LARGE // MIB)),
    "mail-rfc2047.eml": lambda: mail(b"", "text/plain", b"=?utf-8?q?" + b"=41" * 100_000 + b"?="),
    "mail-rfc2231.eml": lambda: mail(b"--b\nContent-Type: text/xml;" + b"".join(b"\n name*%d=x;" % n for n in range(30_000)) + b"\n\nx"),
    "mail-150m.eml": lambda: mail(b"x" * 70 + b"\n", "text/plain") + (b"x" * 1023 + b"\n") * (150 << 10),
    "mbox-of-froms.mbox": lambda: b"From a Thu Oct  1 06:00:00 2026\n" * (300_000 * LARGE // MIB),
    "mbox-long-line.mbox": lambda: b"From a Thu Oct  1 06:00:00 2026\n" + b"x" * (60 * MIB),
    "long-selectors.xml.gz": lambda: many_records(3_000 * LARGE // MIB, selector="s%d" + "x" * 60_000),
    "long-comments.xml.gz": lambda: many_records(3_000 * LARGE // MIB, comment="c%d" + "x" * 60_000),
    "long-froms.xml.gz": lambda: many_records(3_000 * LARGE // MIB, header_from="h%d" + "x" * 60_000 + ".example.com"),
    "long-extensions.xml.gz": lambda: many_records(3_000 * LARGE // MIB, after="<x:e xmlns:x='urn:x'>%d" + "x" * 60_000 + "</x:e>"),
    "many-froms.xml.gz": lambda: many_records(scaled(300_000, 6_000), header_from="h%d.example.com"),
    "many-selectors.xml.gz": lambda: many_records(scaled(100_000, 2_000), selector="s%d"),
    "many-comments.xml.gz": lambda: many_records(scaled(100_000, 2_000), comment="c%d"),
    "many-recipients.xml.gz": lambda: many_records(scaled(100_000, 2_000), envelope_to="r%d.example"),
    "many-addresses.xml.gz": lambda: many_records(scaled(300_000, 8_000), ip="2001:db8:%x::1"),
    "many-results.xml": lambda: report("results", RECORD.replace(b"</record>", b"<auth_results>" + b"<dkim/>" * 30_000 + b"</auth_results></record>") * 20),
    "zips-in-zip.zip": lambda: zipped([(f"{n}.zip", zipped([(f"{m}.xml", b"<feedback>") for m in range(scaled(900, 90))])) for n in range(scaled(300, 12))]),
    "random": lambda: noise(5 * MIB),
    "gzip-random.gz": lambda: b"\x1f\x8b\x08\0" + noise(5 * MIB),
    "zip-random.zip": lambda: b"PK\3\4" + noise(5 * MIB),
    "tar-random.tar": lambda: b"a" * 257 + b"ustar" + noise(5 * MIB),
    "name\x1b[31m.xml": lambda: b"<feedback>",
}


def many_records(count, ip="192.0.2.1", header_from="example.com", selector="s", comment="c", envelope_to="r.example", after=""):
    """Records that differ in one text: the one with a number in it."""
    def fill(text, number):
        return text % number if "%" in text else text
    records = "".join(
        "<record><row><source_ip>%s</source_ip><count>1</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>"
        "<reason><type>other</type><comment>%s</comment></reason></policy_evaluated></row><identifiers><envelope_to>%s</envelope_to>"
        "<header_from>%s</header_from></identifiers><auth_results><dkim><domain>example.com</domain><selector>%s</selector><result>pass</result></dkim>"
        "</auth_results>%s</record>" % tuple(fill(text, number) for text in (ip, comment, envelope_to, header_from, selector, after))
        for number in range(count))
    return gzip.compress(report("many", records.encode()), 1)


def deep_base64(depth):
    data = b"From: a@b.example\n\nx\n"
    for _ in range(depth):
        data = mail(base64.encodebytes(data), "message/rfc822\nContent-Transfer-Encoding: base64")
        if len(data) > 20 * MIB:
            break
    return data


def prepared():
    """An empty folder for inputs."""
    place = os.path.join(folder, "in")
    os.makedirs(place, exist_ok=True)
    for old in os.listdir(place):
        os.unlink(os.path.join(place, old))
    return place


def ingest(place, limits):
    """Ingests a folder with a good report into a new database: the database, the status and the resources."""
    with open(os.path.join(place, "zz-good.xml"), "wb") as file:
        file.write(report("good"))
    database = os.path.join(folder, "x.sqlite")
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(database + suffix):
            os.unlink(database + suffix)
    with open(os.path.join(folder, "err"), "wb") as errors:
        process = subprocess.Popen([program, "ingest", place, "--database", database, "--format", "json", *limits], stdout=subprocess.PIPE, stderr=errors,
                                   env={"HOME": folder, "TMPDIR": folder, "PATH": "/bin:/usr/bin"})
        process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
    return database, status, usage


def run(names):
    """Ingests inputs beside a good report; whether they did no harm."""
    place = prepared()
    for name in names:
        # In a separate process, because the resources of this one would count as those of its children.
        child = os.fork()
        if child == 0:
            with open(os.path.join(place, name), "wb") as file:
                file.write(inputs[name]())
            os._exit(0)
        os.waitpid(child, 0)
    size = min(os.path.getsize(os.path.join(place, name)) for name in names)
    limits = LIMITS + (["--max-inflated-bytes", str(8 * MIB)] if names[0] in LAYERED else [])
    start = time.monotonic()
    database, status, usage = ingest(place, limits)
    seconds = time.monotonic() - start
    said = open(os.path.join(folder, "err"), "rb").read()
    problems = []
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        problems.append(f"status {os.waitstatus_to_exitcode(status)}")
    if usage.ru_maxrss > base + MEMORY_LIMIT:
        problems.append(f"{usage.ru_maxrss >> 10} MiB")
    stored = sum(os.path.getsize(database + suffix) for suffix in ("", "-wal") if os.path.exists(database + suffix))
    if stored > STORED_GRACE + STORED_RATIO * size:
        problems.append(f"{stored >> 10} KiB of database for {size >> 10} KiB")
    if seconds > TIME_LIMIT:
        problems.append(f"{seconds:.0f} s")
    with contextlib.closing(sqlite3.connect(database)) as db:
        if db.execute("SELECT count(*) FROM report WHERE report_id = 'good'").fetchone() != (1,):
            problems.append("the good report beside it is lost")
    if b"\x1b" in said or b"\x07" in said:
        problems.append("control bytes reach the terminal")
    if any(not line.startswith((place.encode(), b"dmarcstat: ")) for line in said.splitlines()):
        problems.append("something else than this program speaks")
    if len(said) > 200_000:
        problems.append(f"{len(said)} bytes of messages")
    if "-v" in sys.argv:
        print(f"{', '.join(map(repr, names)):32} {seconds:6.2f} s {usage.ru_utime + usage.ru_stime:6.2f} s CPU {usage.ru_maxrss >> 10:5} MiB  {said[-160:]!r}", flush=True)
    if problems and len(names) == 1:
        print(f"{names[0]!r}: {', '.join(problems)}", said[:300], flush=True)
    return not problems


def groups(names):
    """Inputs that are read together: what inflates is read alone."""
    is_packed = lambda name: name.endswith((".gz", ".zip")) or name in LAYERED
    plain = [name for name in names if not is_packed(name)]
    return [[name] for name in names if is_packed(name)] + [plain[start:start + GROUP] for start in range(0, len(plain), GROUP)]


def harmful(names):
    """How many of a group do harm."""
    if run(names):
        return 0
    return 1 if len(names) == 1 else sum(not run([name]) for name in names)


wanted = [a for a in sys.argv[3:] if not a.startswith("-")]
part, parts = ([int(n) for a in sys.argv if a.startswith("--part=") for n in a[7:].split("/")] or [0, 1])
base = ingest(prepared(), LIMITS)[2].ru_maxrss
chosen = [name for name in list(inputs)[part::parts] if not wanted or name in wanted]
harm = sum(map(harmful, groups(chosen)))
print(f"{len(chosen)} hostile inputs, {harm} did harm")
sys.exit(1 if harm else 0)
