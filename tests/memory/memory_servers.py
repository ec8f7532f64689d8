"""Real Redis and Valkey servers, each of a test: `make .cache/servers/.complete` has brought them."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import time
from pathlib import Path

SERVERS = Path(__file__).parents[2] / ".cache" / "servers"
BINARIES = {name: SERVERS / name / "usr" / "bin" / f"{name}-server" for name in ("redis", "valkey")}
PASSWORD = "correct-horse-battery"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """One server, which can be stopped, paused and started again on the same port."""

    def __init__(self, kind, folder, *options, tls=False):
        self.kind, self.folder, self.options, self.tls = kind, folder, options, tls
        self.port = free_port()
        self.process = None

    @property
    def url(self):
        scheme = "rediss" if self.tls else "redis"
        return f"{scheme}://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def start(self):
        ports = ["--port", "0", "--tls-port", f"{self.port}"] if self.tls else ["--port", f"{self.port}"]
        fixed = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", self.folder]
        command = [BINARIES[self.kind], *ports, *fixed, "--requirepass", PASSWORD, *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.2):
                return self
            time.sleep(0.02)
        raise AssertionError("the server does not start")

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(20)
            self.process = None

    @contextlib.contextmanager
    def paused(self):
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


class Slow:
    """A way to a server on which every answer takes its time."""

    def __init__(self, port, seconds):
        self._to, self.seconds = port, seconds
        self.port = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._tasks = set()
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._to)
        try:
            await asyncio.gather(self._pipe(reader, ours, 0), self._pipe(theirs, writer, self.seconds))
        finally:
            writer.close()
            ours.close()

    async def _pipe(self, reader, writer, seconds):
        while data := await reader.read(65536):
            await asyncio.sleep(seconds)
            writer.write(data)
        writer.close()
