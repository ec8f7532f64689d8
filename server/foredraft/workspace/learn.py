"""From a workspace's files to published versions of its index and weights: the worker's work without its process."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from foredraft.predictor.far import REST_PREFIX
from foredraft.privacy.ignore import IGNORE_FILES, IgnoreRules, denied
from foredraft.workspace import saved
from foredraft.workspace.content import Builder, Content
from foredraft.workspace.files import Files
from foredraft.workspace.kinds import Skip
from foredraft.workspace.libraries import Libraries
from foredraft.workspace.publisher import DAMAGED, Publisher
from foredraft.workspace.task import Task
from foredraft.workspace.weights import Matter, Weights

NAMES, KNOWN = "_names", "_known"
"""Beside the builder's arrays: the files' names (0-bytes between them), and each file's size and time (JSON)."""
EARLY_TOKENS = 80_000
EARLY_SECONDS = 5.0
"""A workspace that is read for the first time is first published when so much of it is known: the nearest files."""
_TELL_EVERY = 0.2
_QUIETS = 10
"""So many times the quiet before changes are read, nothing must change before what was learned is trained further."""

Say = Callable[[dict[str, Any]], None]


class Learner:
    """Keeps the versions of one task up to date and says what it did, as messages to the server."""

    def __init__(self, task: Task, content: Content, say: Say) -> None:
        self.seconds = 0.0
        """How long the last build took."""
        self.task = task
        self._content = content
        self._say = say
        self._files = Files(task, content.shelf)
        self._publisher = Publisher(task.home, say)
        self._libraries = Libraries(task, self._files, content.library_builder, self._publisher.publish, say)
        self._weights = Weights(content, self._publisher, say)
        self._known: Mapping[str, Sequence[int]] | None = None
        self._version: Path | None = None
        """The last version. It is not kept open: what is looked up in it counts as this process's memory."""
        self._facts: Mapping[str, Any] = {"files": 0, "lines": 0}

    def start(self) -> None:
        """Take up the last version, bring it up to date, and train unless that was done."""
        last, damaged = saved.latest(self.task.home, "index")
        if damaged:
            self._say({"problem": DAMAGED})
        if last is not None:
            self._known = json.loads(bytes(last.arrays[KNOWN]))
            self._version, self._facts = last.path, last.facts
        del last
        self.refresh()
        self._say({"trained": True})

    def refresh(self, paths: Iterable[Path] = ()) -> None:
        """Look through the folders, and publish what changed. `paths` are read again even if they look the same."""
        self._files.look()
        differ = [path for path in paths if self._files.differs(path)]
        there = self._version is not None and self._version.exists()
        if not there or self._known != _lists(self._files.facts()) or differ:
            self._build()
        self._settled()
        self._weights.first(self._matter())
        self._content.tidy()
        self._libraries.due = True

    def step(self, stop: Callable[[], bool]) -> float | None:
        """Do a little of what can wait: the packages and standard libraries, then training with them, then, after a
        while without `disturbed`, training further. Ends early when `stop()`. The seconds to wait before the next
        step; None where nothing is left to do."""
        if self._version is None:
            return None
        pause = self._libraries.step()
        if pause is not None:
            return pause
        self._content.tidy()
        pause = self._weights.more(self._matter(), _QUIETS * self.task.quiet, stop)
        self._content.tidy()
        return pause

    def doze(self) -> None:
        """Nothing happened for minutes: give back what only makes the next change quicker."""
        self._files.slim()
        self._content.tidy()

    def disturbed(self) -> None:
        """Something is going on in the workspace."""
        self._weights.rested = False

    def concerns(self, paths: Iterable[Path]) -> list[Path]:
        """Those paths whose change may change what is learned. An ignore file or a folder always may."""
        rules = [(folder, IgnoreRules(folder, self.task.deny)) for folder in self.task.folders]
        return [
            path
            for path in paths
            for folder, rule in rules
            if path.is_relative_to(folder)
            and (path.name in IGNORE_FILES or not (denied(path) or rule.ignored(path, path.is_dir())))
        ]

    def _build(self) -> None:
        began = told = time.monotonic()
        builder = self._content.builder(self._files.shelf)
        names: list[str] = []
        order = self._files.nearest_first()
        early = self._version is None
        for number, name in enumerate(order):
            kept = self._files.kept(name)
            if isinstance(kept, Skip):
                self._files.skipped[kept] += 1
            elif builder.add_kept(name, kept):
                names.append(name)
            else:
                self._files.skipped[Skip.TOO_MANY] += len(order) - number
                break
            now = time.monotonic()
            if now - told > _TELL_EVERY:
                told = now
                self._say({"progress": {"done": number, "total": len(order), "lines": builder.lines}})
            if early and (builder.tokens >= EARLY_TOKENS or (names and now - began > EARLY_SECONDS)):
                early = False
                if number + 1 < len(order):
                    self._publish_index(builder, names, len(order))
        self._content.tidy()
        self._version = self._publish_index(builder, names, len(names))
        self._known = _lists(self._files.facts())
        del builder
        if saved.holds(self._version, REST_PREFIX + "keys"):
            self._files.slim()  # of so large a workspace, what makes changes quicker has no room beside the training
        self._content.tidy()
        self.seconds = time.monotonic() - began

    def _publish_index(self, builder: Builder, names: Sequence[str], total: int) -> Path:
        """A version of fewer files than there are in `total` knows these alone, so that a later start goes on."""
        facts = self._files.facts()
        known = facts if total == len(names) else {name: facts[name] for name in names}
        own = {NAMES: b"\0".join(map(os.fsencode, names)), KNOWN: json.dumps(known).encode()}
        self._facts = {"files": len(names), "total": total, "lines": builder.lines, "tokens": builder.tokens}
        path = self._publisher.publish("index", lambda: chain(own.items(), builder.parts()), self._facts)
        self._say({"index": {"path": os.fspath(path)}})
        return path

    def _matter(self) -> Matter:
        assert self._version is not None
        libraries = self._libraries.levels
        levels: set[str] = {*libraries}
        if saved.holds(self._version, REST_PREFIX + "keys"):
            levels.add("rest")
        paths: dict[str, Path] = {kind: level.path for kind, level in libraries.items()}
        return Matter(self._version, self._facts["tokens"], frozenset(levels), paths, self._files.sample)

    def _settled(self) -> None:
        skipped = {
            why.value: count for why, count in sorted(self._files.skipped.items(), key=lambda item: item[0].value)
        }
        self._say({"settled": {"files": self._facts["files"], "lines": self._facts["lines"], "skipped": skipped}})


def arrays_of(index: saved.Saved) -> dict[str, memoryview]:
    """Those of the builder."""
    return {name: values for name, values in index.arrays.items() if name not in (NAMES, KNOWN)}


def names_of(arrays: Mapping[str, memoryview]) -> list[str]:
    """The files' names in the order of their numbers."""
    names = bytes(arrays[NAMES])
    return [os.fsdecode(name) for name in names.split(b"\0")] if names else []


def _lists(facts: Mapping[str, tuple[int, int]]) -> dict[str, Sequence[int]]:
    """As JSON gives them back."""
    return {name: list(fact) for name, fact in facts.items()}
