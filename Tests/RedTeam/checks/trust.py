"""Anyone can send a report. A few forged messages must not clear a source or cause a suggestion."""
import email.utils

from harness import Waiting, check
import forge
from forge import DAY, auth, record, report, today

# What fails: nothing at all; a copied signature and a list's envelope; a copied signature and a foreign envelope.
FAILING = {
    "203.0.113.200": dict(results=auth("spf", "example.com", "fail", scope="mfrom")),
    "203.0.114.200": dict(results=auth("dkim", "example.com", "fail", "s1") + auth("spf", "bounces.lists.outside.example", scope="mfrom"),
                          envelope_from="bounces.lists.outside.example"),
    "203.0.115.200": dict(results=auth("dkim", "example.com", "fail", "s1") + auth("spf", "outside.example", scope="mfrom"), envelope_from="outside.example"),
    "203.0.116.200": dict(results=auth("dkim", "example.com", "fail", "s1") + auth("spf", "example.com", "softfail", scope="mfrom"), envelope_from="example.com"),
}
FORGER = "198.51.100.66"


def honest(box, days=12):
    """Two receivers over some days: hundreds of failing messages, and an own server. After two weeks, the receivers are known."""
    for day in range(days):
        for org, address in (("Google Inc.", "noreply-dmarc-support@google.com"), ("Yahoo", "dmarc@yahooinc.com")):
            rows = [record("192.0.2.10", 60)] + [record(ip, 33, dkim="fail", spf="fail", **how) for ip, how in FAILING.items()]
            box.put(f"honest/{org[0]}{day}.eml", forge.mail(report(f"{org[0]}-{day}", rows, org=org, email=address, begin=today() - (day + 2) * DAY), sender=address,
                                                        headers=[f"Message-ID: <{day}.{address}>"]))
    box.put("honest/good.xml", forge.good())
    box.run("ingest", "../honest")


def honest_verdicts(box, ip):
    return dict(box.sql("SELECT verdict || '/' || subtype, sum(messages) FROM v_record WHERE source_ip = ? AND report_id NOT LIKE 'forged%' GROUP BY 1", ip))


AR = "mx.example.com; dkim=pass header.d=google.com; spf=pass smtp.mailfrom=google.com; dmarc=pass header.from=google.com"
WAYS = {
    "one-organisation": lambda n: dict(org="Evil Org", email="dmarc@evil.example", sender="dmarc@evil.example"),
    "four-organisations": lambda n: dict(org=f"Evil {n}", email=f"dmarc@evil{n}.example", sender=f"dmarc@evil{n}.example"),
    "forged-from": lambda n: dict(org="Google Inc.", email="noreply-dmarc-support@google.com", sender="noreply-dmarc-support@google.com"),
    "forged-authentication-results": lambda n: dict(org=f"Evil {n}", email=f"dmarc@evil{n}.example", sender=f"dmarc@evil{n}.example",
                                                    headers=[f"Authentication-Results: {AR}".replace("google.com", f"evil{n}.example")]),
    "forged-arc": lambda n: dict(org=f"Evil {n}", email=f"dmarc@evil{n}.example", sender=f"dmarc@evil{n}.example",
                                 headers=[f"ARC-Authentication-Results: i=1; {AR}", f"Received-SPF: pass (evil{n}.example)",
                                          f"DKIM-Signature: v=1; d=evil{n}.example; s=a; b=AAAA"]),
    "one-sender-many-names": lambda n: dict(org=f"Org {n}", email=f"d@org{n}.example", sender="one@evil.example"),
    "one-organisation-many-subdomains": lambda n: dict(org=f"Org {n}", email=f"d@r{n}.evil.example", sender=f"d@r{n}.evil.example"),
}


def forged_mails(box, way, rows, count=4, name="forged"):
    for number in range(count):
        words = WAYS[way](number)
        data = report(f"{name}-{number}", rows(number), org=words["org"], email=words["email"], begin=today() - (number + 2) * DAY)
        box.put(f"{name}/{number}.eml", forge.mail(data, sender=words["sender"], headers=words.get("headers", ())))
    box.run("ingest", f"../{name}")


def clearing_rows(size):
    """Rows that make each failing address look like a forwarder or a list: attested, and with signatures that survive."""
    rows = []
    for ip in FAILING:
        rows.append(record(ip, size, spf="fail", results=auth("dkim", "example.com", selector="s1") + auth("spf", "example.com", "softfail", scope="mfrom")))
        for kind in ("forwarded", "mailing_list", "local_policy", "trusted_forwarder"):
            reason = f"<reason><type>{kind}</type><comment>arc=pass</comment></reason>"
            rows += [
                record(ip, size, spf="fail", results=auth("dkim", "example.com", selector="s1") + auth("spf", "lists.outside.example", scope="mfrom"), reasons=reason),
                record(ip, size, dkim="fail", spf="fail", results=auth("dkim", "example.com", "fail", "s1") + auth("spf", "outside.example", scope="mfrom"), reasons=reason)]
    return rows


def register(way):
    @check(f"trust/clearing-{way}", 6)
    def clearing(box):
        """Four messages that present the failing addresses as forwarders, with matching reasons and signatures."""
        honest(box)
        before = {ip: honest_verdicts(box, ip) for ip in FAILING}
        box.require(all(before.values()), "the honest reports are not stored")
        shown = {ip for ip in FAILING if ip.rsplit(".", 1)[0] in box.run("unknown-senders", "--limit", "0").text}
        forged_mails(box, way, lambda n: [record("192.0.2.10", 400), *clearing_rows(40)])
        for ip in FAILING:
            after = honest_verdicts(box, ip)
            box.expect(after == before[ip], f"forged mails turn {before[ip]} of {ip} into {after}")
        unknown = box.run("unknown-senders", "--limit", "0").text
        box.expect(all(ip.rsplit(".", 1)[0] in unknown for ip in shown), "a failing address is gone from `unknown-senders`")

    @check(f"trust/suggesting-{way}", 6)
    def suggesting(box):
        """Four messages with good results for the attacker's address."""
        honest(box, days=20)
        forged_mails(box, way, lambda n: [record(FORGER, 90_000), record("198.51.100.67", 90_000, spf="fail", envelope_from="bounce.evil.example", results=auth(
            "dkim", "example.com", selector="s1") + auth("spf", "bounce.evil.example", scope="mfrom"))])
        for arguments in (("senders", "suggest"), ("senders", "suggest", "--format", "json")):
            out = box.run(*arguments).out.decode()
            box.expect(FORGER not in out and "evil.example" not in out, f"`{' '.join(arguments)}` proposes the attacker: {out[:300]!r}")
        box.run("senders", "suggest", "--apply")
        box.expect(FORGER not in box.run("senders", "list").text, "`senders suggest --apply` declares the attacker")
        box.expect("192.0.2.10" in box.run("senders", "suggest").text or "192.0.2.10" in box.run("senders", "list").text,
                   "the honest address is not proposed any more")


for name in WAYS:
    register(name)


@check("trust/suggesting-in-a-young-store", 6)
def young(box):
    """While no reporter is known, messages cause no suggestions: `suggest` says what is missing."""
    honest(box)
    for count in (0, 4):
        if count:
            forged_mails(box, "four-organisations", lambda n: [record(FORGER, 90_000)], count)
        text = box.run("senders", "suggest").text
        box.expect("not known yet" in text and "senders add" not in text, f"`senders suggest` proposes something, or does not say why not: {text[:300]!r}")
        box.run("senders", "suggest", "--apply")
        box.expect(FORGER not in box.run("senders", "list").text, "`senders suggest --apply` declares the attacker")


# How many days the honest receivers have reported, how the patient sender's mails arrive, and what he says besides.
PATIENCE = {
    "in-one-go": dict(days=12, count=60),
    "over-weeks": dict(days=12, count=60, received=True),
    "over-months": dict(days=30, count=128, received=True),
    "with-praise": dict(days=12, count=60, received=True, praise=True),
    "with-praise-of-known": dict(days=30, count=128, received=True, praise=True),
}


def register_patience(label, days, count, received=False, praise=False):
    @check(f"trust/clearing-with-patience-{label}", 6)
    def patience(box):
        """One sender that reports daily for months does not clear a source that fails elsewhere and causes no suggestion."""
        honest(box, days=days)
        before = {ip: honest_verdicts(box, ip) for ip in FAILING}
        for number in range(count):
            begin = today() - (number + 2) * DAY
            rows = clearing_rows(5) + [record(FORGER, 900)] + [record("192.0.2.10", 9_000)] * praise
            data = report(f"forged-{number}", rows, org="Evil Org", email="dmarc@evil.example", begin=begin)
            arrival = email.utils.formatdate(begin + DAY + 3_600)
            headers = [f"Received: from evil.example by mx.example.com; {arrival}"] * received
            box.put(f"forged/{number}.eml", b"".join(line.encode() + b"\r\n" for line in headers) + forge.mail(data, sender="dmarc@evil.example"))
        box.run("ingest", "../forged")
        for ip in FAILING:
            after = honest_verdicts(box, ip)
            box.expect(after == before[ip], f"{count} mails of one sender turn {before[ip]} of {ip} into {after}")
        text = box.run("senders", "suggest").text
        box.expect(FORGER not in text, f"`senders suggest` proposes the attacker: {text[:300]!r}")


for label, words in PATIENCE.items():
    register_patience(label, **words)


@check("trust/readiness-tells-what-it-rests-on", 6)
def readiness(box):
    """The share of the output that is based on unauthenticated reports."""
    honest(box)
    run = box.run("readiness", "example.com")
    box.expect(any(word in run.text.lower() for word in ("authenticat", "verified reporter", "unverified")) and "report" in run.text.lower(),
               "`readiness` does not say how much rests on unauthenticated reporters")


@check("trust/show-report-shows-the-mail", 6)
def show(box):
    honest(box)
    forged_mails(box, "forged-from", lambda n: [record(FORGER, 1)], 1)
    run = box.run("show", "report", "G-1")
    box.expect("noreply-dmarc-support@google.com" in run.text, f"`show report` does not show who sent the mail: {run}")
    data = report("strange", [record(FORGER, 1)], org="Google Inc.", email="noreply-dmarc-support@google.com")
    box.put("strange/a.eml", forge.mail(data, sender="x@evil.example"))
    box.run("ingest", "../strange")
    text = box.run("show", "report", "strange").text
    box.expect("evil.example" in text, "`show report` does not show that the mail's sender is another than the report names")


@check("trust/authentication-results-only-of-trusted-hosts", 6)
def trusted(box):
    """No host is trusted by default, and a header below one of another host is not trusted."""
    honest(box)
    for number, headers in enumerate((["Authentication-Results: mx.example.com; dmarc=pass header.from=evil.example"],
                                      ["Authentication-Results: mx.example.com\u200b; dmarc=pass header.from=evil.example"],
                                      ["Authentication-Results: mx.example.com (c\r\n omment); dmarc=pass header.from=evil.example"],
                                      ["Authentication-Results: \"mx.example.com\" 1; dkim=pass header.d=evil.example; dkim=pass header.d=google.com"],
                                      ["Authentication-Results: " + "mx.example.com; dkim=pass header.d=evil.example; " * 4_000],
                                      ["Authentication-Results: mx.example.com; dmarc=pass header.from=evil.example"] * 400)):
        data = report(f"ar-{number}", [record(FORGER, 90_000)], org=f"Evil {number}", email=f"a@evil{number}.example", begin=today() - (number + 2) * DAY)
        box.put(f"ar/{number}.eml", forge.mail(data, sender=f"a@evil{number}.example", headers=headers))
    box.ends_well(box.run("ingest", "../ar"), statuses={0, 1})
    box.expect(FORGER not in box.run("senders", "suggest").text, "Authentication-Results of hosts that nobody trusts are believed")


# What stands in the header, and whether mx.example.com has said that the mail is of r.example.
HEADERS = {
    "another host": ("mx.evil.example; dkim=pass header.d=r.example; dmarc=pass header.from=r.example", False),
    "the host as a prefix": ("mx.example.com.evil.example; dkim=pass header.d=r.example; dmarc=pass header.from=r.example", False),
    "the host as a suffix": ("evil-mx.example.com; dkim=pass header.d=r.example; dmarc=pass header.from=r.example", False),
    "the host in a comment": ("evil.example (mx.example.com); dkim=pass header.d=r.example; dmarc=pass header.from=r.example", False),
    "the host behind": ("evil.example; dkim=pass header.d=r.example; mx.example.com; dmarc=pass header.from=r.example", False),
    "the host with a path": ("evil.example/mx.example.com; dkim=pass header.d=r.example", False),
    "a failure": ("mx.example.com; dkim=fail header.d=r.example; spf=fail smtp.mailfrom=r.example; dmarc=fail header.from=r.example", False),
    "a pass in a comment": ("mx.example.com; dkim=fail (dkim=pass header.d=r.example) header.d=r.example; dmarc=fail (dmarc=pass) header.from=r.example", False),
    "a pass in a quoted text": ('mx.example.com; dkim=none reason="x; dkim=pass header.d=r.example; dmarc=pass header.from=r.example"', False),
    "a pass of another domain": ("mx.example.com; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example; dmarc=fail header.from=r.example", False),
    "a pass of a name that ends alike": ("mx.example.com; dkim=pass header.d=evilr.example; dmarc=none header.from=r.example", False),
    "nothing": ("mx.example.com; none", False),
    "the truth": ("mx.example.com; dkim=pass header.d=r.example header.s=s1; spf=pass smtp.mailfrom=r.example; dmarc=pass header.from=r.example", True),
    "the truth with comments": ("mx.example.com (a) 1 (b);\r\n\tdkim=pass (2048-bit key) header.d=r.example;\r\n dmarc=pass (p=NONE) header.from=r.example", True),
    "the truth in capitals": ("MX.Example.COM; DKIM=Pass Header.D=R.Example; DMARC=Pass Header.From=R.Example", True),
}


@check("trust/configured-hosts", 6)
def configured(box):
    """With a trusted host, one authenticated reporter is sufficient for a suggestion; a forged field of that host is not."""
    config = box.put("config.yaml", "trusted_hosts: [mx.example.com]\n")
    probe = box.run("senders", "list", environment={"DMARCSTAT_CONFIG": config})
    if probe.status == 2:
        raise Waiting("the configuration has no trusted_hosts")
    for number, (label, (header, good)) in enumerate(HEADERS.items()):
        database = box.path("data", f"{number}.sqlite")
        conditions = {"environment": {"DMARCSTAT_CONFIG": config, "DMARCSTAT_DATABASE": database}}
        for day in range(6):
            data = report(f"{number}-{day}", [record("192.0.2.66", 90)], org="R", email="dmarc@r.example", begin=today() - (day + 2) * DAY)
            box.put(f"m{number}/{day}.eml", b"Authentication-Results: " + header.encode() + b"\r\n" + forge.mail(data, sender="dmarc@r.example"))
        box.ends_well(box.run("ingest", f"../m{number}", **conditions), label, statuses={0, 1})
        proposed = "192.0.2.66" in box.run("senders", "suggest", **conditions).text
        box.expect(proposed == good, f"{label}: {'proposed' if proposed else 'not proposed'}")
