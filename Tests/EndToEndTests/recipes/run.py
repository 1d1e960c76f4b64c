"""Follows a recipe of docs/recipes on a throwaway machine, word for word.

    run.py RECIPE FOLDER BINARY
"""

import signal
import sys

sys.dont_write_bytecode = True

import machine
import setups

# Threads of the tests hold signals back, and their children inherit that.
signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
if sys.argv[1] != "--inside":
    machine.enter([__file__, "--inside", *sys.argv[1:]])
_, _, name, folder, binary = sys.argv
setups.FOLLOW[name](machine.Machine(folder, binary), name)
