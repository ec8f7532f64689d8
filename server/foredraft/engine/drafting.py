"""The models' side of an answer: is one asked here, what is on its way, and how good was what they wrote?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from foredraft.engine.delay import Rhythm, delay
from foredraft.engine.flight import Flight
from foredraft.engine.gate import (
    Decision,
    Odds,
    Situation,
    at_border,
    certain,
    decide,
    deleted_alone,
    expected,
    kind_of,
    too_large,
)
from foredraft.engine.inflight import EditsSince, Inflight
from foredraft.engine.predicted import Predicted
from foredraft.orchestra.choose import Truths, Weighed, fitting, weigh
from foredraft.orchestra.evidence import Judge
from foredraft.orchestra.perform import Performance
from foredraft.orchestra.route import Route
from foredraft.predictor.showing import Rated
from foredraft.questions.kept import Kept
from foredraft.questions.snapshot import Snapshot, Trigger
from foredraft.text.document import Document

_MOST_ASKED = 16
_LEAST_REFINED = 4
_LEAST_CHANCE = 0.12
_EVERY = 10
"""Of the refinements that do not pay each tenth is made: models change, and so does the work."""


class Models(Protocol):
    """Those that are configured, for one document at a time."""

    def route(self, uri: str) -> Route:
        """Who would be asked now. Without legs, nobody: its `left_out` says why."""
        ...

    def performance(self, route: Route, snapshot: Snapshot, worth: Callable[[str], str | None]) -> Performance: ...

    @property
    def cost(self) -> float:
        """The tokens that a draft usually takes, prompt and answer."""
        ...

    @property
    def latency(self) -> float:
        """Seconds that the drafting model usually takes to its first words."""
        ...

    @property
    def saving(self) -> str:
        """Why no draft is worth its price now; "" if one is."""
        ...


@dataclass(slots=True)
class _Asked:
    """One request, until its line is finished."""

    line: int
    before: str
    kind: str
    flight: Flight


class _Desk:
    """What is known of one document."""

    __slots__ = ("asked", "line", "rejected", "truths")

    def __init__(self) -> None:
        self.truths = Truths()
        self.asked: list[_Asked] = []
        self.line = -1
        self.rejected = -1


class Drafting:
    """Everything between an ask and the models. Without `models` it does nothing and costs nothing."""

    def __init__(self, on_news: Callable[[Flight], None]) -> None:
        self.models: Models | None = None
        self.rhythm = Rhythm()
        self.judge = Judge()
        self.odds = Odds()
        self.refining = Odds({"refine": (0.4, 8.0)})
        self.inflight = Inflight(on_news)
        self._desks: dict[str, _Desk] = {}
        self._skipped = 0

    def weighed(self, snapshot: Snapshot, predicted: Predicted | None) -> Weighed:
        """All that could be shown at the cursor now."""
        rated: Sequence[Rated] = predicted.rated if predicted is not None else ()
        if self.models is None:
            return Weighed(list(rated), {}, [])
        number, column = snapshot.cursor
        line = snapshot.document.line(number)
        open_above = predicted.open_above if predicted is not None else 1
        here = self.here(snapshot)
        return weigh(self.judge, rated, here, number, line[:column], line[column:], open_above)

    def here(self, snapshot: Snapshot) -> list[Kept]:
        """What models wrote for this place, the newest first."""
        flight = self.inflight.of(snapshot.document.uri)
        fresh = flight.kept() if flight is not None and flight.document is snapshot.document else []
        ids = {one.id for one in fresh}
        kept = [*(one for one in snapshot.kept if one.id not in ids), *fresh]
        return fitting(kept, snapshot.document.offset(snapshot.cursor))

    def looked(self, snapshot: Snapshot, weighed: Weighed) -> None:
        """This was weighed for an answer: the finished line will tell what of it was right."""
        if weighed.looks:
            self._desk(snapshot.document.uri).truths.looked(weighed.looks)

    def flight(self, snapshot: Snapshot, predicted: Predicted | None, shown: Rated | None) -> tuple[Flight | None, str]:
        """The flight to wait for, a new one if the gate finds it worth it, and why. One at another place is closed."""
        models = self.models
        if models is None:
            return None, "no model is configured"
        flying = self.inflight.at(snapshot)
        if flying is not None:
            return flying, "typed along with what was asked before"
        route = models.route(snapshot.document.uri)
        if not route.legs:
            return None, "; ".join(f"{name}: {why}" for name, why in route.left_out.items()) or "no model drafts"
        number, column = snapshot.cursor
        before = snapshot.document.line(number)[:column]
        desk = self._desk(snapshot.document.uri)
        asked = [one for one in desk.asked if one.line == number]
        kind = kind_of(len(asked), len(before.strip()))
        decision = self._decide(models, snapshot, predicted, shown, kind, bool(asked), desk, route.ready_in)
        if not decision.ask:
            return None, decision.reason
        now = time.monotonic()
        invoked = snapshot.trigger is Trigger.INVOKED
        wait = 0.0 if invoked else self._delay(models, before, now)
        performance = models.performance(route, snapshot, self._worth_refining)
        flight = self.inflight.start(snapshot, performance, max(wait, route.ready_in))
        desk.asked = [*desk.asked[1 - _MOST_ASKED :], _Asked(number, before, kind, flight)]
        return flight, decision.reason

    def changed(self, document: Document, edits_since: EditsSince, line: int) -> None:
        """The document is another now, changed last in `line`: its flight follows or ends, finished lines are learned
        from."""
        self.rhythm.key(time.monotonic())
        if self.models is None:
            return
        self.inflight.changed(document, edits_since)
        desk = self._desks.get(document.uri)
        if desk is None:
            return
        if line != desk.line:
            desk.line, desk.rejected = line, -1
            lines = document.lines()
            desk.truths.finished(lines, line, self.judge)
            self._learn(desk, lines, line)

    def rejected(self, uri: str) -> None:
        """What was shown in this document was sent away: in its line nobody is asked again unbidden."""
        desk = self._desks.get(uri)
        if desk is not None:
            desk.rejected = desk.line

    def close(self, uri: str) -> None:
        """The document is not open any more."""
        self._desks.pop(uri, None)
        self.inflight.forget(uri, "the document was closed")

    def _desk(self, uri: str) -> _Desk:
        return self._desks.setdefault(uri, _Desk())

    def _delay(self, models: Models, before: str, now: float) -> float:
        rhythm = self.rhythm
        return delay(rhythm.gap, models.latency, not before.strip(), rhythm.since(now))

    def _decide(
        self,
        models: Models,
        snapshot: Snapshot,
        predicted: Predicted | None,
        shown: Rated | None,
        kind: str,
        again: bool,
        desk: _Desk,
        wait: float,
    ) -> Decision:
        document, (number, column) = snapshot.document, snapshot.cursor
        line = document.line(number)
        before = line[:column]
        cut, rate = shown if shown is not None else (None, 0.0)
        situation = Situation(
            kind=kind,
            border=at_border(before),
            left=expected(document.lines(), number, len(before.strip())),
            cost=models.cost,
            predicted=rate * len(cut.text) if cut is not None else 0.0,
            certain=cut is not None and certain(len(cut.text), rate, cut.ends),
            invoked=snapshot.trigger is Trigger.INVOKED,
            lone_deletion=deleted_alone(before, snapshot.history),
            rejected=desk.rejected == number,
            contradicted=again and not self.here(snapshot),
            saving=models.saving,
            wait=wait,
            too_large=too_large(document.length, len(line)),
        )
        return decide(situation, self.odds)

    def _worth_refining(self, draft: str) -> str | None:
        """Why a second model is not asked to improve `draft`; None if it is."""
        if len(draft.strip()) < _LEAST_REFINED:
            return "the draft is too short"
        if self.refining.chance("refine") >= _LEAST_CHANCE:
            return None
        self._skipped += 1
        return None if self._skipped % _EVERY == 0 else "second texts were hardly ever the better ones lately"

    def _learn(self, desk: _Desk, lines: Sequence[str], line: int) -> None:
        """What became of the requests of the lines that are left."""
        waiting = []
        for asked in desk.asked:
            if asked.line == line:
                waiting.append(asked)
            elif asked.line < len(lines) and lines[asked.line].startswith(asked.before):
                truth = lines[asked.line][len(asked.before) :].rstrip()
                draft = _first_line(asked.flight.draft)
                if draft.strip():
                    right = truth == draft or (truth.startswith(draft) and len(draft) > 2)
                    self.odds.learn(asked.kind, right)
                    self._learn_refining(asked.flight, truth, right)
        desk.asked = waiting

    def _learn_refining(self, flight: Flight, truth: str, draft_right: bool) -> None:
        refined = flight.refined
        if refined:
            self.refining.learn("refine", not draft_right and _first_line(refined) == truth)


def _first_line(text: str) -> str:
    return text.partition("\n")[0].rstrip()
