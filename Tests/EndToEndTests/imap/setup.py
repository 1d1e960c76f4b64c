"""`init` as a person at a terminal meets it: questions, answers and what becomes of them."""

import os
import pty
import select
import signal
import stat
import subprocess
import termios
import time

from checks import Place, PROGRAM
from dovecot import PASSWORD, USER, mail
from reporting import check

SAMPLES = os.path.realpath(f"{os.path.dirname(__file__)}/../../../reports-sample")


def with_usual_signals():
    """What is inherited from tests in the background, or from a thread that blocks signals, is not what a terminal gives."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


class Dialogue:
    """A program with a terminal; `answer` waits for a question first."""

    def __init__(self, place, *words, **environment):
        self.end, other = pty.openpty()
        self.text = ""
        self.process = subprocess.Popen(
            [PROGRAM, *words], stdin=other, stdout=other, stderr=other, start_new_session=True,
            preexec_fn=with_usual_signals, env=place.environment(TERM="xterm", LANG="C.UTF-8", **environment))
        os.close(other)

    def read(self, seconds=0.2):
        """Reads what is there; false at the end."""
        if not select.select([self.end], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.end, 65_536)
        except OSError:
            data = b""
        self.text += data.decode(errors="replace")
        return bool(data)

    def wait_for(self, question):
        limit = time.monotonic() + 300
        start = len(self.text)
        while question not in self.text[self.position:]:
            if time.monotonic() > limit or not self.read():
                check(False, f"the question {question}", self.text[start:])
                return False
        self.position += self.text[self.position:].index(question) + len(question)
        return True

    position = 0

    def answer(self, question, text):
        if self.wait_for(question):
            os.write(self.end, text.encode() + b"\n")

    def finish(self):
        limit = time.monotonic() + 300
        while self.read() and time.monotonic() < limit:
            pass
        status = self.process.wait(300)
        os.close(self.end)
        self.text = self.text.replace("\r\n", "\n")
        return status


def dialogue_folder():
    with Place() as place:
        config = f"{place.folder}/conf/config.yaml"
        talk = Dialogue(place, "init", "--config", config)
        talk.answer("Language", "en")
        talk.answer("Your domains", "exa mple..com")
        talk.answer("Your domains", "example.com, example.org")
        talk.answer("Where do the reports arrive?", "3")
        talk.answer("Where do the reports arrive?", "")
        talk.answer("Path", f"{place.folder}/missing")
        talk.answer("Use it anyway?", "")
        talk.answer("Path", SAMPLES)
        status = talk.finish()
        check(status == 0, "init succeeds", talk.text)
        for part in ("is not a valid domain name", "is not one of the possible answers", "Read a report of ", "crontab -e"):
            check(part in talk.text, f"init says {part}", talk.text)
        text = open(config).read()
        check("own_domains: [example.com, example.org]" in text and f"sources: [{SAMPLES}]" in text, "the answers are written", text)
        # The variable names the database; cron would not have it.
        check(f"database: {place.database}" in text, "the database is written", text)
        talk = Dialogue(place, "init", "--config", config)
        check(talk.finish() == 2 and "--force" in talk.text, "nothing is overwritten", talk.text)
        check(open(config).read() == text, "nothing was overwritten")


def dialogue_plan():
    with Place() as place:
        zone = f"{place.folder}/plan.zone"
        with open(zone, "w") as file:
            file.write("example.com. MX 10 mx.example.com.\nmx.example.com. A 192.0.2.25\n")
        talk = Dialogue(place, "setup", "example.com", "--zone", zone, "--lang", "ja")
        talk.answer("メールを送信しますか", "maybe")
        talk.answer("メールを送信しますか", "はい")
        talk.answer("IP アドレスまたはネットワーク", "192.0.2.300")
        talk.answer("IP アドレスまたはネットワーク", "192.0.2.25、2001:db8::/48")
        talk.answer("配信サービス", "?")
        talk.answer("配信サービス", "Google Workspace, 自社の何か")
        talk.answer("メールアドレス", "a;b@example.com")
        talk.answer("メールアドレス", "")
        check(talk.finish() == 0, "setup succeeds", talk.text)
        for part in ("Twilio SendGrid", "--own \"192.0.2.300\" は無効です", "v=spf1 ip4:192.0.2.25 ip6:2001:db8::/48 include:_spf.google.com ~all",
                     "dmarc-reports@example.com",
                     "setup example.com --own 192.0.2.25 --own 2001:db8::/48 --service google-workspace --service '自社の何か' --verify"):
            check(part in talk.text, f"setup says {part}", talk.text)
        talk = Dialogue(place, "setup", "example.com", "--zone", zone, "--lang", "en")
        talk.answer("send mail?", "n")
        talk.answer("Mailbox for reports", "")
        check(talk.finish() == 0 and "v=spf1 -all" in talk.text and "--no-mail --verify" in talk.text, "a domain without mail", talk.text)


def dialogue_account():
    with Place() as place:
        place.server.deliver([mail(1)])
        config, password = f"{place.folder}/conf/config.yaml", f"{place.folder}/conf/secret"
        talk = Dialogue(place, "init", "--config", config, DMARCSTAT_DATABASE="")
        talk.answer("Language", "ja")
        talk.answer("自分のドメイン", "")
        talk.answer("レポートの届く場所", "2")
        talk.answer("IMAP サーバー", f"localhost:{place.server.tls_port}")
        talk.answer("ユーザー名", USER)
        talk.answer("パスワードはどこ", "1")
        talk.answer("ファイルのパス", password)
        talk.answer("パスワードを入力してください", PASSWORD)
        talk.answer("メールボックス", "")
        talk.answer("メールの扱い", "seen")
        # Nobody on this machine vouches for the certificate, which the questions do not ask about.
        talk.answer("設定しますか", "y")
        talk.answer("データベース", "/mine.sqlite")
        status = talk.finish()
        check(status == 0, "init succeeds", talk.text)
        check(PASSWORD not in talk.text, "the password is not shown", talk.text)
        check(open(password).read() == PASSWORD + "\n" and stat.S_IMODE(os.stat(password).st_mode) == 0o600, "the password file")
        text = open(config).read()
        check(f"port: {place.server.tls_port}" in text and "after: seen" in text and "lang: ja" in text and "database: /mine.sqlite" in text, "the answers are written", text)


def account_by_options():
    with Place() as place:
        place.server.deliver([mail(1)])
        config = f"{place.folder}/config.yaml"
        words = ["--server", f"localhost:{place.server.tls_port}", "--user", USER, "--ca-file", place.server.authority,
                 "--after", "move:Done"]
        wrong = place.run("init", *words, "--password-command", "echo wrong")
        check(wrong.returncode == 3 and "FAIL" in wrong.stderr and not os.path.exists(config), "a wrong password", wrong.stderr)
        right = place.run("init", *words, "--password-file", f"{place.folder}/password")
        check(right.returncode == 0 and "Account OK" in right.stderr, "init", right.stderr, right.stdout)
        check(place.reports() == [], "init stores nothing")
        result = place.ingest()
        check(result.returncode == 0 and len(place.reports()) == 1, "ingest reads the account", result.stderr)


def interrupted():
    with Place() as place:
        config = f"{place.folder}/conf/config.yaml"
        talk = Dialogue(place, "init", "--config", config, "--lang", "en")
        talk.answer("Your domains", "example.com")
        talk.wait_for("Where do the reports arrive?")
        os.killpg(talk.process.pid, signal.SIGINT)
        status = talk.finish()
        check(status == -signal.SIGINT, "it ends by the signal", status)
        check(not os.path.exists(f"{place.folder}/conf"), "nothing was written")
        talk = Dialogue(place, "init", "--config", config, "--lang", "en")
        talk.wait_for("Your domains")
        os.write(talk.end, b"\x04")
        check(talk.finish() == 2 and "nothing was written" in talk.text, "the end of the input", talk.text)
        check(not os.path.exists(f"{place.folder}/conf"), "nothing was written")


def password():
    """It is stored as it is typed, and the terminal is never left without echo."""
    with Place() as place:
        config, password = f"{place.folder}/conf/config.yaml", f"{place.folder}/conf/secret"

        def ask():
            talk = Dialogue(place, "init", "--config", config, "--lang", "en")
            talk.answer("Your domains", "")
            talk.answer("Where do the reports arrive?", "2")
            talk.answer("IMAP server", "localhost:9")
            talk.answer("User name", USER)
            talk.answer("Where is the password?", "1")
            talk.answer("Path", password)
            talk.wait_for("create it later")
            return talk

        # The tests may be run with SIGQUIT held back.
        for key, ends in [(b"half\x03", [-signal.SIGINT]), (b"\x1c", [-signal.SIGQUIT, 2])]:
            talk = ask()
            os.write(talk.end, key)
            status = talk.process.wait(300)
            check(status in ends, "the key ends it", status, talk.text)
            check(termios.tcgetattr(talk.end)[3] & termios.ECHO, "the terminal shows what is typed")
            os.close(talk.end)
            check(not os.path.exists(f"{place.folder}/conf"), "nothing was written")
        talk = ask()
        os.write(talk.end, b"  two blanks \n")
        talk.wait_for("Mailboxes to read")
        check(open(password).read() == "  two blanks \n", "the password", open(password).read())
        os.killpg(talk.process.pid, signal.SIGINT)
        talk.finish()
