"""Prepares the machine for each recipe: installs the programs that it is about, or stand-ins for those that are not available."""

import json

import recipe
import standin
from machine import EXAMPLES, ROOT, Run


def file(run, ending):
    """The content of a file of a recipe, without the last line feed."""
    return next(block for block in recipe.blocks(run.text) if block.kind == "file" and block.path.endswith(ending)).text[:-1]


def postfix(machine, name):
    machine.install_postfix()
    Run(machine, name).all()


def dovecot_sieve(machine, name):
    Run(machine, name).all()


def own_server(machine, name):
    run = Run(machine, name)
    standin.start(machine, ["mail.example.com"], password=file(run, "/password"))
    run.all()


def docker_mailserver(machine, name):
    run = Run(machine, name)
    standin.start(machine, ["mail.example.com"], password=file(run, "/password"), filter=file(run, ".dovecot.sieve") + "\n")
    run.all()


def gmail(machine, name):
    run = Run(machine, name)
    standin.start(machine, ["imap.gmail.com"], password=file(run, "/password"), mailbox="dmarc")
    run.all()


def microsoft_365(machine, name):
    run = Run(machine, name)
    standin.start(machine, ["outlook.office365.com", "login.microsoftonline.com"])
    standin.start_login_server(machine, file(run, "/client-secret"))
    run.all()


REPORT = """<feedback><report_metadata><org_name>bigmail.example</org_name><report_id>{number}</report_id><date_range><begin>1791849600</begin>
<end>1791935999</end></date_range></report_metadata><policy_published><domain>kunde{number}.example</domain><p>none</p></policy_published>
<record><row><source_ip>192.0.2.{byte}</source_ip><count>{number}</count><policy_evaluated><disposition>none</disposition><dkim>{result}</dkim>
<spf>{result}</spf></policy_evaluated></row><identifiers><header_from>kunde{number}.example</header_from></identifiers><auth_results><spf>
<domain>kunde{number}.example</domain><result>{result}</result></spf></auth_results></record></feedback>
"""


def thousand_domains(machine, name):
    for number in range(1000):
        result = "fail" if number % 5 == 0 else "pass"
        machine.write(f"/var/spool/dmarc/{number}.xml", REPORT.format(number=number, byte=number % 250 + 1, result=result))
    machine.shell("chown -R dmarcstat: /var/spool/dmarc")
    Run(machine, name).all()


def sample_month(machine):
    """The sample month, with its configuration, in the database of the package. One of its rows has no address, hence status 1."""
    machine.shell(f"sudo -u dmarcstat dmarcstat ingest --config {EXAMPLES}/reports-sample/dmarcstat.yaml -b /var/lib/dmarcstat/reports.sqlite "
                  f"{EXAMPLES}/reports-sample", allowed=(1,))


def with_pypi(machine, name):
    """Programs that Debian does not have, from scripts/install-from-pypi."""
    sample_month(machine)
    machine.shell(f"ln -s {ROOT}/.build/pypi/bin/datasette {ROOT}/.build/pypi/bin/duckdb /usr/local/bin/")
    if name == "duckdb":
        # What `INSTALL` would download.
        machine.shell("mkdir -p .duckdb/extensions/v1.5.5/linux_$(dpkg --print-architecture) && cp "
                      f"{ROOT}/.build/pypi/lib/python3*/site-packages/duckdb_extension_sqlite_scanner/extensions/v1.5.5/* "
                      ".duckdb/extensions/v1.5.5/*/")
    Run(machine, name).all()


def grafana(machine, name):
    sample_month(machine)
    run = Run(machine, name)
    answers = []

    def query(sql):
        # As Grafana does, insert the period of the dashboard in milliseconds: October 2026.
        text = sql.replace("$__from", "1790812800000").replace("$__to", "1793491199000")
        machine.write("/root/query.sql", text)
        answers.append(json.loads(machine.shell("python3 -c '" + ASK + "'")))

    run.all(query)
    days, rates, verdicts, sources = answers
    assert [row["time"] for row in days] == sorted({row["time"] for row in days}) and 20 < len(days) < 33, days
    assert all(row["time"] % 86400 == 0 for row in days + rates)
    failed = sum(row["fail"] for row in days)
    # Mail that no receiver evaluated is not in the first sum, but may be in the second.
    assert failed > 1000 and failed <= sum(row["messages"] for row in verdicts), (failed, verdicts)
    assert {row["metric"] for row in rates} == {"example.com", "example.org"} and all(0 <= row["pass_rate_percent"] <= 100 for row in rates)
    assert {"verdict": "misaligned-service", "messages": 169} in verdicts, verdicts
    assert len(sources) > 5 and sources[0]["messages"] >= sources[-1]["messages"], sources
    settings = json.loads(machine.shell("python3 -c 'import json, yaml; print(json.dumps(yaml.safe_load(open("
                                        "\"/etc/grafana/provisioning/datasources/dmarcstat.yaml\"))))'"))
    assert settings["datasources"][0]["jsonData"]["path"] == "/var/lib/dmarcstat/reports.sqlite"


ASK = """import json, sqlite3
database = sqlite3.connect("file:/var/lib/dmarcstat/reports.sqlite?mode=ro", uri=True)
database.row_factory = sqlite3.Row
print(json.dumps([dict(row) for row in database.execute(open("/root/query.sql").read())]))"""


def monthly_review(machine, name):
    sample_month(machine)
    machine.write("/usr/sbin/sendmail", "#!/bin/sh\ncat > /tmp/sent.$$\n", 0o755)
    run = Run(machine, name)
    lines = [line.split(None, 6) for line in file(run, "/dmarcstat-review").split("\n") if line[0].isdigit()]
    assert len(lines) == 4
    run.all()
    machine.shell("rm /tmp/sent.*")
    for *_, user, command in lines:
        # It was already sent by hand for this month.
        command += " --again" if command.endswith("--mail") else ""
        # What cron does: `\%` is a percent sign, and /bin/sh runs the rest.
        machine.write("/root/line", command.replace("\\%", "%"))
        machine.shell(f"sudo -u {user} faketime '2026-11-02 06:00:00' /bin/sh -c \"$(cat /root/line)\"", allowed=(0, 3))
    machine.shell("grep -q '</html>' /var/lib/dmarcstat/reviews/2026-11-01.html && grep -q example.com /var/lib/dmarcstat/reviews/last-month.csv")
    assert "To: ops@example.com" in machine.shell("cat /tmp/sent.*")


FOLLOW = {
    "postfix": postfix, "dovecot-sieve": dovecot_sieve, "mailcow": own_server, "mailu": own_server,
    "docker-mailserver": docker_mailserver, "gmail": gmail, "microsoft-365": microsoft_365,
    "thousand-domains": thousand_domains, "datasette": with_pypi, "duckdb": with_pypi, "grafana": grafana,
    "monthly-review": monthly_review,
}
