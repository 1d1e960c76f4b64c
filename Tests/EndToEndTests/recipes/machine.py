"""A throwaway machine: this one with a layer over its file system, a network that has only loopback, and its own processes. Everything
that a recipe installs, writes or starts is gone at its end. It needs root."""

import glob
import os
import shlex
import subprocess
import sys
import tempfile
import time

import recipe

ROOT = os.path.abspath(f"{os.path.dirname(__file__)}/../../..")
# Where Debian's package puts the sample month.
EXAMPLES = "/usr/share/doc/dmarcstat/examples"
VARIABLES = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
             "DEBIAN_FRONTEND": "noninteractive", "TMPDIR": "/tmp"}
SUDO = """#!/bin/sh
# Root may become anyone; `sudo -u USER COMMAND` and `sudo COMMAND`.
[ "$1" = -u ] || exec "$@"
user=$2; shift 2
exec setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups env HOME="$(getent passwd "$user" | cut -d: -f6)" USER="$user" "$@"
"""


def enter(arguments):
    """Runs this program again in its own namespaces."""
    os.execvp("unshare", ["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", sys.executable, *arguments])


class Machine:
    def __init__(self, folder, binary):
        self.root = f"{folder}/root"
        run = lambda *words: subprocess.run(words, check=True)
        run("ip", "link", "set", "lo", "up")
        run("hostname", "mx.example.com")
        os.makedirs(folder, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
        for name in ("upper", "work", "root"):
            os.mkdir(f"{folder}/{name}")
        run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={folder}/upper,workdir={folder}/work", self.root)
        run("mount", "-t", "proc", "proc", f"{self.root}/proc")
        for name in ("sys", "dev"):
            run("mount", "--rbind", f"/{name}", f"{self.root}/{name}")
        for name in ("tmp", "run"):
            run("mount", "-t", "tmpfs", "-o", "mode=1777" if name == "tmp" else "mode=755", "tmpfs", f"{self.root}/{name}")
        # The layer does not show what is mounted below it, such as the checkout.
        os.makedirs(self.root + ROOT, exist_ok=True)
        run("mount", "--bind", ROOT, self.root + ROOT)
        self.write("/etc/hosts", "127.0.0.1 localhost mx.example.com mx\n")
        self.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        self.write("/usr/local/bin/sudo", SUDO, 0o755)
        self.install(binary)

    def install(self, binary):
        """Installs what the Debian package of dmarcstat contains."""
        self.shell(f"install {shlex.quote(binary)} /usr/bin/dmarcstat && mkdir -p {EXAMPLES} && cp -r {ROOT}/reports-sample {EXAMPLES}/"
                   f" && systemd-sysusers {ROOT}/debian/dmarcstat.sysusers && systemd-tmpfiles --create {ROOT}/debian/dmarcstat.tmpfiles"
                   f" && install -D -m 640 -g dmarcstat {ROOT}/packaging/config.yaml /etc/dmarcstat/config.yaml")

    def write(self, path, text, mode=None, appends=False):
        path = self.root + path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a" if appends else "w") as file:
            file.write(text)
        if mode is not None:
            os.chmod(path, mode)

    def read(self, path):
        with open(self.root + path) as file:
            return file.read()

    def start(self, command, output):
        """Starts a command in the machine with a shell."""
        return subprocess.Popen(["chroot", self.root, "sh", "-c", f"cd /root && {command}"], env=VARIABLES, stdin=subprocess.DEVNULL,
                                stdout=output, stderr=subprocess.STDOUT)

    def shell(self, command, allowed=(0,)):
        """Runs a command to its end and returns what it prints."""
        status, output = self.outcome(command)
        if status not in allowed:
            raise SystemExit(f"{command}\nended with status {status}:\n{output}")
        return output

    def outcome(self, command):
        """The status and the output. Daemons that a command leaves running would keep a pipe open, so the output goes to a file."""
        with tempfile.TemporaryFile() as output:
            status = self.start(command, output).wait()
            output.seek(0)
            return status, output.read().decode(errors="replace")

    def install_postfix(self):
        """Installs Postfix as Debian does with the answer "Internet Site". It replaces Exim, which other tests need, so it is installed
        only here, from a package that scripts/test has downloaded."""
        package, = glob.glob(f"{ROOT}/.build/packages/postfix_*.deb")
        for answer in ("main_mailer_type select Internet Site", "mailname string mx.example.com"):
            self.shell(f"echo 'postfix postfix/{answer}' | debconf-set-selections")
        self.shell("dpkg --force-depends --purge exim4-daemon-light exim4-base exim4-config; "
                   f"dpkg --force-depends --install {package} && postfix start")


class Run:
    """Takes the steps of a recipe, in the order in which they are printed."""

    def __init__(self, machine, name, statuses=None):
        with open(f"{ROOT}/docs/recipes/{name}.md") as file:
            self.text = file.read()
        self.machine = machine
        # Statuses other than 0 with which commands may end, by their first words.
        self.statuses = statuses or {}
        self.commands, self.files, self.sql = 0, 0, 0

    def all(self, sql=None):
        for block in recipe.blocks(self.text):
            if block.kind == "file":
                self.machine.write(block.path.replace("~", "/root", 1) if block.path[0] == "~" else block.path, block.text,
                                   appends=block.appends)
                self.files += 1
            elif block.kind == "sql":
                sql(block.text)
                self.sql += 1
            elif block.kind == "commands":
                for command, shown in block.commands():
                    self.step(command, shown)
        print(f"{self.commands} commands, {self.files} files, {self.sql} queries")

    def step(self, command, shown):
        """Repeats a command until it prints what is shown, because other programs deliver mail. Such commands change nothing."""
        self.commands += 1
        allowed = next((both for words, both in self.statuses.items() if command.startswith(words)), (0,))
        end = time.monotonic() + 600
        while True:
            status, output = self.machine.outcome(command)
            missing = [line for line in shown if not recipe.is_shown(line, output)]
            if status in allowed and not missing:
                return
            if not shown or time.monotonic() > end:
                raise SystemExit(f"{command}\nends with status {status} and does not print\n" + "\n".join(missing) + f"\nbut\n{output}")
            time.sleep(0.2)
