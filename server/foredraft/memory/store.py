"""Where does the memory keep its entries? One store, two back ends: a database on disk, or Redis.

Keys are text, values bytes. Reading is answered from this process, else from the back end; writing is done behind, a
moment later. Whatever goes wrong with the back end, the store goes on with what this process has, and says so once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from foredraft.memory.front import Change, Front

__all__ = ["BackEnd", "Change", "Size", "Store", "Unavailable"]

_WRITTEN_WITHIN = 0.3
_AT_ONCE = 200
"""Keys in one transaction: it holds the lock for about 20 ms, during which other servers' writers wait."""
_REST, _LONGEST_REST = 0.5, 30.0
_MOST_UNWRITTEN = 5_000
_CLOSED_WITHIN = 1.0
_MOST_READS = 8


class Unavailable(Exception):
    """A back end cannot be used now. The message is for people, whole sentences, and holds no key, address or value.
    `passing`: a moment later it may work, and nobody need hear of it."""

    def __init__(self, message: str, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is: `bytes` with everything around the values; None where that is not known."""

    entries: int
    bytes: int | None


class BackEnd(Protocol):
    """Somewhere outside of this process. All of it is called on one loop; each call may raise `Unavailable`."""

    fresh: float
    """For how many seconds a value that was read may be used without a look at what others wrote."""
    patience: float | None
    """How many seconds a read may be waited for; None: it is answered at once, without waiting."""

    async def open(self) -> str | None:
        """Make it ready, or ready again after `Unavailable`. What people should hear of it, if anything."""
        ...

    async def read(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values there are; what is damaged is not there."""
        ...

    async def write(self, changes: Mapping[str, Change]) -> dict[str, bytes | None]:
        """Carry out all changes, each from the value that is there at that moment; what the values are then."""
        ...

    def keys(self, prefix: str) -> AsyncIterator[str]:
        """All keys that begin so, in no order that counts."""
        ...

    async def size(self) -> Size: ...

    async def close(self) -> None:
        """Let go of everything. Does not raise."""
        ...


class Store:
    """The memory's entries. Used on the loop it was made on.

    `tell` is called with what goes wrong with the back end, whole sentences, each once.
    """

    def __init__(self, back_end: BackEnd, tell: Callable[[str], None] = lambda message: None) -> None:
        self._back_end, self._tell = back_end, tell
        self._front = Front(back_end.fresh)
        self._told: set[str] = set()
        self._dirty, self._open, self._closing = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._reads: set[asyncio.Task[None]] = set()
        self._rest = _REST
        self._lock = asyncio.Lock()
        self.trouble: str | None = None
        """Why the back end cannot be used now, for people to read; None: it can."""
        self._task = asyncio.create_task(self._write_behind())

    async def ready(self, seconds: float) -> bool:
        """Wait until the back end is open, so long at most; whether it is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._open.wait()
        return self._open.is_set()

    async def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values there are, changes that are not written yet included. A disk is read at once, in microseconds;
        what is behind a network is waited for as long as it is worth, and then is missing this time. Cancelling loses
        nothing: what was asked for is there for the next."""
        found: dict[str, bytes] = {}
        for at in range(0, len(keys), _AT_ONCE):
            found |= await self._get(keys[at : at + _AT_ONCE])
        return found

    def change(self, key: str, change: Change) -> None:
        """Make another value of the one that is there, also where other servers change it at the same time."""
        self._front.change(key, change)
        self._dirty.set()

    def put(self, key: str, value: bytes) -> None:
        """This value from now on."""
        self.change(key, lambda known: value)

    def delete(self, key: str) -> None:
        """No value from now on."""
        self.change(key, lambda known: None)

    async def keys(self, prefix: str) -> list[str]:
        """All keys that begin so, in order; what is not written yet is written before. Raises `Unavailable`."""
        await self.flush()
        return sorted([key async for key in self._back_end.keys(prefix)])

    async def size(self) -> Size:
        """How much there is at the back end; what is not written yet is written before. Raises `Unavailable`."""
        await self.flush()
        return await self._back_end.size()

    async def flush(self) -> None:
        """Write what is not written. Raises `Unavailable`; cancelling leaves it for later."""
        async with self._lock:
            if not self._open.is_set() or self.trouble is not None:
                await self._reopen()
            while self._front.unwritten:
                await self._write()

    async def close(self) -> None:
        """Write what is not written, within a second, and let go of the back end."""
        self._closing.set()
        self._dirty.set()
        await asyncio.wait({self._task}, timeout=_CLOSED_WITHIN)
        for task in (self._task, *self._reads):
            task.cancel()
        await asyncio.gather(self._task, *self._reads, return_exceptions=True)
        await self._back_end.close()

    async def _get(self, keys: Sequence[str]) -> dict[str, bytes]:
        missing = self._front.missing(keys)
        known = {key: self._front.get(key) for key in keys}  # what is read now may push it out
        if missing and self._open.is_set() and self.trouble is None:
            if self._back_end.patience is None:
                await self._read(missing)
            elif len(self._reads) < _MOST_READS:
                task = asyncio.create_task(self._read(missing))
                self._reads.add(task)
                task.add_done_callback(self._reads.discard)
                await asyncio.wait({task}, timeout=self._back_end.patience)
        known |= {key: self._front.get(key) for key in missing}
        return {key: value for key, value in known.items() if value is not None}

    async def _write_behind(self) -> None:
        """Open the back end, then write what changes, a moment after it changed, until closed."""
        while True:
            try:
                await self.flush()
            except Unavailable:
                if self._closing.is_set():
                    return
                await self._pause(self._rest)
                self._rest = min(2 * self._rest, _LONGEST_REST)
                continue
            self._rest = _REST
            if self._closing.is_set():
                return
            self._dirty.clear()
            await self._dirty.wait()
            await self._pause(_WRITTEN_WITHIN)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    async def _reopen(self) -> None:
        try:
            said = await self._back_end.open()
        except Unavailable as why:
            self._front.failed(_MOST_UNWRITTEN)
            self._fails(why)
            raise
        if said is not None:
            self._say(said)
        self._front.forget()
        self._open.set()
        self.trouble = None

    async def _write(self) -> None:
        changes = self._front.take(_AT_ONCE)
        try:
            values = await self._back_end.write(changes)
        except BaseException as why:
            self._front.failed(_MOST_UNWRITTEN)
            if isinstance(why, Unavailable):
                self._fails(why)
            raise
        self._front.written(values)

    async def _read(self, keys: Sequence[str]) -> None:
        try:
            self._front.read(keys, await self._back_end.read(keys))
        except Unavailable as why:
            self._fails(why)

    def _fails(self, why: Unavailable) -> None:
        """Until it is opened again nobody is asked. Said once, unless it passes."""
        message = str(why)
        if not why.passing:
            self.trouble = message
            self._dirty.set()
            self._say(message)

    def _say(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self._tell(message)
