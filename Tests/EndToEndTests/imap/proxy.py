"""A proxy in front of a server: it can delay, count and cut the connection at a given point."""

import asyncio
import contextlib
import logging
import threading

# Connections that are still open when a proxy stops are not reported.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)


class Proxy:
    """Stands in front of 127.0.0.1:`target`.

    delay     seconds that every byte takes each way
    cut       (direction, number of bytes): after so many bytes to the "server" or to the "client" the connection is cut
    lines     (number): the connection is cut instead of passing on the next command after so many commands (plain text only)
    cuts      so many connections are cut; all if not given
    answers   the command is passed on to the server, and the connection is cut before its answer
    """

    def __init__(self, target, delay=0.0, cut=None, lines=None, answers=False, cuts=None):
        self.target, self.delay, self.cut, self.lines, self.answers = target, delay, cut, lines, answers
        self.cuts = cuts
        self.connections = 0
        # A turn is data from the client after data from the server, which is one round trip.
        self.turns = 0
        self.commands = 0
        # How often the client has started IDLE (plain text only).
        self.waits = 0
        self.up = self.down = 0
        self.last = None
        self.is_mute = False
        self.port = None
        ready = threading.Event()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait()

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()

    def disarm(self):
        """Passes everything from now on."""
        self.cut = self.lines = None
        self.delay = 0.0
        self.is_mute = False

    def stop(self):
        asyncio.run_coroutine_threadsafe(self._end(), self.loop)
        self.thread.join(5)

    async def _end(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.loop.call_soon(self.loop.stop)

    async def _serve(self, client_in, client_out):
        self.connections += 1
        try:
            server_in, server_out = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            client_out.close()
            return
        ends = (client_out, server_out)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(
                self._pump("server", client_in, server_out, ends), self._pump("client", server_in, client_out, ends),
                return_exceptions=True)

    def _abort(self, ends):
        for end in ends:
            end.transport.abort()

    async def _pump(self, direction, source, sink, ends):
        queue = asyncio.Queue()
        writer = asyncio.ensure_future(self._late(queue, sink, ends))
        try:
            while data := await source.read(65536):
                self._count(direction, data)
                if direction == "client" and self.is_mute:
                    continue
                end = self._cutting(direction, data)
                if end is not None:
                    if end > 0:
                        sink.write(data[:end])
                        await sink.drain()
                        # The server must process what was passed on.
                        await asyncio.sleep(0.05)
                    self._abort(ends)
                    return
                if self.delay:
                    queue.put_nowait((asyncio.get_event_loop().time() + self.delay, data))
                else:
                    sink.write(data)
                    await sink.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        queue.put_nowait(None)
        await writer

    def _count(self, direction, data):
        if direction == "server":
            if self.last != "server":
                self.turns += 1
            self.up += len(data)
            self.commands += data.count(b"\n")
            self.waits += data.count(b" IDLE\r\n")
        else:
            self.down += len(data)
        self.last = direction

    def _cutting(self, direction, data):
        """The number of bytes that pass before the cut; None for no cut."""
        if self.cuts is not None and self.connections > self.cuts:
            return None
        if self.lines is not None and direction == "server" and self.commands > self.lines:
            if not self.answers:
                before = self.commands - data.count(b"\n")
                keep = 0
                for _ in range(max(0, self.lines - before)):
                    keep = data.index(b"\n", keep) + 1
                return keep
            self.is_mute = True
            return len(data)
        if self.cut is not None and direction == self.cut[0]:
            sent = self.up if direction == "server" else self.down
            if sent >= self.cut[1]:
                return len(data) - (sent - self.cut[1])
        return None

    async def _late(self, queue, sink, ends):
        try:
            while (item := await queue.get()) is not None:
                when, data = item
                await asyncio.sleep(max(0, when - asyncio.get_event_loop().time()))
                sink.write(data)
                await sink.drain()
            sink.write_eof()
        except (ConnectionError, OSError, RuntimeError, asyncio.CancelledError):
            pass
