"""What a worker is asked to do: sent to it as JSON, in the first line it reads."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foredraft.workspace.reading import MAX_FILE_BYTES
from foredraft.workspace.walk import MAX_FILES

QUIET = 2.0
RESCAN = 60.0
LOOK = 1.0


@dataclass(frozen=True, slots=True)
class Task:
    """Folders to learn and how. `opened`: files the user has open; their neighbours are read first.

    `quiet` is how many seconds nothing must change before what changed is read again, `rescan` after how many seconds
    the folders are looked through without being told (for editors that do not tell), `look` after how many seconds
    other servers' workers are looked at again: a listing of a small folder. `packages`: the installed packages are
    learned too; `machine`: where the standard libraries are kept for all workspaces, None to leave them alone.
    """

    folders: tuple[Path, ...]
    home: Path
    opened: tuple[Path, ...] = ()
    deny: tuple[str, ...] = ()
    max_file_bytes: int = MAX_FILE_BYTES
    max_files: int = MAX_FILES
    quiet: float = QUIET
    rescan: float = RESCAN
    look: float = LOOK
    packages: bool = False
    machine: Path | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: _plain(getattr(self, name)) for name in _NAMES}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Task:
        read: dict[str, Any] = {**fields, "home": Path(fields["home"]), "deny": tuple(fields["deny"])}
        read |= {name: tuple(map(Path, fields[name])) for name in ("folders", "opened")}
        read["machine"] = None if fields["machine"] is None else Path(fields["machine"])
        return cls(**read)


def rules(deny: tuple[str, ...], max_file_bytes: int, max_files: int) -> str:
    """What decides beside the folders which files are learned; "" where it is as by default."""
    asked = [list(deny), max_file_bytes, max_files]
    return "" if asked == [[], MAX_FILE_BYTES, MAX_FILES] else json.dumps(asked)


_NAMES = tuple(each.name for each in dataclasses.fields(Task))


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return os.fspath(value) if isinstance(value, Path) else value
