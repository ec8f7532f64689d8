"""A port that can refuse connections: a provider's own, for the times when it is down."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def door(talk: Talk, is_down: Callable[[], bool]) -> AsyncIterator[int]:
    """A port of 127.0.0.1 that answers by `talk`, and refuses while `is_down()`; it is looked at every 10 ms."""
    held = _bound(0)
    port = int(held.getsockname()[1])
    keeper = asyncio.create_task(_keep(talk, is_down, held, port))
    try:
        if not is_down():
            await _until_open(port)
        yield port
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep(talk: Talk, is_down: Callable[[], bool], held: socket.socket, port: int) -> None:
    server: asyncio.Server | None = None
    try:
        while True:
            if is_down() and server is not None:
                server.close()
                server, held = None, _bound(port)
            elif not is_down() and server is None:
                server = await asyncio.start_server(talk, sock=held)
            await asyncio.sleep(0.01)
    finally:
        if server is not None:
            server.close()
        else:
            held.close()


def _bound(port: int) -> socket.socket:
    """A socket that has its port and does not listen: connections are refused."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    held.setblocking(False)
    return held


async def _until_open(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.002)
        else:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            return
