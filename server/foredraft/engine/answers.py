"""The heart: one question about one snapshot, one answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from foredraft.engine.learning import Learning
from foredraft.predictor.lexer import depth
from foredraft.predictor.opened import OpenFile
from foredraft.predictor.predictor import Position
from foredraft.predictor.showing import Habit, Showing
from foredraft.questions.inline import choose, further_lines, offers
from foredraft.questions.snapshot import Snapshot, Trigger
from foredraft.questions.suggestion import Outcome, Reject, Source, Stage, Suggestion
from foredraft.text.edit import Edit

_EAGER = 0.6
"""Asked by a key the user wants something: what may be shown then needs only this share of the sureness."""

_LONGEST_INDENT = 400
_MOST_SHOWN = 256
"""Suggestions of which an outcome may still be told."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Suggestions, best first, and the walk that led to them, ready to be printed."""

    suggestions: tuple[Suggestion, ...]
    why: Mapping[str, object]


class _Place:
    """What is kept between two keys in the same line."""

    __slots__ = ("epoch", "indent", "line", "moved", "position")

    def __init__(self, line: int, indent: int, epoch: int, moved: int, position: Position) -> None:
        self.line, self.indent, self.epoch, self.moved, self.position = line, indent, epoch, moved, position


class Answers:
    """Answers inline questions with what one workspace's predictor knows."""

    def __init__(self, learning: Learning) -> None:
        self.threshold = 1.0
        self.enabled = True
        self._learning = learning
        self._places: dict[str, _Place] = {}
        self._habit = Habit()
        self._showings: dict[str, Showing] = {}
        self._shown: dict[str, str] = {}
        self._ids = count(1)

    def inline(self, snapshot: Snapshot) -> Answer:
        """The completion at the cursor, or none. Pure computing, a few milliseconds at most: there is nothing to
        cancel."""
        began = time.perf_counter()
        document, (number, column) = snapshot.document, snapshot.cursor
        if not self.enabled:
            return _silent(Reject.OFF, began)
        file = self._learning.file(document.uri, number)
        if file is None:
            return _silent(Reject.EMPTY, began)
        line = document.line(number)
        before, after = line[:column], line[column:]
        position = self._position(snapshot, file, before)
        predictor = self._learning.predictor
        offered = offers(predictor, position, before, after, number, snapshot.history)
        file.glanced(before, offered.cuts)
        threshold = self.threshold * (_EAGER if snapshot.trigger is Trigger.INVOKED else 1.0)
        showing = self._showings.setdefault(document.uri, Showing(self._habit))
        chosen = choose(showing, number, before, after, offered.rated, threshold, _on_screen(snapshot))
        why: dict[str, object] = {
            "source": "predictor",
            "levels": self._learning.levels,
            "threshold": round(threshold, 3),
            "cuts": [
                {"text": cut.text, "odds": round(cut.odds, 3), "confidence": round(rate, 3)}
                for cut, rate in offered.rated
            ],
            "rejected": [str(reject) for reject in offered.rejected]
            or ([] if chosen or not offered.rated else [str(Reject.UNSURE)]),
        }
        if chosen is None:
            return Answer((), why | {"ms": _ms(began)})
        text, rate = chosen
        if not after.strip() and any(cut.ends and cut.text == text for cut, _ in offered.rated):
            text += further_lines(predictor, file.near, file.lines, number, before + text, threshold)
        suggestion = self._suggestion(snapshot, text, rate)
        self._shown[suggestion.id] = document.uri
        if len(self._shown) > _MOST_SHOWN:
            del self._shown[next(iter(self._shown))]
        return Answer((suggestion,), why | {"ms": _ms(began)})

    def denied(self) -> Answer:
        """The answer where nothing may be read."""
        return _silent(Reject.DENIED, time.perf_counter())

    def outcome(self, suggestion_id: str, what: Outcome) -> None:
        """What became of a suggestion that was shown; an unknown id is nobody's."""
        showing = self._showings.get(self._shown.get(suggestion_id, ""))
        if showing is None or what is Outcome.SHOWN:
            return
        del self._shown[suggestion_id]
        if what in (Outcome.ACCEPTED, Outcome.PARTLY_ACCEPTED):
            showing.settled()
        elif what is Outcome.REJECTED:
            showing.refused()

    def close(self, uri: str) -> None:
        """The document is not open any more."""
        self._places.pop(uri, None)
        self._showings.pop(uri, None)
        self._shown = {known: of for known, of in self._shown.items() if of != uri}

    def _position(self, snapshot: Snapshot, file: OpenFile, before: str) -> Position:
        """The place of the last key again, as long as nothing that it rests on has changed."""
        number, uri = snapshot.cursor.line, snapshot.document.uri
        indent = depth(before[:_LONGEST_INDENT] + "x")
        far = self._learning.predictor.far
        if far is not None:
            far.mask(file.name, file.near)
        known = self._places.get(uri)
        epoch = self._learning.predictor.moved
        if known is None or (known.line, known.indent, known.epoch, known.moved) != (number, indent, epoch, file.moved):
            known = self._places[uri] = _Place(number, indent, epoch, file.moved, file.position(number, indent))
        return known.position

    def _suggestion(self, snapshot: Snapshot, text: str, rate: float) -> Suggestion:
        at = snapshot.document.offset(snapshot.cursor)
        edit = Edit(at, at, text)
        for live in snapshot.live:
            if live.edits == (edit,):
                return Suggestion(live.id, (edit,), live.title, live.stage, Source.LIVE, rate)
        return Suggestion(f"{next(self._ids)}", (edit,), "Complete", Stage.DRAFT, Source.PREDICTOR, rate)


def _on_screen(snapshot: Snapshot) -> tuple[str, float] | None:
    """What was offered last and still fits at the cursor: its text and its rate."""
    at = snapshot.document.offset(snapshot.cursor)
    for live in reversed(snapshot.live):
        if len(live.edits) == 1 and live.edits[0].start == live.edits[0].end == at:
            return live.edits[0].text, live.confidence
    return None


def _silent(reason: Reject, began: float) -> Answer:
    return Answer((), {"source": "none", "rejected": [str(reason)], "ms": _ms(began)})


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)
