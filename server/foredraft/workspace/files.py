"""The masked text of a workspace's files, read again only where a file changed."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from foredraft.privacy.secrets import mask_lines
from foredraft.workspace.kinds import Skip
from foredraft.workspace.names import prefixes
from foredraft.workspace.reading import lines_of, read
from foredraft.workspace.task import Task
from foredraft.workspace.walk import Found, walk

KEPT_CHARACTERS = 60_000_000
"""So much text stays in memory between two rebuilds; the rest is read again."""


class Files:
    """The files of one task, by name: the path below its folder with `/`, behind the folder's prefix."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._prefixes = prefixes(task.folders)
        self._kept: dict[str, tuple[Found, str | Skip]] = {}
        self._room = KEPT_CHARACTERS
        self._names: dict[str, str] = {}
        self.found: dict[str, Found] = {}
        self.skipped: Counter[Skip] = Counter()
        """Of the last walk, and of the reading since."""

    def look(self) -> None:
        """Walk the folders again, and forget what is no longer there."""
        self.skipped = Counter()
        self.found = {}
        for folder in self._task.folders:
            left = self._task.max_files - len(self.found)
            for found in walk(
                folder,
                max_file_bytes=self._task.max_file_bytes,
                max_files=left,
                deny=self._task.deny,
                skipped=self.skipped,
            ):
                self.found[self._name(folder, found.path)] = found
        self._names = {found.path: name for name, found in self.found.items()}
        for name in self._kept.keys() - self.found.keys():
            self._drop(name)

    def differs(self, path: Path) -> bool:
        """Read the file again, even if its time and size are the same; whether its text is another one now."""
        name = self._names.get(os.fspath(path))
        if name is None:
            return False
        before = self._kept.get(name)
        self._drop(name)
        self.lines(name)
        return before is None or self._kept.get(name) != before

    def nearest_first(self) -> list[str]:
        """All names, those in the folders of open files first, then by the way there."""
        opened = [os.fspath(folder) for folder in {path.parent for path in self._task.opened}]
        way = cache(lambda folder: _distance(folder, opened))
        return sorted(self.found, key=lambda name: (way(os.path.dirname(self.found[name].path)), name))  # noqa: PTH120

    def scattered(self, names: list[str]) -> Iterator[tuple[str, list[str]]]:
        """Names and masked lines in an order that has nothing to do with folders, the same each time."""
        for name in sorted(names, key=lambda name: (zlib.crc32(os.fsencode(name)), name)):
            lines = self.lines(name)
            if not isinstance(lines, Skip):
                yield name, lines

    def lines(self, name: str) -> list[str] | Skip:
        """The file's masked lines, or why there are none."""
        found = self.found[name]
        kept = self._kept.get(name)
        if kept is not None and kept[0] == found:
            text = kept[1]
        else:
            self._drop(name)
            text = self._read(name, found)
            cost = 100 if isinstance(text, Skip) else len(text)
            if cost <= self._room:
                self._room -= cost
                self._kept[name] = found, text
        return text if isinstance(text, Skip) else text.split("\n")

    def facts(self) -> Mapping[str, tuple[int, int]]:
        """Size and time of each file, by which a later run sees what changed."""
        return {name: (found.size, found.modified_ns) for name, found in self.found.items()}

    def _read(self, name: str, found: Found) -> str | Skip:
        text = read(found.path, self._task.max_file_bytes)
        return text if isinstance(text, Skip) else "\n".join(mask_lines(lines_of(text), name))

    def _drop(self, name: str) -> None:
        _, text = self._kept.pop(name, (None, None))
        if text is not None:
            self._room += 100 if isinstance(text, Skip) else len(text)

    def _name(self, folder: Path, path: str) -> str:
        return self._prefixes[folder] + os.path.relpath(path, folder).replace(os.sep, "/")


def _distance(folder: str, others: list[str]) -> int:
    """Steps up and down from the nearest of the other folders."""
    return min((_steps(folder, other) for other in others), default=0)


def _steps(folder: str, other: str) -> int:
    if folder == other:
        return 0
    mine, theirs = folder.split(os.sep), other.split(os.sep)  # noqa: PTH206 (strs, for speed)
    common = 0
    while common < min(len(mine), len(theirs)) and mine[common] == theirs[common]:
        common += 1
    return len(mine) + len(theirs) - 2 * common
