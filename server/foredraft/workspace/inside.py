"""A workspace's own files as a place to ask about its packages: nothing outside is reached through what lies in it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from foredraft.workspace.kinds import Skip
from foredraft.workspace.reading import text_of

_LARGEST = 4_000_000
_MOST_ENTRIES = 20_000


class Inside:
    """The folders of a workspace, links resolved. A cloned repository may hold links and settings that lead anywhere:
    what they lead to is only looked at where it is in these folders again.

    Whatever was looked at is remembered with its time, so that `unchanged` is a cheap question.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = tuple(dict.fromkeys(Path(os.path.realpath(folder)) for folder in folders))
        self._looked_at: dict[str, tuple[int, int] | None] = {}

    def real(self, path: Path) -> Path | None:
        """The path without links; None where nothing is there, or what is there lies outside."""
        self.watch(path)
        real = Path(os.path.realpath(path))
        if not any(real.is_relative_to(folder) for folder in self.folders) or not os.path.lexists(real):
            return None
        return real

    def names(self, folder: Path) -> list[str]:
        """The names of what is in a folder, sorted; none where it is outside, cannot be read or is no folder."""
        real = self.real(folder)
        try:
            return sorted(path.name for path in real.iterdir())[:_MOST_ENTRIES] if real is not None else []
        except OSError:
            return []

    def text(self, path: Path) -> str:
        """The text of a small file; empty where it is outside, cannot be read or is none."""
        real = self.real(path)
        text = text_of(os.fspath(real), _LARGEST) if real is not None else Skip.UNREADABLE
        return "" if isinstance(text, Skip) else text

    def watch(self, path: Path) -> None:
        """From now on a change of this path, wherever it is, counts."""
        self._looked_at.setdefault(os.fspath(path), _facts(path))

    @property
    def unchanged(self) -> bool:
        """Whether all that was looked at is still the same: by time and size, without reading."""
        return all(_facts(path) == facts for path, facts in self._looked_at.items())


def _facts(path: Path | str) -> tuple[int, int] | None:
    try:
        facts = os.stat(path)  # noqa: PTH116 (strs, for speed)
    except (OSError, ValueError):
        return None
    return facts.st_mtime_ns, facts.st_size
