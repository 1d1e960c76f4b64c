"""The basis of every check: a scratch folder, runs of the program with their costs, and a list of failures."""
import json, os, random, shutil, signal, sqlite3, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
NOBODY = 65534
# A ceiling against hanging, not a measurement: debug builds on busy machines are slow.
TIME = 180
MIB = 1 << 20
STATUSES = {0, 1, 2, 3, 4, 5, 7, 8}


class Failed(Exception):
    """The check cannot continue."""


class Waiting(Exception):
    """The program does not have the feature under test."""


class Check:
    def __init__(self, name, points, function):
        self.name, self.points, self.function = name, points, function


CHECKS = []


def check(name, *points):
    """Registers a check under `group/name`, with the areas of SECURITY.md or the issue to which it belongs."""
    def register(function):
        CHECKS.append(Check(name, points, function))
        return function
    return register


class Run:
    """The exit status and the cost of one run of the program."""

    def __init__(self, arguments, out, err, result):
        self.arguments, self.out, self.err = arguments, out, err
        self.timed_out = result is None
        result = result or {"status": -signal.SIGKILL, "memory": 0, "cpu": 0, "seconds": TIME}
        self.status, self.memory, self.cpu, self.seconds = (result[key] for key in ("status", "memory", "cpu", "seconds"))

    @property
    def text(self):
        return (self.out + self.err).decode("utf-8", "replace")

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as error:
            raise Failed(f"{' '.join(self.arguments)}: not JSON ({error}): {self.out[:200]!r} {self.err[:200]!r}")

    def ndjson(self):
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]

    def __str__(self):
        words = self.err.decode("utf-8", "replace").strip().replace("\n", " | ")
        return f"status {self.status}{' (timed out)' if self.timed_out else ''}, {self.memory >> 10} MiB, {self.seconds:.1f} s: {words[:300]!r}"


class Service:
    """A run that continues, like `--watch`."""

    def __init__(self, box, process, files, arguments):
        self.box, self.process, self.files, self.arguments = box, process, files, arguments

    @property
    def pid(self):
        for _ in range(500):
            try:
                with open(self.files["result"] + ".started") as file:
                    return int(file.read())
            except FileNotFoundError:
                time.sleep(0.02)
        raise Failed("the program did not start")

    def send(self, number):
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    @property
    def is_running(self):
        return self.process.poll() is None

    def words(self):
        with open(self.files["stderr"], "rb") as file:
            return file.read().decode("utf-8", "replace")

    def stop(self, timeout=60, number=15):
        self.send(number)
        return self.wait(timeout)

    def wait(self, timeout=TIME):
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        return self.box.collect(self)


class Box:
    """A scratch folder with a home, a database and files, for one check."""

    def __init__(self, binary, seed, name):
        self.binary, self.name = binary, name
        self.random = random.Random(f"{seed}/{name}")
        self.root = tempfile.mkdtemp(prefix="redteam-")
        os.chmod(self.root, 0o755)
        self.home = self.folder("home")
        self.work = self.folder("work")
        self.database = os.path.join(self.root, "data", "reports.sqlite")
        self.failures, self.notes, self.counter, self.cleanup = [], [], 0, []

    def close(self):
        for function in reversed(self.cleanup):
            try:
                function()
            except Exception:
                pass
        for folder, folders, _ in os.walk(self.root):
            for name in folders:
                path = os.path.join(folder, name)
                if not os.path.islink(path):
                    os.chmod(path, 0o700)
        shutil.rmtree(self.root, ignore_errors=True)

    # What went wrong

    def expect(self, condition, why):
        if not condition:
            self.failures.append(why)
        return bool(condition)

    def require(self, condition, why):
        if not condition:
            raise Failed(why)

    # Files

    def path(self, *names):
        return os.path.join(self.root, *names)

    def folder(self, *names):
        path = os.path.join(self.root, *names)
        os.makedirs(path, exist_ok=True)
        return path

    def put(self, name, data, mtime=None):
        """Writes a file in the scratch folder; `mtime` in seconds."""
        path = os.path.join(os.fsencode(self.root), name if isinstance(name, bytes) else os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        if mtime is not None:
            os.utime(path, (mtime, mtime))
        return os.fsdecode(path)

    def disk(self):
        """The size of the database with its companion files."""
        return sum(os.path.getsize(self.database + suffix) for suffix in ("", "-wal", "-shm", "-journal")
                   if os.path.exists(self.database + suffix))

    # Runs

    def _start(self, arguments, environment=None, stdin=os.devnull, stdout=None, stderr=None, cwd=None, user=None, limits=None,
               umask=0o022, ignore_signals=(), closed=(), program=None):
        self.counter += 1
        base = self.path(f".run{self.counter}")
        files = {"stdin": stdin, "stdout": stdout or base + ".out", "stderr": stderr or base + ".err", "result": base + ".result"}
        variables = {"HOME": self.home, "PATH": "/usr/bin:/bin", "DMARCSTAT_DATABASE": self.database, "TMPDIR": self.root,
                     "LANG": "C.UTF-8", "TZ": "UTC",
                     "SWIFT_BACKTRACE": "enable=no"}
        variables.update(environment or {})
        variables = {key: value for key, value in variables.items() if value is not None}
        spec = dict(files, arguments=[program or self.binary, *map(str, arguments)], environment=variables, folder=cwd or self.work,
                    user=user, limits=limits or {}, umask=umask, ignore_signals=list(ignore_signals))
        for name in closed:
            spec[name] = None
        process = subprocess.Popen([sys.executable, "-I", "-S", os.path.join(HERE, "launcher.py"), json.dumps(spec)],
                                   start_new_session=True, stdin=subprocess.DEVNULL)
        return Service(self, process, files, list(map(str, arguments)))

    def collect(self, service):
        def content(name):
            path = service.files[name]
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    return file.read()
            return b""
        error = service.files["result"] + ".error"
        if os.path.exists(error):
            raise Failed(f"could not start: {open(error).read()}")
        result = None
        if os.path.exists(service.files["result"]):
            with open(service.files["result"]) as file:
                result = json.load(file)
        return Run(service.arguments, content("stdout"), content("stderr"), result)

    def start(self, *arguments, **conditions):
        service = self._start(arguments, **conditions)
        self.cleanup.append(lambda: service.process.poll() is None and os.killpg(service.process.pid, signal.SIGKILL))
        return service

    def run(self, *arguments, timeout=TIME, **conditions):
        """Runs the program to its end.

        Conditions: environment, stdin, stdout, stderr (paths), closed (descriptors that are closed), cwd, user, limits, umask,
        ignore_signals.
        """
        return self._start(arguments, **conditions).wait(timeout)

    def ok(self, *arguments, statuses=(0,), **conditions):
        """Runs the program and records a failure if it does not end with one of these statuses."""
        run = self.run(*arguments, **conditions)
        self.expect(run.status in statuses, f"`{' '.join(arguments)[:120]}`: {run}")
        return run

    def ends_well(self, run, what="", memory=None, seconds=None, statuses=STATUSES):
        """Whether it ended without a signal, with a documented status, within bounds."""
        what = what or " ".join(run.arguments)[:80]
        self.expect(not run.timed_out and run.status in statuses, f"{what}: {run}")
        if memory is not None:
            self.expect(run.memory <= memory >> 10, f"{what}: {run.memory >> 10} MiB of memory, at most {memory >> 20} allowed")
        if seconds is not None:
            self.expect(run.seconds <= seconds, f"{what}: took {run.seconds:.1f} s, at most {seconds:.0f} allowed")

    # What is stored

    def sql(self, query, *values):
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30)
        try:
            return connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise Failed(f"{query}: {error}")
        finally:
            connection.close()

    def reports(self):
        """The stored report ids, in order."""
        if not os.path.exists(self.database):
            return []
        return sorted(row[0] for row in self.sql("SELECT report_id FROM v_report"))

    def messages(self, report_id=None):
        if report_id is None:
            return self.sql("SELECT coalesce(sum(messages), 0) FROM v_record")[0][0]
        return self.sql("SELECT coalesce(sum(messages), 0) FROM v_report WHERE report_id = ?", report_id)[0][0]

    def has_option(self, option, *command):
        return option in self.run(*command, "--help").text

    def wait_for(self, condition, seconds=60):
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if condition():
                return True
            time.sleep(0.1)
        return bool(condition())
