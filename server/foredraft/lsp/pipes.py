"""How do bytes come in and go out without the event loop ever waiting for the editor? One thread for each direction."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections import deque
from collections.abc import Callable

from foredraft.lsp.frames import Frames

MOST_UNSENT = 8 * 1024 * 1024
"""Bytes that may wait for the editor to read them; beyond that nothing more is read from it."""
_AT_ONCE = 4096


def own_pipes() -> tuple[int, int]:
    """Take stdin and stdout away from everybody else; the descriptors of the editor's pipe.

    A stray `print` goes to stderr, and a child process cannot read the editor's messages.
    """
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(reading, os.O_BINARY)
        msvcrt.setmode(writing, os.O_BINARY)
    return reading, writing


class Writer:
    """Sends bytes in the order they come. `write` never waits: what the pipe does not take at once, a thread sends.

    `on_broken` is called from that thread, or from `write`, when the other side is gone; once.
    """

    def __init__(self, descriptor: int, on_broken: Callable[[], object]) -> None:
        self._descriptor = descriptor
        self._on_broken = on_broken
        self._waiting: deque[bytes] = deque()
        self._unsent = 0
        self._broken = False
        self._changed = threading.Condition()
        self._poll = _poll(descriptor)
        threading.Thread(target=self._send, name="foredraft-stdout", daemon=True).start()

    def write(self, data: bytes) -> None:
        """Send `data`, soon. Called by one thread only."""
        with self._changed:
            if self._broken:
                return
            at_once = not self._unsent and len(data) <= _AT_ONCE and self._poll is not None and self._room()
            if not at_once:
                self._waiting.append(data)
                self._unsent += len(data)
                self._changed.notify_all()
                return
        try:
            os.write(self._descriptor, data)  # cannot wait: a pipe that has room takes this much
        except OSError:
            self._break()

    def wait_for_room(self) -> None:
        """Wait until less than `MOST_UNSENT` is unsent; not for the event loop."""
        with self._changed:
            self._changed.wait_for(lambda: self._broken or self._unsent < MOST_UNSENT)

    def close(self, seconds: float) -> None:
        """Wait until all is sent, at most `seconds`. pygls' own `exit` would call this as well, without a time."""
        with self._changed:
            self._changed.wait_for(lambda: self._broken or not self._unsent, seconds)

    def _room(self) -> bool:
        return self._poll is not None and any(events == select.POLLOUT for _, events in self._poll.poll(0))

    def _send(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                data = self._waiting.popleft()
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except OSError:
                self._break()
                return
            with self._changed:
                self._unsent -= len(data)
                self._changed.notify_all()

    def _break(self) -> None:
        with self._changed:
            known, self._broken = self._broken, True
            self._waiting.clear()
            self._changed.notify_all()
        if not known:
            self._on_broken()


def read(
    descriptor: int, writer: Writer, on_bodies: Callable[[list[bytes]], object], on_end: Callable[[], object]
) -> None:
    """Start the thread that reads messages; the callbacks are called from it. It holds back while `writer` is full."""

    def pump() -> None:
        frames = Frames()
        try:
            while chunk := os.read(descriptor, 1 << 16):
                if bodies := frames.feed(chunk):
                    on_bodies(bodies)
                writer.wait_for_room()
        except (OSError, ValueError):
            pass
        finally:
            on_end()

    threading.Thread(target=pump, name="foredraft-stdin", daemon=True).start()


def _poll(descriptor: int) -> select.poll | None:
    if sys.platform == "win32":
        return None
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return poll
