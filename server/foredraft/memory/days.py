"""Which files of the ledger are whose day, and which of them count today.

    calls-2026-11-24.jsonl                      a day's calls; days are the user's own, by the clock of the machine
    later-2026-11-24-since-2026-11-20           empty; on the 20th there were calls of the 24th already

A file of a later day is there when the clock was put back: what it holds was spent, so it counts today. It stops to
count on the second day after it was first seen: then it was the clock that had been wrong when it was written.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

KEPT = 90
"""So many of the newest days are kept, whatever the clock says."""

_CALLS = re.compile(r"calls-(\d{4}-\d\d-\d\d)\.jsonl")
_LATER = re.compile(r"later-(\d{4}-\d\d-\d\d)-since-(\d{4}-\d\d-\d\d)")
_DOUBT = timedelta(days=2)


def file_of(folder: Path, day: date) -> Path:
    """Where that day's calls are."""
    return folder / f"calls-{day.isoformat()}.jsonl"


def days(folder: Path) -> list[date]:
    """The days there are files of, in order; none where the folder cannot be read."""
    return sorted(day for name in _names(folder) for day in _dates(_CALLS, name))


def counted(folder: Path, today: date) -> list[date]:
    """The days whose calls count today: today, and later ones that there should not be."""
    later = [day for day in days(folder) if day > today]
    since: dict[date, date] = {}
    for name in _names(folder):
        if len(dates := _dates(_LATER, name)) == 2:
            day, seen = dates
            if day not in later:
                with contextlib.suppress(OSError):
                    (folder / name).unlink()
            since[day] = min(seen, since.get(day, seen))
    for day in set(later) - since.keys():
        with contextlib.suppress(OSError):
            (folder / f"later-{day.isoformat()}-since-{today.isoformat()}").touch(0o600)
    return [today, *(day for day in later if today - since.get(day, today) < _DOUBT)]


def collect(folder: Path) -> None:
    """Remove the oldest days beyond those that are kept."""
    for day in days(folder)[:-KEPT]:
        with contextlib.suppress(OSError):
            file_of(folder, day).unlink()


def _names(folder: Path) -> Iterable[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return ()


def _dates(pattern: re.Pattern[str], name: str) -> list[date]:
    match = pattern.fullmatch(name)
    try:
        return [date.fromisoformat(group) for group in match.groups()] if match else []
    except ValueError:
        return []
