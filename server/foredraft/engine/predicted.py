"""What does the predictor say at a place? Looked up again only when what it rests on has changed."""

from __future__ import annotations

from dataclasses import dataclass

from foredraft.engine.learning import Learning
from foredraft.predictor.lexer import depth
from foredraft.predictor.opened import OpenFile
from foredraft.predictor.predictor import Position
from foredraft.predictor.showing import Rated
from foredraft.questions.inline import Offers, further_lines, offers
from foredraft.questions.snapshot import Snapshot

_LONGEST_INDENT = 400


@dataclass(frozen=True, slots=True)
class Predicted:
    """The predictor's offers for one snapshot."""

    file: OpenFile
    offers: Offers

    @property
    def rated(self) -> list[Rated]:
        return self.offers.rated


class _Place:
    """What is kept between two keys in the same line."""

    __slots__ = ("epoch", "indent", "line", "moved", "position")

    def __init__(self, line: int, indent: int, epoch: int, moved: int, position: Position) -> None:
        self.line, self.indent, self.epoch, self.moved, self.position = line, indent, epoch, moved, position


class Predictions:
    """Asks one workspace's predictor."""

    def __init__(self, learning: Learning) -> None:
        self._learning = learning
        self._places: dict[str, _Place] = {}

    def at(self, snapshot: Snapshot) -> Predicted | None:
        """What it says at the cursor; None for a document of which nothing is learned."""
        document, (number, column) = snapshot.document, snapshot.cursor
        file = self._learning.file(document.uri, number)
        if file is None:
            return None
        line = document.line(number)
        before, after = line[:column], line[column:]
        position = self._position(snapshot, file, before)
        offered = offers(self._learning.predictor, position, before, after, number, snapshot.history)
        file.glanced(before, offered.cuts)
        return Predicted(file, offered)

    def further(self, predicted: Predicted, snapshot: Snapshot, text: str, least: float) -> str:
        """The lines that follow below when `text` finishes the line; "" where it does not, or nobody knows."""
        document, (number, column) = snapshot.document, snapshot.cursor
        line = document.line(number)
        if line[column:].strip() or not any(cut.ends and cut.text == text for cut, _ in predicted.rated):
            return ""
        file = predicted.file
        return further_lines(self._learning.predictor, file.near, file.lines, number, line[:column] + text, least)

    def close(self, uri: str) -> None:
        """The document is not open any more."""
        self._places.pop(uri, None)

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
