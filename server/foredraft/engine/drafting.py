"""The models' side of an answer: is one asked here, what is on its way, and how good was what they wrote?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from foredraft.engine.delay import Rhythm, delay
from foredraft.engine.desk import Asked, Desk, Lessons
from foredraft.engine.flight import Flight
from foredraft.engine.gate import (
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
from foredraft.orchestra.choose import Weighed, standing, weigh
from foredraft.orchestra.perform import Performance
from foredraft.orchestra.route import Route
from foredraft.predictor.showing import Rated
from foredraft.questions.fit import fit
from foredraft.questions.kept import Kept
from foredraft.questions.snapshot import Snapshot, Trigger
from foredraft.questions.suggestion import Reject
from foredraft.text.document import Document

_LEAST_REFINED = 4
_AGREED = 3
"""So many characters typed along say more of a line than a second model would."""
_LEAST_CHANCE = 0.15
_EVERY = 10
"""Of the refinements that do not pay each tenth is made: models change, and so does the work."""


class Models(Protocol):
    """Those that are configured, for one document at a time."""

    def route(self, snapshot: Snapshot) -> Route:
        """Who would be asked about this place now. Without legs, nobody: its `left_out` says why."""
        ...

    def performance(self, route: Route, snapshot: Snapshot, worth: Callable[[str], str | None]) -> Performance: ...

    def visited(self, document: Document, line: int) -> None:
        """The user opened or edited this line of an open document."""
        ...

    def closed(self, uri: str) -> None:
        """The document is not open any more."""
        ...

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
        """Why nothing may be spent on a draft now; "" if something may."""
        ...

    @property
    def scarce(self) -> bool:
        """Whether so little may be spent that only the best asks are worth it."""
        ...


class Drafting:
    """Everything between an ask and the models. Without `models` it does nothing and costs nothing."""

    def __init__(self, on_news: Callable[[Flight], None]) -> None:
        self.models: Models | None = None
        self.rhythm = Rhythm()
        self._lessons = Lessons()
        self.inflight = Inflight(on_news)
        self._desks: dict[str, Desk] = {}
        self._skipped = 0
        self._weighed: tuple[Snapshot, list[Kept], Weighed] | None = None

    def weighed(self, snapshot: Snapshot, predicted: Predicted | None) -> Weighed:
        """All that could be shown at the cursor now."""
        rated: Sequence[Rated] = predicted.rated if predicted is not None else ()
        if self.models is None:
            return Weighed(list(rated), {}, [])
        document, (number, column) = snapshot.document, snapshot.cursor

        def fitting(text: str, cut: bool) -> str | Reject:
            return fit(text, document, snapshot.cursor, snapshot.history, cut)

        here = self.here(snapshot)
        if self._weighed is None or self._weighed[0] is not snapshot or self._weighed[1] != here:
            before = document.line(number)[:column]
            self._weighed = snapshot, here, weigh(self._lessons.judge, rated, here, number, before, fitting)
        return self._weighed[2]

    def here(self, snapshot: Snapshot) -> list[Kept]:
        """What models wrote for this place, the newest first."""
        flight = self.inflight.of(snapshot.document.uri)
        fresh = flight.kept() if flight is not None and flight.document is snapshot.document else []
        ids = {one.id for one in fresh}
        kept = [*(one for one in snapshot.kept if one.id not in ids), *fresh]
        return standing(kept, snapshot.document.offset(snapshot.cursor))

    def looked(self, snapshot: Snapshot, weighed: Weighed) -> None:
        """This was weighed for an answer: the finished line will tell what of it was right."""
        if weighed.looks:
            self._desk(snapshot.document.uri).truths.looked(weighed.looks)

    def flight(self, snapshot: Snapshot, shown: Rated | None) -> tuple[Flight | None, str]:
        """The flight to wait for, a new one if the gate finds it worth it, and why. One at another place is closed."""
        models = self.models
        if models is None:
            return None, "no model is configured"
        flying = self.inflight.at(snapshot)
        if flying is not None:
            return flying, "typed along with what was asked before"
        route = models.route(snapshot)
        if not route.legs:
            return None, "; ".join(f"{name}: {why}" for name, why in route.left_out.items()) or "no model drafts"
        number, column = snapshot.cursor
        before = snapshot.document.line(number)[:column]
        desk = self._desk(snapshot.document.uri)
        kind = kind_of(desk.asks_in(number), len(before.strip()))
        decision = decide(self._situation(models, snapshot, shown, desk, route.ready_in), self._lessons.odds)
        if not decision.ask:
            return None, decision.reason
        now = time.monotonic()
        invoked = snapshot.trigger is Trigger.INVOKED
        wait = 0.0 if invoked else self._delay(models, before, now)
        performance = models.performance(route, snapshot, partial(self._worth_refining, snapshot.document.uri))
        flight = self.inflight.start(snapshot, performance, max(wait, route.ready_in))
        desk.asked(Asked(number, before, kind, flight))
        return flight, decision.reason

    def changed(self, document: Document, edits_since: EditsSince, line: int) -> None:
        """The document is another now, changed last in `line`: its flight follows or ends, finished lines are learned
        from."""
        self.rhythm.key(time.monotonic())
        if self.models is None:
            return
        self.models.visited(document, line)
        self.inflight.changed(document, edits_since)
        self._desk(document.uri).entered(document.lines, line, self._lessons)

    def rejected(self, uri: str, line: int) -> None:
        """What was shown in this line was sent away: there nobody is asked again unbidden."""
        if self.models is not None:
            self._desk(uri).reject(line)

    def close(self, uri: str) -> None:
        """The document is not open any more."""
        self._desks.pop(uri, None)
        if self.models is not None:
            self.models.closed(uri)
        self.inflight.forget(uri, "the document was closed")

    def _desk(self, uri: str) -> Desk:
        return self._desks.setdefault(uri, Desk())

    def _delay(self, models: Models, before: str, now: float) -> float:
        rhythm = self.rhythm
        return delay(rhythm.gap, models.latency, not before.strip(), rhythm.since(now))

    def _situation(self, models: Models, snapshot: Snapshot, shown: Rated | None, desk: Desk, wait: float) -> Situation:
        document, (number, column) = snapshot.document, snapshot.cursor
        line = document.line(number)
        before = line[:column]
        cut, rate = shown if shown is not None else (None, 0.0)
        asked = desk.asks_in(number)
        return Situation(
            kind=kind_of(asked, len(before.strip())),
            border=at_border(before),
            asked=asked,
            left=expected(document.lines(), number, len(before.strip())),
            cost=models.cost,
            predicted=rate * len(cut.text) if cut is not None else 0.0,
            certain=cut is not None and certain(len(cut.text), rate, cut.ends),
            invoked=snapshot.trigger is Trigger.INVOKED,
            lone_deletion=deleted_alone(before, snapshot.history),
            rejected=desk.is_rejected(number),
            stands=bool(self.here(snapshot)),
            saving=models.saving,
            scarce=models.scarce,
            wait=wait,
            too_large=too_large(document.length, len(line)),
        )

    def _worth_refining(self, uri: str, draft: str) -> str | None:
        """Why a second model is not asked to improve `draft`; None if it is."""
        if len(draft.strip()) < _LEAST_REFINED:
            return "the draft is too short"
        flight = self.inflight.of(uri)
        if flight is not None and flight.typed >= _AGREED and "\n" not in draft:
            return "the typing agrees with the draft"
        if self._lessons.refining.chance("refine") >= _LEAST_CHANCE:
            return None
        self._skipped += 1
        return None if self._skipped % _EVERY == 0 else "second texts were hardly ever the better ones lately"
