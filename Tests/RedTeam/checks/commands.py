"""Commands that are proposed for pasting run only `dmarcstat`, whatever names they contain."""
from harness import check
import forge, names, words
from forge import DAY, auth, record, report, today

# Each makes a file `pwned` if a shell reads it unquoted, in double quotes, or between naive single quotes.
PAYLOADS = [
    "$({touch,pwned})y.example", "`{touch,pwned}`.example", "a;{touch,pwned};b.example", "a\"$({touch,pwned})\".example",
    "a'$({touch,pwned})'.example", "a|{touch,pwned}|b.example", "a&{touch,pwned}&b.example", "a>pwned;.example", "$(touch${IFS}pwned).example", "`touch${IFS}pwned`.example", "$(touch\tpwned).example",
    "a\n{touch,pwned}\n.example", "'\n{touch,pwned}\n'.example", "${x:-`{touch,pwned}`}.example", "a\\';{touch,pwned};\\'.example",
]
REPORTERS = [("Google Inc.", "noreply@google.example"), ("Yahoo", "dmarc@yahoo.example"), ("mail.example", "postmaster@mail.example")]


def spread(box, rows, domain="example.com"):
    """The same rows from three reporters on six days, so that they are trusted as far as possible."""
    for number in range(6):
        org, email = REPORTERS[number % 3]
        box.put(f"in/{number}.xml", report(f"r{number}-{domain.encode().hex()[:8]}", rows, org=org, email=email, domain=domain,
                                           begin=today() - (number + 2) * DAY))
    box.put("in/good.xml", forge.good())


ANSWERS = [
    ("senders", "suggest"), ("senders", "suggest", "--format", "json"), ("senders", "suggest", "--format", "csv"),
    ("unknown-senders",), ("unknown-senders", "--format", "json"), ("unknown-senders", "--addresses", "--format", "ndjson"),
    ("readiness", "example.com"), ("readiness", "example.com", "--format", "json"), ("readiness", "example.com", "--lang", "ja"),
    ("export",), ("export", "--format", "json"), ("export", "--format", "ndjson", "--lang", "ja"), ("top-failures",), ("changes",), ("alert", "--dry-run"), ("alerts", "list", "--all"), ("review", "--month", "this-month"), ("review", "--month", "this-month", "--format", "markdown"), ("forwarding",), ("metrics",), ("rejects",),
    ("senders", "list"), ("summary",), ("rejects", "--format", "json"), ("check", "domain", "--all", "--zone", "../empty.zone"),
    ("setup", "example.com", "--zone", "../empty.zone"),
]


def paste_all(box, addresses, answers=ANSWERS):
    board = words.PasteBoard(box)
    box.run("ingest", "../in")
    box.put("empty.zone", "")
    pasted = set()
    answers = answers + [("explain", ip, "--all", *more) for ip in addresses for more in ((), ("--format", "json"), ("--lang", "ja"))]
    answers = answers + [("show", "ip", ip) for ip in addresses]
    for arguments in answers:
        run = box.run(*arguments)
        box.expect(run.status in ((0, 7, 8) if arguments[0] == "readiness" else (0, 1)), f"{' '.join(arguments)}: {run}")
        format = next((word for word in arguments if word in ("json", "ndjson", "csv")), "csv" if arguments == ("export",) else "table")
        texts = words.strings(run, format)
        for command in {command for text in texts for command in words.commands(text)} - pasted:
            pasted.add(command)
            left, given = board.paste(command)
            # Only the effect of the payload counts: prose that was split in the wrong place is not a command.
            box.expect("pwned" not in left, f"{' '.join(arguments)} offers {command!r}, which runs a command")
            for call in given:
                forged = [word for word in call[3:] if word.startswith(b"--") and word.split(b"=")[0] not in (
                    b"--kind", b"--address", b"--domain", b"--since", b"--until", b"--month", b"--lang", b"--apply", b"--", b"--note", b"--format",
                    b"--addresses", b"--host", b"--account", b"--retry", b"--database", b"--zone", b"--all", b"--limit")]
                box.expect(not forged, f"{command!r} hands over an option that a name has made: {forged}")
    box.require("good-report" in box.reports(), "the good report is not stored")
    return pasted


@check("commands/own-domain-in-suggest", 1)
def own_domain_in_suggest(box):
    """Services are suggested by the domain of their envelope."""
    rows = [record(f"198.51.100.{number + 1}", 20, spf="fail", results=auth("dkim", "example.com", selector=f"s{number}") + auth("spf", payload, scope="mfrom"),
                   envelope_from=payload) for number, payload in enumerate(PAYLOADS)]
    rows.append(record("192.0.2.77", 30))
    spread(box, rows)
    paste_all(box, ["198.51.100.1", "198.51.100.7"])
    control = box.run("senders", "suggest")
    box.expect(b"192.0.2.77" in control.out, f"an honest, stable address is not suggested any more: {control}")


@check("commands/from-domains", 1)
def from_domains(box):
    rows = [record(f"203.0.113.{number + 1}", 40, dkim="fail", spf="fail", header_from=payload, results=auth("spf", payload, "fail", scope="mfrom"))
            for number, payload in enumerate(PAYLOADS)]
    spread(box, rows)
    paste_all(box, [f"203.0.113.{number + 1}" for number in range(0, len(PAYLOADS), 3)])


@check("commands/foreign-identities", 1)
def foreign_identities(box):
    """A domain of another organisation that passes becomes the name of a service in advice."""
    rows = [record(f"203.0.113.{number + 1}", 40, dkim="fail", spf="fail",
                   results=auth("dkim", payload, selector=payload) + auth("spf", payload, scope="mfrom"), envelope_from=payload, envelope_to=payload)
            for number, payload in enumerate(PAYLOADS)]
    spread(box, rows)
    paste_all(box, [f"203.0.113.{number + 1}" for number in range(0, len(PAYLOADS), 2)])


@check("commands/broken-signatures-and-selectors", 1)
def selectors(box):
    rows = [record(f"203.0.113.{number + 1}", 3, dkim="fail", spf="fail",
                   results=auth("dkim", "example.com", "fail", payload) + auth("dkim", "example.com", "permerror", payload)
                   + auth("spf", payload, "permerror", scope="mfrom"), envelope_from=payload) for number, payload in enumerate(PAYLOADS)]
    spread(box, rows)
    paste_all(box, [f"203.0.113.{number + 1}" for number in range(1, len(PAYLOADS), 3)])


@check("commands/policy-domains-and-reporters", 1)
def policy_domains(box):
    for number, payload in enumerate(PAYLOADS):
        box.put(f"in/p{number}.xml", report(f"p{number}", [record("203.0.113.9", 90, dkim="fail", spf="fail", header_from=payload)], domain=payload,
                                            org=payload, email=payload))
    box.put("in/good.xml", forge.good())
    paste_all(box, ["203.0.113.9"], ANSWERS + [("show", "domain", "example.com")])


@check("commands/report-ids-in-messages", 1)
def report_ids(box):
    """Messages about conflicts and rows that were left out name reports and offer commands."""
    for number, payload in enumerate(PAYLOADS):
        box.put(f"in/a{number}.xml", report(payload, [record("192.0.2.3", 5), record("not an address", 2)]))
        box.put(f"in/b{number}.xml", report(payload, [record("192.0.2.4", 6)]))
    box.put("in/good.xml", forge.good())
    board = words.PasteBoard(box)
    first = box.run("ingest", "../in")
    second = box.run("ingest", "--retry", "../in")
    for command in words.commands(first.text) + words.commands(second.text) + words.commands(box.run("rejects").text):
        box.expect("pwned" not in board.paste(command)[0], f"ingest offers {command!r}, which runs a command")
    box.expect("good-report" in box.reports(), "the good report is not stored")


@check("commands/file-names-in-messages", 1, 9)
def file_names(box):
    for number, payload in enumerate(PAYLOADS):
        if "/" not in payload:
            box.put(f"in/{payload}.xml", b"<feedback>nothing")
            box.put(f"in/{payload}.eml", forge.mail(b"<feedback>nothing", name=payload.replace('"', '\\"').replace("\n", "") + ".xml"))
    box.put("in/good.xml", forge.good())
    board = words.PasteBoard(box)
    texts = [box.run("ingest", "../in").text, box.run("rejects").text] + list(words.json_strings(box.run("rejects", "--format", "json").json()))
    for command in {command for text in texts for command in words.commands(text)}:
        box.expect("pwned" not in board.paste(command)[0], f"{command!r} runs a command")
    box.expect("good-report" in box.reports(), "the good report is not stored")


def zone_name(text):
    """A name in zone file syntax, without the characters that would end the word."""
    return "".join(character for character in text if character not in " \t\n;\"") + "."


@check("commands/host-names-of-dns", 1)
def host_names(box):
    """Forward-confirmed names are the names of senders in every output."""
    lines = ["$TTL 3600", 'example.com. TXT "v=spf1 ip4:198.51.100.0/24 ~all"']
    rows = []
    for number, payload in enumerate(PAYLOADS):
        name = payload if number % 2 else f"m{payload}"
        for network in ("198.51.100", "203.0.113"):
            ip = f"{network}.{number + 1}"
            lines.append(f"{'.'.join(reversed(ip.split('.')))}.in-addr.arpa. PTR {zone_name(name)}")
            lines.append(f"{zone_name(name)} A {ip}")
        rows.append(record(f"198.51.100.{number + 1}", 30))
        rows.append(record(f"203.0.113.{number + 1}", 30, dkim="fail", spf="fail"))
    zone = box.put("evil.zone", "\n".join(lines) + "\n")
    spread(box, rows)
    box.run("ingest", "../in")
    refresh = box.run("senders", "refresh", "--zone", zone)
    box.expect(refresh.status in (0, 1, 3), f"refresh: {refresh}")
    paste_all(box, ["198.51.100.1", "203.0.113.1", "203.0.113.2", "203.0.113.6"])


@check("commands/host-names-of-a-name-server", 1, 9)
def name_server(box):
    """Labels of raw octets, as a name server may send them: dots, blanks, quotes, escapes and C1 in one label."""
    labels = [payload.encode()[:60] for payload in PAYLOADS] + [b"a.b", b"x y", b"\x1b[2J\x9b", b"\xff\xfe", "\u202e\u200b".encode(), b"a\\b", b"'", b"\0x", b"--apply", b"=cmd()"]

    def answer(name, kind):
        if name[-2:] == [b"in-addr", b"arpa"]:
            number = int(name[0]) - 1
            return [(names.NameServer.PTR, names.encoded([labels[number], b"example"]))] if number < len(labels) else None
        if len(name) == 2 and name[1] == b"example" and kind == names.NameServer.A:
            lower = [label.lower() for label in labels]
            if name[0] in lower:
                number = lower.index(name[0]) + 1
                return [(kind, bytes([198, 51, 100, number])), (kind, bytes([203, 0, 113, number]))]
        return []
    server = names.NameServer(answer)
    box.cleanup.append(server.stop)
    rows = [record(f"198.51.100.{number + 1}", 30) for number in range(len(labels))]
    rows += [record(f"203.0.113.{number + 1}", 30, dkim="fail", spf="fail") for number in range(len(labels))]
    spread(box, rows)
    box.run("ingest", "../in")
    run = box.run("senders", "refresh", "--resolver", f"127.0.0.1:{server.port}")
    box.require(server.asked > 10, f"the name server was not asked: {run}")
    paste_all(box, ["198.51.100.1", "203.0.113.1", "203.0.113.2"])
    for arguments in (("senders", "suggest"), ("unknown-senders",), ("unknown-senders", "--format", "json"), ("export",), ("show", "ip", "203.0.113.18")):
        found = words.invisible(box.run(*arguments).out.replace(b"\r\n", b"\n"))
        box.expect(not found, f"{' '.join(arguments)} holds {' '.join(found)}")


@check("commands/spf-names-of-dns", 1)
def spf_names(box):
    """Hostile includes and redirects of a name server."""
    lines = ["$TTL 3600", 'example.com. TXT "v=spf1 ' + " ".join(f"include:{zone_name(p)[:-1]}" for p in PAYLOADS[:8])+ ' ~all"']
    for payload in PAYLOADS[:8]:
        lines.append(f'{zone_name(payload)} TXT "v=spf1 ip4:198.51.100.0/24 ~all"')
    lines.append("$(touch\\032pwned).example. TXT \"v=spf1 include:`touch\\032pwned`.example \\\"$({touch,pwned})\\\" -all\"")
    zone = box.put("evil.zone", "\n".join(lines) + "\n")
    spread(box, [record("203.0.113.7", 50, dkim="fail", spf="fail")])
    box.run("ingest", "../in")
    box.run("senders", "refresh", "--zone", zone)
    paste_all(box, ["203.0.113.7"], ANSWERS + [
        ("senders", "spf", "example.com", "--zone", zone), ("senders", "spf", "example.com", "--zone", zone, "--format", "json")])


@check("commands/names-of-declared-senders", 1)
def declared_names(box):
    """Names from the configuration and from `senders add` come back in advice."""
    spread(box, [record("203.0.113.7", 50, dkim="fail", spf="fail")])
    box.run("ingest", "../in")
    for number, payload in enumerate(PAYLOADS):
        box.run("senders", "add", "--kind", "service", "--address", f"203.0.113.{number + 1}", "--", payload)
    paste_all(box, ["203.0.113.7"])
    duplicate = box.run("senders", "add", "--kind", "service", "--address", "203.0.113.1", "--", PAYLOADS[0])
    board = words.PasteBoard(box)
    for command in words.commands(duplicate.text) + words.commands(box.run("senders", "remove", "--", PAYLOADS[1] + "x").text):
        box.expect("pwned" not in board.paste(command)[0], f"{command!r} runs a command")


@check("commands/honest-names-still-work", 1)
def honest_names(box):
    """The control: international and plain names yield commands that pass the names unchanged."""
    rows = [record("198.51.100.1", 40, spf="fail", results=auth("dkim", "example.com", selector="s1") + auth("spf", "bounce.mailer.example", scope="mfrom"),
                   envelope_from="bounce.mailer.example"), record("192.0.2.77", 30)]
    spread(box, rows)
    box.run("ingest", "../in")
    out = box.run("senders", "suggest").out.decode()
    board = words.PasteBoard(box)
    given = [call for line in out.splitlines() if line.startswith("dmarcstat ") for call in board.paste(line)[1]]
    box.expect(any(b"mailer.example" in call for call in given), f"no usable command for mailer.example: {out!r}")
    box.expect(any(b"192.0.2.77" in b" ".join(call) for call in given), f"no usable command for 192.0.2.77: {out!r}")
