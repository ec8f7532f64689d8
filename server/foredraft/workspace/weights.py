"""When the weights of one workspace are trained, and from what to what: first on its own files alone, then with the
levels beside them, then further while nothing else is to be done."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foredraft.workspace.content import Content
from foredraft.workspace.publisher import DAMAGED, Publisher

ROUNDS = 6
"""So often a workspace of one size is trained on further, each time on other files of it."""
_FILES_PER_ROUND = 2
"""A training looks through about so many times the tokens it types."""
_PUBLISH_EVERY = 3.0
_CHANGED_ENOUGH = 0.2


@dataclass(frozen=True, slots=True)
class Matter:
    """What there is to train on: the index and its size, the names of all levels beside its nearest files, those of
    them that are kept outside of it, and the files in the order of a round."""

    index: Path
    tokens: int
    levels: frozenset[str]
    libraries: Mapping[str, Path]
    sample: Callable[[int], Iterable[tuple[str, Sequence[str]]]]


class Weights:
    """Keeps the weights trained. Their facts: `done`, they are not on the way to better ones; `tokens`, the size of the
    index; `levels`, which there were; `rounds`, how many followed the first training."""

    def __init__(self, content: Content, publisher: Publisher, say: Callable[[dict[str, Any]], None]) -> None:
        self.rested = False
        """Whether nothing changed since `more` asked for a while of quiet."""
        self._content = content
        self._publisher = publisher
        self._say = say
        self._facts: Mapping[str, Any] | None = None
        self._weights: list[float] | None = None

    def first(self, matter: Matter) -> None:
        """Train where no finished weights are there for a workspace of about this size; usable ones come early."""
        last, damaged = self._publisher.latest("weights")
        if damaged:
            self._say({"problem": DAMAGED})
        self._facts = None if last is None else {"levels": [], "rounds": 0, **last.facts}
        self._weights = None if last is None else list(last.arrays["weights"])
        size = self._facts["tokens"] if self._facts is not None and self._facts["done"] else -1
        if size >= 0 and abs(size - matter.tokens) <= _CHANGED_ENOUGH * matter.tokens:
            return
        facts = {"done": True, "tokens": matter.tokens, "levels": sorted(matter.levels), "rounds": 0}
        told = time.monotonic()
        result: Mapping[str, Any] | None = None
        for better in self._train(matter, 0, False):
            result = better or result
            if better is not None and time.monotonic() - told > _PUBLISH_EVERY:
                told = time.monotonic()
                self._publish(better, {**facts, "done": False})
        if result is not None:
            self._publish(result, facts)

    def more(self, matter: Matter, quiet: float, stop: Callable[[], bool]) -> float | None:
        """Train with a level that came since, else, after a while of `quiet`, a round on other files, unless there were
        enough. Given up without a trace as soon as `stop()`. The seconds to wait before the next call; None where
        nothing is left to do."""
        facts = self._facts
        if facts is None or not facts["done"]:
            return None
        came = not matter.levels <= set(facts["levels"])
        if not came:
            if facts["rounds"] >= min(ROUNDS, matter.tokens // (_FILES_PER_ROUND * self._content.budget)):
                return None
            if not self.rested:
                self.rested = True
                return quiet
        round_ = facts["rounds"] + (not came)
        result: Mapping[str, Any] | None = None
        with closing(self._train(matter, round_, True)) as results:
            for better in results:
                result = better or result
                if stop():
                    return 0.0
        self.rested = False
        facts = {**facts, "levels": sorted({*facts["levels"], *matter.levels}), "rounds": round_}
        if result is None:
            self._facts = facts
        else:
            self._publish(result, facts)
        return quiet

    def _train(self, matter: Matter, round_: int, idle: bool) -> Any:
        sample = matter.sample(round_)
        return self._content.train(matter.index, matter.libraries, sample, self._content.budget, self._weights, idle)

    def _publish(self, result: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        path = self._publisher.publish("weights", result, facts)
        self._facts, self._weights = facts, list(result["weights"])
        self._say({"weights": {"path": os.fspath(path)}})
