"""What is a file called in the index? The same for the worker, which reads it, and the server, which has it open."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

_DRIVE = re.compile(r"/[A-Za-z]:(?:/|$)")


def prefixes(folders: Sequence[Path]) -> dict[Path, str]:
    """What the names of each folder's files begin with: of a single folder nothing, of several the folder's name, and
    its whole path where they share that."""
    if len(folders) == 1:
        return dict.fromkeys(folders, "")
    used = Counter(folder.name for folder in folders)
    return {folder: f"{folder.name if used[folder.name] == 1 else folder.as_posix()}/" for folder in folders}


def name_of(path: Path, folders: Sequence[Path]) -> str | None:
    """The name of a file; None outside of the folders. Only where its path does not say it, the disk is asked whether
    a link leads there."""
    if not path.is_absolute():
        return None
    found = _below(path, {folder: folder for folder in folders})
    if found is None:
        found = _below(_real(path), {_real(folder): folder for folder in folders})
    return None if found is None else prefixes(folders)[found[0]] + found[1]


def path_of(uri: str, windows: bool = os.name == "nt") -> str:
    """The path that a uri of any scheme names; a uri that cannot be taken apart is its own path."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri
    path = unquote(parts.path)
    if windows and _DRIVE.match(path):
        return path[1:]
    return f"//{parts.netloc}{path}" if windows and parts.scheme == "file" and parts.netloc else path


def _below(path: Path, folders: dict[Path, Path]) -> tuple[Path, str] | None:
    for folder, known_as in folders.items():
        if path.is_relative_to(folder):
            return known_as, path.relative_to(folder).as_posix()
    return None


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # links in a circle
        return path
