"""Where the levels beside a workspace's own are kept: packages with the workspace, standard libraries for all of them.

Which standard libraries a workspace uses stands in a small file beside its index, so that a server has them at once.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from foredraft.workspace import saved
from foredraft.workspace.leftovers import clear_unfinished, delete, unfinished_prefix
from foredraft.workspace.task import Task

LibraryKind = Literal["packages", "machine"]
KINDS: tuple[LibraryKind, ...] = ("packages", "machine")
_POINTER = "machine.used"
_STAMP = re.compile(r"[0-9a-f]{24}")
_UNUSED_SECONDS = 30 * 24 * 3600.0
_MOST = 8


class Level(NamedTuple):
    """A version of what was learned; `stamp` tells of what. Not kept open: what is looked up in it counts as this
    process's memory."""

    path: Path
    stamp: str
    identity: str


def level_of(version: saved.Saved) -> Level:
    """What is remembered of a version."""
    return Level(version.path, version.facts["stamp"], version.identity)


def wanted(task: Task) -> list[LibraryKind]:
    """The kinds that a task is about."""
    return [kind for kind in KINDS if (task.packages if kind == "packages" else task.machine is not None)]


def kept(task: Task) -> Iterator[tuple[LibraryKind, saved.Saved]]:
    """What was saved of a workspace's libraries, where the task wants it and it was made under the same deny globs."""
    if task.packages:
        version, _ = saved.latest(task.home, "packages")
        if version is not None and version.facts.get("deny") == list(task.deny):
            yield "packages", version
    if task.machine is not None:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            stamp = (task.home / _POINTER).read_text("utf-8")
            machine = made(task.machine, stamp)
            if machine is not None and machine.facts.get("deny") == list(task.deny):
                yield "machine", machine


def made(machine: Path, stamp: str) -> saved.Saved | None:
    """The standard libraries that are saved under this stamp."""
    return saved.latest(machine / stamp, "machine")[0] if _STAMP.fullmatch(stamp) else None


def publish(machine: Path, stamp: str, arrays: saved.Arrays, facts: Mapping[str, Any]) -> Path | None:
    """Save standard libraries for all workspaces, and delete what no server has used for long. None where that is not
    possible: then there are none."""
    try:
        path = saved.publish(machine / stamp, "machine", arrays, facts)
    except OSError:
        return None
    _collect(machine, stamp)
    return path


def used(machine: Path, stamp: str, home: Path | None = None) -> None:
    """These are in use today; and from now on they are those of the workspace that is kept in `home`."""
    with contextlib.suppress(OSError):
        os.utime(machine / stamp)
    if home is not None:
        with contextlib.suppress(OSError):
            unfinished = home / f"{unfinished_prefix()}{_POINTER}"
            unfinished.touch(mode=0o600)
            unfinished.write_text(stamp, "utf-8")
            unfinished.replace(home / _POINTER)


def forget(home: Path, kind: LibraryKind) -> None:
    """The workspace that is kept in `home` has no such libraries any more."""
    if kind == "machine":
        with contextlib.suppress(OSError):
            (home / _POINTER).unlink()
        return
    for version in saved.versions(home, kind):
        delete(version)


def _collect(machine: Path, kept: str) -> None:
    clear_unfinished(machine)
    times: dict[Path, float] = {}
    for folder in machine.iterdir():
        with contextlib.suppress(OSError):
            times[folder] = folder.stat().st_mtime
    newest = sorted(times, key=lambda folder: times[folder], reverse=True)
    for number, folder in enumerate(newest):
        old = number >= _MOST or times[folder] < time.time() - _UNUSED_SECONDS
        if old and folder.name != kept and _STAMP.fullmatch(folder.name):
            delete(folder)
