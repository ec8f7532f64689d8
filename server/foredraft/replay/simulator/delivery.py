"""An answer on its way: token by token at its pace, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace

from foredraft.replay.simulator.answers import Answer, pieces
from foredraft.replay.simulator.connection import Exchange, Headers
from foredraft.replay.simulator.log import Entry
from foredraft.replay.simulator.settings import Fault
from foredraft.replay.simulator.wire import Counts, Wire

GARBAGE = b"\x00\xff\xfe{]\x80garbage\r\n\x1b[31m\xc3\x28 not what was agreed \xf0\x28\x8c\xbc\n"
_ACCENT = "é"


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds to the first token, and from each one to the next."""

    first: float
    each: float


class _Broken(Exception):
    """Nothing more of this answer is sent."""


class Delivery:
    """One answer to one request."""

    def __init__(self, exchange: Exchange, wire: Wire, entry: Entry, fault: Fault | None, headers: Headers) -> None:
        self._exchange, self._wire, self._entry, self._fault = exchange, wire, entry, fault
        self._headers = list(headers)
        self._at = fault.after_tokens or 0 if fault else 0

    async def stream(self, answer: Answer, counts: Counts, pace: Pace, shown: bool) -> None:
        """Send it as it comes into being; reasoning takes its time even if it is not shown."""
        start = time.monotonic()
        tokens = [(True, one) for one in pieces(answer.thought)] + [(False, one) for one in pieces(answer.text)]
        try:
            await self._keep_alive()
            for index, (thought, piece) in enumerate(tokens):
                if index == self._at:
                    await self._trouble()
                await _until(start + pace.first + index * pace.each)
                if not thought or shown:
                    await self._piece(thought, piece)
                self._count(thought)
            await _until(start + pace.first + max(0, len(tokens) - 1) * pace.each)
            if self._at >= len(tokens):
                await self._trouble()
            await self._begin()
            for data in self._wire.closing(_timed(counts, start, pace)):
                await self._send(data)
            await self._exchange.end()
            self._entry.finished = True
        except _Broken:
            pass

    async def whole(self, answer: Answer, counts: Counts, pace: Pace, shown: bool) -> None:
        """Send it all at once when it is ready."""
        start = time.monotonic()
        tokens = [True] * len(pieces(answer.thought)) + [False] * len(pieces(answer.text))
        try:
            await self._keep_alive()
            for index, thought in enumerate(tokens):
                await _until(start + pace.first + index * pace.each)
                self._count(thought)
            await _until(start + pace.first)
            body = self._wire.whole(answer.thought if shown else "", answer.text, _timed(counts, start, pace))
            await self._reply(body)
            self._entry.finished = True
        except _Broken:
            pass

    async def _reply(self, body: bytes) -> None:
        do = self._fault.do if self._fault else None
        if do == "error":
            body = self._wire.error(self._message()).removeprefix(b"event: error\n").removeprefix(b"data: ").strip()
        elif do == "garbage":
            body = GARBAGE
        elif do == "empty-choices":
            body = self._wire.empty().removeprefix(b"data: ").strip()
        elif do == "truncated-utf8":
            body = body[: len(body) // 2] + _ACCENT.encode()[:1]
        elif do == "reset":
            self._exchange.reset()
            raise _Broken
        elif do == "stall":
            await self._stall()
        if self._exchange.begun:
            await self._exchange.send(body)
            await self._exchange.end()
        elif do == "close":
            await self._exchange.reply_cut(200, body, self._wire.whole_type, self._headers)
            raise _Broken
        else:
            await self._exchange.reply(200, body, self._wire.whole_type, self._headers)

    async def _piece(self, thought: bool, piece: str) -> None:
        await self._begin()
        if self._fault and self._fault.do == "empty-choices":
            await self._send(self._wire.empty())
        await self._send(self._wire.thought(piece) if thought else self._wire.text(piece))
        if not thought and self._entry.first_token_at is None:
            self._entry.first_token_at = self._entry.last_byte_at

    def _count(self, thought: bool) -> None:
        self._entry.tokens += 1
        self._entry.thought += thought

    async def _begin(self) -> None:
        if not self._exchange.begun:
            await self._exchange.begin(200, self._wire.content_type, self._headers)
            for data in self._wire.opening():
                await self._send(data)

    async def _send(self, data: bytes) -> None:
        """One write; with split characters two, the border in the middle of a character where there is a long one."""
        if self._fault is None or self._fault.do != "split-characters":
            await self._exchange.send(data)
            return
        long = next((at for at, byte in enumerate(data) if byte >= 0xC0), len(data) // 2)
        await self._exchange.send(data[: long + 1])
        await asyncio.sleep(0.002)
        await self._exchange.send(data[long + 1 :])

    async def _keep_alive(self) -> None:
        """Comments (or blank lines before JSON) for as long as the fault says, before anything else."""
        if self._fault is None or self._fault.do != "keep-alive":
            return
        await self._exchange.begin(200, self._wire.content_type if self._entry.stream else self._wire.whole_type)
        seconds = self._fault.seconds or 0.0
        for _ in range(3):
            await self._exchange.send(self._wire.keep_alive() if self._entry.stream else b"\n")
            await asyncio.sleep(seconds / 3)
        if self._entry.stream:
            for data in self._wire.opening():
                await self._exchange.send(data)

    async def _trouble(self) -> None:
        """The fault's own moment; returns where the answer goes on."""
        fault = self._fault
        if fault is None:
            return
        if fault.do in {"reset", "close", "stall", "garbage", "error", "truncated-utf8"}:
            await self._begin()
        if fault.do == "stall":
            await self._stall()
        elif fault.do == "reset":
            await asyncio.sleep(0.01)  # what was sent arrives; a reset may overtake it
            self._exchange.reset()
            raise _Broken
        elif fault.do == "close":
            self._exchange.close()
            raise _Broken
        elif fault.do == "garbage":
            await self._exchange.send(GARBAGE)
        elif fault.do == "error":
            await self._exchange.send(self._wire.error(self._message()))
            await self._exchange.end()
            raise _Broken
        elif fault.do == "truncated-utf8":
            data = self._wire.text(_ACCENT)
            await self._exchange.send(data[: data.index(_ACCENT.encode()) + 1])
            await self._exchange.end()
            raise _Broken

    async def _stall(self) -> None:
        """Say nothing for a time, or until the client has had enough."""
        seconds = self._fault.seconds if self._fault else None
        await asyncio.sleep(seconds if seconds is not None else float("1e9"))

    def _message(self) -> str:
        message = self._fault.message if self._fault else None
        return message or "an error was encountered while running the model: unexpected EOF"


async def _until(moment: float) -> None:
    if (left := moment - time.monotonic()) > 0:
        await asyncio.sleep(left)


def _timed(counts: Counts, start: float, pace: Pace) -> Counts:
    return replace(counts, first=pace.first, generating=max(0.0, time.monotonic() - start - pace.first))
