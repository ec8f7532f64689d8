"""Where new versions go: to their home, and where that is full or must not be written, to a temporary folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from foredraft.workspace import saved
from foredraft.workspace.leftovers import clear_unfinished, delete, unfinished_prefix

DAMAGED = "The saved index was damaged. It was moved aside and is built again."
UNSAVED = "The index cannot be saved, so each start is a cold one: "
NOWHERE = "The workspace is not learned, because its index can be written nowhere: "
_START = "foredraft-"
_IN_MEMORY = Path("/dev/shm")


class Nowhere(Exception):
    """No disk takes what is to be published. Its message is for the user."""


class Publisher:
    """The versions that one process publishes. The home is tried each time: a disk does not stay full for ever."""

    def __init__(self, home: Path, say: Callable[[dict[str, Any]], None]) -> None:
        self._home = home
        self._say = say
        self._temporary: list[Path] = []

    def publish(self, kind: saved.Kind, arrays: saved.Arrays, facts: Mapping[str, Any]) -> Path:
        """Write a new version and return its folder; that it is a temporary one is said once. Nowhere where even that
        cannot be."""
        try:
            path = saved.publish(self._home, kind, arrays, facts)
        except OSError as problem:
            return self._elsewhere(kind, arrays, facts, problem)
        for folder in self._temporary:
            for old in saved.versions(folder, kind):
                delete(old)
        return path

    def latest(self, kind: saved.Kind) -> tuple[saved.Saved | None, bool]:
        """The version that was published last; see `saved.latest`."""
        for folder in reversed(self._temporary):
            version, damaged = saved.latest(folder, kind)
            if version is not None:
                return version, damaged
        return saved.latest(self._home, kind)

    def _elsewhere(self, kind: saved.Kind, arrays: saved.Arrays, facts: Mapping[str, Any], problem: OSError) -> Path:
        for folder in self._temporary[-1:]:
            with contextlib.suppress(OSError):
                return saved.publish(folder, kind, arrays, facts)
        why = problem.strerror or type(problem).__name__
        for folder in _folders():
            try:
                path = saved.publish(folder, kind, arrays, facts)
            except OSError:
                shutil.rmtree(folder, ignore_errors=True)
            else:
                self._temporary.append(folder)
                self._say({"problem": f"{UNSAVED}{why}", "temporary": os.fspath(folder)})
                return path
        raise Nowhere(f"{NOWHERE}{why}")


def _folders() -> Iterator[Path]:
    """New temporary folders, on disk and in memory; each is made when it is asked for."""
    for parent in (None, _IN_MEMORY):
        with contextlib.suppress(OSError):
            clear_unfinished(parent or Path(tempfile.gettempdir()), _START)
            yield Path(tempfile.mkdtemp(prefix=unfinished_prefix(_START), dir=parent))
