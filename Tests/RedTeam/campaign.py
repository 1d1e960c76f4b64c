"""Runs the checks and reports the results."""
import argparse, concurrent.futures, fnmatch, importlib, os, sys, threading, time, traceback

import harness
from harness import CHECKS, Box, Failed, Waiting

MODULES = [name[:-3] for name in sorted(os.listdir(os.path.join(harness.HERE, "checks"))) if name.endswith(".py") and name != "__init__.py"]


def matches(name, patterns):
    return any(name == pattern or name.startswith(pattern + "/") or fnmatch.fnmatch(name, pattern) for pattern in patterns)


def carry_out(check, options):
    """Returns the outcome, the reason and the seconds that it took."""
    start = time.monotonic()
    box = Box(options.binary, options.seed, check.name)
    try:
        try:
            check.function(box)
        except Waiting as waiting:
            return "waiting", [str(waiting)], time.monotonic() - start
        except Failed as failed:
            box.failures.append(str(failed))
        except Exception:
            box.failures.append("the check itself broke: " + traceback.format_exc().strip().replace("\n", " | ")[-600:])
        outcome = "FAILED" if box.failures else "ok"
        return outcome, box.failures, time.monotonic() - start
    finally:
        if options.keep:
            print(f"{check.name}: {box.root}", file=sys.stderr)
        else:
            box.close()


def printable(text):
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def main(usage):
    parser = argparse.ArgumentParser(usage=usage.strip().split("\n\n")[1].strip(), description=usage.strip().split("\n\n")[0])
    parser.add_argument("--binary", default=os.path.join(harness.ROOT, ".build/debug/dmarcstat"))
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--only", nargs="+", default=["*"], metavar="NAME")
    parser.add_argument("--skip", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep the scratch folders and say where they are")
    options = parser.parse_args()
    for module in MODULES:
        importlib.import_module(f"checks.{module}")
    chosen = [check for check in CHECKS if matches(check.name, options.only) and not matches(check.name, options.skip)]
    if options.list:
        for check in chosen:
            words = " ".join((check.function.__doc__ or "").split()).rstrip(".")
            print(f"{check.name:44} {','.join(map(str, check.points)):8} {words}")
        return 0
    options.binary = os.path.abspath(options.binary)
    if not os.access(options.binary, os.X_OK):
        print(f"{options.binary}: not a program; build it or name one with --binary", file=sys.stderr)
        return 2
    if not chosen:
        print("no check has this name; --list shows them all", file=sys.stderr)
        return 2
    print(f"{len(chosen)} checks, seed {options.seed}, {options.binary}", flush=True)
    count = {"ok": 0, "FAILED": 0, "waiting": 0}
    lock = threading.Lock()

    def one(check):
        outcome, why, seconds = carry_out(check, options)
        with lock:
            count[outcome] += 1
            print(f"{outcome:7} {check.name}  ({seconds:.1f} s)", flush=True)
            for reason in why[:4]:
                print(f"        {printable(reason)[:500]}")
            if len(why) > 4:
                print(f"        and {len(why) - 4} more", flush=True)

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for future in [pool.submit(one, check) for check in chosen]:
            future.result()
    waiting = f", {count['waiting']} waiting" if count["waiting"] else ""
    print(f"{count['ok']} passed, {count['FAILED']} failed{waiting}")
    return 1 if count["FAILED"] else 0
