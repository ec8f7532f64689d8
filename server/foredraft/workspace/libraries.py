"""The levels beside the workspace's own: its installed packages, and the machine's standard libraries.

They are read when the workspace is learned and nothing changes, a file at a time, so that no change waits for them.
The packages are saved with the workspace, the standard libraries once for all workspaces of the machine:

    <cache>/machine/<hash of what it was made of>/machine-<number>/
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from foredraft.privacy.deny_list import DenyList
from foredraft.workspace import packages, saved, shared
from foredraft.workspace.content import LibraryBuilder
from foredraft.workspace.files import Files
from foredraft.workspace.imports import Imports
from foredraft.workspace.inside import Inside
from foredraft.workspace.kinds import Skip
from foredraft.workspace.languages import main_languages
from foredraft.workspace.library import Library
from foredraft.workspace.shared import LibraryKind
from foredraft.workspace.standard import standard_libraries, standard_texts
from foredraft.workspace.task import Task

FORMAT = 1
"""Counts up when other files, or the same ones in another order, would be learned of the same libraries."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a level should be made of: the libraries of each language, the most important first."""

    kind: LibraryKind
    groups: tuple[tuple[Library, ...], ...]
    stamp: str


class Libraries:
    """Keeps both levels of one task up to date and says what it published.

    `publish(kind, arrays, facts)` writes a version where the workspace's are kept and returns its folder.
    """

    def __init__(
        self,
        task: Task,
        files: Files,
        builder: Callable[[], LibraryBuilder],
        publish: Callable[[saved.Kind, Callable[[], saved.Arrays], Mapping[str, Any]], Path],
        say: Callable[[dict[str, Any]], None],
    ) -> None:
        self.due = True
        """Whether it is time to look if the libraries are still the same."""
        self._task = task
        self._files = files
        self._builder = builder
        self._publish = publish
        self._say = say
        self._levels: dict[LibraryKind, saved.Saved] | None = None
        self._inside: Inside | None = None
        self._places: list[Path] = []
        self._packages: tuple[Library, ...] = ()
        self._plans: list[_Plan] = []
        self._work: Iterator[None] | None = None

    @property
    def levels(self) -> dict[LibraryKind, saved.Saved]:
        """What there is of them now, the arrays mapped."""
        if self._levels is None:
            self._levels = dict(shared.kept(self._task))
        return self._levels

    def step(self) -> bool:
        """Do a little of what is left to do; False where nothing is."""
        if self.due:
            self.due = False
            plans = self._look()
            if plans != self._plans:
                self._plans, self._work = plans, self._learn(plans)
        if self._work is None:
            return False
        try:
            next(self._work)
        except BaseException as end:
            self._work = None
            if not isinstance(end, StopIteration):
                raise
        return self._work is not None

    def _look(self) -> list[_Plan]:
        """What each level should be made of; the packages are only looked for again where something moved."""
        inside = Inside(self._task.folders)
        places = packages.places_of(inside, (found.path for found in self._files.found.values()))
        if self._inside is None or places != self._places or not self._inside.unchanged:
            self._inside, self._places = inside, places
            self._packages = tuple(packages.installed(inside, places)) if self._task.packages else ()
        plans = []
        if self._task.packages:
            plans.append(self._plan("packages", [self._packages]))
        if self._task.machine is not None:
            sizes = ((found.path, found.size) for found in self._files.found.values())
            groups = [tuple(standard_libraries(language, inside, places)) for language in main_languages(sizes)]
            plans.append(self._plan("machine", groups))
        return plans

    def _plan(self, kind: LibraryKind, groups: Iterable[tuple[Library, ...]]) -> _Plan:
        kept = tuple(group for group in groups if group)
        parts = [library.identity() for group in kept for library in group]
        made_of = "\n".join([str(FORMAT), *self._task.deny, "", *(parts if kind == "machine" else sorted(parts))])
        stamp = hashlib.sha256(made_of.encode("utf-8", "surrogatepass")).hexdigest()[:24] if kept else ""
        return _Plan(kind, kept, stamp)

    def _learn(self, plans: Sequence[_Plan]) -> Iterator[None]:
        imports: Imports | None = None
        for plan in plans:
            have = self.levels.get(plan.kind)
            if plan.stamp == ("" if have is None else have.facts["stamp"]):
                if plan.kind == "machine" and self._task.machine is not None:
                    shared.used(self._task.machine, plan.stamp)
            elif not plan.groups:
                self._drop(plan.kind)
            elif not self._take_up(plan):
                if imports is None:
                    imports = Imports()
                    yield from self._count(imports)
                yield from self._build(plan, imports)

    def _count(self, imports: Imports) -> Iterator[None]:
        for name in list(self._files.found):
            kept = self._files.kept(name) if name in self._files.found else Skip.UNREADABLE
            if not isinstance(kept, Skip):
                imports.read(name, self._files.shelf.lines(kept))
            yield

    def _build(self, plan: _Plan, imports: Imports) -> Iterator[None]:
        builder = self._builder()
        files = 0
        for name, lines in self._texts(plan, imports):
            if not builder.add(name, lines):
                break
            files += 1
            yield
        if not self._take_up(plan):
            facts = {"files": files, "lines": builder.lines, "tokens": builder.tokens}
            facts_of_all = {**facts, "stamp": plan.stamp, "deny": list(self._task.deny)}
            self._published(plan, builder.parts, facts_of_all)

    def _texts(self, plan: _Plan, imports: Imports) -> Iterator[tuple[str, list[str]]]:
        deny = DenyList(self._task.deny, (*self._task.folders, *Inside(self._task.folders).folders))
        if plan.kind == "machine":
            return chain.from_iterable(standard_texts(group, imports, deny) for group in plan.groups)
        return packages.package_texts(chain.from_iterable(plan.groups), imports, deny)

    def _take_up(self, plan: _Plan) -> bool:
        """Use what another server has made for the whole machine meanwhile, if it has."""
        if plan.kind != "machine" or self._task.machine is None:
            return False
        version = shared.made(self._task.machine, plan.stamp)
        if version is None:
            return False
        self._adopt(plan, version)
        return True

    def _published(self, plan: _Plan, arrays: Callable[[], saved.Arrays], facts: Mapping[str, Any]) -> None:
        if plan.kind == "machine" and self._task.machine is not None:
            path = shared.publish(self._task.machine, plan.stamp, arrays(), facts)
        else:
            path = self._publish(plan.kind, arrays, facts)
        if path is not None:
            self._adopt(plan, saved.load(path))

    def _adopt(self, plan: _Plan, version: saved.Saved) -> None:
        self.levels[plan.kind] = version
        if plan.kind == "machine" and self._task.machine is not None:
            shared.used(self._task.machine, plan.stamp, self._task.home)
        self._say({plan.kind: {"path": os.fspath(version.path)}})

    def _drop(self, kind: LibraryKind) -> None:
        """There are no such libraries any more."""
        del self.levels[kind]
        shared.forget(self._task.home, kind)
        self._say({kind: {"path": None}})
