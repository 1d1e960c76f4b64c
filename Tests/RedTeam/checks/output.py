"""Untrusted text never reaches a terminal, a spreadsheet or a program in an active form."""
import csv, io, json
from harness import check
import forge, imap, words
from forge import DAY, auth, record, report, today

# XML 1.0 lets C1, DEL and all formats through; the rest comes by names of files and subjects of mails.
DIRT = "".join(map(chr, words.IN_XML))
ALL_DIRT = "".join(map(chr, words.SAMPLES))
QUESTIONS = [("summary",), ("top-failures",), ("top-failures", "--by", "reporter"), ("top-failures", "--by", "header-from"), ("top-failures", "--by", "week"), ("summary", "--domain", "*"),
             ("unknown-senders",), ("changes",), ("alert", "--dry-run"), ("alerts", "list", "--all"), ("forwarding",), ("rejects",),
             ("export",), ("export", "--rows"), ("senders", "suggest"), ("senders", "list"), ("show", "ip", "203.0.113.5"), ("show", "report", "dirty"),
             ("show", "domain", "example.com"), ("explain", "203.0.113.5"), ("explain", "203.0.113.5", "--lang", "ja"), ("readiness", "example.com"), ("sources",)]


def dirty(box):
    for day in range(4):
        for org in ("A", "B"):
            box.put(f"in/{org}{day}.xml", report("dirty" if day == 0 and org == "A" else f"d{org}{day}{DIRT}", [
                record("203.0.113.5", 40, dkim="fail", spf="fail", header_from=f"a{DIRT}.example.com", envelope_from=f"e{DIRT}.example", envelope_to=f"t{DIRT}.example",
                       results=auth("dkim", f"d{DIRT}.example", selector=f"s{DIRT}") + auth("spf", f"e{DIRT}.example", scope="mfrom")
                       + f"<dkim><domain>x.example</domain><result>pass{DIRT}</result><human_result>h{DIRT}</human_result></dkim>",
                       reasons=f"<reason><type>local_policy</type><comment>c{DIRT}</comment></reason><reason><type>t{DIRT}</type></reason>"),
                record(f"x{DIRT}", 1), record("203.0.113.6", f"1{DIRT}")],
                org=f"O{org}{DIRT}", email=f"e{DIRT}@{org}.example", domain="example.com", begin=today() - (day + 2) * DAY,
                extra=f"<extra_contact_info>x{DIRT}</extra_contact_info><error>e{DIRT}</error>", policy=f"<p>none{DIRT}</p><fo>{DIRT}</fo>"))
    box.put("in/p.xml", report("other-domain", domain=f"p{DIRT}.example"))
    box.put("in/good.xml", forge.good())


def clean(box, run, label):
    for name, data in (("stdout", run.out), ("stderr", run.err)):
        found = words.invisible(data)
        box.expect(not found, f"{label}: {name} holds {' '.join(found[:8])}")


@check("output/fields-of-reports", 9)
def fields(box):
    dirty(box)
    clean(box, box.run("ingest", "../in"), "ingest")
    box.expect(forge.GOOD in box.reports(), "the good report is not stored")
    for arguments in QUESTIONS:
        for format in ("table", "csv", "json", "ndjson"):
            run = box.run(*arguments, "--format", format)
            if run.status in (2, 64):
                continue
            if format == "csv":
                run.out = run.out.replace(b"\r\n", b"\n")
            box.expect(run.status in ((0, 7, 8) if arguments[0] == "readiness" else (0, 1)), f"{' '.join(arguments)} {format}: {run}")
            clean(box, run, f"{' '.join(arguments)} --format {format}")


@check("output/single-files", 9)
def single_files(box):
    dirty(box)
    for arguments in (("parse", "../in"), ("lint", "../in"), ("lint", "--format", "json", "../in"), ("lint", "--format", "csv", "../in")):
        run = box.run(*arguments)
        run.out = run.out.replace(b"\r\n", b"\n")
        clean(box, run, " ".join(arguments))
    line = json.dumps({"record": {"header_from": ALL_DIRT}, "source": ALL_DIRT})
    clean(box, box.run("classify", "--json", box.put("case.json", line)), "classify")


@check("output/json-is-lossless", 9)
def lossless(box):
    """Escaped text is the original text again after decoding the JSON."""
    dirty(box)
    run = box.run("parse", "../in/A0.xml")
    strings = set(words.json_strings(run.ndjson()))
    for text in (f"OA{DIRT}", f"s{DIRT}", f"c{DIRT}"):
        box.expect(any(text in each for each in strings), f"`parse` loses characters of {ascii(text)[:60]}")
    box.run("ingest", "../in")
    strings = set(words.json_strings(box.run("export", "--rows", "--format", "json", "--limit", "0").json()))
    box.expect(any(f"s{DIRT}" in each for each in strings), "`export --format json` loses characters of a selector")


@check("output/names-of-files-and-mails", 9)
def names(box):
    """File names, attachments, subjects, senders and archive members, in messages and in `rejects`."""
    ending = "".join(chr(code) for code in words.SAMPLES if code not in (0, 0x2F))
    for start in range(0, len(ending), 9):
        piece = ending[start:start + 9]
        box.put(f"in/f{piece}.xml", b"<feedback>nothing")
        box.put(f"in/{start}.eml", forge.mail(b"<feedback>no", name=f"n{piece}.xml".replace("\x00", ""), subject=f"s{piece}", sender=f"x{piece}@b.example"))
        box.put(f"in/{start}.zip", forge.zipped([(f"m{piece}.xml", b"<feedback>no"), (f"g{piece}.xml", report(f"z{start}"))]))
    box.put("in/good.xml", forge.good())
    for arguments in (("ingest", "../in"), ("ingest", "--retry", "../in"), ("parse", "../in"), ("lint", "../in"), ("rejects", "--limit", "0"),
                      ("rejects", "--format", "json"), ("rejects", "--format", "csv"), ("rejects", "--format", "ndjson"), ("show", "report", "z9"),
                      ("ingest", f"../in/no-such{ending}"), ("ingest", "--after", f"move:../no{ending}", "../in"), ("show", "ip", f"1{ending}"),
                      ("ingest", f"--format={ending}"), (f"sum{ending}",), ("ingest", "--config", f"../no{ending}"), ("summary", "--since", ending)):
        run = box.run(*arguments)
        run.out = run.out.replace(b"\r\n", b"\n")
        clean(box, run, " ".join(arguments)[:60])
    box.expect(forge.GOOD in box.reports(), "the good report is not stored")


@check("output/words-of-servers", 9)
def servers(box):
    """Greetings, alerts, refusals, and names of folders."""
    dirt = "".join(chr(code) for code in words.SAMPLES if code > 0x20)
    escapes = "\x1b[2J\x1b]0;owned\x07"
    for number, special in enumerate(({"LOGIN": f"NO [ALERT] {escapes}{dirt}", "AUTHENTICATE": f"NO [ALERT] {escapes}{dirt}"}, {"EXAMINE": f"NO {escapes}{dirt}"},
                                      {"LIST": f'OK {escapes}{dirt}', "EXAMINE": "NO none"}, {"UID SEARCH": f"NO {escapes}{dirt}"}, {"UID FETCH": f"BAD {escapes}{dirt}"})):
        def answering(text):
            def answer(connection, tag, words):
                if words[1] == "LIST":
                    connection.sendall(f'* LIST () "/" "Box{dirt}"\r\n'.encode())
                connection.sendall(f"{tag} {text}\r\n".encode("utf-8"))
                return True
            return answer
        server = imap.Server([forge.mail(forge.good())], special={name: answering(text) for name, text in special.items()},
                             greeting=f"* OK [CAPABILITY {imap.CAPABILITY}] hello {escapes}{dirt}\r\n* OK [ALERT] {escapes}{dirt}\r\n")
        conditions = imap.account(box, server)
        for arguments in (("ingest",), ("accounts", "test", "a"), ("accounts", "folders", "a"), ("accounts", "folders", "a", "--format", "json")):
            clean(box, box.run(*arguments, **conditions), f"script {number}, {' '.join(arguments)}")


@check("output/formulas", 9)
def formulas(box):
    """Cells that a spreadsheet evaluates, with full-width characters and after spaces and quotes."""
    signs = ["=", "+", "-", "@", "\u2212", "＝", "＋", "－", "＠", "\t=", " =", "\u00a0=", "\u3000=", "\u2003+", "\ufeff=", "'=", "\r=", "﹢", "﹣", "﹫", "﬩"]
    formula = 'HYPERLINK("http://evil.example","x")'
    for number, sign in enumerate(signs):
        box.put(f"in/{number}.xml", report(f"{sign}{formula}{number}", [
            record("203.0.113.5", 40, dkim="fail", spf="fail", header_from=f"{sign}{formula}", envelope_from=f"{sign}{formula}",
                   results=auth("dkim", f"{sign}{formula}", selector=f"{sign}{formula}") + auth("spf", f"{sign}{formula}"),
                   reasons=f"<reason><type>other</type><comment>{sign}{formula}</comment></reason>")],
            org=f"{sign}{formula}", email=f"{sign}x@b.example", domain=f"{sign}{formula}", begin=today() - (number + 2) * DAY))
        box.put(f"in/{sign.strip()}1.xml".replace("/", ""), b"<feedback>nothing")
    box.run("ingest", "../in")
    for arguments in (("export",), ("export", "--rows"), ("summary",), ("top-failures",), ("top-failures", "--by", "reporter"), ("unknown-senders",), ("rejects",),
                      ("forwarding",), ("senders", "suggest")):
        run = box.run(*arguments, "--format", "csv", "--limit", "0")
        for row in csv.reader(io.StringIO(run.out.decode("utf-8", "replace"), newline="")):
            for cell in row:
                start = cell.lstrip(" \t\r\n\u00a0\u3000\u2003\ufeff\u200b")[:1]
                is_number = cell.lstrip("-").replace(".", "", 1).replace(",", "").isdigit()
                box.expect(start not in "=+-@＝＋－＠" or not start or is_number or cell == "-", f"`{' '.join(arguments)}` has the cell {cell[:40]!r}")
