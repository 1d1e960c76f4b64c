#!/usr/bin/env python3
"""Has a name server publish different records each day, and prints what dmarcstat finds.

    watch_records.py BINARY FOLDER DAYS

DAYS is a JSON file: a list of zones. Null stands for a day on which the server answers SERVFAIL. After each day, the times in the
database are moved back by a day. Prints the answers of `check domain --history` and of `changes` as one JSON object.
"""
import importlib.util
import json
import os
import signal
import sqlite3
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("spf_compare", os.path.join(HERE, "spf_compare.py"))
spf_compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(spf_compare)

BEGIN = "$TTL 60\n. IN SOA ns. root. 1 60 60 60 60\n. IN NS ns.\nns. IN A 127.0.0.1\n"
# A zone that the server cannot load.
BROKEN = 'zone:\n  name: "example.com"\n  zonefile: "missing.zone"\n'


class Text:
    def __init__(self, content):
        self.content = content

    def text(self):
        return BEGIN + self.content


def main():
    binary, folder, days = sys.argv[1:]
    environment = {"HOME": folder, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": folder,
                   "DMARCSTAT_DATABASE": folder + "/reports.sqlite"}

    def run(*arguments):
        result = subprocess.run([binary, *arguments], capture_output=True, text=True, env=environment)
        return result.returncode, result.stdout, result.stderr

    for number, zone in enumerate(json.load(open(days))):
        if number > 0:
            with sqlite3.connect(folder + "/reports.sqlite") as database:
                database.execute("UPDATE record_snapshot SET first_seen = first_seen - 86400,"
                                 " last_seen = last_seen - 86400, confirmed_at = confirmed_at - 86400")
                database.execute("UPDATE spf_snapshot SET taken_at = taken_at - 86400, checked_at = checked_at - 86400")
            database.close()
        place = "%s/ns%d" % (folder, number)
        os.makedirs(place)
        server, port = spf_compare.serve(place, Text(zone or ""), "" if zone is not None else BROKEN)
        try:
            status, _, errors = run("senders", "refresh", "--force", "--quiet", "--resolver", "127.0.0.1:%d" % port)
            if status != 0:
                sys.exit("day %d: status %d: %s" % (number, status, errors))
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
    answers = {}
    for name, arguments in {"history": ["check", "domain", "example.com", "--history"], "changes": ["changes"]}.items():
        status, output, errors = run(*arguments, "--format", "json")
        if status != 0:
            sys.exit("%s: status %d: %s" % (arguments, status, errors))
        answers[name] = json.loads(output)
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
