"""Which models may see a file: the most open tier that its path allows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from foredraft.models.outgoing import Tier
from foredraft.privacy.deny_list import DenyList
from foredraft.privacy.globs import Globs
from foredraft.privacy.ignore import IgnoreRules, repository

_MOST_PATHS = 5_000


class Tiers:
    """The most open tier for each path: of the names that hold secrets and the user's deny globs none, of what an
    ignore file excludes local, of what a rule speaks of the strictest tier of such rules, else `most_open`.

    A link is judged by its own path and by where it leads. Files outside of all folders are judged by the ignore files
    of their own repository. Ignore files are read once; `forget` has them read anew.
    """

    def __init__(
        self,
        folders: Sequence[Path] = (),
        deny: Sequence[str] = (),
        rules: Iterable[tuple[Sequence[str], Tier]] = (),
        most_open: Tier = Tier.PUBLIC,
    ) -> None:
        self._folders = tuple(dict.fromkeys((*folders, *(Path(os.path.realpath(folder)) for folder in folders))))
        self._most_open = most_open
        self._deny = DenyList(deny, self._folders)
        self._rules = [(Globs(globs, self._folders), tier) for globs, tier in rules]
        self._ignoring: dict[Path, IgnoreRules] = {}
        self._known: dict[Path, Tier | None] = {}

    @property
    def unreadable(self) -> list[Path]:
        """Ignore files found so far that are there and cannot be read."""
        return [path for rules in self._ignoring.values() for path in rules.unreadable]

    def of(self, path: Path) -> Tier | None:
        """The most open tier of models that may see the file; None: no model may."""
        if path not in self._known:
            if len(self._known) >= _MOST_PATHS:
                self._known.clear()
            self._known[path] = self._judge(path)
        return self._known[path]

    def forget(self) -> None:
        """Ignore files or links changed: look at them again."""
        self._ignoring.clear()
        self._known.clear()

    def _judge(self, path: Path) -> Tier | None:
        real = Path(os.path.realpath(path)) if path.is_absolute() else path
        ways = dict.fromkeys((path, real))
        if any(way in self._deny for way in ways):
            return None
        tiers = [tier for globs, tier in self._rules if any(way in globs for way in ways)]
        tiers.append(Tier.LOCAL if any(map(self._is_ignored, ways)) else self._most_open)
        return min(tiers, key=list(Tier).index)

    def _is_ignored(self, path: Path) -> bool:
        if not path.is_absolute():  # an untitled document
            return False
        tops = [folder for folder in self._folders if path.is_relative_to(folder)] or [repository(path.parent)]
        for top in tops:
            if top not in self._ignoring:
                self._ignoring[top] = IgnoreRules(top)
        return any(self._ignoring[top].ignored(path, False) for top in tops)
