#!/usr/bin/env python3
"""Runs `dmarcstat check domain` against a real name server, and compares it with what a zone expects and with pyspf.

    check_domains.py BINARY FOLDER ZONE [--records N] [--seed N]

NSD serves the zone on loopback. Each domain must have exactly the findings that its `; expect` line names. Then it serves random SPF
records, made like those of spf_compare.py: the number of lookups must be that of pyspf wherever pyspf gets to the end of the record.
Prints one line a difference; the exit status is 1 where there is any.
"""
import argparse
import importlib.util
import json
import os
import random
import re
import signal
import subprocess
import sys

import spf

HERE = os.path.dirname(os.path.abspath(__file__))


def module(name):
    """A script beside this one, without running it as a program."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(HERE, name + ".py"))
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


spf_compare = module("spf_compare")


def run(binary, folder, port, names, *options, fetches=False):
    command = [binary, "check", "domain", *names, "--resolver", "127.0.0.1:%d" % port, "--format", "ndjson", *options]
    if not fetches:
        command.append("--no-fetch")
    environment = {"HOME": folder, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    return result.returncode, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


class Text:
    """A zone that is given as text."""

    def __init__(self, text):
        self.content = text

    def text(self):
        return self.content


def serve(folder, zone, check):
    os.makedirs(folder)
    server, port = spf_compare.serve(folder, zone)
    try:
        return check(port)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def expected_findings(options, text):
    expected = {}
    for line in text.splitlines():
        match = re.match(r"; expect (\S+)((?: select=\S+)*)(.*)", line)
        if match:
            expected[match[1]] = (re.findall(r"select=(\S+)", match[2]), sorted(match[3].split()))

    def check(port):
        different = 0
        for selectors in {tuple(selectors) for selectors, _ in expected.values()}:
            names = [name for name, (own, _) in expected.items() if tuple(own) == selectors]
            named = [word for selector in selectors for word in ("--selector", selector)]
            status, answers, errors = run(options.binary, options.folder, port, names, *named)
            if status != 1 or errors:
                print("status %d: %s" % (status, errors))
                different += 1
            for answer in answers:
                codes = sorted(finding["code"] for finding in answer["findings"])
                if codes != expected[answer["domain"]][1]:
                    different += 1
                    print("%s: expected %s, found %s" % (answer["domain"], expected[answer["domain"]][1], codes))
            different += len(names) != len(answers)
        # Domains without errors end with 0.
        well = [name for name in expected if name.startswith("well")]
        status, answers, errors = run(options.binary, options.folder, port, well)
        if status != 0 or any(answer["result"] != "ok" for answer in answers):
            print("well: status %d: %s" % (status, errors))
            different += 1
        # The address is one for documentation, so no request is sent to it.
        status, answers, _ = run(options.binary, options.folder, port, ["well-both.test"], fetches=True)
        codes = [finding["code"] for finding in answers[0]["findings"]]
        if status != 1 or codes != ["mta-sts-policy-missing"]:
            print("well-both.test with its policy: status %d, %s" % (status, codes))
            different += 1
        return different

    return len(expected), serve(os.path.join(options.folder, "expected"), Text(text), check)


def counted_lookups(options):
    rng = random.Random(options.seed)
    zone, names = spf_compare.build(rng, options.records)
    spf.DNSLookup = zone.lookup

    def check(port):
        compared = different = over = 0
        _, answers, _ = run(options.binary, options.folder, port, names)
        found = {answer["domain"]: answer["spf"] for answer in answers}
        for name in names:
            ours = found[name]
            # An address that no record names: it passes every term.
            query = spf.query(i="172.31.255.254", s="postmaster@" + name, h="helo.test", receiver="test")
            result = query.check()[0]
            problem = str(query.perm_error)
            if "Too many DNS lookups" in problem:
                over += 1
                if ours["look_ups"] <= 10:
                    different += 1
                    print("%s: pyspf counts more than ten, dmarcstat %d" % (name, ours["look_ups"]))
            elif result in ("fail", "softfail", "neutral") and not query.perm_error and ours["record"]:
                ends = any(term["depth"] == 1 and term["term"].lstrip("+-~?").lower() == "all" for term in ours["terms"])
                after = [term for term in ours["terms"] if term["problem"]]
                if after or not (ends or "redirect" in ours["record"] or result == "neutral"):
                    continue
                compared += 1
                if query.lookups != ours["look_ups"]:
                    different += 1
                    print("%s: pyspf counts %d, dmarcstat %d: %s" % (name, query.lookups, ours["look_ups"], ours["record"]))
        print("%d counts compared, %d over the limit" % (compared, over))
        return different + (compared < len(names) / 8)

    return serve(os.path.join(options.folder, "counted"), zone, check)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("folder")
    parser.add_argument("zone")
    parser.add_argument("--records", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with open(options.zone) as file:
        count, different = expected_findings(options, file.read())
    different += counted_lookups(options)
    print("%d domains, %d different" % (count, different))
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
