"""What was answered last in each document, and what a client was promised if it asks again there."""

from __future__ import annotations

from dataclasses import dataclass

from foredraft.engine.flight import Flight
from foredraft.engine.predicted import Predicted
from foredraft.questions.snapshot import Snapshot
from foredraft.text.document import Document, Position
from foredraft.text.edit import Edit


@dataclass(frozen=True, slots=True)
class Better:
    """A better text has come for a place that was answered: asked again there, that is the answer. `document` is the
    version it is for, `id` the suggestion's."""

    document: Document
    cursor: Position
    id: str


@dataclass(slots=True)
class Answered:
    """An ask and the text it was shown, "" for none."""

    snapshot: Snapshot
    predicted: Predicted | None
    shown: str


class Lately:
    """The last ask of each document."""

    def __init__(self) -> None:
        self._answered: dict[str, Answered] = {}
        self._promised: dict[str, tuple[Edit, str]] = {}

    def answered(self, snapshot: Snapshot, predicted: Predicted | None, shown: str) -> None:
        """This was shown, or nothing."""
        self._answered[snapshot.document.uri] = Answered(snapshot, predicted, shown)

    def line(self, uri: str) -> int:
        """That of the last ask; -1 where there was none."""
        last = self._answered.get(uri)
        return -1 if last is None else last.snapshot.cursor.line

    def answered_where(self, flight: Flight) -> Answered | None:
        """The last ask of the flight's document, if that was in the same version and at the same place."""
        last = self._answered.get(flight.uri)
        if last is None or last.snapshot.document is not flight.document:
            return None
        return last if last.snapshot.document.offset(last.snapshot.cursor) == flight.at else None

    def promise(self, last: Answered, text: str, ident: str) -> Better:
        """From now on an ask at that place that shows `text` shows it as the suggestion `ident`."""
        document, cursor = last.snapshot.document, last.snapshot.cursor
        at = document.offset(cursor)
        last.shown = text
        self._promised[document.uri] = Edit(at, at, text), ident
        return Better(document, cursor, ident)

    def promised(self, uri: str, edit: Edit) -> str | None:
        """The id under which this edit was promised."""
        promised = self._promised.get(uri)
        return promised[1] if promised is not None and promised[0] == edit else None

    def close(self, uri: str) -> None:
        """The document is not open any more."""
        self._answered.pop(uri, None)
        self._promised.pop(uri, None)
