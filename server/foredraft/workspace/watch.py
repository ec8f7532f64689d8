"""Which of the paths that an editor reports as changed are worth waking the worker for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from foredraft.privacy.ignore import denied
from foredraft.workspace.kinds import FOLDERS


def matters(path: Path, folders: Sequence[Path]) -> bool:
    """Whether a change of `path` may change what is learned from `folders`.

    Judged by the name alone, since this runs where typing is served; the worker then asks the ignore files.
    """
    folder = next((folder for folder in folders if path.is_relative_to(folder)), None)
    return folder is not None and FOLDERS.isdisjoint(path.relative_to(folder).parts) and not denied(path)


def outermost(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Without those that lie in another one, in a fixed order."""
    return tuple(
        sorted({folder for folder in folders if not any(folder.is_relative_to(f) for f in folders if f != folder)})
    )
