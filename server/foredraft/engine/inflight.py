"""What is being asked of models right now: one flight for a document, at one place, in one version."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count

from foredraft.engine.flight import Flight, Running
from foredraft.questions.snapshot import Snapshot
from foredraft.text.document import Document
from foredraft.text.edit import Edit

EditsSince = Callable[[Document], "Sequence[Edit] | None"]


class Inflight:
    """The flights of all documents, at most one each."""

    def __init__(self, on_news: Callable[[Flight], None]) -> None:
        """`on_news` is called in the loop whenever a flight has more, and at its end."""
        self._flights: dict[str, Flight] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._ids = count(1)
        self._on_news = on_news

    def of(self, uri: str) -> Flight | None:
        """The flight of a document, also one that is at its end."""
        return self._flights.get(uri)

    def at(self, snapshot: Snapshot) -> Flight | None:
        """The flight that stands at this very place; one that is elsewhere in the document is closed."""
        flight = self._flights.get(snapshot.document.uri)
        if flight is None:
            return None
        if flight.document is snapshot.document and flight.at == snapshot.document.offset(snapshot.cursor):
            return None if flight.closed or flight.ended else flight
        flight.close("the user is elsewhere")
        return None

    def start(self, snapshot: Snapshot, performance: Running, delay: float) -> Flight:
        """A new flight, in place of the one there may be; the first model is asked after `delay` seconds."""
        self.forget(snapshot.document.uri, "another was asked for")
        flight = Flight(f"m{next(self._ids)}", snapshot, performance, delay, self._on_news)
        self._flights[snapshot.document.uri] = flight
        return flight

    def changed(self, document: Document, edits_since: EditsSince) -> None:
        """A document is another now; its flight follows or ends."""
        flight = self._flights.get(document.uri)
        if flight is not None and not flight.ended and flight.document is not document:
            flight.follow(document, edits_since(flight.document))

    def forget(self, uri: str, why: str) -> None:
        """The document is closed, or nothing may be asked for it any more."""
        flight = self._flights.pop(uri, None)
        if flight is not None and not flight.ended:
            flight.close(why)
            ending = asyncio.ensure_future(flight.finished())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """Close all of them, and wait until that is done."""
        for uri in list(self._flights):
            self.forget(uri, "the server ends")
        if self._ending:
            await asyncio.wait(set(self._ending))
