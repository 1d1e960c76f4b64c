"""Mail servers that misbehave, each on a port of its own. It prints the ports as JSON, and keeps the messages that it takes.

    mail.py FOLDER

FOLDER gets a certificate for localhost (cert.pem) and one for another name (other.pem), and the messages as NUMBER.eml.
"""

import asyncio, json, signal, ssl, subprocess, sys
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

# Threads of the tests hold signals back, and their children inherit that.
signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())

FOLDER = sys.argv[1]


def certificate(name, host):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{FOLDER}/{name}.key", "-out",
         f"{FOLDER}/{name}.pem", "-days", "2", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"],
        check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{FOLDER}/{name}.pem", f"{FOLDER}/{name}.key")
    return context


class Handler:
    count = 0

    def __init__(self, mode):
        self.mode = mode
        self.seen = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "refuse":
            return "550 5.1.1 no such user: " + address
        if self.mode == "relay":
            return "550 5.7.1 relaying denied"
        if self.mode == "greylist" and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "cut":
            server.transport.abort()
            return "451 gone"
        if self.mode == "slow":
            await asyncio.sleep(60)
        Handler.count += 1
        with open(f"{FOLDER}/{Handler.count}.eml", "wb") as file:
            file.write(envelope.original_content)
        with open(f"{FOLDER}/{Handler.count}.json", "w") as file:
            json.dump({"mode": self.mode, "from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": server.transport.get_extra_info("sslcontext") is not None,
                       "user": getattr(session.auth_data, "login", b"").decode()}, file)
        return "250 2.0.0 taken"


def login(server, session, envelope, mechanism, data):
    # A server that repeats the password in its answer.
    if isinstance(data, LoginPassword) and data.password == b"right-password":
        return AuthResult(success=True, auth_data=data)
    return AuthResult(success=False, handled=False)


good, other = certificate("cert", "localhost"), certificate("other", "elsewhere.example")
MODES = {
    "plain": {}, "refuse": {}, "relay": {}, "greylist": {}, "cut": {}, "slow": {}, "implicit": {},
    "starttls": {"tls_context": good, "require_starttls": True},
    "badcert": {"tls_context": other, "require_starttls": True},
    "login": {"tls_context": good, "require_starttls": True, "authenticator": login, "auth_required": True, "auth_require_tls": True},
}


async def main():
    loop, ports = asyncio.get_running_loop(), {}
    for mode, options in MODES.items():
        handler = Handler(mode)
        server = await loop.create_server(
            lambda handler=handler, options=options: SMTP(handler, hostname="localhost", **options), "127.0.0.1", 0,
            ssl=good if mode == "implicit" else None)
        ports[mode] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
