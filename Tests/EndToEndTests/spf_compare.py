#!/usr/bin/env python3
"""Compares `dmarcstat senders spf` with pyspf, an independent SPF implementation, over random records served by a real name server.

    spf_compare.py BINARY FOLDER [--records N] [--seed N] [--messages]

Random domains with includes, redirects, macros, loops, limits and mistakes are written as a zone; NSD serves it on loopback;
dmarcstat expands every domain by it, and for many addresses near the ends of all networks both must agree on "pass" or not.
pyspf is asked address by address, with the zone as its DNS. Prints one line a difference; the exit status is 1 where there is any.

With --messages, records also depend on the message (exists, ptr, all macros), `dmarcstat check message` evaluates them for messages from
those addresses, with the zone as a file, and both must come to the same result.

pyspf counts the limits in its own way: a redirect= counts when the record is read, though the address matches before it, and the addresses
of MX hosts count as void lookups. Where only that makes the difference, it is counted apart, and must stay the exception.
"""
import argparse
import ipaddress
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time

import spf


class Zone:
    """Records by (name, type), and the equivalent zone file."""

    def __init__(self):
        self.records = {}

    def add(self, name, kind, value):
        self.records.setdefault((name, kind), []).append(value)

    def lookup(self, name, kind, tcpfallback=True, timeout=20):
        name = name.rstrip(".").lower()
        return [((name, kind), value) for value in self.records.get((name, kind), [])]

    def text(self):
        lines = ["$ORIGIN .", "$TTL 300", ". IN SOA ns.test. hostmaster.test. 1 3600 600 86400 300", ". IN NS ns.test.",
                 "ns.test. IN A 127.0.0.1"]
        for (name, kind), values in self.records.items():
            for value in values:
                if kind == "TXT":
                    parts = [part.decode() for part in value]
                    data = " ".join('"%s"' % part.replace("\\", "\\\\").replace('"', '\\"') for part in parts)
                elif kind == "MX":
                    data = "%d %s." % value
                elif kind == "PTR":
                    data = value + "."
                elif kind == "AAAA":
                    data = str(ipaddress.IPv6Address(value))
                else:
                    data = value
                lines.append("%s. IN %s %s" % (name, kind, data))
        return "\n".join(lines) + "\n"

    def txt(self, name, text):
        """Long records are split into several strings."""
        data = text.encode()
        self.add(name, "TXT", tuple(data[i:i + 200] for i in range(0, len(data), 200)) or (b"",))


LIMITS = ("Too many DNS lookups", "Void lookup limit")


def v4(rng):
    return "%d.%d.%d.%d" % (rng.choice([10, 192, 203]), rng.randrange(4), rng.randrange(4), rng.randrange(256))


def v6(rng):
    return "2001:db8:%x::%x" % (rng.randrange(4), rng.randrange(256))


def term(rng, name, names, hosts, is_dynamic):
    if is_dynamic and rng.random() < 0.3:
        return rng.choice(["", "", "-", "~", "?"]) + rng.choice([
            "exists:%{i}.x.test", "exists:%{ir}.%{v}.x.test", "exists:%{l}.l.test", "exists:%{l1r-}.l.test", "exists:%{L}.l.test",
            "exists:%{s}.s.test", "exists:%{h}.h.test", "exists:%{p}.p.test", "include:%{h2}.x.test", "a:%{l-}.l.test", "ptr", "ptr:test",
            "ptr:h1.test", "exists:%{d1}.%{o}.x.test", "exists:%%%_%-.x.test", "exists:none.test", "redirect=%{l}.l.test"])
    # pyspf rejects a record that includes itself even for addresses that match earlier; RFC 7208 does not.
    names = [other for other in names if other != name]
    sign = rng.choice(["", "", "", "", "+", "-", "~", "?"])
    kind = rng.choice(["ip4"] * 6 + ["ip6"] * 3 + ["a", "mx", "a:", "mx:"] + ["include"] * 4 + ["macro", "bad"])
    if kind == "ip4":
        return sign + "ip4:" + v4(rng) + rng.choice(["", "", "/%d" % rng.randrange(8, 33), "/24", "/0" if rng.random() < 0.02 else ""])
    if kind == "ip6":
        return sign + "ip6:" + v6(rng) + rng.choice(["", "/%d" % rng.randrange(32, 129)])
    suffix = rng.choice(["", "", "/28", "//64", "/24//48"])
    if kind in ("a", "mx"):
        return sign + kind + suffix
    if kind in ("a:", "mx:"):
        return sign + kind + rng.choice(hosts) + suffix
    if kind == "include":
        return sign + "include:" + rng.choice(names)
    if kind == "macro":
        return sign + rng.choice(["include:x.%{d2}", "a:%{o}", "include:%{dr}.test", "a:mail.%{d}", "include:%{d1r.}x.test", "mx:%{o2}"])
    if rng.random() < 0.15:
        return rng.choice(["ip4:1.2.3", "ip4:1.2.3.4/33", "include:", "a:localhost", "foo:bar", "all:x", "ip6:::1/129",
                           "exp=", "redirect=%{x}.test", "ip4:1.2.3.4/024", "a/", "mx:test-.", "include:a..%"])
    return "ip4:" + v4(rng)


def build(rng, count, is_dynamic=False):
    zone = Zone()
    names = ["d%d.test" % number for number in range(count)]
    hosts = ["h%d.test" % number for number in range(30)] + ["nothing%d.test" % number for number in range(2)]
    for host in hosts[:30]:
        for _ in range(rng.randrange(1, 4)):
            zone.add(host, "A", v4(rng))
        if rng.random() < 0.7:
            zone.add(host, "AAAA", ipaddress.IPv6Address(v6(rng)).packed)
    if is_dynamic:
        for host in hosts[:30]:
            for address in [value for key, value in zone.lookup(host, "A")]:
                if rng.random() < 0.7:
                    zone.add(ipaddress.ip_address(address).reverse_pointer, "PTR", rng.choice([host, host, "other.example", "h1.test"]))
                if rng.random() < 0.3:
                    zone.add(address + ".x.test", "A", "127.0.0.2")
                    zone.add(".".join(reversed(address.split("."))) + ".in-addr.x.test", "A", "127.0.0.2")
        for part in ("some-one.l", "some.l", "one.l", "some.one.l", "helo.test.h", "h1.test.p", "unknown.p", "d1.d1.test.x"):
            zone.add(part + ".test", "A", "127.0.0.2")
        zone.txt("helo.test.x.test", "v=spf1 ip4:192.0.0.0/8 -all")
        zone.txt("some-one.l.test", "v=spf1 ip4:10.0.0.0/8 ~all")
    for name in names:
        if rng.random() < 0.8:
            zone.add(name, "A", v4(rng))
            zone.add(name, "AAAA", ipaddress.IPv6Address(v6(rng)).packed)
        if rng.random() < 0.6:
            for number in range(rng.choice([1, 2, 3, 12]) if rng.random() < 0.3 else 1):
                zone.add(name, "MX", (10 + number, rng.choice(hosts[:30])))
        if rng.random() < 0.3:
            zone.txt("x." + name, "v=spf1 ip4:%s/29 ~all" % v4(rng))
            zone.add("mail." + name, "A", v4(rng))
        if rng.random() < 0.04:
            continue
        terms = [term(rng, name, names, hosts, is_dynamic) for _ in range(rng.choice([1, 2, 3, 4, 6, 9, 14]))]
        if rng.random() < 0.7:
            terms.append(rng.choice(["-all", "~all", "?all", "all"] if rng.random() < 0.1 else ["-all", "~all"]))
        elif rng.random() < 0.5:
            terms.append("redirect=" + rng.choice([other for other in names if other != name]))
        record = " ".join(["v=spf1"] + terms)
        zone.txt(name, record)
        if rng.random() < 0.03:
            zone.txt(name, "v=spf1 -all")
        if rng.random() < 0.2:
            zone.txt(name, "some-verification=abc")
    return zone, names


def serve(folder, zone, extra=""):
    """Starts a name server. Another program may take the port before it does: then it is another one."""
    for _ in range(20):
        found = start(folder, zone, extra)
        if found:
            return found
    sys.exit("the name server did not start: %s" % open(os.path.join(folder, "nsd.log")).read())


def start(folder, zone, extra=""):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(os.path.join(folder, "root.zone"), "w") as file:
        file.write(zone.text())
    config = os.path.join(folder, "nsd.conf")
    with open(config, "w") as file:
        file.write("""server:
  ip-address: 127.0.0.1
  port: %d
  username: ""
  zonesdir: "%s"
  database: ""
  pidfile: "%s/nsd.pid"
  xfrdfile: "%s/xfrd.state"
  zonelistfile: "%s/zone.list"
  cookie-secret-file: "%s/cookies"
  xfrdir: "%s"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "root.zone"
%s""" % ((port,) + (folder,) * 6 + (extra,)))
    server = subprocess.Popen(["/usr/sbin/nsd", "-d", "-c", config], stdout=subprocess.DEVNULL,
                              stderr=open(os.path.join(folder, "nsd.log"), "w"), start_new_session=True)
    for _ in range(100):
        time.sleep(0.05)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if server.poll() is None and probe.connect_ex(("127.0.0.1", port)) == 0:
                return server, port
        if server.poll() is not None:
            return None
    os.killpg(server.pid, signal.SIGKILL)
    return None


def probes(rng, networks):
    """Addresses at and next to the ends of all networks, and some random ones."""
    found = set()
    for network in networks:
        for number in (int(network[0]) - 1, int(network[0]), int(network[-1]), int(network[-1]) + 1):
            if 0 <= number < 2 ** network.max_prefixlen:
                found.add((ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address)(number))
    chosen = rng.sample(sorted(found, key=str), min(len(found), 24))
    return chosen + [ipaddress.ip_address(v4(rng)) for _ in range(6)] + [ipaddress.ip_address(v6(rng)) for _ in range(4)]


def check_messages(binary, folder, rng, zone, names):
    """Evaluates the records for messages, and prints what pyspf says otherwise."""
    path, zone_file = os.path.join(folder, "message.eml"), os.path.join(folder, "root.zone")
    with open(zone_file, "w") as file:
        file.write(zone.text())
    hosts = [ipaddress.ip_address(value) for key, values in zone.records.items() if key[1] == "A" for value in values]
    asked = different = limits = 0
    results = {}
    for name in names:
        for address in rng.sample(hosts, 4) + [ipaddress.ip_address(v4(rng)), ipaddress.ip_address(v6(rng))]:
            local = rng.choice(["some-one", "some.one", "one"])
            if address.is_loopback or address in ipaddress.ip_network("10.0.0.0/8"):
                continue
            with open(path, "w") as file:
                file.write("Return-Path: <%s@%s>\nReceived: from helo.test (unknown [%s%s])\n by mx.test with SMTP; Thu, 1 Oct 2026 01:00:00 +0000\n"
                           "From: a@example.com\n\nHello\n" % (local, name, "IPv6:" if address.version == 6 else "", address))
            run = subprocess.run([binary, "check", "message", path, "--zone", zone_file, "--format", "json"], capture_output=True, text=True)
            try:
                ours = json.loads(run.stdout)["spf_now"]
            except ValueError:
                ours = "no JSON: " + run.stderr.strip()
            query = spf.query(i=str(address), s="%s@%s" % (local, name), h="helo.test", receiver="test")
            theirs = query.check()[0]
            asked += 1
            results[ours] = results.get(ours, 0) + 1
            if ours != theirs and str(query.perm_error).startswith(LIMITS):
                limits += 1
            elif ours != theirs:
                different += 1
                if different <= 20:
                    print("%s %s %s: pyspf says %s, dmarcstat %s; %s; %s" % (
                        name, local, address, theirs, ours, query.perm_error, [t for t in zone.lookup(name, "TXT")]))
    print("%d messages, %d different, %d by counted limits; %s" % (asked, different, limits, results))
    sys.exit(1 if different or limits > asked / 8 or len(results) < 5 else 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("folder")
    parser.add_argument("--records", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--messages", action="store_true")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    zone, names = build(rng, options.records, options.messages)
    spf.DNSLookup = zone.lookup
    if options.messages:
        check_messages(options.binary, options.folder, rng, zone, names)
    server, port = serve(options.folder, zone)
    asked = different = limits = passed = 0
    statuses = {}
    try:
        for name in names:
            run = subprocess.run([options.binary, "senders", "spf", name, "--resolver", "127.0.0.1:%d" % port, "--format",
                                  "json"], capture_output=True, text=True)
            try:
                answer = json.loads(run.stdout)
            except ValueError:
                print("%s: no JSON: %s" % (name, run.stderr.strip()))
                different += 1
                continue
            statuses[answer["status"]] = statuses.get(answer["status"], 0) + 1
            networks = [ipaddress.ip_network(entry["network"]) for entry in answer["ranges"]]
            for address in probes(rng, networks):
                query = spf.query(i=str(address), s="postmaster@" + name, h="helo.test", receiver="test")
                result = query.check()[0]
                ours = any(address in network for network in networks if network.version == address.version)
                asked += 1
                passed += ours
                if (result == "pass") != ours and ours and str(query.perm_error).startswith(LIMITS):
                    limits += 1
                elif (result == "pass") != ours:
                    different += 1
                    if different <= 20:
                        print("%s %s: pyspf says %s, dmarcstat %s (%s); %s; %s" % (
                            name, address, result, "pass" if ours else "no pass", answer["status"], query.perm_error,
                            answer["record"]))
    finally:
        # With all its child processes, and with any inherited signal mask.
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    print("%d records, %d addresses, %d pass, %d different, %d by counted limits; %s" % (
        len(names), asked, passed, different, limits, statuses))
    sys.exit(1 if different or limits > asked / 8 else 0)


if __name__ == "__main__":
    main()
