"""Serves one editor on stdin and stdout, from the first byte to the exit code."""

from __future__ import annotations

import asyncio
import os
import sys

from foredraft.lsp import logs, pipes
from foredraft.lsp.lifecycle import closed, leave
from foredraft.lsp.server import build

_FLUSHING = 1.0
_SWITCH = 0.001
"""Seconds after which a busy thread hands on; the loop gives way at each write and wants back in quickly."""


def serve() -> None:
    """Serve until the editor says `exit`, closes the pipe or is gone. Does not return: it ends the process."""
    logs.quiet()
    sys.setswitchinterval(_SWITCH)
    reading, writing = pipes.own_pipes()
    code = 130
    try:
        code = asyncio.run(_serve(reading, writing))
    except KeyboardInterrupt:
        pass
    finally:
        _leave(code)


async def _serve(reading: int, writing: int) -> int:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.loop_failed)
    ended: asyncio.Future[int] = loop.create_future()

    def end(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    def receive(bodies: list[bytes]) -> None:
        for body in bodies:
            server.protocol.receive(body)

    server = build()
    server.end = end
    pipe = pipes.Writer(writing, lambda: loop.call_soon_threadsafe(end, 1))
    server.protocol.pipe = pipe
    pipes.read(
        reading,
        pipe,
        on_bodies=lambda bodies: loop.call_soon_threadsafe(receive, bodies),
        on_end=lambda: loop.call_soon_threadsafe(leave, server),
    )
    code = await ended
    await closed(server)
    pipe.close(_FLUSHING)
    _leave(code)
    return code


def _leave(code: int) -> None:
    """At once: the reading thread waits for bytes that never come, and nobody should wait for it."""
    sys.stderr.flush()
    os._exit(code)
