"""Hostile names in every command and output format: hostile_names.py BINARY FOLDER KIND

KIND says where the names are: senders (of the configuration), attachments, members (of a zip file), files, or all of them. Prints a line for each
fault, and the number of answers that were read.
"""
import base64, json, os, subprocess, sys, time, urllib.parse, zipfile

BINARY, FOLDER, KIND = sys.argv[1:]
NAMES = [
    "=1+1", "+1+1|x", "-1+1", "@SUM(A1)", "\uff1d1+1", "\t=1+1", " =1+1", "\u00a0=1+1", "a;=1+1", "a; =1+1", "a;\"=1+1\"", "\"=1+1", "\";=1+1;\"", "\"\"=1+1",
    "a\"b,=1+1", "'=1+1", "a\n=1+1", "a\r=1+1", "a\u2028=1+1", "\u202e=1+1", "a;\u200b=1+1", "\x1b]0;x\x07=1+1", "\u009b31m", "a\\u{202e}b", "`touch pwned`", "$(touch pwned)",
    "a;;\u3000\uff0b1+1", "a;\u00ad@x", "\ufeff=1", "a;\"\";=1", "a;\"\"\";=1",
]
FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
HIDDEN = {chr(c) for c in (*range(32), 127, *range(0x80, 0xA0), 0xAD, 0x200B, 0x202E, 0x2028, 0xFEFF)} - {"\n"}
faults, answers = [], 0


def run(*arguments):
    environment = dict(os.environ, HOME=FOLDER, DMARCSTAT_DATABASE=os.path.join(FOLDER, "names.sqlite"), LC_ALL="C.UTF-8")
    result = subprocess.run([BINARY, *arguments], cwd=FOLDER, env=environment, capture_output=True, timeout=900)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def cells(text, separators):
    """The cells as spreadsheets import them: quotes count at the beginning of a cell only."""
    cell, quoted, start, i = "", False, True, 0
    while i < len(text):
        c = text[i]
        if quoted:
            if c != '"':
                cell += c
            elif text[i + 1:i + 2] == '"':
                cell, i = cell + '"', i + 1
            else:
                quoted = False
        elif c == '"' and start:
            quoted = True
        elif c in separators or c == "\n":
            yield cell
            cell, start, i = "", True, i + 1
            continue
        else:
            cell += c
        start, i = False, i + 1
    yield cell


assert list(cells('"a","b;=1"\n"x;=1",2', ";")) == ['a,"b', '=1"', "x;=1,2"] and list(cells('"a;=1",b', ",;")) == ["a;=1", "b"]


def is_number(cell):
    try:
        float(cell)
        return True
    except ValueError:
        return False


def judge(arguments, format, status, out, errors):
    global answers
    answers += 1
    told = " ".join(arguments)
    # readiness ends with 7 for no and with 8 if it cannot tell.
    if status not in (0, 1, 2, 3) and not (arguments[0] == "readiness" and status in (7, 8)):
        faults.append(f"{told}: status {status}: {errors}")
    if format == "csv":
        out = out.replace("\r\n", "\n")
    hidden = HIDDEN & set(out + errors)
    if hidden:
        faults.append(f"{told}: prints {sorted(map(ascii, hidden))}")
    if format == "csv":
        for separators in (",", ";", ",;", ",;\t"):
            for cell in cells(out, separators):
                bare = cell.strip(" \u00a0\u3000\t\"")
                if bare[:1] in tuple(FORMULA) and not is_number(bare):
                    faults.append(f"{told}: {cell!r} is a formula with {separators!r} between cells")
    if format in ("json", "ndjson") and status != 2:
        for part in out.splitlines() if format == "ndjson" else [out] if out.strip() else []:
            json.loads(part)


def report(number, domain="example.com"):
    begin = int(time.time()) // 86400 * 86400 - (number + 2) * 86400
    return (f"<feedback><report_metadata><org_name>Google Inc.</org_name><email>a@google.com</email><report_id>n{number}</report_id><date_range><begin>{begin}</begin>"
            f"<end>{begin + 86399}</end></date_range></report_metadata><policy_published><domain>{domain}</domain><p>none</p></policy_published>"
            + "".join(f"<record><row><source_ip>203.0.113.{k + 1}</source_ip><count>9</count><policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>fail</spf>"
                      f"</policy_evaluated></row><identifiers><header_from>{domain}</header_from></identifiers><auth_results/></record>" for k in range(len(NAMES)))
            + "</feedback>").encode()


def write(name, data):
    path = os.path.join(os.fsencode(FOLDER), os.fsencode(name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def mail(name, data):
    shown = "utf-8''" + urllib.parse.quote(name, safe="")
    return (f"From: a@google.com\nSubject: Report Domain: example.com\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/xml\n"
            f"Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename*={shown}\n\n").encode() + base64.encodebytes(data) + b"\n--b--\n"


def with_good_and_bad(first):
    """Names with a report each, numbered from the first, and others with a damaged report."""
    good = [(n, i, report(first + i)) for i, n in enumerate(NAMES)]
    return good + [(n + "x", i + 100, b"<feedback><x>" + bytes([65 + i % 26])) for i, n in enumerate(NAMES)]


KINDS = ["senders", "attachments", "members", "files"] if KIND == "all" else [KIND]
more = []
os.makedirs(os.path.join(FOLDER, "in"), exist_ok=True)
if "senders" in KINDS:
    write("in/a.xml", report(0 if KIND == "senders" else 200))
    lines = ["known_senders:"]
    for i, name in enumerate(NAMES):
        lines += [f"  - name: {json.dumps(name)}", f"    kind: {['own', 'service', 'gateway', 'forwarder'][i % 4]}", f"    addresses: [203.0.113.{i + 1}]"]
    write("config.yaml", "\n".join(lines).encode())
    more = ["--config", "config.yaml"]
if "attachments" in KINDS:
    for name, i, data in with_good_and_bad(0):
        write(f"in/{i}.eml", mail(name + ".xml", data))
if "members" in KINDS:
    with zipfile.ZipFile(os.path.join(FOLDER, "in", "a.zip"), "w") as archive:
        for name, i, data in with_good_and_bad(40 if KIND == "all" else 0):
            archive.writestr(name + ".xml", data)
if "files" in KINDS:
    for name, i, data in with_good_and_bad(80 if KIND == "all" else 0):
        write("in/" + name.replace("/", "") + ".xml", data)
shown = ["n0", "n40", "n80"] if KIND == "all" else ["n0"]


def step(format):
    """Every how many names are asked for one by one: all in CSV, which has formulas; in the short form each by one of the two commands."""
    return 9 if "senders" not in KINDS or format != "csv" else 2 if KIND == "all" else 1


for format in ("table", "csv", "json", "ndjson"):
    for arguments in (
        ["ingest", "in"], ["ingest", "--retry", "in"], ["parse", "in"], ["lint", "in"], ["rejects"], ["summary"], ["top-failures"], ["top-failures", "--by", "verdict"], ["top-failures", "--by", "source"],
        ["changes"], ["alert", "--dry-run"], ["alerts", "list", "--all"], ["unknown-senders"], ["unknown-senders", "--addresses"], ["forwarding"], ["senders", "list"], ["senders", "suggest"], ["export"], ["export", "--rows"],
        ["readiness", "example.com"], ["metrics"], ["show", "domain", "example.com"], *[["show", "report", name] for name in shown], ["show", "report", "1"], ["db", "info"],
        *[["explain", f"203.0.113.{i + 1}"] for i in range(0, len(NAMES), step(format))],
        *[["show", "ip", f"203.0.113.{i + 1}"] for i in range(1 if KIND == "all" else 0, len(NAMES), step(format))],
    ):
        takes_format = arguments[0] not in ("parse", "metrics")
        takes_config = arguments[0] not in ("parse", "lint")
        arguments = arguments + (["--format", format] if takes_format else []) + (more if takes_config else [])
        status, out, errors = run(*arguments)
        if status == 2:
            if format == "table":
                faults.append(f"{' '.join(arguments)}: {errors}")
            continue
        judge(arguments, format if takes_format else "ndjson" if arguments[0] == "parse" else "table", status, out, errors)
for fault in faults[:40]:
    print(fault)
print(f"{answers} answers, {len(faults)} faults")
