"""Entries in a database in a folder of the user: for all servers, read in microseconds, written in one thread."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from foredraft.memory.sealed import seal, unseal
from foredraft.memory.store import Change, Size, Unavailable
from foredraft.memory.thread import Thread

if TYPE_CHECKING:
    from foredraft.memory.database import Reader

T = TypeVar("T")

_READER_WAITS, _WRITER_WAITS = 0.005, 1.0
_PAGE = 1_000
_TRIES = 3
_CLOSED_WITHIN = 1.0
_DAMAGED = "What Foredraft remembered on disk was damaged. It was set aside, and the memory begins anew."
_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it cannot be written",
    sqlite3.SQLITE_CANTOPEN: "it cannot be written",
    sqlite3.SQLITE_PERM: "it cannot be written",
}


class Disk:
    """A `BackEnd`: the database in `folder`, which need not exist, at most `max_mb` large. What was not written for
    longest goes first."""

    fresh = 1.0
    patience: float | None = None

    def __init__(self, folder: Path, max_mb: int) -> None:
        self._folder, self._max_mb = folder, max_mb
        self._thread = Thread("memory")
        self._file: tuple[Path, int | None] = folder, None
        self._damaged = False
        self._reader: Reader | None = None
        self._writer: Any = None

    async def open(self) -> str | None:
        """See `BackEnd`. A database that is damaged is set aside, and an empty one opened."""
        self._drop_reader()
        self._reader, aside = await self._do(self._open)
        return _DAMAGED if aside else None

    async def read(self, keys: Sequence[str]) -> dict[str, bytes]:
        """On the caller's thread, without waiting: microseconds each, and for a lock 5 ms."""
        if self._reader is None:
            raise Unavailable("The memory on disk is not open.", passing=True)
        found: dict[str, bytes] = {}
        try:
            for key in keys:
                if (value := unseal(key, self._reader.get(key))) is not None:
                    found[key] = value
        except Exception as error:
            raise self._failed(error) from None
        return found

    async def write(self, changes: Mapping[str, Change]) -> dict[str, bytes | None]:
        """In the thread, as one transaction."""
        for _ in range(_TRIES):
            values = await self._do(partial(self._write, changes))
            if values is not None:
                return values
            await self.open()
        raise Unavailable("The memory on disk is replaced again and again.", passing=True)

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """See `BackEnd`."""
        after = prefix
        while page := await self._do(partial(self._keys, prefix, after)):
            for key in page:
                yield key
            after = page[-1]

    async def size(self) -> Size:
        """See `BackEnd`."""
        return await self._do(self._size)

    async def close(self) -> None:
        """See `BackEnd`."""
        self._drop_reader()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSED_WITHIN):
                await self._thread.do(self._drop_writer)
        self._thread.end()

    async def _do(self, job: Callable[[], T]) -> T:
        try:
            return await self._thread.do(job)
        except Exception as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> Unavailable:
        from foredraft.memory.failing import is_a_lock, is_of_the_disk

        if is_a_lock(error):
            return Unavailable("The memory on disk is busy.", passing=True)
        if is_of_the_disk(error):
            reason = _REASONS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF) or getattr(error, "strerror", None)
            return Unavailable(
                f"What Foredraft remembers cannot be kept in {self._folder} ({reason or 'the disk fails'}). It is kept "
                "until the server ends."
            )
        self._damaged = True
        return Unavailable(_DAMAGED)

    # in the thread

    def _open(self) -> tuple[Reader, bool]:
        from foredraft.memory import database

        self._drop_writer()
        aside = self._damaged
        if self._damaged:
            database.set_aside(self._folder, self._file[1])
            self._damaged = False
        path, found_damaged = database.prepare(self._folder)
        self._file = path, database.inode_of(path)
        self._writer = database.open_cache(path, self._max_mb, _WRITER_WAITS)
        return database.Reader(path, _READER_WAITS), aside or found_damaged

    def _write(self, changes: Mapping[str, Change]) -> dict[str, bytes | None] | None:
        """The values as they are written; None where another database has taken the place of this one."""
        from foredraft.memory import database

        if not self._is_the_same():
            return None
        cache, values = self._writer, {}
        with cache.transact():
            for key, change in changes.items():
                known = unseal(key, cache.get(key))
                value = values[key] = change(known)
                if value is None:
                    cache.delete(key)
                elif value != known:
                    cache.set(key, seal(key, value))
        database.make_room(cache, 2 * len(changes))
        return values if self._is_the_same() else None

    def _is_the_same(self) -> bool:
        from foredraft.memory import database

        path, inode = self._file
        return database.inode_of(path) == inode

    def _keys(self, prefix: str, after: str) -> list[str]:
        from foredraft.memory import database

        with_own = database.Reader(self._file[0], _WRITER_WAITS)
        try:
            return with_own.keys(prefix, after, _PAGE)
        finally:
            with_own.close()

    def _size(self) -> Size:
        return Size(len(self._writer), int(self._writer.volume()))

    def _drop_writer(self) -> None:
        if self._writer is not None:
            with suppress(Exception):  # what is damaged need not close well
                self._writer.close()
            self._writer = None

    # on the loop

    def _drop_reader(self) -> None:
        if self._reader is not None:
            with suppress(sqlite3.Error):
                self._reader.close()
            self._reader = None
