#!/usr/bin/env python3
"""Creates the reports of a simulated year, and the truth about each of their rows.

    year.py SEED --out DIR [--days 365] [--operators N] [--scale X] [--held-out]

The year is made from how mail behaves: senders, forwarders, gateways, lists, criminals, and what reporters leave out; no rule of the program is asked.
DIR gets reports/, truth.jsonl (a line for each row: report id, ordinal, true label, kind, what it takes to tell), zone (for look-ups),
declared.yaml (what a careful operator declares) and plain.yaml (nothing declared).
--operators 0 and 1 take operators of the infrastructure table, other numbers invented ones. --held-out takes other volumes, spreads and durations.
"""
import argparse
import json
import os
import random

import crime
import decidable
import organisations
import relays
import reporters
import streams
from world import World


def create(seed, out, days=365, operators=0, scale=1.0, held_out=False):
    world = World(seed, days, operators, held_out, scale)
    found = organisations.build(world)
    relays.build(world, found)
    crime.build(world, found)
    signs = {org.domain: org.signs for org in found}
    for stream in world.streams:
        stream.signs = signs[stream.org]
    streams.run(world)
    evidence = decidable.gather(world.streams)
    needs = {stream: decidable.decidable(stream, evidence.get(stream.infra)) for stream in world.streams}
    os.makedirs(out, exist_ok=True)
    rows = messages = 0
    with open(os.path.join(out, "truth.jsonl"), "w") as file:
        def truth(report_id, ordinal, domain, begin, key, count):
            nonlocal rows, messages
            label, stream = key[9], key[10]
            rows, messages = rows + 1, messages + count
            # A person who sees no result at all knows only what other reporters told of the host.
            needed = "reports" if label == "receiver-error" else needs[stream]
            file.write(json.dumps({"report": report_id, "ordinal": ordinal, "source": key[0], "domain": domain, "begin": begin, "count": count,
                                   "label": label, "kind": stream.kind, "decidable": needed}) + "\n")
        reporters.write_reports(world, os.path.join(out, "reports"), truth)
    with open(os.path.join(out, "zone"), "w") as file:
        file.write("\n".join(world.zone) + "\n")
    with open(os.path.join(out, "plain.yaml"), "w") as file:
        file.write("own_tenants: []\n")
    with open(os.path.join(out, "declared.yaml"), "w") as file:
        file.write("own_tenants: [%s]\nknown_senders:\n" % ", ".join(world.tenants))
        for name, kind, values in world.declared:
            file.write("  - name: %s\n    kind: %s\n" % (name, kind))
            for key, texts in values.items():
                file.write("    %s: [%s]\n" % (key, ", ".join('"%s"' % text for text in texts)))
    return rows, messages


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seed", type=int)
    parser.add_argument("--out", required=True)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--operators", type=int, default=0)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--held-out", action="store_true")
    options = parser.parse_args()
    rows, messages = create(options.seed, options.out, options.days, options.operators, options.scale, options.held_out)
    print("%d rows, %d messages" % (rows, messages))


if __name__ == "__main__":
    main()
