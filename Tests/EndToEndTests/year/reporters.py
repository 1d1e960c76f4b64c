"""Who reports, what they leave out, and the XML that they write."""
import gzip
import os
from xml.sax.saxutils import escape

from world import START, stable

DAY = 86400


class Reporter:
    def __init__(self, name, weight, *quirks, organisation=None, period=1, offset=0):
        self.name, self.weight, self.quirks = name, weight, set(quirks)
        self.organisation, self.period, self.offset = organisation or name, period, offset


# Quirks: arc (tells arc=pass of forwarders that seal), lists (attests mailing_list), forwarded (attests forwarded), no-results, no-selectors,
# empty-selectors, no-envelope, merges (rows of one source and outcome), weekdays (sends nothing on weekends), fragile (DNS often fails), fooled
# (contradicts itself now and then).
REPORTERS = [
    Reporter("google.com", 34, "arc", "lists", "no-envelope"),
    Reporter("outlook.com", 22, "fragile", organisation="Enterprise Outlook"),
    Reporter("yahoo.com", 8, "no-envelope", organisation="Yahoo"),
    Reporter("mail.posthaus.example", 7, "lists", "forwarded"),
    Reporter("freemail.example", 6, "no-selectors", "no-envelope"),
    Reporter("comnet.example", 4, "no-envelope", "weekdays"),
    Reporter("uni-sued.example", 4, "lists", "forwarded", "fragile"),
    Reporter("jpmail.example", 4, "empty-selectors", offset=-9 * 3600),
    Reporter("regional.example", 3, "merges"),
    Reporter("quiet.example", 2, "no-results"),
    Reporter("weekly.example", 2, period=7),
    Reporter("filter.example", 2, "fooled", "no-envelope"),
    Reporter("firma.example", 1.5, "weekdays", offset=-2 * 3600),
    Reporter("hourly.example", 0.7, "fragile", period=0.25),
]
BY_NAME = {reporter.name: reporter for reporter in REPORTERS}


def aligned(domain, header, strict):
    return domain == header if strict else organisation(domain) == organisation(header)


def organisation(domain):
    return ".".join(domain.split(".")[-2:])


def as_reported(world, reporter, day, stream, flow, count):
    """Adds messages of one flow on one day to what a reporter will report, the way it sees and writes them."""
    rng = world.rng
    header, envelope, spf, dkim = flow["header"], flow["envelope"], list(flow["spf"]), list(flow["dkim"])
    strict = world.domains[stream.org]["strict"]
    label = stream.label
    # A receiver whose DNS fails has a bad hour: a part of the mail of that day from anybody gets temperror.
    bad_day = "fragile" in reporter.quirks and stable(reporter.name, day, "bad") < 0.05
    if bad_day and label in ("own-ok", "service-ok") and rng.random() < 0.5:
        spf = [(domain, "temperror") for domain, _ in spf]
        dkim = [(domain, selector, "temperror") for domain, selector, _ in dkim]
        label = "receiver-error"
    spf_pass = any(result == "pass" and aligned(domain, header, strict) for domain, result in spf)
    dkim_pass = any(result == "pass" and aligned(domain, header, strict) for domain, _, result in dkim)
    if "fooled" in reporter.quirks and (spf_pass or dkim_pass) and label == "own-ok" and stable(reporter.name, day, "fool") < 0.03:
        spf_pass = dkim_pass = False
        label = "receiver-error"
    if label == "forwarded-intact" and not dkim_pass:
        label = "forwarded-broken"  # nothing had been signed, so nothing survives
    reasons, attested = (), False
    if not (spf_pass or dkim_pass) and label in ("forwarded-broken", "mailing-list", "gateway") and stream.infra is not None:
        seals = rng.random() < stream.infra.attested
        if seals and "lists" in reporter.quirks and label == "mailing-list":
            reasons = (("mailing_list", ""),)
        elif seals and "arc" in reporter.quirks:
            reasons = (("local_policy", "arc=pass"),)
        elif seals and "forwarded" in reporter.quirks:
            reasons = (("forwarded", ""),)
        attested = bool(reasons)
    policy = world.domains[stream.org]["policy"]
    disposition = "none" if spf_pass or dkim_pass or reasons or policy == "none" else policy
    if "no-results" in reporter.quirks:
        spf, dkim = [], []
    if "no-selectors" in reporter.quirks:
        dkim = [(domain, None, result) for domain, _, result in dkim]
    if "empty-selectors" in reporter.quirks:
        dkim = [(domain, "", result) for domain, _, result in dkim]
    if "no-envelope" in reporter.quirks:
        envelope = None
    key = (flow["source"], header, envelope, tuple(spf), tuple(dkim), dkim_pass, spf_pass, disposition, reasons, label, stream)
    begin, end = period_of(reporter, day, flow)
    rows = world.reports.setdefault((reporter.name, stream.org, begin, end), {})
    rows[key] = rows.get(key, 0) + count
    stream.count(day, reporter.name, count, dkim_pass, attested, flow["source"])


def period_of(reporter, day, flow):
    if reporter.period == 7:
        begin, length = (day + 3) // 7 * 7 - 3, 7 * DAY
        return START + begin * DAY, START + begin * DAY + length - 1
    if reporter.period < 1:
        part = int(stable(day, flow["source"]) * 4) % 4
        begin = START + day * DAY + part * 21600
        return begin, begin + 21599
    begin = START + day * DAY + reporter.offset
    return begin, begin + DAY - 1


def merged(reporter, rows):
    """The rows of a report; a merging reporter lists all results of the rows that have a source and an outcome in common."""
    if "merges" not in reporter.quirks:
        return list(rows.items())
    together = {}
    for key, count in rows.items():
        source, header, _, spf, dkim, *rest = key
        entry = together.setdefault((source, header, tuple(rest)), [[], [], 0])
        entry[0] += [result for result in spf if result not in entry[0]]
        entry[1] += [result for result in dkim if result not in entry[1]]
        entry[2] += count
    return [((source, header, None, tuple(spf), tuple(dkim)) + rest, count)
            for (source, header, rest), (spf, dkim, count) in together.items()]


def xml(reporter, domain, settings, begin, end, report_id, rows):
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n<feedback><report_metadata><org_name>%s</org_name><email>dmarc@%s</email><report_id>%s</report_id>'
           '<date_range><begin>%d</begin><end>%d</end></date_range></report_metadata><policy_published><domain>%s</domain><adkim>%s</adkim>'
           '<aspf>%s</aspf><p>%s</p><sp>%s</sp><pct>100</pct></policy_published>'
           % (reporter.organisation, reporter.name, report_id, begin, end, domain, "rs"[settings["strict"]], "rs"[settings["strict"]],
              settings["policy"], settings["policy"])]
    for (source, header, envelope, spf, dkim, dkim_pass, spf_pass, disposition, reasons, _, _), count in rows:
        parts = ["<record><row><source_ip>%s</source_ip><count>%d</count><policy_evaluated><disposition>%s</disposition><dkim>%s</dkim><spf>%s</spf>"
                 % (source, count, disposition, "pass" if dkim_pass else "fail", "pass" if spf_pass else "fail")]
        parts += ["<reason><type>%s</type><comment>%s</comment></reason>" % reason for reason in reasons]
        parts.append("</policy_evaluated></row><identifiers>")
        if envelope is not None:
            parts.append("<envelope_from>%s</envelope_from>" % envelope)
        parts.append("<header_from>%s</header_from></identifiers><auth_results>" % escape(header))
        for name, selector, result in dkim:
            tag = "" if selector is None else "<selector>%s</selector>" % selector
            parts.append("<dkim><domain>%s</domain>%s<result>%s</result></dkim>" % (name, tag, result))
        parts += ["<spf><domain>%s</domain><scope>mfrom</scope><result>%s</result></spf>" % entry for entry in spf]
        parts.append("</auth_results></record>")
        out.append("".join(parts))
    out.append("</feedback>\n")
    return "".join(out).encode()


def write_reports(world, folder, truth):
    """Writes every report, and for each of its rows a line of truth."""
    os.makedirs(folder, exist_ok=True)
    for number, ((name, domain, begin, end), rows) in enumerate(sorted(world.reports.items(), key=lambda item: (item[0][2], item[0]))):
        reporter = BY_NAME[name]
        report_id = "%s.%d" % (domain, number + 1)
        listed = merged(reporter, rows)
        with open(os.path.join(folder, "%s!%s!%d!%d.xml.gz" % (name, domain, begin, end)), "wb") as file:
            file.write(gzip.compress(xml(reporter, domain, world.domains[domain], begin, end, report_id, listed), 1, mtime=0))
        for ordinal, (key, count) in enumerate(listed):
            truth(report_id, ordinal, domain, begin, key, count)
