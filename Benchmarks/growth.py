#!/usr/bin/env python3
"""Checks that the cost of judging an organisation grows no faster than its From domains. Compares the CPU time of `explain` and
of a later ingest with n and 4n domains.

    growth.py BINARY [N]      default: 10,000 From domains; status 1 if four times as many cost more than BOUND times the CPU time
"""
import os, pathlib, resource, subprocess, sys, tempfile

BOUND = 6.0
PER_REPORT = 1000
DAY = 86400
START = 20000 * DAY


def report(number, names):
    begin = START + number % 30 * DAY
    records = "".join(
        f"<record><row><source_ip>192.0.2.{index % 250 + 1}</source_ip><count>1</count><policy_evaluated><disposition>none</disposition>"
        f"<dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>{name}</header_from></identifiers>"
        "<auth_results><dkim><domain>example.com</domain><selector>s</selector><result>pass</result></dkim></auth_results></record>"
        for index, name in enumerate(names))
    return (
        "<feedback><report_metadata><org_name>reporter.example</org_name><email>d@reporter.example</email>"
        f"<report_id>{number}</report_id><date_range><begin>{begin}</begin><end>{begin + DAY - 1}</end></date_range></report_metadata>"
        f"<policy_published><domain>example.com</domain><p>none</p></policy_published>{records}</feedback>")


def cpu(command, environment):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def costs(binary, count, folder):
    environment = dict(os.environ, HOME=str(folder))
    inputs = folder / "reports"
    inputs.mkdir()
    for number in range(count // PER_REPORT):
        names = [f"h{number * PER_REPORT + index}.example.com" for index in range(PER_REPORT)]
        (inputs / f"{number}.xml").write_text(report(number, names))
    store = ["--database", str(folder / "store.sqlite")]
    subprocess.run([binary, "ingest", *store, str(inputs)], env=environment, check=True, stdout=subprocess.DEVNULL)
    explain = min(cpu([binary, "explain", "192.0.2.1", *store], environment) for _ in range(3))
    later = []
    for number in range(3):
        small = folder / f"later{number}.xml"
        small.write_text(report(10**6 + number, ["example.com", "h1.example.com", "h2.example.com"]))
        later.append(cpu([binary, "ingest", *store, str(small)], environment))
    return {"explain": explain, "a later ingest": min(later)}


def main():
    binary = os.path.abspath(sys.argv[1])
    count = max(PER_REPORT, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)
    measured = []
    for size in (count, 4 * count):
        with tempfile.TemporaryDirectory() as folder:
            measured.append(costs(binary, size, pathlib.Path(folder)))
    failed = False
    for name, small in measured[0].items():
        ratio = measured[1][name] / max(small, 0.01)
        failed = failed or ratio > BOUND
        print(f"{name}: {small:.2f} s with {count} From domains, {measured[1][name]:.2f} s with {4 * count}: {ratio:.1f} times (bound: {BOUND})")
    sys.exit(failed)


main()
