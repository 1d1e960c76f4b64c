"""A receiver of webhooks that behaves as the path says. It prints its port, and writes each request to a file, one JSON a line.

    receiver.py LOG

Paths end in ok, close, cut, hang, hang-body, endless, endless-header, redirect, a status, or flaky: then a file named LOG.status holds
the status.
"""

import json, signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Threads of the tests hold signals back, and their children inherit that.
signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())

LOG = sys.argv[1]
LOCK = threading.Lock()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.note("")
        self.answer(200)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.note(body)
        mode = self.path.rstrip("/").split("/")[-1]
        if mode == "close":
            self.close_connection = True
            self.connection.close()
        elif mode == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Len")
            self.close_connection = True
        elif mode == "hang":
            time.sleep(60)
        elif mode == "hang-body":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab")
            self.wfile.flush()
            time.sleep(60)
        elif mode in ("endless", "endless-header"):
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if mode == "endless" else b""))
                while True:
                    self.wfile.write(b"X-Filler: " + b"x" * 1000 + b"\r\n")
            except OSError:
                pass
        elif mode == "redirect":
            self.send_response(302)
            self.send_header("Location", "/redirected/ok")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif mode == "flaky":
            self.answer(int(open(LOG + ".status").read()))
        elif mode == "wait":
            self.send_response(503)
            self.send_header("Retry-After", "7000")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.answer(200 if mode == "ok" else int(mode))

    def note(self, body):
        with LOCK, open(LOG, "a", encoding="utf-8") as log:
            log.write(json.dumps({"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body}) + "\n")

    def answer(self, status):
        # A receiver that repeats what it was sent, secrets included.
        text = f"{self.path} {self.headers}".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()
