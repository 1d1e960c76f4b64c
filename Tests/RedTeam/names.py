"""A name server on loopback whose answers contain arbitrary octets."""
import socket, struct, threading


def encoded(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


class NameServer:
    """Answers with a function (labels, type) that returns a list of (type, data), or None for NXDOMAIN."""
    A, PTR, TXT, AAAA = 1, 12, 16, 28

    def __init__(self, answer):
        self.answer = answer
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.asked = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        self.socket.close()

    def _serve(self):
        while True:
            try:
                query, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            self.asked += 1
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]])
                at += 1 + query[at]
            kind = struct.unpack("!H", query[at + 1:at + 3])[0]
            answers = self.answer([label.lower() for label in labels], kind)
            flags = 0x8180 | (3 if answers is None else 0)
            reply = query[:2] + struct.pack("!HHHHH", flags, 1, len(answers or []), 0, 0) + query[12:at + 5]
            for answer_kind, data in answers or []:
                reply += b"\xc0\x0c" + struct.pack("!HHIH", answer_kind, 1, 3600, len(data)) + data
            self.socket.sendto(reply, peer)
