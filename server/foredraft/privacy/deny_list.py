"""Which open documents are never learned or completed: the built-in names and the user's own globs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

from foredraft.privacy.globs import Globs
from foredraft.privacy.ignore import denied


class DenyList:
    """The names that hold secrets, and `globs` as in a .gitignore on top of them: one at the top of each of `folders`,
    and one for every file there is."""

    def __init__(self, globs: Sequence[str] = (), folders: Sequence[Path] = ()) -> None:
        self._globs = Globs(globs, folders)

    def __contains__(self, path: PurePath) -> bool:
        return denied(path) or path in self._globs
