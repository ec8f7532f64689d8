"""A workspace's files as they may be learned, read again only where a file changed."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from foredraft.privacy.secrets import mask_lines
from foredraft.workspace.content import Shelf
from foredraft.workspace.kinds import Skip
from foredraft.workspace.names import prefixes
from foredraft.workspace.reading import lines_of, read
from foredraft.workspace.task import Task
from foredraft.workspace.walk import Found, walk


class Files:
    """The files of one task, by name: the path below its folder with `/`, behind the folder's prefix."""

    def __init__(self, task: Task, shelf: Callable[[], Shelf]) -> None:
        self._task = task
        self._prefixes = prefixes(task.folders)
        self._new_shelf = shelf
        self.shelf = shelf()
        """Where the files are kept that were read, masked."""
        self._kept: dict[str, tuple[Found, Any]] = {}
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
            del self._kept[name]
        if self.shelf.full:
            self._kept.clear()
            self.shelf = self._new_shelf()

    def slim(self) -> None:
        """Keep no more of each file than what it says."""
        for _, kept in self._kept.values():
            if not isinstance(kept, Skip):
                self.shelf.slim(kept)

    def differs(self, path: Path) -> bool:
        """Read the file again, even if its time and size are the same; whether it says something else now."""
        name = self._names.get(os.fspath(path))
        if name is None:
            return False
        before = self._kept.pop(name, None)
        return before is None or (self.kept(name) != before[1])

    def nearest_first(self) -> list[str]:
        """All names, those in the folders of open files first, then by the way there."""
        opened = [os.fspath(folder) for folder in {path.parent for path in self._task.opened}]
        way = cache(lambda folder: _distance(folder, opened))
        return sorted(self.found, key=lambda name: (way(os.path.dirname(self.found[name].path)), name))  # noqa: PTH120

    def sample(self, round_: int = 0) -> Iterator[tuple[str, list[str]]]:
        """Names and masked lines of files to train on. In the first round the open ones, then in turns the one changed
        last and one from anywhere; in each further one from anywhere, in another order. The same each time."""
        anywhere = sorted(self.found, key=lambda name: (zlib.crc32(os.fsencode(f"{name}{round_ or ''}")), name))
        names: Iterable[str | None] = anywhere
        if not round_:
            opened = {self._names.get(os.fspath(path)) for path in self._task.opened}
            newest = sorted(self.found, key=lambda name: (name not in opened, -self.found[name].modified_ns, name))
            first = sum(name in opened for name in newest)
            names = chain(newest[:first], chain.from_iterable(zip_longest(newest[first:], anywhere)))
        for name in dict.fromkeys(filter(None, names)):
            kept = self.kept(name)
            if not isinstance(kept, Skip):
                yield name, self.shelf.lines(kept)

    def kept(self, name: str) -> Any:
        """The file on the shelf, its secrets masked, or why it is not there (a `Skip`)."""
        found = self.found[name]
        before = self._kept.get(name)
        if before is not None and before[0] == found:
            return before[1]
        text = read(found.path, self._task.max_file_bytes)
        kept = text if isinstance(text, Skip) else self.shelf.put(mask_lines(lines_of(text), name))
        self._kept[name] = found, kept
        return kept

    def facts(self) -> Mapping[str, tuple[int, int]]:
        """Size and time of each file, by which a later run sees what changed."""
        return {name: (found.size, found.modified_ns) for name, found in self.found.items()}

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
