"""The heart: one question about one snapshot, one answer.

a) something fits already: what was shown and typed along, or what a model wrote for this place before;
b) the predictor is sure enough: its text, and a model may begin behind it;
c) both are silent: a model is asked if that is worth it, and the answer waits for it, but not beyond a deadline.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from foredraft.engine.drafting import Drafting
from foredraft.engine.flight import Flight
from foredraft.engine.lately import Better, Lately
from foredraft.engine.learning import Learning
from foredraft.engine.offered import Shown, alternatives, on_screen, some
from foredraft.engine.predicted import Predicted, Predictions
from foredraft.engine.walk import Walk
from foredraft.orchestra.choose import Weighed
from foredraft.predictor.showing import Habit, Rated, Showing
from foredraft.questions.inline import choose
from foredraft.questions.kept import Kept
from foredraft.questions.snapshot import Snapshot, Trigger
from foredraft.questions.suggestion import Outcome, Reject, Source, Stage, Suggestion
from foredraft.text.document import Document
from foredraft.text.edit import Edit

if TYPE_CHECKING:
    from foredraft.engine.recall import Recall

_EAGER = 0.6
"""Asked by a key the user wants something: what may be shown then needs only this share of the sureness."""

_ENOUGH = 24
"""Characters of a text that is still growing which are worth an answer at once."""
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Suggestions, best first, and the walk that led to them, ready to be printed."""

    suggestions: tuple[Suggestion, ...]
    why: Mapping[str, object]


class Answers:
    """Answers inline questions with what one workspace's predictor knows, and with models where there are any."""

    def __init__(
        self,
        learning: Learning,
        on_kept: Callable[[Kept, Document], None] = lambda kept, document: None,
        on_better: Callable[[Better], None] = lambda better: None,
    ) -> None:
        """`on_kept` is told what models wrote, for the snapshots to come; `on_better` that asking again pays."""
        self.threshold = 1.0
        self.enabled = self.predicts = True
        """Whether anything is shown at all, and whether the predictor has a say in it."""
        self.soft_deadline = 0.3
        """Seconds after which an automatic ask is answered with the best there is."""
        self.drafting = Drafting(self._news)
        self.recall: Recall | None = None
        """What models wrote before, also before a restart."""
        self._learning = learning
        self._predictions = Predictions(learning)
        self._habit = Habit()
        self._showings: dict[str, Showing] = {}
        self._shown = Shown()
        self._ids = count(1)
        self._lately = Lately()
        self._on_kept, self._on_better = on_kept, on_better

    async def inline(self, snapshot: Snapshot, patient: bool = False) -> Answer:
        """The completion at the cursor, or none; at the soft deadline at the latest. `patient` waits for everything
        that was begun instead: for those who do not ask again.

        Cancelled, a flight that nobody else waits for lives its grace period; nothing else is left behind.
        """
        if self.drafting.models is None or not self.enabled:
            return self.now(snapshot)
        walk, began = Walk(), asyncio.get_running_loop().time()
        predicted = self._predictions.at(snapshot)
        if self.recall is not None:
            snapshot, walk.recalled = await self.recall.find(snapshot)
        weighed, chosen = self._look(snapshot, predicted)
        alone = self._best(snapshot, predicted.rated if predicted is not None else [], peek=True)
        flight, walk.gate = self.drafting.flight(snapshot, _rated(weighed, alone))
        if flight is not None and (patient or (chosen is None and not flight.drafted)):
            walk.waited(flight)
            until = began + (_PATIENCE if patient else self.soft_deadline)
            weighed, chosen = await self._wait(snapshot, predicted, flight, until, patient)
            walk.answered_by = "c: a model was asked"
        walk.flight = flight
        return self._answer(snapshot, predicted, weighed, chosen, walk)

    def now(self, snapshot: Snapshot) -> Answer:
        """The answer that needs no waiting. Pure computing, a few milliseconds at most."""
        walk = Walk()
        if not self.enabled or not (self.predicts or self.drafting.models is not None):
            return Answer((), walk.silent(Reject.OFF))
        predicted = self._predictions.at(snapshot)
        if predicted is None and self.drafting.models is None:
            return Answer((), walk.silent(Reject.EMPTY))
        weighed, chosen = self._look(snapshot, predicted)
        return self._answer(snapshot, predicted, weighed, chosen, walk)

    def denied(self) -> Answer:
        """The answer where nothing may be read."""
        return Answer((), Walk().silent(Reject.DENIED))

    def outcome(self, suggestion_id: str, what: Outcome) -> None:
        """What became of a suggestion that was shown; an unknown id is nobody's."""
        uri, kept = self._shown.of(suggestion_id)
        if self.recall is not None:
            self.recall.outcome(kept, what, suggestion_id)
        showing = self._showings.get(uri)
        if showing is None or what is Outcome.SHOWN:
            return
        self._shown.settled(suggestion_id)
        if what in (Outcome.ACCEPTED, Outcome.PARTLY_ACCEPTED):
            showing.settled()
        elif what is Outcome.REJECTED:
            showing.refused()
            self.drafting.rejected(uri, self._lately.line(uri))

    def close(self, uri: str) -> None:
        """The document is not open any more."""
        self._predictions.close(uri)
        self.drafting.close(uri)
        self._showings.pop(uri, None)
        self._lately.close(uri)
        self._shown.close(uri)

    async def _wait(
        self, snapshot: Snapshot, predicted: Predicted | None, flight: Flight, until: float, patient: bool
    ) -> tuple[Weighed, tuple[str, float] | None]:
        """Till enough of the flight is there, or till `until` in the loop's time."""
        grace: float | None = self.drafting.rhythm.grace
        flight.join()
        try:
            while await flight.news(until):
                if patient:
                    continue
                weighed, chosen = self._look(snapshot, predicted, peek=True)
                if flight.drafted or (chosen is not None and _is_enough(weighed, chosen[0])):
                    break
            grace = None
        finally:
            flight.leave(grace)
        return self._look(snapshot, predicted)

    def _look(
        self, snapshot: Snapshot, predicted: Predicted | None, peek: bool = False
    ) -> tuple[Weighed, tuple[str, float] | None]:
        weighed = self.drafting.weighed(snapshot, predicted)
        chosen = self._best(snapshot, weighed.rated, peek)
        if chosen is None and snapshot.trigger is Trigger.INVOKED:
            chosen = some(weighed)
        return weighed, chosen

    def _best(self, snapshot: Snapshot, rated: list[Rated], peek: bool = False) -> tuple[str, float] | None:
        """What is worth showing of `rated`; with `peek` nothing is taken to be shown by that."""
        number, column = snapshot.cursor
        line = snapshot.document.line(number)
        showing = self._showings.setdefault(snapshot.document.uri, Showing(self._habit))
        if peek:
            showing = copy.copy(showing)
        threshold = self._threshold(snapshot)
        return choose(showing, number, line[:column], line[column:], rated, threshold, on_screen(snapshot))

    def _threshold(self, snapshot: Snapshot) -> float:
        return self.threshold * (_EAGER if snapshot.trigger is Trigger.INVOKED else 1.0)

    def _answer(
        self,
        snapshot: Snapshot,
        predicted: Predicted | None,
        weighed: Weighed,
        chosen: tuple[str, float] | None,
        walk: Walk,
    ) -> Answer:
        uri, threshold = snapshot.document.uri, self._threshold(snapshot)
        self.drafting.looked(snapshot, weighed)
        suggestions: list[Suggestion] = []
        if chosen is not None:
            text, rate = chosen
            if predicted is not None:
                text += self._predictions.further(predicted, snapshot, text, threshold)
            suggestions = [self._suggestion(snapshot, text, rate, weighed.kept.get(chosen[0]))]
            if weighed.texts:
                others = alternatives(weighed, chosen[0], snapshot.trigger)
                suggestions += [self._suggestion(snapshot, text, rate, kept) for text, rate, kept in others]
        for suggestion in suggestions:
            self._shown.add(suggestion, uri, weighed)
        if self.drafting.models is not None:
            self._lately.answered(snapshot, predicted, suggestions[0].edits[0].text if suggestions else "")
        predictor_rejected = predicted.offers.rejected if predicted is not None else ()
        source = suggestions[0].source if suggestions else Source.PREDICTOR
        why = walk.told(weighed, chosen, source, threshold, predictor_rejected, self._learning.levels)
        return Answer(tuple(suggestions), why)

    def _suggestion(self, snapshot: Snapshot, text: str, rate: float, kept: Kept | None) -> Suggestion:
        at = snapshot.document.offset(snapshot.cursor)
        edit = Edit(at, at, text)
        stage = kept.stage if kept is not None else Stage.DRAFT
        for live in snapshot.live:
            if live.edits == (edit,):
                return Suggestion(live.id, (edit,), live.title, live.stage, Source.LIVE, rate)
        source = Source.PREDICTOR if kept is None else Source.MODEL
        return Suggestion(self._id(snapshot.document.uri, edit), (edit,), "Complete", stage, source, rate)

    def _id(self, uri: str, edit: Edit) -> str:
        return self._lately.promised(uri, edit) or f"{next(self._ids)}"

    def _news(self, flight: Flight) -> None:
        """A flight has more: kept for the asks to come, and told where the last ask would be answered better now."""
        if self.recall is not None:
            self.recall.keep(flight)
        for kept in flight.kept() if flight.drafted else ():
            self._on_kept(kept, flight.document)
        last = self._lately.answered_where(flight)
        if last is None or flight.awaited or not flight.drafted:
            return
        chosen = self._look(last.snapshot, last.predicted, peek=True)[1]
        if chosen is not None and chosen[0] != last.shown and chosen[0].startswith(last.shown):
            self._on_better(self._lately.promise(last, chosen[0], f"{next(self._ids)}"))


def _rated(weighed: Weighed, chosen: tuple[str, float] | None) -> Rated | None:
    """The cut that was chosen."""
    if chosen is None:
        return None
    return next((each for each in weighed.rated if each[0].text == chosen[0]), None)


def _is_enough(weighed: Weighed, text: str) -> bool:
    """Whether a text that may still grow is worth an answer: its line is whole, or it is long."""
    kept = weighed.kept.get(text)
    whole = kept is not None and "\n" in kept.edit.text and text.count("\n") + 1 <= kept.edit.text.count("\n")
    return kept is None or whole or len(text) >= _ENOUGH
