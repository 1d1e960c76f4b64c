"""Reports, messages and other inputs, genuine and forged ones."""
import base64, gzip, io, time, zipfile
from xml.sax.saxutils import escape

DAY = 86_400


def today():
    return int(time.time()) // DAY * DAY


def auth(kind, domain, result="pass", selector=None, scope=None):
    inner = f"<domain>{escape(domain)}</domain>"
    if selector is not None:
        inner += f"<selector>{escape(selector)}</selector>"
    if scope is not None:
        inner += f"<scope>{scope}</scope>"
    return f"<{kind}>{inner}<result>{result}</result></{kind}>"


def record(ip="192.0.2.1", count=1, dkim="pass", spf="pass", header_from="example.com", envelope_from=None, envelope_to=None,
           disposition="none", results=None, reasons=""):
    """One row; `results` is the content of auth_results."""
    if results is None:
        results = auth("dkim", header_from, dkim, "s1") + auth("spf", header_from, spf, scope="mfrom")
    identifiers = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in
                          (("envelope_to", envelope_to), ("envelope_from", envelope_from), ("header_from", header_from)) if value is not None)
    return (f"<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated><disposition>{disposition}</disposition>"
            f"<dkim>{dkim}</dkim><spf>{spf}</spf>{reasons}</policy_evaluated></row><identifiers>{identifiers}</identifiers>"
            f"<auth_results>{results}</auth_results></record>")


def report(id, records=None, org="Receiver", email="dmarc@receiver.example", domain="example.com", begin=None, length=DAY - 1, extra="",
           policy="<p>none</p>", end=None, tail="</feedback>"):
    """A report as bytes; by default for yesterday, with one row of 7 messages."""
    begin = today() - DAY if begin is None else begin
    end = begin + length if end is None else end
    records = [record(count=7)] if records is None else records
    return (f"<?xml version=\"1.0\" encoding=\"UTF-8\"?><feedback><version>1.0</version><report_metadata><org_name>{escape(org)}</org_name>"
            f"<email>{escape(email)}</email>{extra}<report_id>{escape(id)}</report_id><date_range><begin>{begin}</begin><end>{end}</end>"
            f"</date_range></report_metadata><policy_published><domain>{escape(domain)}</domain>{policy}</policy_published>"
            + "".join(records) + tail).encode("utf-8", "surrogatepass")


GOOD = "good-report"


def good():
    """The valid report that accompanies every hostile input: it must be stored in any case."""
    return report(GOOD, [record("192.0.2.10", 11)], org="Honest", email="noreply@honest.example")


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def mail(data, sender="noreply@receiver.example", subject="Report Domain: example.com Submitter: receiver.example Report-ID: 1",
         name="receiver.example!example.com!1!2.xml.gz", headers=(), date=None, compress=True, type="application/gzip"):
    """A message with one attachment."""
    content = gzip.compress(data, mtime=0) if compress else data
    lines = [f"From: {sender}", "To: dmarc@example.com", f"Subject: {subject}", *headers]
    if date:
        lines.append(f"Date: {date}")
    head = "\r\n".join(lines + ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", "", "--b", f"Content-Type: {type}",
                                f"Content-Disposition: attachment; filename=\"{name}\"", "Content-Transfer-Encoding: base64", "", ""])
    return head.encode("utf-8", "surrogateescape") + base64.encodebytes(content).replace(b"\n", b"\r\n") + b"--b--\r\n"


def mbox(*mails):
    return b"".join(b"From a@b.example Thu Oct  1 06:00:00 2026\n" + text.replace(b"\r\n", b"\n") + b"\n" for text in mails)
