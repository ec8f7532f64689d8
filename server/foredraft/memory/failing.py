"""What an error of the database says: something of the disk, of a lock, or against the database itself."""

from __future__ import annotations

import sqlite3

import diskcache

_OF_THE_DISK = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_INTERRUPT,
}


def is_of_the_disk(error: BaseException) -> bool:
    """Whether the error says something of the disk, its rights or locks, and nothing against the database."""
    if isinstance(error, sqlite3.OperationalError):
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return code & 0xFF in _OF_THE_DISK and code != sqlite3.SQLITE_IOERR_SHORT_READ
    return isinstance(error, OSError | diskcache.Timeout | MemoryError)


def is_a_lock(error: BaseException) -> bool:
    """Whether somebody else had the database just then."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, diskcache.Timeout) or code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
