"""What was asked and weighed in one document, until its lines are finished and tell what was right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from foredraft.engine.flight import Flight
from foredraft.engine.gate import Odds
from foredraft.orchestra.choose import Truths
from foredraft.orchestra.evidence import Judge

_MOST_ASKED = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for line `line` behind `before`; `kind` as the gate calls it."""

    line: int
    before: str
    kind: str
    flight: Flight


@dataclass(slots=True)
class Lessons:
    """What finished lines have taught: how sure a text is, which requests pay, and which refinements do."""

    judge: Judge = field(default_factory=Judge)
    odds: Odds = field(default_factory=Odds)
    refining: Odds = field(default_factory=lambda: Odds({"refine": (0.35, 5.0)}))


class Desk:
    """One open document."""

    def __init__(self) -> None:
        self.truths = Truths()
        self._asked: list[Asked] = []
        self._line = self._rejected = -1

    def asked(self, request: Asked) -> None:
        """A model is asked."""
        self._asked = [*self._asked[1 - _MOST_ASKED :], request]

    def asks_in(self, line: int) -> int:
        """How often one was asked for this line that is being written."""
        return sum(one.line == line for one in self._asked)

    def reject(self, line: int) -> None:
        """What was shown in this line was sent away."""
        self._line = self._rejected = line

    def is_rejected(self, line: int) -> bool:
        """Whether that was this line, and the user has not left it since."""
        return line == self._rejected

    def entered(self, lines: Callable[[], Sequence[str]], line: int, lessons: Lessons) -> None:
        """The document was changed in `line`; of those that were left, what they are now is the truth."""
        if line == self._line:
            return
        self._line, self._rejected = line, -1
        now = lines()
        self.truths.finished(now, line, lessons.judge)
        waiting = []
        for asked in self._asked:
            if asked.line == line:
                waiting.append(asked)
            elif asked.line < len(now) and now[asked.line].startswith(asked.before):
                _learn(asked, now[asked.line][len(asked.before) :].rstrip(), lessons)
        self._asked = waiting


def _learn(asked: Asked, truth: str, lessons: Lessons) -> None:
    draft, refined = _first_line(asked.flight.draft), _first_line(asked.flight.refined)
    if not draft.strip():
        return
    right = truth == draft or (truth.startswith(draft) and len(draft) > 2)
    lessons.odds.learn(asked.kind, right)
    if refined:
        lessons.refining.learn("refine", not right and refined == truth)


def _first_line(text: str) -> str:
    return text.partition("\n")[0].rstrip()
