"""A connection whose every byte is in our hands: HTTP by h11 on asyncio's streams, and hang-ups seen at once."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import h11

from foredraft.replay.simulator.log import Entry

Headers = Iterable[tuple[str, str]]
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has come whole. Names of headers are in lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = field(repr=False)


class Exchange:
    """One request and the way back. `entry` is its line in the log, where it has one.

    `runs_on`: the work goes on after the client has hung up, as some servers do.
    """

    def __init__(self, request: Request, http: h11.Connection, writer: asyncio.StreamWriter) -> None:
        self.request = request
        self.entry: Entry | None = None
        self.runs_on = False
        self.begun = False
        self.gone = False
        self._http, self._writer = http, writer

    async def begin(self, status: int, content_type: str, headers: Headers = ()) -> None:
        """Send the head of an answer whose length is not known."""
        await self._head(status, [("content-type", content_type), ("transfer-encoding", "chunked"), *headers])

    async def send(self, data: bytes) -> None:
        """Send a piece of the body, in a chunk and a write of its own."""
        await self._write(self._http.send(h11.Data(data=data)))

    async def end(self) -> None:
        await self._write(self._http.send(h11.EndOfMessage()))

    async def reply(self, status: int, body: bytes, content_type: str, headers: Headers = ()) -> None:
        """A whole answer at once."""
        await self._head(status, [("content-type", content_type), ("content-length", str(len(body))), *headers])
        await self.send(body)
        await self.end()

    async def reply_cut(self, status: int, body: bytes, content_type: str, headers: Headers = ()) -> None:
        """A whole answer of which the second half never comes."""
        await self._head(status, [("content-type", content_type), ("content-length", str(len(body))), *headers])
        await self.send(body[: len(body) // 2])
        self.close()

    async def raw(self, data: bytes) -> None:
        """Bytes that need not be HTTP."""
        await self._write(data)

    def reset(self) -> None:
        """Drop the connection: the client's next read fails."""
        if self._writer.transport.is_closing():
            return
        sock = self._writer.get_extra_info("socket")
        layout = "hh" if sys.platform == "win32" else "ii"
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(layout, 1, 0))
        self._writer.transport.abort()

    def close(self) -> None:
        """End the connection in good order, whatever the answer still lacks."""
        self._writer.close()

    async def _head(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.begun = True
        if self.entry is not None:
            self.entry.status = status
        response = h11.Response(status_code=status, headers=headers, reason=b"")
        await self._write(self._http.send(response))

    async def _write(self, data: bytes | None) -> None:
        if self.gone or not data:
            return
        self._writer.write(data)
        if self.entry is not None:
            self.entry.last_byte_at = time.monotonic()
        await self._writer.drain()


async def converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Callable[[Exchange], Awaitable[None]]
) -> None:
    """Answer the requests of a connection until it ends. Cancelling it drops the connection."""
    http = h11.Connection(h11.SERVER)
    try:
        while (request := await _receive(http, reader)) is not None:
            exchange = Exchange(request, http, writer)
            await _answer(exchange, http, reader, answer)
            if http.our_state is not h11.DONE or http.their_state is not h11.DONE or writer.is_closing():
                break
            http.start_next_cycle()
    except h11.RemoteProtocolError:
        writer.write(b"HTTP/1.1 400 \r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    except ConnectionError:
        pass  # the client has gone, and its log entry says so
    finally:
        writer.close()


async def _receive(http: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    """The next whole request; None where the connection ends."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            target = urlsplit(head.target.decode("ascii", "replace"))
            headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
            return Request(head.method.decode(), target.path, parse_qs(target.query), headers, bytes(body))
        else:
            return None


async def _answer(
    exchange: Exchange,
    http: h11.Connection,
    reader: asyncio.StreamReader,
    answer: Callable[[Exchange], Awaitable[None]],
) -> None:
    """Answer one request while listening whether the client is still there."""
    work = asyncio.ensure_future(answer(exchange))
    gone = asyncio.ensure_future(_listen(http, reader))
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            _hung_up(exchange)
            if not exchange.runs_on:
                work.cancel()
        await asyncio.wait({work})
        if not work.cancelled() and isinstance(work.exception(), ConnectionError):
            _hung_up(exchange)
        elif not work.cancelled():
            work.result()
    finally:
        gone.cancel()
        work.cancel()
        await asyncio.wait({work, gone})


async def _listen(http: h11.Connection, reader: asyncio.StreamReader) -> None:
    """Return once the client has hung up; what it sends before that is its next request."""
    try:
        while data := await reader.read(_CHUNK):
            http.receive_data(data)
    except ConnectionError:
        return


def _hung_up(exchange: Exchange) -> None:
    exchange.gone = True
    if exchange.entry is not None and exchange.entry.closed_at is None:
        exchange.entry.closed_at = time.monotonic()
