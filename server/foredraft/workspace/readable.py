"""The files of a workspace that a model may be told of, and their text, secrets masked."""

from __future__ import annotations

import os
import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from foredraft.privacy.ignore import IgnoreRules, denied, is_denied_folder
from foredraft.privacy.secrets import mask_lines
from foredraft.workspace.definitions import MOST, Table, definitions, entry, family_of
from foredraft.workspace.kinds import FOLDERS, Skip, by_name, by_text
from foredraft.workspace.names import prefixes
from foredraft.workspace.reading import MAX_FILE_BYTES, lines_of, read
from foredraft.workspace.walk import MAX_FILES, walk

Rest = Callable[[], None]
"""Called between two files; raises to stop."""

_BESIDE = 12
_KEPT = 24
_KEPT_LINES = 2_000


class Readable:
    """What ignore files, the deny list and the kinds of files let through, as they were when it last looked.

    Everything here waits for the disk: not for the event loop. Not to be used by two threads at once.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        deny: Sequence[str] = (),
        max_file_bytes: int = MAX_FILE_BYTES,
        max_files: int = MAX_FILES,
    ) -> None:
        self._folders = tuple(folders)
        self._deny, self._max_bytes, self._max_files = tuple(deny), max_file_bytes, max_files
        self._prefixes = prefixes(self._folders)
        self._rules = {folder: IgnoreRules(folder, self._deny) for folder in self._folders}
        self._kept: OrderedDict[str, tuple[int, list[str]]] = OrderedDict()
        self.paths: list[str] = []
        """Files of code, in the order of the walk; empty before the first look."""
        self._table = Table()

    def look(self, rest: Rest) -> None:
        """Walk the folders and find what their files define. Seconds for a million lines, with pauses by `rest`."""
        self._rules = {folder: IgnoreRules(folder, self._deny) for folder in self._folders}
        paths: list[str] = []
        entries = array("Q")
        for folder in self._folders:
            for found in walk(
                folder,
                max_file_bytes=self._max_bytes,
                max_files=self._max_files - len(paths),
                deny=self._deny,
            ):
                rest()
                if family_of(found.path) is None:
                    continue
                text = read(found.path, self._max_bytes)
                if not isinstance(text, Skip) and len(entries) < MOST:
                    entries.extend(entry(name, len(paths), line) for name, line in definitions(found.path, text))
                    paths.append(found.path)
        self.paths, self._table = paths, Table(entries)

    def may_read(self, path: Path) -> bool:
        """Whether a file, which may be open and not saved yet, may be told of: in a folder, and nothing forbids it."""
        folder = next((folder for folder in self._folders if path.is_relative_to(folder)), None)
        if folder is None or denied(path) or by_name(path.name, 0) is not None:
            return False
        parts = path.relative_to(folder).parts[:-1]
        if any(part in FOLDERS or is_denied_folder(part) for part in parts):
            return False
        above = [folder, *(folder.joinpath(*parts[: depth + 1]) for depth in range(len(parts))), path]
        return not any(map(os.path.islink, above[1:])) and not self._rules[folder].ignored(path, False)

    def name(self, path: str) -> str:
        """What a file is called to a model: its path below its folder; "" outside of all."""
        for folder, prefix in self._prefixes.items():
            if path.startswith(os.path.join(folder, "")):  # noqa: PTH118 (strs, for speed)
                return prefix + os.path.relpath(path, folder).replace(os.sep, "/")
        return ""

    def find(self, name: str, most: int) -> list[tuple[str, int]]:
        """(path, line) of up to `most` definitions of a name, as they were at the last look; none where there are
        more."""
        return [(self.paths[file], line) for file, line in self._table.find(name, most)]

    def beside(self, path: str) -> list[str]:
        """Some files of the same kind in a file's own folder."""
        folder, family = os.path.join(os.path.dirname(path), ""), family_of(path)  # noqa: PTH118, PTH120
        there = (one for one in self.paths if one.startswith(folder) and os.sep not in one[len(folder) :])
        return [one for one in there if one != path and family_of(one) == family][:_BESIDE]

    def lines(self, path: str) -> list[str]:
        """The masked lines of a file that the last look found; none where it cannot be read now."""
        try:
            modified = os.stat(path, follow_symlinks=False).st_mtime_ns  # noqa: PTH116 (a str, for speed)
        except OSError:
            return []
        known = self._kept.get(path)
        if known is None or known[0] != modified:
            text = read(path, self._max_bytes)
            known = modified, [] if isinstance(text, Skip) else mask_lines(lines_of(text), path)[:_KEPT_LINES]
        self._kept[path] = known
        self._kept.move_to_end(path)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return known[1]


def is_worth_telling(path: str, text: str) -> bool:
    """Whether people wrote an open document's text."""
    return by_text(path, text) is None


def resting(work: float, pause: float, stopped: Callable[[], bool]) -> Rest:
    """A `Rest` that pauses after each `work` seconds, and raises `InterruptedError` once it is stopped."""
    until = time.perf_counter() + work

    def rest() -> None:
        nonlocal until
        if stopped():
            raise InterruptedError
        if time.perf_counter() >= until:
            time.sleep(pause)
            until = time.perf_counter() + work

    return rest
