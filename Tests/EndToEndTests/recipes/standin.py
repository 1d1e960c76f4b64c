"""Stand-ins for mail servers that are not available: Dovecot under their names, with certificates of an authority that the machine trusts."""

import os
import sys

import machine as machines

sys.path.append(f"{machines.ROOT}/Tests/EndToEndTests/imap")
import dovecot

USER = "dmarc@example.com"
MESSAGE = f"{machines.EXAMPLES}/reports-sample/mail/29-usual.eml"
SETTINGS = """
log_path = /srv/standin/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = </srv/standin/server.pem
ssl_key = </srv/standin/server.key
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:~/Maildir
namespace inbox {{
 inbox = yes
 separator = /
}}
userdb {{
 driver = static
 args = uid=nobody gid=nogroup home=/srv/mail
}}
passdb {{
 {passdb}
}}
protocol lda {{
 mail_plugins = sieve
}}
plugin {{
 sieve = file:/srv/standin/filter.sieve
}}
"""
LOGIN_SERVER = '''
import http.server, ssl, sys, urllib.parse
class Login(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        wanted = {"client_id": ["CLIENT"], "grant_type": ["client_credentials"], "client_secret": [sys.argv[1]],
                  "scope": ["https://outlook.office365.com/.default"]}
        right = form == wanted and self.path == "/TENANT/oauth2/v2.0/token"
        self.send_response(200 if right else 401)
        self.end_headers()
        self.wfile.write(b'{"token_type": "Bearer", "expires_in": 3599, "access_token": "%s"}' % sys.argv[2].encode() if right else b"{}")
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 443), Login)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/srv/standin/server.pem", "/srv/standin/server.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
'''


def start(machine, names, password=None, mailbox=None, filter=None):
    """Starts Dovecot under the first of the names, with one report for USER. Without a password it takes tokens only."""
    folder = machine.root + "/srv/standin"
    os.makedirs(folder)
    dovecot.certificate(folder, "authority", "")
    dovecot.certificate(folder, "server", ",".join("DNS:" + name for name in names), "authority")
    machine.shell("cp /srv/standin/authority.pem /usr/local/share/ca-certificates/standin.crt && update-ca-certificates")
    machine.write("/etc/hosts", "".join(f"127.0.0.1 {name}\n" for name in ["localhost", *names]))
    if password:
        passdb = "driver = passwd-file\n args = /srv/standin/users"
        machine.write("/srv/standin/users", f"{USER}:{{PLAIN}}{password}\n")
    else:
        passdb = "driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = /srv/standin/oauth2.conf"
        machine.write("/srv/standin/oauth2.conf", "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix=/srv/standin/keys/\n"
                      "username_attribute = sub\n")
        machine.write("/srv/standin/keys/default/HS256/default", dovecot.base64.b64encode(dovecot.TOKEN_KEY).decode())
    machine.write("/srv/standin/filter.sieve", filter or "keep;\n")
    machine.write("/srv/standin/dovecot.conf", SETTINGS.format(passdb=passdb, mechanisms="plain login" if password else "xoauth2 oauthbearer"))
    machine.shell("install -d -o nobody -g nogroup /srv/mail && cd /srv/standin && sievec filter.sieve && install -m 666 /dev/null dovecot.log && dovecot -c /srv/standin/dovecot.conf")
    deliver = "setpriv --reuid nobody --regid nogroup --clear-groups env HOME=/srv/mail USER=nobody /usr/lib/dovecot/dovecot-lda -c /srv/standin/dovecot.conf -f test@example.com"
    machine.shell(f"{deliver}{' -m ' + mailbox if mailbox else ''} -o lda_mailbox_autocreate=yes < {MESSAGE} || "
                  "{ cat /srv/standin/dovecot.log; exit 1; }")


def start_login_server(machine, secret):
    """Issues tokens for valid requests, as Microsoft's server does."""
    machine.write("/srv/standin/login.py", LOGIN_SERVER)
    machine.shell(f"python3 /srv/standin/login.py {secret} {dovecot.token(USER)} > /srv/standin/login.log 2>&1 & sleep 0.1;"
                  "until curl -s -o /srv/standin/null https://login.microsoftonline.com/; do sleep 0.1; done")
