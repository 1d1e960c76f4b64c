"""A real mail server on loopback: Exim, with STARTTLS, TLS from the start, and a login. It prints its ports as JSON.

    exim.py FOLDER

Messages for example.com are kept in FOLDER/mail, one a file; nobody@ is refused, and later@ is put off once.
"""

import json, os, pwd, signal, socket, subprocess, sys

# Threads of the tests hold signals back, and their children inherit that.
signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())

FOLDER = os.path.abspath(sys.argv[1])
USER = pwd.getpwuid(os.geteuid()).pw_name
# Exim delivers nothing as root.
READER = "mail" if USER == "root" else USER


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


for name in ("spool/log", "mail/new"):
    os.makedirs(f"{FOLDER}/{name}", exist_ok=True)
os.chmod(FOLDER, 0o755)
for name in ("mail", "mail/new"):
    os.chmod(f"{FOLDER}/{name}", 0o777)
subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{FOLDER}/key.pem", "-out", f"{FOLDER}/cert.pem",
     "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, stderr=subprocess.DEVNULL)
ports = {"starttls": free_port(), "implicit": free_port()}
with open(f"{FOLDER}/exim.conf", "w") as file:
    file.write(f"""
primary_hostname = localhost
spool_directory = {FOLDER}/spool
log_file_path = {FOLDER}/spool/log/%slog
pid_file_path = {FOLDER}/spool/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {ports['starttls']} : {ports['implicit']}
tls_on_connect_ports = {ports['implicit']}
tls_advertise_hosts = *
tls_certificate = {FOLDER}/cert.pem
tls_privatekey = {FOLDER}/key.pem
host_lookup =
rfc1413_query_timeout = 0s
exim_user = {USER}
keep_environment =
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = check
acl_not_smtp = accept
begin acl
check:
  deny message = 5.1.1 no such user
       local_parts = nobody
  defer message = 4.7.1 come back later
        local_parts = later
        condition = ${{if exists{{{FOLDER}/seen}}{{no}}{{yes}}}}
  accept authenticated = *
         encrypted = *
  deny message = 5.7.1 relaying denied
begin routers
all:
  driver = accept
  transport = keep
begin transports
keep:
  driver = appendfile
  directory = {FOLDER}/mail
  maildir_format
  user = {READER}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{dmarc}}}}{{eq{{$auth3}}{{smtp-password-4711}}}}}}}}
  server_set_id = $auth2
""")
os.chmod(f"{FOLDER}/exim.conf", 0o644)
process = subprocess.Popen(["/usr/sbin/exim4", "-C", f"{FOLDER}/exim.conf", "-bdf", "-q30m"], stdout=sys.stderr)
signal.signal(signal.SIGTERM, lambda *_: process.terminate())
while True:
    try:
        socket.create_connection(("127.0.0.1", ports["starttls"]), 1).close()
        break
    except OSError:
        if process.poll() is not None:
            sys.exit("Exim has ended")
print(json.dumps(ports), flush=True)
process.wait()
