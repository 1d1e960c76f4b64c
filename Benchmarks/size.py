#!/usr/bin/env python3
"""Compares the size of the program and the time that it takes to start with those of the smallest program of its kind: one that is linked
with the same static Foundation and looks up one time zone.

  size.py DMARCSTAT SIZE_RATIO START_RATIO

Ends with status 1 if a ratio is exceeded. A package compresses the program to about a quarter.
"""
import lzma
import os
import resource
import subprocess
import sys
import tempfile

# Foundation itself is what both have in common: its tables are linked as soon as it is imported.
REFERENCE = """
import Foundation
print(ProcessInfo.processInfo.arguments.count, TimeZone(identifier: "UTC") == nil)
"""
PACKAGE_SHARE = 0.35
RUNS = 15


def strip(program, target):
    subprocess.run(["strip", "-o", target, program], check=True)
    return os.path.getsize(target)


def start_time(program):
    """Seconds of CPU time; the least of some runs."""
    times = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, "--version"], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return max(min(times), 0.0005)


def main():
    program, size_bound, start_bound = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/reference.swift", "w", encoding="utf-8") as file:
            file.write(REFERENCE)
        subprocess.run(
            ["swiftc", "-O", "-static-stdlib", "-use-ld=lld", "-Xlinker", "--gc-sections", "-o", folder + "/reference",
             folder + "/reference.swift"], check=True, stderr=subprocess.DEVNULL)
        reference, own = strip(folder + "/reference", folder + "/reference.stripped"), strip(program, folder + "/own")
        with open(folder + "/own", "rb") as file:
            packed = len(lzma.compress(file.read(), preset=1))
        start, reference_start = start_time(folder + "/own"), start_time(folder + "/reference.stripped")
    figures = [
        ("program without symbols", own / reference, size_bound, "%.1f MB, reference %.1f MB" % (own / 1e6, reference / 1e6)),
        ("compressed share of it", packed / own, PACKAGE_SHARE, "%.1f MB" % (packed / 1e6)),
        ("start, CPU time", start / reference_start, start_bound, "%.1f ms, reference %.1f ms" % (start * 1e3, reference_start * 1e3)),
    ]
    failed = False
    for name, ratio, bound, text in figures:
        print("%s: %s, ratio %.2f (bound: %.2f)" % (name, text, ratio, bound))
        failed = failed or ratio > bound
    sys.exit(failed)


if __name__ == "__main__":
    main()
