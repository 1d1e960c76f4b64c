"""`doctor` on a machine where everything is right, and then one thing at a time is wrong."""

import importlib.util
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import dovecot
from checks import Place, PROGRAM
from dovecot import PASSWORD, USER, mail
from reporting import check

TESTS = os.path.realpath(f"{os.path.dirname(__file__)}/..")
DAY = 86_400

ZONE = """$ORIGIN .
$TTL 300
. SOA ns. admin. 1 2 3 4 5
. NS ns.
ns. A 127.0.0.1
example.com. MX 10 mx.example.com.
mx.example.com. A 192.0.2.1
_dmarc.example.com. TXT "v=DMARC1; p=none; rua=mailto:dmarc@example.com"
_dmarc.norua.test. TXT "v=DMARC1; p=none"
_dmarc.elsewhere.test. TXT "v=DMARC1; p=none; rua=mailto:reports@elsewhere.test"
elsewhere.test. MX 10 mx.example.com.
_dmarc.foreign.test. TXT "v=DMARC1; p=none; rua=mailto:dmarc@example.com"
_dmarc.agreed.test. TXT "v=DMARC1; p=none; rua=mailto:dmarc+agreed@example.com"
agreed.test._report._dmarc.example.com. TXT "v=DMARC1"
_dmarc.typo.test. TXT "v=DMARC1; p=none; rua=dmarc@example.com"
_dmarc.nomail.test. TXT "v=DMARC1; p=none; rua=mailto:a@nomail.test"
nomail.test. MX 0 .
"""


class Zone:
    def text(self):
        return ZONE


def report(domain="example.com", day=None):
    begin = (int(time.time()) if day is None else day) // DAY * DAY - DAY
    return (
        f"<feedback><report_metadata><org_name>R</org_name><email>a@r.example</email><report_id>r{domain}{begin}</report_id><date_range>"
        f"<begin>{begin}</begin><end>{begin + DAY - 1}</end></date_range></report_metadata><policy_published>"
        f"<domain>{domain}</domain><p>none</p></policy_published><record><row><source_ip>192.0.2.1</source_ip><count>2</count>"
        "<policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row><identifiers>"
        f"<header_from>{domain}</header_from></identifiers><auth_results><spf><domain>{domain}</domain><result>pass</result></spf>"
        "</auth_results></record></feedback>")


class Machine(Place):
    """A set-up in which all is well."""

    def __init__(self):
        super().__init__()
        sys.path.insert(0, TESTS)
        spec = importlib.util.spec_from_file_location("spf_compare", f"{TESTS}/spf_compare.py")
        names = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(names)
        os.makedirs(f"{self.folder}/names")
        self.names, self.names_port = names.serve(f"{self.folder}/names", Zone())
        self.server.deliver([mail(1)])
        os.makedirs(f"{self.folder}/in")
        self.domains, self.more, self.keys, self.secret, self.folders = ["example.com"], "", [], "password_file: password", None
        self.write("in/one.xml", report(), 0o644)
        self.save()
        result = self.run("ingest", "--quiet", f"{self.folder}/in")
        check(result.returncode == 0, "the set-up", result.stderr)

    def __exit__(self, *more):
        os.killpg(self.names.pid, signal.SIGKILL)
        self.names.wait()
        super().__exit__(*more)

    def save(self, **more):
        extra = (f"own_domains: [{', '.join(self.domains)}]\nsources: [in]\n"
                 f"dns: {{resolver: \"127.0.0.1:{self.names_port}\", timeout: 1}}\n{self.more}")
        self.configure(*self.keys, secret=self.secret, more=extra, **more)

    def doctor(self, *words, as_nobody=False, by_own_names=False, config=None, **environment):
        place = ["--config", config or f"{self.folder}/config.yaml"] if config != "" else []
        if by_own_names or config == "":
            place += ["--resolver", f"127.0.0.1:{self.names_port}"]
        command = [PROGRAM, "doctor", "--format", "json", *place, *words]
        if as_nobody:
            command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", *command]
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=600, env={**self.environment(), "PATH": "/usr/bin:/bin:/usr/sbin", **environment})
        try:
            findings = json.loads(result.stdout)
        except ValueError:
            check(False, "doctor prints JSON", result.returncode, result.stdout, result.stderr)
            findings = []
        check(result.stderr == "", "doctor complains of nothing", result.stderr)
        has_errors = any(finding["state"] == "error" for finding in findings)
        check(result.returncode == (1 if has_errors else 0), "the exit status", result.returncode, findings)
        return findings

    def sql(self, text):
        with sqlite3.connect(self.database) as db:
            db.executescript(text)


# Each fault is made by a function of the machine, and has a name of its own among the findings. `options` are those of `doctor`.
FAULTS = {}


def fault(code, state="error", also=(), **options):
    def add(make):
        FAULTS[make.__name__] = (make, code, state, set(also), options)
        return make
    return add


# Without a configuration, the name servers of the machine would be asked, if there are any.
@fault("config-unusable", by_own_names=True)
def unknown_key(machine):
    machine.write("config.yaml", "databose: x\n")


@fault("config-unusable", by_own_names=True)
def not_yaml(machine):
    machine.write("config.yaml", "sources: [a\n")


@fault("config-unusable", by_own_names=True, config="/nonexistent/config.yaml")
def missing_configuration(machine):
    pass


@fault("config-none", "warning", config="")
def no_configuration(machine):
    pass


@fault("config-file")
def missing_geoip(machine):
    machine.more = "geoip: [missing.mmdb]\n"
    machine.save()


@fault("file-writable")
def writable_configuration(machine):
    os.chmod(f"{machine.folder}/config.yaml", 0o666)


@fault("file-foreign", "warning")
def foreign_configuration(machine):
    os.chown(f"{machine.folder}/config.yaml", 65534, -1)


@fault("folder-writable", "warning")
def writable_folder(machine):
    os.chmod(machine.folder, 0o777)


@fault("secret-unusable", also=["account-failed"])
def readable_password(machine):
    os.chmod(f"{machine.folder}/password", 0o644)


@fault("secret-unusable", also=["account-failed"])
def missing_password(machine):
    os.remove(f"{machine.folder}/password")


@fault("secret-unusable", also=["account-failed"])
def empty_password(machine):
    machine.write("password", "\n")


@fault("secret-unusable", also=["account-failed"])
def foreign_password(machine):
    os.chown(f"{machine.folder}/password", 65534, -1)


@fault("secret-unusable", also=["account-failed"])
def no_variable(machine):
    machine.secret = "password_env: NOT_SET"
    machine.save()


@fault("account-failed")
def failing_command(machine):
    machine.secret = "password_command: 'false'"
    machine.save()


@fault("account-failed")
def wrong_password(machine):
    machine.write("password", "wrong\n")


@fault("account-failed")
def no_server(machine):
    machine.keys = ["retries: 0"]
    machine.save(port=9)


@fault("account-failed")
def missing_mailbox(machine):
    machine.keys = ["folders: [Nowhere]"]
    machine.save()


@fault("account-failed")
def untrusted_certificate(machine):
    machine.save()
    text = open(f"{machine.folder}/config.yaml").read()
    machine.write("config.yaml", "".join(line for line in text.splitlines(True) if "ca_file" not in line))


@fault("account-note", "warning")
def plaintext(machine):
    machine.save(tls="none")


@fault("database-missing", "warning", also=["reports-none"])
def no_database(machine):
    for end in ("", "-wal", "-shm"):
        if os.path.exists(machine.database + end):
            os.remove(machine.database + end)


@fault("database-unusable")
def garbage(machine):
    no_database(machine)
    machine.write("reports.sqlite", "no database " * 1_000)


@fault("database-unusable")
def foreign_database(machine):
    no_database(machine)
    machine.sql("CREATE TABLE other (x)")
    os.chmod(machine.database, 0o600)


@fault("database-unusable")
def newer_database(machine):
    machine.sql("INSERT INTO grdb_migrations VALUES ('9999-future')")


@fault("database-damaged")
def damaged_database(machine):
    machine.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    with sqlite3.connect(machine.database) as db:
        # A page of an index, so that the tables can still be read.
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'input_item_by_report'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    with open(machine.database, "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@fault("database-readable", "warning")
def readable_database(machine):
    os.chmod(machine.database, 0o644)


@fault("file-writable")
def writable_database(machine):
    os.chmod(machine.database, 0o666)


@fault("database-folder", as_nobody=True, also=["secret-unusable", "account-failed", "config-unusable", "reports-none"])
def unwritable_place(machine):
    no_database(machine)
    os.chmod(f"{machine.folder}/config.yaml", 0o644)


@fault("database-not-writable", "warning", as_nobody=True, also=["secret-unusable", "account-failed", "database-readable"])
def unwritable_database(machine):
    machine.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    os.chmod(f"{machine.folder}/config.yaml", 0o644)
    for end in ("", "-wal", "-shm"):
        if os.path.exists(machine.database + end):
            os.chmod(machine.database + end, 0o644)


@fault("ingest-never", "warning", also=["reports-none"])
def nothing_ingested(machine):
    no_database(machine)
    os.makedirs(f"{machine.folder}/empty")
    machine.run("ingest", "--quiet", f"{machine.folder}/empty")


@fault("ingest-old", "warning")
def old_ingest(machine):
    machine.sql(f"UPDATE input SET tried_at = tried_at - {10 * DAY}")


@fault("source-unreadable")
def missing_source(machine):
    shutil.rmtree(f"{machine.folder}/in")


@fault("source-no-report", "warning")
def source_without_reports(machine):
    os.remove(f"{machine.folder}/in/one.xml")
    machine.write("in/notes.txt", "no report\n")


@fault("source-none", "cannot_tell")
def no_source(machine):
    machine.write("config.yaml", f"own_domains: [example.com]\ndns: {{resolver: \"127.0.0.1:{machine.names_port}\"}}\n")


@fault("after-folder", as_nobody=True, also=["after-source", "secret-unusable", "account-failed", "database-readable", "database-not-writable"])
def unwritable_target(machine):
    unwritable_database(machine)
    machine.more = "after: move:done\n"
    machine.save()
    os.chmod(f"{machine.folder}/config.yaml", 0o644)


@fault("dns-silent-named")
def silent_name_server(machine):
    os.killpg(machine.names.pid, signal.SIGKILL)


@fault("dns-unusable")
def no_name_server(machine):
    machine.save()
    text = open(f"{machine.folder}/config.yaml").read()
    machine.write("config.yaml", text.replace("resolver: \"127.0.0.1:", "resolver: \"x127.0.0.1:"))


@fault("rua-publish", also=["reports-none"])
def no_record(machine):
    machine.domains = ["example.com", "norecord.test"]
    machine.save()


@fault("rua-publish", also=["reports-none"])
def no_rua(machine):
    machine.domains = ["example.com", "norua.test"]
    machine.save()


@fault("rua-publish", also=["reports-none", "rua-read"])
def no_authorisation(machine):
    machine.domains = ["example.com", "foreign.test"]
    machine.save()


@fault("rua-publish", also=["reports-none"])
def mistyped_address(machine):
    machine.domains = ["example.com", "typo.test"]
    machine.save()


@fault("rua-finding", also=["reports-none", "rua-elsewhere"])
def address_without_mail(machine):
    machine.domains = ["example.com", "nomail.test"]
    machine.save()


@fault("rua-elsewhere", "cannot_tell", also=["reports-none"])
def other_mailbox(machine):
    machine.domains = ["example.com", "elsewhere.test"]
    machine.save()


@fault("reports-none", "warning")
def no_report_yet(machine):
    machine.domains = ["example.com", "agreed.test"]
    machine.save()


@fault("reports-stopped", also=["reports-late"])
def reports_stopped(machine):
    no_database(machine)
    os.makedirs(f"{machine.folder}/old")
    machine.write("old/one.xml", report(day=int(time.time()) - 20 * DAY))
    machine.run("ingest", "--quiet", f"{machine.folder}/old")


@fault("clock-or-reports", "warning")
def report_of_tomorrow(machine):
    machine.sql("UPDATE report SET day = day + 40")


# What a finding of a fault may come with, and does not count as another fault.
HARMLESS = {"clock-unsynchronised", "schedule-none", "schedule-hidden", "schedule-disabled"}


def faults():
    with Machine() as machine:
        findings = machine.doctor()
        bad = [finding for finding in findings if finding["state"] != "ok" and finding["code"] not in HARMLESS]
        check(not bad, "where all is well, nothing is found", bad)
        codes = {finding["code"] for finding in findings}
        for code in ("config-ok", "secret-ok", "database-ok", "ingest-ok", "source-ok", "account-ok", "dns-ok", "rua-read", "reports-ok"):
            check(code in codes, f"doctor reports {code}", codes)
    for name, (make, code, state, also, options) in FAULTS.items():
        if os.getuid() != 0 and (options.get("as_nobody") or "foreign_" in name):
            continue
        with Machine() as machine:
            make(machine)
            findings = machine.doctor(**options)
            found = [finding for finding in findings if finding["code"] == code and finding["state"] == state]
            check(found, f"{name}: {code} is found", findings)
            for finding in found:
                check(finding["cause"] and not finding["cause"].startswith("doctor."), f"{name}: a cause", finding)
                check(code == "account-note" or finding["next_step"], f"{name}: a next step", finding)
            others = {finding["code"] for finding in findings if finding["state"] == "error"} - {code} - also
            check(not others, f"{name}: nothing else is wrong", others, findings)


def authorisation():
    """The record with which another domain agrees to get reports."""
    with Machine() as machine:
        machine.domains = ["example.com", "foreign.test"]
        machine.save()
        found = [finding for finding in machine.doctor() if finding["record"]]
        check(len(found) == 1 and found[0]["record"].startswith("foreign.test._report._dmarc.example.com. TXT"), "the record to publish", found)
        machine.domains = ["example.com", "agreed.test"]
        machine.save()
        findings = machine.doctor()
        check(any(finding["code"] == "rua-read" and finding["subject"] == "agreed.test" for finding in findings), "an extension of the address", findings)
        check(not any(finding["record"] for finding in findings), "nothing to publish", findings)


def all_broken():
    """Everything at once: the rest is checked all the same, in all formats and both languages."""
    with Machine() as machine:
        garbage(machine)
        machine.write("config.yaml", "databose: x\n")
        os.chmod(f"{machine.folder}/config.yaml", 0o666)
        codes = {finding["code"] for finding in machine.doctor("--resolver", "127.0.0.1:9", "--max-time", "1")}
        check({"config-unusable", "file-writable", "database-unusable", "dns-silent-named"} <= codes, "all faults are found", codes)
        for language, word in (("en", "Next: "), ("ja", "対処: ")):
            result = machine.run("doctor", "--local", "--lang", language)
            check(result.returncode == 1 and word in result.stdout and not result.stderr, "text", result.stdout, result.stderr)
            check("doctor." not in result.stdout and "doctor-page." not in result.stdout, "no text is missing", result.stdout)
        quiet = machine.run("doctor", "--local", "--quiet", "--format", "csv")
        lines = quiet.stdout.splitlines()
        check(lines[0] == "check,subject,state,code,cause,next_step,record" and len(lines) > 2, "CSV", quiet.stdout)
        check(not any(",ok," in line for line in lines), "quiet", quiet.stdout)


if __name__ == "__main__":
    import reporting
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    try:
        reporting.main(globals())
    finally:
        dovecot.stop_all()
