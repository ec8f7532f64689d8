"""Which files of a workspace folder may be read."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from foredraft.privacy.ignore import IgnoreRules, is_denied_file, is_denied_folder
from foredraft.workspace.kinds import FOLDERS, Skip, by_name
from foredraft.workspace.reading import MAX_FILE_BYTES

MAX_FILES = 50_000
_CACHE_SIGNATURE = "CACHEDIR.TAG"


@dataclass(frozen=True, slots=True)
class Found:
    """One file that may be read, as it was when the walk passed."""

    path: str
    size: int
    modified_ns: int


def walk(
    root: Path,
    *,
    max_file_bytes: int = MAX_FILE_BYTES,
    max_files: int = MAX_FILES,
    deny: Sequence[str] = (),
    skipped: Counter[Skip] | None = None,
) -> Iterator[Found]:
    """Every file below `root` that the rules let through, folder by folder in the order of names.

    Links are never followed: what they point to is either found at its own place or lies outside. `deny` holds further
    lines like those of an ignore file. What is left out is counted in `skipped`, an ignored folder as one. Folders that
    cannot be read are counted and passed over; nothing is raised.
    """
    rules = IgnoreRules(root, deny)
    skipped = Counter() if skipped is None else skipped
    folders = [os.fspath(root)]
    left = max_files
    while folders:
        inside: list[str] = []
        for entry in _entries(folders.pop(), skipped):
            try:
                if _is_link(entry):
                    skipped[Skip.LINK] += 1
                elif not entry.is_dir(follow_symlinks=False):
                    found = _judged(entry, rules, max_file_bytes) if left else Skip.TOO_MANY
                    if isinstance(found, Found):
                        left -= 1
                        yield found
                    else:
                        skipped[found] += 1
                elif (why := _skips_folder(entry, rules)) is not None:
                    skipped[why] += 1
                else:
                    inside.append(entry.path)
            except OSError:
                skipped[Skip.UNREADABLE] += 1
        folders.extend(reversed(inside))


def _is_link(entry: os.DirEntry[str]) -> bool:
    # is_junction: Windows' links to folders, known from Python 3.12 on.
    return entry.is_symlink() or (hasattr(entry, "is_junction") and entry.is_junction())


def _entries(folder: str, skipped: Counter[Skip]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        skipped[Skip.UNREADABLE] += 1
        return []
    names = {entry.name for entry in found}
    return [] if "pyvenv.cfg" in names or _CACHE_SIGNATURE in names else found


def _skips_folder(entry: os.DirEntry[str], rules: IgnoreRules) -> Skip | None:
    if is_denied_folder(entry.name):
        return Skip.DENIED
    return Skip.IGNORED if entry.name in FOLDERS or rules.ignored(entry.path, True) else None


def _judged(entry: os.DirEntry[str], rules: IgnoreRules, max_file_bytes: int) -> Found | Skip:
    if not entry.is_file(follow_symlinks=False):
        return Skip.SPECIAL
    if is_denied_file(entry.name):
        return Skip.DENIED
    if rules.ignored(entry.path, False):
        return Skip.IGNORED
    facts = entry.stat(follow_symlinks=False)
    if facts.st_size > max_file_bytes:
        return Skip.TOO_LARGE
    return by_name(entry.name, facts.st_size) or Found(entry.path, facts.st_size, facts.st_mtime_ns)
