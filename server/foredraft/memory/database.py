"""The database on disk: made, looked over before it is used, and opened so that nothing in it can do harm.

    <folder>/<format>/cache.db     one database for all workspaces; made elsewhere and moved here whole
    <folder>/damaged-<time>/       the last one that was damaged, set aside
    <folder>/lock                  held while one is made, looked over or set aside

`diskcache` would unpickle what it reads, open and delete files that an entry names, and take over settings that stand
in the database. So only bytes are stored and read, in the database itself, and one that is not as this module makes it
is not opened at all. Imported only where a memory is opened: it takes 30 ms.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, NoReturn

import diskcache
from filelock import FileLock, Timeout

from foredraft.memory.failing import is_of_the_disk

FORMAT = 1
"""Of the database. An older one is deleted: what it holds is learned again."""
NAME = "cache.db"
_RAW = 1
_SCHEMA = "e91fe32f0c38a3e7"
_LOCKED_FOR = 10.0
_UNFINISHED = "new-"
_SETTINGS: dict[str, int | str] = {
    **{key: value for key, value in diskcache.DEFAULT_SETTINGS.items() if key != "disk_pickle_protocol"},
    "sqlite_cache_size": 2048,  # pages, for each connection
    "sqlite_mmap_size": 0,  # a file that others cut short while it is mapped ends the process
    "cull_limit": 0,  # room is made by `make_room`: within a transaction the database does not become smaller
    "disk_min_file_size": 2**62,
    "disk_pickle_protocol": 0,
}
_GET = "SELECT mode, filename, value FROM Cache WHERE key = ? AND raw = 1"
_KEYS = "SELECT key FROM Cache WHERE key > ? AND key < ? AND raw = 1 ORDER BY key LIMIT ?"
_COUNTS = ("count", "size", "hits", "misses")


class Damaged(Exception):
    """The database is not as it was made. The message says no more than that."""


class OnlyBytes(diskcache.Disk):  # type: ignore[misc]  # it has no types
    """Keys are text, values bytes, both in the database. Anything else that stands there is refused."""

    def put(self, key: object) -> tuple[str, bool]:
        if type(key) is not str:
            raise TypeError("a key is text")
        return key, True

    def get(self, key: object, raw: object) -> str:
        if not raw or type(key) is not str:
            raise Damaged
        return key

    def store(self, value: object, read: bool, key: object = None) -> tuple[int, int, None, bytes]:
        if type(value) is not bytes or read:
            raise TypeError("a value is bytes")
        return 0, _RAW, None, value

    def fetch(self, mode: object, filename: object, value: object, read: bool) -> bytes:
        return _only_bytes(mode, filename, value)

    def filename(self, key: object = None, value: object = None) -> NoReturn:
        raise TypeError("no value is kept in a file of its own")

    def remove(self, file_path: object) -> None:
        """Nothing: no entry of ours has a file, so it would be somebody else's."""


def open_cache(path: Path, max_mb: int, timeout: float) -> Any:
    """The database at `path`, which `prepare` has looked over, for one thread; `timeout`: seconds to wait for others'
    locks."""
    settings = {**_SETTINGS, "size_limit": max_mb * 2**20}
    return diskcache.Cache(str(path.parent), timeout=timeout, disk=OnlyBytes, **settings)


def make_room(cache: Any, most: int) -> None:
    """Where the database is larger than it may be, delete `most` entries that were not written for longest."""
    if cache.volume() > cache.size_limit:
        with cache._transact(False) as (sql, cleanup):
            cache._cull(time.time(), sql, cleanup, limit=most)


class Reader:
    """A connection that only reads, for one thread other than the one that made it."""

    def __init__(self, path: Path, timeout: float) -> None:
        self._connection = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA trusted_schema = OFF")
        self._connection.execute("PRAGMA query_only = ON")
        self._connection.execute(_GET, ("",)).fetchall()  # the schema is read now, not by the first look-up

    def get(self, key: str) -> bytes | None:
        """The value as it is written. Raises `sqlite3.Error`, and `Damaged` where it is no value of ours."""
        for mode, filename, value in self._connection.execute(_GET, (key,)):
            return _only_bytes(mode, filename, value)
        return None

    def keys(self, prefix: str, after: str, most: int) -> list[str]:
        """The next keys that begin with `prefix`, in order, beyond `after`."""
        rows = self._connection.execute(_KEYS, (max(after, prefix), f"{prefix}\U0010ffff", most))
        return [key for (key,) in rows if type(key) is str]

    def close(self) -> None:
        self._connection.close()


def prepare(folder: Path) -> tuple[Path, bool]:
    """The path of a database that can be opened, made where there was none, and whether a damaged one was set aside for
    it. Raises `OSError` or `sqlite3.OperationalError` where the folder cannot be written or the disk is full."""
    path = folder / f"{FORMAT}" / NAME
    with _alone(folder):
        _clear(folder)
        aside = False
        if path.exists():
            try:
                look_over(path)
                return path, False
            except Damaged:
                aside = _set_aside(path)
        _make(path)
    return path, aside


def set_aside(folder: Path, inode: int | None) -> None:
    """Move the database away, unless it is another one than `inode` by now: then somebody else has done so."""
    path = folder / f"{FORMAT}" / NAME
    with _alone(folder):
        if inode_of(path) == inode:
            _set_aside(path)


def inode_of(path: Path) -> int | None:
    """Which file it is now; None if there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


def look_over(path: Path) -> None:
    """Raises `Damaged` where the database is not as `open_cache` makes it: other tables, triggers or settings."""
    try:
        with closing(sqlite3.connect(path, timeout=2.0, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
            if fingerprint(schema) != _SCHEMA:
                raise Damaged
            settings = dict(connection.execute("SELECT key, value FROM Settings").fetchall())
            connection.execute("SELECT key FROM Cache ORDER BY key LIMIT 1").fetchall()
    except Exception as error:
        if is_of_the_disk(error):
            raise
        raise Damaged from None
    if settings.keys() != {*_SETTINGS, *_COUNTS} or any(type(settings[count]) is not int for count in _COUNTS):
        raise Damaged
    if any(settings[key] != value for key, value in _SETTINGS.items() if key != "size_limit"):
        raise Damaged


def fingerprint(schema: list[Any]) -> str:
    """Of the tables, indices and triggers of a database."""
    return blake2b(repr(schema).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _only_bytes(mode: object, filename: object, value: object) -> bytes:
    if mode != _RAW or filename is not None or type(value) is not bytes:
        raise Damaged
    return value


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other process prepares the folder meanwhile; it is readable by the user alone."""
    folder.mkdir(0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    try:
        with FileLock(folder / "lock", timeout=_LOCKED_FOR, mode=0o600):
            yield
    except Timeout as error:
        raise OSError(f"no lock within {_LOCKED_FOR:g} seconds") from error


def _make(path: Path) -> None:
    """A whole one or none: what was begun by a process that was killed has another name."""
    new = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=path.parent.parent))
    try:
        os.close(os.open(new / NAME, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))  # the -wal and -shm take this over
        open_cache(new / NAME, 1, 1.0).close()
        path.parent.mkdir(0o700, exist_ok=True)
        for stray in path.parent.iterdir():
            stray.unlink()  # a -wal of another database
        (new / NAME).rename(path)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _set_aside(path: Path) -> bool:
    """The one before is deleted, so that disks do not fill."""
    folder = path.parent.parent
    for old in folder.glob("damaged-*"):
        shutil.rmtree(old, ignore_errors=True)
    path.parent.rename(folder / f"damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    return True


def _clear(folder: Path) -> None:
    """Delete what was begun and not finished, and databases of older formats."""
    for one in folder.iterdir():
        if one.name.startswith(_UNFINISHED) or (one.name.isdecimal() and int(one.name) < FORMAT):
            with suppress(OSError):
                shutil.rmtree(one)
