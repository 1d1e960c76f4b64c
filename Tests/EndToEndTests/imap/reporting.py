"""How checks written in Python report: one line of JSON for each, with its file and line.

`Tests/EndToEndTests/PythonChecks.swift` makes an expectation of Swift Testing of each. A file of checks can also be run by hand:
`checks.py PROGRAM CHECK...`.
"""

import json
import os
import random
import sys
import threading
import time
import traceback

SEED = int(os.environ.get("DMARCSTAT_SEED", "1"))
# Whether long checks run in full.
IS_LONG = os.environ.get("DMARCSTAT_LONG") == "1"
failures = []
output = threading.Lock()


def check(truth, what, *more):
    """Reports whether a condition holds; `more` is added if it does not."""
    caller = sys._getframe(1)
    if not truth:
        failures.append(what)
    tell(bool(truth), caller.f_code.co_filename, caller.f_lineno, what, *([] if truth else more))


def tell(truth, file, line, what, *more):
    text = " ".join([what, *map(str, more)])[:3_000]
    say({"ok": truth, "file": os.path.basename(file), "line": line, "text": text})


def say(something):
    with output:
        print(json.dumps(something), flush=True)


def noise(count, seed="noise"):
    """Incompressible bytes, the same in each run."""
    return random.Random(f"{SEED}/{seed}").randbytes(count)


def perform(name, function):
    """Runs one check and prints a closing line; any exception is a failure."""
    failures.clear()
    begin = time.monotonic()
    try:
        function()
    except BaseException as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "EndToEndTests" in frame.filename]
        place = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
        failures.append(name)
        tell(False, place.filename, place.lineno, f"{name} ended with {error!r}: {place.line}")
        if isinstance(error, KeyboardInterrupt):
            raise
    say({"done": name, "seconds": round(time.monotonic() - begin, 1)})
    return not failures


def main(checks):
    """Runs the checks named on the command line, and exits with status 1 if any fails."""
    results = [perform(name, checks[name]) for name in sys.argv[2:]]
    sys.exit(0 if all(results) else 1)
