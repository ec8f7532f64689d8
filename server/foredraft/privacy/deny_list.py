"""Which open documents are never learned or completed: the built-in names and the user's own globs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from pathspec import GitIgnoreSpec

from foredraft.privacy.ignore import denied


class DenyList:
    """The names that hold secrets, and `globs` as in a .gitignore on top of them."""

    def __init__(self, globs: Sequence[str] = ()) -> None:
        self._spec = GitIgnoreSpec.from_lines(globs) if globs else None

    def __contains__(self, path: PurePath) -> bool:
        return denied(path) or (self._spec is not None and self._spec.match_file(path.as_posix().lstrip("/")))
