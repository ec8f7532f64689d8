"""Whether globs, as in a .gitignore, speak of a path."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

from foredraft.privacy.patterns import Patterns


class Globs:
    """Globs of the user's own: as if they stood at the top of each of `folders`, and for every file there is. One that
    names a folder speaks of all that is in it."""

    def __init__(self, globs: Sequence[str], folders: Sequence[Path] = ()) -> None:
        self._patterns = Patterns(globs)
        self._folders = folders

    def __contains__(self, path: PurePath) -> bool:
        return bool(self._patterns) and any(map(self._speaks_of, self._ways(path)))

    def _ways(self, path: PurePath) -> list[tuple[str, ...]]:
        below = [path.relative_to(folder).parts for folder in self._folders if path.is_relative_to(folder)]
        return [path.relative_to(path.anchor).parts, *below]

    def _speaks_of(self, parts: tuple[str, ...]) -> bool:
        return any(
            self._patterns.verdict("/".join(parts[:depth]), depth < len(parts)) for depth in range(1, len(parts) + 1)
        )
