"""The base of all scripted IMAP servers of the tests: they listen on loopback and handle each connection in its own thread."""

import socket
import ssl
import threading


class Listener:
    """Subclasses have `talk(connection)`, which ends by returning, or by an error of the socket."""

    # Seconds that a client may be silent. Busy machines are slow.
    patience = 600

    def __init__(self, tls=None, host="127.0.0.1"):
        self.tls = tls
        self.open = []
        self.listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        try:
            # A thread that waits in accept() would take one more connection.
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for connection in self.open:
            try:
                connection.close()
            except OSError:
                pass

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connected()
            threading.Thread(target=self._play, args=(connection,), daemon=True).start()

    def connected(self):
        """Called for each connection before anything is sent."""

    def _play(self, connection):
        try:
            connection.settimeout(self.patience)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self.open.append(connection)
            self.talk(connection)
        except (OSError, ssl.SSLError, ValueError):
            pass
        finally:
            connection.close()

    @staticmethod
    def raw_line(connection):
        """One line with its end. The bytes after it stay in the socket, for the next reader."""
        text = b""
        while not text.endswith(b"\n"):
            # TLS cannot look ahead.
            ahead = b"" if isinstance(connection, ssl.SSLSocket) else connection.recv(65_536, socket.MSG_PEEK)
            piece = connection.recv(ahead.find(b"\n") + 1 or len(ahead) or 1)
            if not piece:
                raise OSError("closed")
            text += piece
        return text
