"""Starts one program under the conditions that a check asks for, and measures it.

Runs in a small process of its own, because the kernel counts the memory of whoever starts a program as the program's:
    launcher.py SPECIFICATION        (JSON; see `Box.run`)
Writes one line of JSON to the file named by the specification: exit status, signal, peak memory in KiB, seconds of CPU.
"""
import ctypes, json, os, resource, signal, sys, time

LIMITS = {"file_bytes": resource.RLIMIT_FSIZE, "address_space": resource.RLIMIT_AS, "processes": resource.RLIMIT_NPROC,
          "open_files": resource.RLIMIT_NOFILE, "stack": resource.RLIMIT_STACK}


def end_with_parent():
    """The kernel kills this process when its parent ends, so that an interrupted campaign leaves no processes."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def become(spec):
    end_with_parent()
    os.chdir(spec["folder"])
    os.umask(spec["umask"])
    for descriptor, path, flags in ((0, spec["stdin"], os.O_RDONLY), (1, spec["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
                                    (2, spec["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)):
        if path is None:
            os.close(descriptor)
            continue
        opened = os.open(path, flags, 0o666)
        os.dup2(opened, descriptor)
        if opened > 2:
            os.close(opened)
    for name in spec["ignore_signals"]:
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    for name, value in spec["limits"].items():
        resource.setrlimit(LIMITS[name], (value, value))
    if spec["user"] is not None:
        os.setgroups([])
        os.setgid(spec["user"])
        os.setuid(spec["user"])
    # Python ignores these two, and what it ignores stays ignored.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        if signal.Signals(number).name not in spec["ignore_signals"]:
            signal.signal(number, signal.SIG_DFL)
    os.execvpe(spec["arguments"][0], spec["arguments"], spec["environment"])


def main():
    end_with_parent()
    spec = json.loads(sys.argv[1])
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            become(spec)
        except BaseException as error:
            with open(spec["result"] + ".error", "w") as file:
                file.write(repr(error))
            os._exit(97)
    with open(spec["result"] + ".pid", "w") as file:
        file.write(str(child))
    os.replace(spec["result"] + ".pid", spec["result"] + ".started")
    _, status, usage = os.wait4(child, 0)
    result = {"status": os.waitstatus_to_exitcode(status), "memory": usage.ru_maxrss, "cpu": usage.ru_utime + usage.ru_stime,
              "seconds": time.monotonic() - start}
    with open(spec["result"] + ".new", "w") as file:
        json.dump(result, file)
    os.replace(spec["result"] + ".new", spec["result"])


main()
