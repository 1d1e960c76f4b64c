"""Runs checks one after the other, as standard input names them, a line each (`checks.logins`); ends with standard input.

    worker.py PROGRAM

One process runs many checks, and they share its Dovecots and its keys.
"""

import signal
import sys

import bad_days
import checks
import clock_changes
import doctor
import dovecot
import reporting
import setup

# The parent process may have blocked signals that servers need.
signal.pthread_sigmask(signal.SIG_SETMASK, [])
try:
    for line in sys.stdin:
        module, _, name = line.strip().partition(".")
        reporting.perform(line.strip(), getattr({"checks": checks, "bad_days": bad_days, "clock_changes": clock_changes, "setup": setup, "doctor": doctor}[module], name))
finally:
    dovecot.stop_all()
