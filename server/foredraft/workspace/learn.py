"""From a workspace's files to published versions of its index and weights: the worker's work without its process."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from foredraft.privacy.ignore import IGNORE_FILES, IgnoreRules, denied
from foredraft.workspace import saved
from foredraft.workspace.files import Files
from foredraft.workspace.kinds import Skip
from foredraft.workspace.shelf import Shelf
from foredraft.workspace.task import Task

NAMES, KNOWN = "_names", "_known"
"""Beside the builder's arrays: the files' names (0-bytes between them), and each file's size and time (JSON)."""
DAMAGED = "The saved index was damaged. It was moved aside and is built again."
_TELL_EVERY = 0.2
_PUBLISH_EVERY = 3.0
_CHANGED_ENOUGH = 0.2

Say = Callable[[dict[str, Any]], None]


class Builder(Protocol):
    """What `predictor.build.Builder` promises."""

    tokens: int
    lines: int

    def add(self, name: str, lines: Sequence[str], /) -> bool: ...
    def arrays(self) -> Mapping[str, Any]: ...


class Train(Protocol):
    """What `predictor.training.train` promises."""

    def __call__(
        self,
        arrays: Mapping[str, Any],
        names: Sequence[str],
        files: Iterable[tuple[str, Sequence[str]]],
        budget: int,
        weights: Iterable[float] | None,
        /,
    ) -> Iterator[Mapping[str, Any]]: ...


class Content(NamedTuple):
    """The predictor's part of the work."""

    builder: Callable[[], Builder]
    train: Train
    budget: int


class Learner:
    """Keeps the versions of one task up to date and says what it did, as messages to the server."""

    def __init__(self, task: Task, content: Content, say: Say) -> None:
        self.seconds = 0.0
        """How long the last build took."""
        self.task = task
        self._content = content
        self._say = say
        self._files = Files(task)
        self._known: Mapping[str, Sequence[int]] | None = None
        self._index: saved.Saved | None = None
        self._shelf = Shelf(task.home, say)

    def start(self) -> None:
        """Take up the last version, bring it up to date, and train unless that was done."""
        self._index, damaged = saved.latest(self.task.home, "index")
        if damaged:
            self._say({"problem": DAMAGED})
        if self._index is not None:
            self._known = json.loads(bytes(self._index.arrays[KNOWN]))
        self.refresh()
        self._say({"trained": True})

    def refresh(self, paths: Iterable[Path] = ()) -> None:
        """Look through the folders, and publish what changed. `paths` are read again even if they look the same."""
        self._files.look()
        differ = [path for path in paths if self._files.differs(path)]
        if self._index is None or self._known != _lists(self._files.facts()) or differ or not self._index.path.exists():
            self._build()
        self._settled()
        self._train()

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
        builder = self._content.builder()
        names: list[str] = []
        order = self._files.nearest_first()
        for number, name in enumerate(order):
            lines = self._files.lines(name)
            if isinstance(lines, Skip):
                self._files.skipped[lines] += 1
            elif builder.add(name, lines):
                names.append(name)
            else:
                self._files.skipped[Skip.TOO_MANY] += len(order) - number
                break
            if time.monotonic() - told > _TELL_EVERY:
                told = time.monotonic()
                self._say({"progress": {"done": number, "total": len(order), "lines": builder.lines}})
        facts = self._files.facts()
        own = {NAMES: b"\0".join(map(os.fsencode, names)), KNOWN: json.dumps(facts).encode()}
        numbers = {"files": len(names), "lines": builder.lines, "tokens": builder.tokens}
        path = self._publish("index", {**builder.arrays(), **own}, numbers)
        self._known = _lists(facts)
        self._index = saved.load(path)
        self._say({"index": {"path": os.fspath(path)}})
        self.seconds = time.monotonic() - began

    def _train(self) -> None:
        """Train where no finished weights are there for a workspace of about this size."""
        index = self._index
        if index is None:
            return
        last, damaged = self._shelf.latest("weights")
        if damaged:
            self._say({"problem": DAMAGED})
        tokens = index.facts["tokens"]
        if last is not None and last.facts["done"] and abs(last.facts["tokens"] - tokens) <= _CHANGED_ENOUGH * tokens:
            return
        names = names_of(index.arrays)
        arrays = {name: values for name, values in index.arrays.items() if name not in (NAMES, KNOWN)}
        weights = None if last is None else list(last.arrays["weights"])
        told = time.monotonic()
        result: Mapping[str, Any] | None = None
        present = [name for name in names if name in self._files.found]
        for result in self._content.train(arrays, names, self._files.scattered(present), self._content.budget, weights):
            if time.monotonic() - told > _PUBLISH_EVERY:
                told = time.monotonic()
                self._publish_weights(result, tokens, done=False)
        if result is not None:
            self._publish_weights(result, tokens, done=True)

    def _publish_weights(self, result: Mapping[str, Any], tokens: int, done: bool) -> None:
        path = self._publish("weights", result, {"done": done, "tokens": tokens})
        self._say({"weights": {"path": os.fspath(path)}})

    def _publish(self, kind: saved.Kind, arrays: Mapping[str, Any], facts: Mapping[str, Any]) -> Path:
        return self._shelf.publish(kind, arrays, facts)

    def _settled(self) -> None:
        facts = self._index.facts if self._index is not None else {"files": 0, "lines": 0}
        skipped = {
            why.value: count for why, count in sorted(self._files.skipped.items(), key=lambda item: item[0].value)
        }
        self._say({"settled": {"files": facts["files"], "lines": facts["lines"], "skipped": skipped}})


def names_of(arrays: Mapping[str, memoryview]) -> list[str]:
    """The files' names in the order of their numbers."""
    names = bytes(arrays[NAMES])
    return [os.fsdecode(name) for name in names.split(b"\0")] if names else []


def _lists(facts: Mapping[str, tuple[int, int]]) -> dict[str, Sequence[int]]:
    """As JSON gives them back."""
    return {name: list(fact) for name, fact in facts.items()}
