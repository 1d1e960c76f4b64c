"""Compares `dmarcstat ingest` on a mailbox of a real Dovecot with Python's imaplib, which fetches one message at a time.

    imap.py PROGRAM [MESSAGES]

Prints wall and CPU seconds, peak memory and round trips, directly and through a proxy that adds 20 ms in each direction. Ends
with status 1 if a bound of Benchmarks/README.md is exceeded.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Tests/EndToEndTests/imap"))
from dovecot import PASSWORD, USER, Dovecot, mail  # noqa: E402
from proxy import Proxy  # noqa: E402

PROGRAM, COUNT = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5000
# Fetching one at a time with latency takes minutes, so a part of the messages has to do.
FEW = max(1, COUNT // 10)

IMAPLIB = """
import imaplib, sys
client = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
client.authenticate("PLAIN", lambda _: f"\\0{sys.argv[2]}\\0{sys.argv[3]}".encode())
client.select("INBOX", readonly=True)
uids = client.uid("SEARCH", "ALL")[1][0].split()[:int(sys.argv[4])]
size = sum(len(client.uid("FETCH", uid.decode(), "(BODY.PEEK[])")[1][0][1]) for uid in uids)
client.logout()
"""


def measured(command, environment):
    """Wall and CPU seconds and peak KiB of a command."""
    begin = time.time()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    peak, done = 0, 0
    while not done:
        try:
            for line in open(f"/proc/{process.pid}/status"):
                if line.startswith("VmHWM"):
                    peak = max(peak, int(line.split()[1]))
        except OSError:
            pass
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        time.sleep(0.005)
    if status:
        sys.exit(f"{command} ended with {status}")
    return time.time() - begin, usage.ru_utime + usage.ru_stime, peak


def main():
    folder = tempfile.mkdtemp(prefix="dmarcstat-bench-")
    os.chmod(folder, 0o755)
    server = Dovecot(f"{folder}/dovecot")
    environment = {"PATH": os.environ["PATH"], "HOME": folder, "TMPDIR": folder}
    kept = True
    try:
        server.deliver([mail(number) for number in range(COUNT)])
        # Dovecot builds its index when the mailbox is first opened.
        server.connect().select("INBOX")
        with open(f"{folder}/password", "w") as file:
            file.write(PASSWORD + "\n")

        def dmarcstat(port, tls="none"):
            with open(f"{folder}/config.yaml", "w") as file:
                file.write(f"accounts:\n  - {{name: b, server: localhost, port: {port}, tls: {tls}, user: {USER}, password_file: password, "
                           f"ca_file: {server.authority}}}\n")
            for end in ("", "-wal", "-shm"):
                if os.path.exists(f"{folder}/b.sqlite{end}"):
                    os.remove(f"{folder}/b.sqlite{end}")
            return measured([PROGRAM, "ingest", "--config", f"{folder}/config.yaml", "--database", f"{folder}/b.sqlite"], environment)

        def imaplib(port, count):
            return measured([sys.executable, "-c", IMAPLIB, str(port), USER, PASSWORD, str(count)], environment)

        print(f"{'':44} {'msgs':>6} {'wall s':>8} {'cpu s':>7} {'KiB':>8} {'round trips':>12}")

        def show(name, count, values, turns):
            wall, cpu, peak = values
            print(f"{name:44} {count:6} {wall:8.2f} {cpu:7.2f} {peak:8} {turns:>12}", flush=True)
            return wall / count

        rates = {}
        for name, delay in (("direct", 0.0), ("20 ms each way", 0.02)):
            few = COUNT if delay == 0 else FEW
            proxy = Proxy(server.port, delay)
            mine = show(f"dmarcstat, fetched, parsed and stored, {name}", COUNT, dmarcstat(proxy.port), proxy.turns)
            turns = proxy.turns
            proxy.stop()
            proxy = Proxy(server.port, delay)
            other = show(f"imaplib, fetched only, {name}", few, imaplib(proxy.port, few), proxy.turns)
            proxy.stop()
            rates[name] = mine / other
            print(f"  time per message: {mine / other:.3f} of imaplib's; messages per round trip: {COUNT / turns:.0f}")
            if turns * 100 > COUNT:
                print("  too many round trips: more than one for 100 messages")
                kept = False
        show("dmarcstat, no proxy", COUNT, dmarcstat(server.port), "-")
        show("dmarcstat, no proxy, TLS", COUNT, dmarcstat(server.tls_port, "implicit"), "-")
        show("imaplib, no proxy", COUNT, imaplib(server.port, COUNT), "-")
        for name, bound in (("direct", 1.0), ("20 ms each way", 0.1)):
            if rates[name] > bound:
                print(f"  too slow, {name}: more than {bound} of imaplib's time per message")
                kept = False
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if kept else 1)


main()
