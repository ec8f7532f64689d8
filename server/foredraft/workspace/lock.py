"""Who builds the index of a workspace: one process, also where several servers have the workspace open.

    <home>/builder-<maker>.lock     empty; the operating system's lock on it is the right to build
    <home>/builder-<maker>.json     who has it, since when, and what it has to say; its time is the heartbeat

The system's lock decides wherever it can: the kernel frees it at once when its process ends, also by kill -9, it
knows nothing of clocks or of pids that are used again, and it holds between containers of one machine. `filelock` takes
it on every system. The heartbeat is for the rest: a home on a network where two machines do not see each other's locks,
a file system without locks, a builder that hangs. It is judged by whether it moves from look to look, never by the
time of day. Each maker (release and predictor) has a lock of its own: others could not read what it builds.

Should two processes build for a while all the same, that costs time and nothing else: versions are published whole.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import lock_descriptor

from foredraft.workspace.processes import Process, is_gone, this
from foredraft.workspace.versions import maker, private_folders

UNSAVED = "unsaved"
"""The fact that a builder tells who cannot save: nobody can follow it."""
_STALE_LOOKS = 30
_STALE = 30.0


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that builds, as it wrote itself down; `since` is its time of day, for people to read."""

    process: Process
    host: str
    since: float
    facts: Mapping[str, Any] = field(default_factory=dict)
    locked: bool = True
    """It has the system's lock too, and did not only take over from one that hangs, or on a system without locks."""


class Lock:
    """The right of one process to build what is in `home`.

    Where nothing can be written there is nothing to share and nobody to disturb: then `take` succeeds without a lock.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.holder: Holder | None = None
        """Who builds, as of the last `take` that failed."""
        self.held = False
        self._path, self._note = _files(home, maker())
        self._descriptor: int | None = None
        self._me = Holder(this(), platform.node(), time.time())
        self._seen: object = None
        self._looks = 0

    def take(self) -> bool:
        """Become the builder, or learn who is. Asked now and then by who waits: that it is asked is also how long a
        heartbeat has stood still. Never waits, never raises."""
        if not self.held:
            try:
                private_folders(self._path.parent)
                self._take(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            except OSError:
                self.held = True
        return self.held

    def keep(self) -> bool:
        """The heartbeat. False where another process has taken over or the home was deleted: the lock is lost then."""
        if self._descriptor is not None:
            holder = read(self._note)
            if not _is(self._descriptor, self._path) or (holder is not None and holder.process != self._me.process):
                self.release()
            elif not self._me.locked and _locked(self._descriptor):
                self._me = dataclasses.replace(self._me, locked=True)
                self._write()
            elif holder is None:
                self._write()
            else:
                with contextlib.suppress(OSError):
                    os.utime(self._note)
        return self.held

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Write down what those who follow want to know, beside what was told before."""
        self._me = dataclasses.replace(self._me, facts={**self._me.facts, **facts})
        if self._descriptor is not None:
            self._write()

    def release(self) -> None:
        """Give it back, for another process to take it at once."""
        descriptor, self._descriptor, self.held = self._descriptor, None, False
        if descriptor is not None:
            holder = read(self._note)
            if holder is not None and holder.process == self._me.process:
                with contextlib.suppress(OSError):
                    self._note.unlink()
            os.close(descriptor)

    def _take(self, descriptor: int) -> None:
        locked = _locked(descriptor)
        self.holder = read(self._note)
        if _is(descriptor, self._path) and self._may(locked, descriptor):
            self._descriptor, self.held = descriptor, True
            self._me = dataclasses.replace(self._me, since=time.time(), facts={}, locked=bool(locked))
            self._write()
        else:
            os.close(descriptor)
            self.held = self.holder is not None and bool(self.holder.facts.get(UNSAVED))

    def _may(self, locked: bool | None, descriptor: int) -> bool:
        """Whether to take over; `locked`: the system's lock is ours, another's, or not to be had (None)."""
        holder = self.holder
        if locked is not False and (holder is None or is_gone(holder.process)):
            return True
        if locked and holder is not None and holder.locked and holder.process.kernel == self._me.process.kernel:
            return True
        stood = self._stands_still()
        return stood or (locked is True and _behind(descriptor, self._note) > _STALE)

    def _stands_still(self) -> bool:
        seen = None
        with contextlib.suppress(OSError):
            facts = self._note.stat()
            seen = facts.st_ino, facts.st_mtime_ns
        self._looks = self._looks + 1 if seen == self._seen else 0
        self._seen = seen
        return self._looks >= _STALE_LOOKS

    def _write(self) -> None:
        me = self._me
        fields = {name: getattr(me, name) for name in ("process", "host", "since", "facts", "locked")}
        with contextlib.suppress(OSError):
            replace(self._note, json.dumps(fields))


def read(note: Path) -> Holder | None:
    """Who wrote the note; None where there is none or nobody could have written it."""
    try:
        fields = json.loads(note.read_bytes())
        pid, kernel, space = fields["process"]
        process = Process(int(pid), kernel, space)
        return Holder(process, str(fields["host"]), float(fields["since"]), {**fields["facts"]}, bool(fields["locked"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def replace(path: Path, text: str) -> None:
    """Write a small file whole or not at all. OSError where that cannot be; nothing is left behind."""
    me = this()
    descriptor, name = tempfile.mkstemp(prefix=f".{me.pid}-{me.mark}-", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 (a descriptor)
            file.write(text)
        os.replace(name, path)  # noqa: PTH105 (a str)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108 (a str)
        raise


def is_free(home: Path, of: str) -> bool:
    """Whether no process builds as the maker `of`, as far as the system knows."""
    try:
        descriptor = os.open(_files(home, of)[0], os.O_RDWR)
    except OSError:
        return True
    try:
        return _locked(descriptor) is not False
    finally:
        os.close(descriptor)


def lock_files(home: Path) -> Iterator[tuple[Path, str]]:
    """All files of locks in a home, each with its maker."""
    for path in home.glob("builder-*"):
        yield path, path.stem.removeprefix("builder-")


def _files(home: Path, of: str) -> tuple[Path, Path]:
    return home / f"builder-{of}.lock", home / f"builder-{of}.json"


def _locked(descriptor: int) -> bool | None:
    try:
        return lock_descriptor(descriptor, blocking=False)
    except OSError:
        return None


def _is(descriptor: int, path: Path) -> bool:
    """Whether the open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _behind(descriptor: int, note: Path) -> float:
    """Seconds by which the heartbeat lies back, both times taken from the file system."""
    try:
        os.utime(descriptor)
        return os.fstat(descriptor).st_mtime - note.stat().st_mtime
    except (OSError, TypeError, NotImplementedError):
        return 0.0
