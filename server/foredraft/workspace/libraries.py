"""The levels beside the workspace's own: its installed packages, and the machine's standard libraries.

They are read when the workspace is learned and nothing changes, a file at a time, so that no change waits for them.
The packages are saved with the workspace, the standard libraries once for all workspaces of the machine:

    <cache>/machine/<hash of what it was made of>/machine-<number>/
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from foredraft.privacy.ignore import OWN_IGNORE_FILE
from foredraft.workspace import packages, saved, shared
from foredraft.workspace.content import LibraryBuilder
from foredraft.workspace.files import Files
from foredraft.workspace.forbidden import Forbidden
from foredraft.workspace.imports import Imports
from foredraft.workspace.inside import Inside
from foredraft.workspace.kinds import Skip
from foredraft.workspace.languages import main_languages
from foredraft.workspace.library import Library
from foredraft.workspace.lock import Lock
from foredraft.workspace.shared import Level, LibraryKind, level_of
from foredraft.workspace.standard import standard_libraries, standard_texts
from foredraft.workspace.task import Task

FORMAT = 1
"""Counts up when other files, or the same ones in another order, would be learned of the same libraries."""
_BEAT = 2.0


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a level should be made of: the libraries of each language, the most important first."""

    kind: LibraryKind
    groups: tuple[tuple[Library, ...], ...]
    stamp: str


class Libraries:
    """Keeps both levels of one task up to date and says what there is of them.

    `publish(kind, arrays, facts)` writes a version where the workspace's are kept and returns its folder.
    """

    def __init__(
        self,
        task: Task,
        files: Files,
        builder: Callable[[], LibraryBuilder],
        publish: Callable[[saved.Kind, saved.Arrays, Mapping[str, Any]], Path],
        say: Callable[[dict[str, Any]], None],
    ) -> None:
        self.due = True
        """Whether it is time to look if the libraries are still the same."""
        self._task = task
        self._files = files
        self._builder = builder
        self._publish = publish
        self._say = say
        self._levels: dict[LibraryKind, Level] | None = None
        self._inside: Inside | None = None
        self._places: list[Path] = []
        self._packages: tuple[Library, ...] = ()
        self._told: dict[LibraryKind, str] = {}
        self._plans: list[_Plan] | None = None
        self._work: Iterator[float] | None = None

    @property
    def levels(self) -> Mapping[LibraryKind, Level]:
        """What there is of them now."""
        return self._known()

    def step(self) -> float | None:
        """Do a little of what is left to do. The seconds to rest before the next step, as many as this one took or
        more; None where nothing is left."""
        began = time.monotonic()
        if self.due:
            self.due = False
            plans = self._look()
            if plans != self._plans or not all(level.path.exists() for level in self._known().values()):
                self._levels = None
                self._plans, self._work = plans, self._learn(plans)
        if self._work is None:
            return None
        try:
            pause = next(self._work)
        except BaseException as end:
            self._work = None
            if not isinstance(end, StopIteration):
                raise
            return None
        return max(pause, time.monotonic() - began)

    def _known(self) -> dict[LibraryKind, Level]:
        if self._levels is None:
            self._levels = {kind: level_of(version) for kind, version in shared.kept(self._task)}
        return self._levels

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
        rules = [*self._task.deny, *self._own_rules(kept)]
        made_of = "\n".join([str(FORMAT), *rules, "", *(parts if kind == "machine" else sorted(parts))])
        stamp = hashlib.sha256(made_of.encode("utf-8", "surrogatepass")).hexdigest()[:24] if kept else ""
        return _Plan(kind, kept, stamp)

    def _own_rules(self, groups: Iterable[tuple[Library, ...]]) -> list[str]:
        """The texts of the user's own ignore files above the packages."""
        assert self._inside is not None
        roots = (root for group in groups for library in group for root, _ in library.roots)
        above = {folder for root in roots for folder in root.parents}
        inside = [folder for folder in above if any(map(folder.is_relative_to, self._inside.folders))]
        return list(filter(None, (self._inside.text(folder / OWN_IGNORE_FILE) for folder in sorted(inside))))

    def _learn(self, plans: Sequence[_Plan]) -> Iterator[float]:
        imports = Imports()
        counted = False
        for plan in plans:
            have = self._known().get(plan.kind)
            if have is not None and have.stamp == plan.stamp:
                self._adopt(plan, have)
            elif not plan.groups:
                if have is not None:
                    self._drop(plan.kind)
            elif not self._take_up(plan):
                if not counted:
                    counted = True
                    yield from self._count(imports)
                yield from self._once_a_machine(plan, imports)

    def _count(self, imports: Imports) -> Iterator[float]:
        for name in list(self._files.found):
            kept = self._files.kept(name) if name in self._files.found else Skip.UNREADABLE
            if not isinstance(kept, Skip):
                imports.read(name, self._files.shelf.lines(kept))
            yield 0.0

    def _once_a_machine(self, plan: _Plan, imports: Imports) -> Iterator[float]:
        """Build it, or, what is for the whole machine, wait for the server that builds it already."""
        if plan.kind != "machine" or self._task.machine is None:
            yield from self._build(plan, imports)
            return
        lock = Lock(self._task.machine / plan.stamp)
        try:
            while not self._take_up(plan):
                if not lock.take():
                    yield self._task.look
                elif not self._take_up(plan):  # nobody finished it in between
                    yield from _keeping(lock, self._build(plan, imports))
                    return
        finally:
            lock.release()

    def _build(self, plan: _Plan, imports: Imports) -> Iterator[float]:
        builder = self._builder()
        files = 0
        for name, lines in self._texts(plan, imports):
            if not builder.add(name, lines):
                break
            files += 1
            yield 0.0
        if not self._take_up(plan):
            facts = {"files": files, "lines": builder.lines, "tokens": builder.tokens}
            facts_of_all = {**facts, "stamp": plan.stamp, "deny": list(self._task.deny)}
            self._published(plan, builder.parts, facts_of_all)

    def _texts(self, plan: _Plan, imports: Imports) -> Iterator[tuple[str, list[str]]]:
        deny = Forbidden(self._task)
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
        self._adopt(plan, level_of(version))
        return True

    def _published(self, plan: _Plan, arrays: saved.Arrays, facts: Mapping[str, Any]) -> None:
        if plan.kind == "machine" and self._task.machine is not None:
            path = shared.publish(self._task.machine, plan.stamp, arrays, facts)
        else:
            path = self._publish(plan.kind, arrays, facts)
        if path is not None:
            self._adopt(plan, level_of(saved.load(path)))

    def _adopt(self, plan: _Plan, level: Level) -> None:
        self._known()[plan.kind] = level
        if plan.kind == "machine" and self._task.machine is not None:
            shared.used(self._task.machine, plan.stamp, self._task.home)
        if self._told.get(plan.kind) != level.identity:
            self._told[plan.kind] = level.identity
            self._say({plan.kind: {"path": os.fspath(level.path), "identity": level.identity}})

    def _drop(self, kind: LibraryKind) -> None:
        """There are no such libraries any more."""
        del self._known()[kind]
        self._told.pop(kind, None)
        shared.forget(self._task.home, kind)
        self._say({kind: {"path": None}})


def _keeping(lock: Lock, work: Iterator[float]) -> Iterator[float]:
    """The same work, the lock's heart beating."""
    beat = time.monotonic()
    for pause in work:
        if time.monotonic() - beat > _BEAT:
            beat = time.monotonic()
            lock.keep()
        yield pause
