"""Which open documents are never learned or completed: the built-in names and the user's own globs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

from foredraft.privacy.ignore import denied
from foredraft.privacy.patterns import Patterns


class DenyList:
    """The names that hold secrets, and `globs` as in a .gitignore on top of them: one at the top of each of `folders`,
    and one for every file there is."""

    def __init__(self, globs: Sequence[str] = (), folders: Sequence[Path] = ()) -> None:
        self._patterns = Patterns(globs)
        self._folders = folders

    def __contains__(self, path: PurePath) -> bool:
        return denied(path) or (bool(self._patterns) and any(map(self._speaks_of, self._ways(path))))

    def _ways(self, path: PurePath) -> list[tuple[str, ...]]:
        below = [path.relative_to(folder).parts for folder in self._folders if path.is_relative_to(folder)]
        return [path.relative_to(path.anchor).parts, *below]

    def _speaks_of(self, parts: tuple[str, ...]) -> bool:
        return any(
            self._patterns.verdict("/".join(parts[:depth]), depth < len(parts)) for depth in range(1, len(parts) + 1)
        )
