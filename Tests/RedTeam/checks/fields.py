"""The cost of one message: memory, disk space and the delay of other inputs."""
import signal
from harness import MIB, TIME, check
import forge
from forge import auth, record, report

LONG = 60_000  # just below what one element may hold by default
# The text that an attacker repeats: never the same twice, so that nothing can be interned.
MEMORY = 256 * MIB
GROWTH = 12


def text(box, size, number=0):
    head = f"{number}x{box.random.getrandbits(64):x}"
    return head + "a" * (size - len(head))


def domain(box, size, number=0):
    labels = []
    left = size
    while left > 1:
        labels.append(f"{box.random.getrandbits(32):x}".ljust(min(left, 63), "a")[:min(left, 63)])
        left -= 64
    return ".".join(labels)


def costs(box, label, data, memory=MEMORY, growth=GROWTH):
    """Ingests one message together with the valid report. Memory is bounded, and the database grows in proportion to the bytes received."""
    box.put("in/a.eml", data)
    box.put("in/good.xml", forge.good())
    before = box.disk()
    run = box.run("ingest", "../in")
    box.ends_well(run, label, memory=memory, seconds=TIME, statuses={0, 1})
    grown = box.disk() - before
    # Bytes of the mail as a reporter would count them, with a floor for the empty database.
    allowed = growth * len(data) + 4 * MIB
    box.expect(grown <= allowed, f"{label}: {len(data) >> 10} KiB of mail made {grown >> 20} MiB of database, at most {allowed >> 20} allowed")
    box.expect(forge.GOOD in box.reports(), f"{label}: the good report beside it is not stored")
    return run


def variants(box):
    """Each field in turn, long in every row; compressed, so that the message is small."""
    def rows(make, count=400):
        return [make(number) for number in range(count)]
    yield "header_from", rows(lambda n: record(header_from=text(box, LONG, n)))
    yield "envelope_from", rows(lambda n: record(envelope_from=text(box, LONG, n)))
    yield "envelope_to", rows(lambda n: record(envelope_to=text(box, LONG, n)))
    yield "dkim domain", rows(lambda n: record(results=auth("dkim", text(box, LONG, n), selector="s")))
    yield "dkim selector", rows(lambda n: record(results=auth("dkim", "example.com", selector=text(box, LONG, n))))
    yield "spf domain", rows(lambda n: record(results=auth("spf", text(box, LONG, n), scope="mfrom")))
    yield "human_result", rows(lambda n: record(results="<dkim><domain>a.example</domain><result>pass</result><human_result>" + text(box, LONG, n)
                                                + "</human_result></dkim>"))
    yield "reason comment", rows(lambda n: record(reasons="<reason><type>other</type><comment>" + text(box, LONG, n) + "</comment></reason>"))
    yield "reason type", rows(lambda n: record(reasons="<reason><type>" + text(box, LONG, n) + "</type></reason>"))
    yield "result words", rows(lambda n: record(results=auth("dkim", "a.example", text(box, LONG, n))))
    yield "disposition", rows(lambda n: record(disposition=text(box, LONG, n)))
    yield "unknown elements", rows(lambda n: record(results=auth("dkim", "a.example") + "<x>" + text(box, LONG, n) + "</x>"))
    yield "addresses that cannot be read", rows(lambda n: record(ip=text(box, LONG, n)))
    yield "counts that cannot be read", rows(lambda n: record(count=text(box, LONG, n)))


def register(label):
    @check(f"fields/long-{label.replace(' ', '-')}", 3)
    def long_field(box):
        rows = next(rows for name, rows in variants(box) if name == label)
        costs(box, label, forge.mail(report("long", rows)))
        # What is asked afterwards shall cost little, too.
        for arguments in (("summary",), ("top-failures",), ("export", "--format", "json"), ("unknown-senders",)):
            box.ends_well(box.run(*arguments), f"{label}, then {' '.join(arguments)}", memory=MEMORY, statuses={0, 1})


for name in ("header_from", "envelope_from", "envelope_to", "dkim domain", "dkim selector", "spf domain", "human_result", "reason comment", "reason type",
             "result words", "disposition", "unknown elements", "addresses that cannot be read", "counts that cannot be read"):
    register(name)


@check("fields/six-megabytes-of-long-texts", 3)
def six_megabytes(box):
    """Texts that hardly compress, in every field at once."""
    def noise(size):
        return box.random.randbytes(size // 2).hex()
    rows = [record(header_from=noise(LONG), envelope_from=noise(LONG), results=auth("dkim", noise(LONG), selector=noise(LONG)) + auth("spf", noise(LONG)))
            for _ in range(40)]
    costs(box, "noise in all fields", forge.mail(report("noise", rows)))


@check("fields/many-signatures-in-a-row", 3)
def many_results(box):
    """A megabyte of authentication results in each row."""
    rows = [record(results="".join(auth("dkim", domain(box, 200, n), selector=f"s{n}x{r}") for n in range(3_000))) for r in range(40)]
    costs(box, "3,000 signatures in each of 40 rows", forge.mail(report("many", rows)))
    for arguments in (("explain", "192.0.2.1"), ("export", "--rows"), ("show", "report", "many")):
        box.ends_well(box.run(*arguments), " ".join(arguments), memory=MEMORY, statuses={0, 1})


@check("fields/many-reasons-in-a-row", 3)
def many_reasons(box):
    rows = [record(ip=f"198.51.100.{r}", reasons="".join(f"<reason><type>other</type><comment>{r} {n}</comment></reason>" for n in range(8_000)))
            for r in range(40)]
    costs(box, "8,000 reasons in each of 40 rows", forge.mail(report("reasons", rows)))


@check("fields/long-head", 3)
def long_head(box):
    """The report's own fields: names, id, contact, errors, policy, generator."""
    for number, arguments in enumerate((
            dict(org=text(box, LONG)), dict(email=text(box, LONG)), dict(domain=text(box, LONG)), dict(policy="<p>" + text(box, LONG) + "</p>"),
            dict(extra="<extra_contact_info>" + text(box, LONG) + "</extra_contact_info>"),
            dict(extra="".join(f"<error>{n} {text(box, 50_000)}</error>" for n in range(400))))):
        box.put(f"in/{number}.xml", report(f"h{number}", **arguments))
    box.put("in/id.xml", report(text(box, LONG)))
    box.put("in/good.xml", forge.good())
    run = box.run("ingest", "../in")
    box.ends_well(run, memory=MEMORY, statuses={0, 1})
    box.expect(forge.GOOD in box.reports(), "the good report is not stored")
    widest = max(len(str(value or "")) for row in box.sql("SELECT reporter, report_id, policy_domain, org_name, email, extra_contact_info, errors FROM v_report")
                 for value in row)
    box.expect(widest <= 150_000, f"a field of {widest} characters is stored")
    for arguments in (("summary",), ("show", "domain", "example.com"), ("export",)):
        answer = box.run(*arguments)
        box.ends_well(answer, memory=MEMORY, statuses={0, 1})


@check("fields/names-are-limited", 3)
def limited(box):
    """Names of up to 255 octets are stored; longer ones are truncated or dropped with a warning."""
    long = text(box, 5_000)
    box.put("in/a.xml", report("limited", [record("192.0.2.1", 3, header_from=long, envelope_from=long, envelope_to=long,
                                                  results=auth("dkim", long, selector=long) + auth("spf", long))]))
    box.put("in/good.xml", forge.good())
    box.run("ingest", "../in")
    for column in ("header_from", "envelope_from", "envelope_to"):
        widest = max((len(row[0] or "") for row in box.sql(f"SELECT {column} FROM v_record")), default=0)
        box.expect(widest <= 300, f"{column}: a name of {widest} characters is stored")
    for column in ("dkim_results", "spf_results"):
        widest = max((len(row[0] or "") for row in box.sql(f"SELECT {column} FROM v_record")), default=0)
        box.expect(widest <= 1_500, f"{column}: {widest} characters for one result are stored")
    box.expect(box.sql("SELECT count(*) FROM v_report WHERE report_id = 'limited' AND warning_count = 0") == [(0,)], "no warning says that names were cut")


@check("fields/many-reports-in-one-mail", 3)
def many_reports(box):
    """A thousand members, each a report with its own name."""
    members = [(f"{n}.xml", report(f"m{n}", [record(ip=f"10.{n % 250}.{r}.1", header_from=f"{n}.{r}.example.com") for r in range(20)], org=f"Org {n}"))
               for n in range(900)]
    costs(box, "900 reports in one zip", forge.mail(forge.zipped(members), compress=False, name="a.zip", type="application/zip"), growth=60)


def poison(box):
    """An input that takes a while, so that the run can be killed meanwhile."""
    rows = [record(ip=f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", header_from=f"h{n}.example.com") for n in range(200_000)]
    return forge.mail(report("poison", rows))


@check("fields/a-run-that-dies", 3)
def dies(box):
    """An input that crashes runs must not delay the following ones for ever, and is reported."""
    box.put("in/1-poison.eml", poison(box))
    box.put("in/2-good.xml", forge.good())
    deaths = 0
    for attempt in range(3):
        service = box.start("ingest", "../in")
        # In the middle of the long report: some of its memory or disk is there, and it is not done.
        box.wait_for(lambda: not service.is_running or box.disk() > 300_000, 30)
        if service.is_running:
            service.send(signal.SIGKILL)
            deaths += 1
        service.wait()
    box.require(deaths == 3, f"could be killed only {deaths} times of 3")
    box.expect(forge.GOOD in box.reports() or box.run("ingest", "../in").status in (0, 1) and forge.GOOD in box.reports(),
               "after three deaths, what is behind the poison is not stored")
    run = box.run("rejects", "--format", "json")
    named = b"1-poison.eml" in run.out
    box.expect(named or "poison" in box.reports(), f"the poison is neither stored nor named by `rejects`: {run}")


@check("fields/killed-by-memory", 3)
def killed_by_memory(box):
    """If the address space is too small for the worst input, later runs store the following ones."""
    box.put("in/1-poison.xml", report("poison", [record(results="".join(auth("dkim", f"{n}.{r}.example", selector="x" * 60_000) for n in range(15)))
                                                  for r in range(60)]))
    box.put("in/2-good.xml", forge.good())
    runs = [box.run("ingest", "../in", limits={"address_space": 600 * MIB}) for _ in range(3)]
    box.expect(forge.GOOD in box.reports(), f"the good report is not stored after three runs: {runs[-1]}")
