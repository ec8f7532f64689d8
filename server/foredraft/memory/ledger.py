"""What every call to a model cost, on disk: one line of JSON per call, one file per day.

Several servers append to the same file, each line by a single write that the system puts at the end; so what the others
spend counts too. A line begins and ends with a line end: whatever a killed process left half written harms no other.
Nothing of a prompt, an answer or a key is in it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

from foredraft.memory.days import collect, counted, days, file_of
from foredraft.memory.sums import Sum, Sums, line, of_record, read, summed
from foredraft.models.metered import Record

_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Ledger:
    """The calls in `folder`, which need not exist. `now` is the user's own time of day.

    One thread at a time uses it. Nothing here raises for what is wrong with the disk: then sums go on in memory.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime] = datetime.now) -> None:
        self._folder, self._now = folder, now
        self._files: dict[date, _File] = {}
        self._unsaved: dict[date, Sums] = {}
        self._day: date | None = None
        self._counted: tuple[date, int, list[date]] | None = None
        self._told = False
        self.trouble: str | None = None
        """Why the latest call could not be written, for people to read; None: it was."""

    def record(self, record: Record) -> str | None:
        """Write a call down: one write, well under a millisecond on a local disk. The first time that this does not
        work the answer is why, whole sentences; `trouble` says it for as long as it lasts."""
        day = self._now().date()
        try:
            self._append(day, b"\n" + line(record) + b"\n")
        except OSError as error:
            self._unsaved[day] = self._unsaved.get(day, Sums()) + summed([of_record(record)])
            self.trouble = (
                f"what models cost cannot be written to {self._folder} ({error.strerror or type(error).__name__}). "
                "It is counted until the server ends, without what other servers spend from now on."
            )
            told, self._told = self._told, True
            return None if told else self.trouble
        self.trouble = None
        return None

    def today(self) -> Sums:
        """What was spent today, by all servers. Reads what was appended since it was last called: microseconds, but
        all of the day the first time, which is better done in a thread."""
        today = self._now().date()
        unsaved = [sums for day, sums in self._unsaved.items() if day >= today]
        return _added([*(self._file(day).read() for day in self._days(today)), *unsaved])

    def month(self) -> Sums:
        """What was spent in this calendar month. Reads all of its days the first time: call it in a thread."""
        today = self._now().date()
        month = [day for day in days(self._folder) if (day.year, day.month) == (today.year, today.month)]
        unsaved = [sums for day, sums in self._unsaved.items() if (day.year, day.month) == (today.year, today.month)]
        return _added([*(self._file(day).read() for day in month), *unsaved])

    def _append(self, day: date, entry: bytes) -> None:
        path = file_of(self._folder, day)
        try:
            descriptor = os.open(path, _APPEND, 0o600)
        except FileNotFoundError:
            self._folder.mkdir(0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, _APPEND, 0o600)
        try:
            if os.write(descriptor, entry) < len(entry) - 1:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(descriptor)
        if day != self._day:
            self._day = day
            collect(self._folder)

    def _days(self, today: date) -> list[date]:
        """Those that count, listed anew only when a file was added to the folder."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except OSError:
            return [today]
        if self._counted is None or self._counted[:2] != (today, changed):
            self._counted = today, changed, counted(self._folder, today)
        return self._counted[2]

    def _file(self, day: date) -> _File:
        return self._files.setdefault(day, _File(file_of(self._folder, day)))


class _File:
    """One day's file, read as far as its last whole line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._sums = Sums()

    def read(self) -> Sums:
        """Its sums now. A file that has become shorter is another one, and read from the start."""
        try:
            size = self._path.stat().st_size
            if size == self._read:
                return self._sums
            if size < self._read:
                self._read, self._sums = 0, Sums()
            with self._path.open("rb") as file:
                file.seek(self._read)
                fresh = file.read()
        except OSError:
            return self._sums
        whole = fresh.rfind(b"\n") + 1
        self._read += whole
        self._sums += summed(_entries(fresh[:whole]))
        return self._sums


def _entries(text: bytes) -> Iterator[tuple[str, Sum]]:
    for entry in text.split(b"\n"):
        if entry and (found := read(entry)) is not None:
            yield found


def _added(parts: list[Sums]) -> Sums:
    return summed(item for part in parts for item in part.providers.items())
