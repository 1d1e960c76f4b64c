#!/usr/bin/env python3
"""Simulates a year of messages of a few organisations with known senders, creates the reports and scores the verdicts.

    simulated_year.py BINARY FOLDER [--days N] [--seed N] [--zone] [--declare] [-v]

Every flow has a true kind: own, misconfigured (own, unsigned and not in SPF), service (signs with our key), misaligned (a service as
itself), forward (signature survives), modified (a relay breaks it), list, abuse, replay. Receivers differ in what they report: some list no
MAIL FROM domain, some attest forwarding, some round nothing. Recall and precision are by message, for four questions: what is forwarding,
who is to be looked at, what is abuse, which services are not aligned. With --zone, names can be looked up; with --declare, the operator has declared
his own hosts and services.
"""
import argparse
import json
import os
import random
import subprocess
import sys

START = 1767225600  # 2026-01-01
REPORTERS = ["bigmail.example", "postbox.example.net", "uni.example.edu", "freemail.example", "regional.example.info"]


class World:
    def __init__(self, rng, days):
        self.rng, self.days = rng, days
        self.rows = {}
        self.truth = {}
        self.zone = []
        self.next = {"192.0.2": 1, "198.51.100": 1, "203.0.113": 1}
        self.v6 = 1
        self.orgs = ["orga.example", "orgb.example", "orgc.example.co.uk"]

    def address(self, kind):
        block = {"own": "192.0.2", "service": "198.51.100"}.get(kind, "203.0.113")
        number = self.next[block]
        self.next[block] += 1
        if number > 250:
            self.v6 += 1
            return "2001:db8:%x::25" % self.v6
        return "%s.%d" % (block, number)

    def name(self, address, host):
        if ":" in address:
            return
        self.zone.append("%s.in-addr.arpa. PTR %s." % (".".join(reversed(address.split("."))), host))
        self.zone.append("%s. A %s" % (host, address))

    def send(self, org, day, source, count, truth, dkim, spf, evaluated, reasons=(), envelope=None, header=None, reporter=None):
        if count <= 0:
            return
        self.truth[(source, header or org)] = self.truth.get((source, header or org), set()) | {truth}
        reporter = reporter or self.rng.choice(REPORTERS)
        row = dict(source=source, count=count, truth=truth, dkim=dkim, spf=spf, evaluated=evaluated, reasons=reasons,
                   envelope=envelope, header=header or org)
        self.rows.setdefault((reporter, org, day), []).append(row)


def build(world):
    rng = world.rng
    forwarders = [("fwd%d.example.com" % n, world.address("fwd"), rng.choice(["keep", "srs"])) for n in range(25)]
    for name, address, _ in forwarders:
        world.name(address, "mx." + name)
    lists = [("lists.club%d.example" % n, world.address("list")) for n in range(4)]
    gateways = [(world.address("gw"), rng.choice(["inkyphishfence.com", "mimecast.com", "filter%d.example.net" % n])) for n in range(5)]
    for number, (address, host) in enumerate(gateways):
        world.name(address, "out%d.%s" % (number, host))
    known = {}
    for org in world.orgs:
        own = [world.address("own"), world.address("own")]
        web = world.address("own")
        good = [world.address("service") for _ in range(6)]
        bad = [world.address("service") for _ in range(3)]
        table = [world.address("service") for _ in range(2)]
        for address in own:
            world.name(address, "mail." + org)
        known[org] = dict(own=own, web=web, good="bounce.newsletter%d.example" % len(known), bad="helpdesk%d.example" % len(known))
        world.zone.append('%s. TXT "v=spf1 %s -all"' % (org, " ".join("ip4:" + a for a in own)))
        used_forwarders = rng.sample(forwarders, 15)
        used_gateways, used_lists = rng.sample(gateways, 3), rng.sample(lists, 2)
        selector = [(org, "s1", "pass")]
        for day in range(world.days):
            weekday = day % 7 < 5
            volume = rng.randrange(60, 140) if weekday else rng.randrange(5, 25)
            for reporter in REPORTERS:
                part = volume // 5 + rng.randrange(3)
                world.send(org, day, rng.choice(own), part, "own", selector, [(org, "pass")], ("pass", "pass"), envelope=org, reporter=reporter)
            if rng.random() < 0.4:
                world.send(org, day, web, rng.randrange(1, 9), "misconfigured", [], [(org, "softfail")], ("fail", "fail"), envelope=org)
            if day % 7 == 2:
                for address in good:
                    domain = known[org]["good"]
                    world.send(org, day, address, rng.randrange(20, 60), "service", [(org, "nl", "pass")], [(domain, "pass")],
                               ("pass", "fail"), envelope=domain)
            if weekday:
                domain = known[org]["bad"]
                world.send(org, day, rng.choice(bad), rng.randrange(1, 8), "misaligned", [(domain, "d", "pass")], [("mail." + domain, "pass")],
                           ("fail", "fail"), envelope="mail." + domain)
            if rng.random() < 0.3:
                world.send(org, day, rng.choice(table), rng.randrange(1, 12), "misaligned", [("sendgrid.net", "smtpapi", "pass")],
                           [("em7.sendgrid.net", "pass")], ("fail", "fail"), envelope="em7.sendgrid.net")
            for name, address, way in rng.sample(used_forwarders, 4):
                spf = [(org, rng.choice(["fail", "softfail"]))] if way == "keep" else [(name, "pass")]
                reason = [("forwarded", "")] if rng.random() < 0.05 else ()
                world.send(org, day, address, rng.randrange(1, 4), "forward", selector, spf, ("pass", "fail"), reason,
                           envelope=org if way == "keep" else name)
            if rng.random() < 0.6:
                address, _ = rng.choice(used_gateways)
                reason = [("local_policy", "arc=pass")] if rng.random() < 0.3 else ()
                world.send(org, day, address, rng.randrange(1, 4), "modified", [(org, "s1", "fail")], [(org, "softfail")], ("fail", "fail"),
                           reason, envelope=org)
            if rng.random() < 0.5:
                name, address = rng.choice(used_lists)
                reason = [("mailing_list", "")] if rng.random() < 0.3 else ()
                world.send(org, day, address, rng.randrange(1, 6), "list", [(org, "s1", "fail"), (name, "l", "pass")], [(name, "pass")],
                           ("fail", "fail"), reason, envelope=name)
        # Campaigns: many addresses, a few days; strangers that authenticate as themselves; single probes.
        for _ in range(4):
            first, bots = rng.randrange(world.days - 4), [world.address("abuse") for _ in range(rng.randrange(12, 25))]
            style = rng.choice(["own", "foreign"])
            for day in range(first, first + 3):
                for bot in bots:
                    spf = [(org, "fail")] if style == "own" else [("nothing.example", "none")]
                    world.send(org, day, bot, rng.randrange(1, 30), "abuse", [], spf, ("fail", "fail"))
        for number in range(3):
            domain, address, first = "promo%d%s.example" % (number, org.split(".")[0]), world.address("abuse"), rng.randrange(world.days - 3)
            for day in range(first, first + 2):
                world.send(org, day, address, rng.randrange(5, 40), "abuse", [(domain, "x", "pass")], [(domain, "pass")], ("fail", "fail"))
        for _ in range(30):
            world.send(org, rng.randrange(world.days), world.address("abuse"), rng.randrange(1, 3), "abuse", [], [(org, "softfail")], ("fail", "fail"))
        day = rng.randrange(60, world.days)
        for _ in range(8):
            world.send(org, day, world.address("abuse"), rng.randrange(100, 300), "replay", selector, [("resend.example", "pass")], ("pass", "fail"))
    return known


def xml(reporter, org, day, rows):
    begin = START + day * 86400
    out = ["<feedback><report_metadata><org_name>%s</org_name><email>dmarc@%s</email><report_id>%s.%d</report_id><date_range><begin>%d"
           "</begin><end>%d</end></date_range></report_metadata><policy_published><domain>%s</domain><adkim>r</adkim><aspf>r</aspf>"
           "<p>none</p></policy_published>" % (reporter, reporter, org, day, begin, begin + 86399, org)]
    for row in rows:
        reasons = "".join("<reason><type>%s</type><comment>%s</comment></reason>" % reason for reason in row["reasons"])
        envelope = "<envelope_from>%s</envelope_from>" % row["envelope"] if row["envelope"] and "post" in reporter else ""
        dkim = "".join("<dkim><domain>%s</domain><selector>%s</selector><result>%s</result></dkim>" % entry for entry in row["dkim"])
        spf = "".join("<spf><domain>%s</domain><scope>mfrom</scope><result>%s</result></spf>" % entry for entry in row["spf"])
        out.append("<record><row><source_ip>%s</source_ip><count>%d</count><policy_evaluated><disposition>none</disposition><dkim>%s</dkim>"
                   "<spf>%s</spf>%s</policy_evaluated></row><identifiers><header_from>%s</header_from>%s</identifiers><auth_results>%s%s"
                   "</auth_results></record>" % ((row["source"], row["count"]) + row["evaluated"] + (reasons, row["header"], envelope, dkim, spf)))
    out.append("</feedback>")
    return "".join(out)


def score(world, records, verbose):
    truth = {key: kinds for key, kinds in world.truth.items()}
    questions = {
        "forwarding": ({"forward", "modified", "list"}, lambda r: r["verdict"] in ("forwarded", "forwarded-modified", "mailing-list")),
        "to look at": ({"abuse", "replay"}, lambda r: bool(r["unknown_ip"])),
        "abuse": ({"abuse"}, lambda r: r["verdict"] == "unknown-unauthenticated"),
        "misaligned": ({"misaligned"}, lambda r: r["verdict"] == "misaligned-service"),
        "replay": ({"replay"}, lambda r: r["verdict"] == "dkim-replay-suspected"),
    }
    results = {}
    wrong = {}
    for name, (kinds, asked) in questions.items():
        hit = miss = false = 0
        for record in records:
            kind = next(iter(truth[(record["source_ip"], record["header_from"])]))
            true, said = kind in kinds, asked(record)
            # Undeclared services and own hosts need review, too; flagging them is not an error.
            if name == "to look at" and kind in ("misaligned", "misconfigured"):
                continue
            # An own server that neither signs nor is in SPF cannot be distinguished from abuse until it is declared.
            if name == "abuse" and kind == "misconfigured":
                continue
            hit += record["messages"] * (true and said)
            miss += record["messages"] * (true and not said)
            false += record["messages"] * (said and not true)
            if true != said:
                key = (name, kind, record["verdict"] + "/" + record["subtype"], record["rule"])
                wrong[key] = wrong.get(key, 0) + record["messages"]
        results[name] = (hit / max(hit + false, 1), hit / max(hit + miss, 1), hit + miss)
    if verbose:
        for key, count in sorted(wrong.items(), key=lambda item: -item[1])[:25]:
            print("   wrong: %s: true %s, verdict %s by %s: %d messages" % (key + (count,)))
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("folder")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=0)
    parser.add_argument("--zone", action="store_true")
    parser.add_argument("--declare", action="store_true")
    parser.add_argument("-v", action="store_true")
    options = parser.parse_args()
    world = World(random.Random(options.seed), options.days)
    known = build(world)
    drop = os.path.join(options.folder, "drop")
    os.makedirs(drop)
    for (reporter, org, day), rows in world.rows.items():
        with open(os.path.join(drop, "%s!%s!%d.xml" % (reporter, org, day)), "w") as file:
            file.write(xml(reporter, org, day, rows))
    environment = dict(os.environ, DMARCSTAT_DATABASE=os.path.join(options.folder, "year.sqlite"), HOME=options.folder)

    def run(*arguments):
        done = subprocess.run([options.binary] + list(arguments), capture_output=True, text=True, env=environment)
        if done.returncode not in (0, 1):
            sys.exit("%s: %s" % (arguments, done.stderr))
        return done.stdout

    run("ingest", "--quiet", drop)
    if options.zone:
        path = os.path.join(options.folder, "zone")
        with open(path, "w") as file:
            file.write("\n".join(world.zone) + "\n")
        run("senders", "refresh", "--zone", path, "--quiet")
    if options.declare:
        for org, names in known.items():
            run("senders", "add", "mail of " + org, "--kind", "own", *[part for a in names["own"] + [names["web"]] for part in ("--address", a)])
            run("senders", "add", "letters of " + org, "--kind", "service", "--domain", names["good"], "--domain", names["bad"])
    records = [json.loads(line) for line in run("export", "--rows", "--format", "ndjson", "--limit", "0").splitlines()]
    print("%d records, %d messages" % (len(records), sum(record["messages"] for record in records)))
    results = score(world, records, options.v)
    for name, (precision, recall, messages) in results.items():
        print("%-12s precision %.3f  recall %.3f  (%d messages)" % (name, precision, recall, messages))
    sys.exit(1 if any(min(p, r) < options.least for p, r, _ in results.values()) else 0)


main()
