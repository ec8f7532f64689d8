"""One place of one document that is being worked on, behind the asks: joined by typing on, closed when contradicted.

A flight belongs to a snapshot. It follows every change of its document: typed along it lives; contradicted, or left for
another place, it is closed at once, and with it the provider's socket. Nobody waiting for a draft, it lives one grace
period more. Once the draft is there the later stages go on without anybody, until contradicted or out of time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from foredraft.errors import ModelFailed
from foredraft.orchestra.question import Written
from foredraft.questions.kept import Kept
from foredraft.questions.snapshot import Snapshot
from foredraft.questions.suggestion import Stage
from foredraft.text.arriving import Arriving
from foredraft.text.document import Document
from foredraft.text.edit import Edit


class Running(Protocol):
    """What a flight carries out."""

    on_heard: Callable[[], None]

    def run(self) -> AsyncGenerator[Written, None]: ...

    def likely(self) -> str: ...


class Flight:
    """One place of one document being worked on. `document` is the version it has followed to."""

    def __init__(
        self, ident: str, snapshot: Snapshot, performance: Running, delay: float, on_news: Callable[[Flight], None]
    ) -> None:
        self.id = ident
        self.snapshot = snapshot
        """What it was asked with."""
        self.uri, self.document = snapshot.document.uri, snapshot.document
        self.performance, self.delay = performance, delay
        self.sent_at: float | None = None
        """When the first model was asked, in the loop's time; None as long as it waits for its delay."""
        self.drafted_at: float | None = None
        self.ended = False
        self.closed = ""
        """Why it was closed before its end."""
        self.failure: ModelFailed | None = None
        self._draft, self._by, self._whole = "", "", False
        self.refined = ""
        """What came of the draft at last, from the same place; "" as long as it is the draft."""
        self.unkept: list[Written] = []
        """Stages that are whole and that no memory has taken yet."""
        self._better: Kept | None = None
        self._arriving = Arriving.at(snapshot.document.offset(snapshot.cursor))
        self._waiting = 0
        self._grace: asyncio.TimerHandle | None = None
        self._news: asyncio.Future[None] | None = None
        self._on_news = on_news
        performance.on_heard = self._heard
        self._task = asyncio.create_task(self._run(delay))

    @property
    def at(self) -> int:
        """The offset that the typing has got to."""
        return self._arriving.edit.start

    @property
    def draft(self) -> str:
        """The draft so far, from the place where it was asked for."""
        return self._draft

    @property
    def typed(self) -> int:
        """How many characters of the draft were typed along."""
        return len(self._draft) - len(self._arriving.edit.text)

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for it."""
        return self._waiting > 0

    @property
    def drafted(self) -> bool:
        """Whether the draft is whole, or will never be."""
        return self.drafted_at is not None or self.ended

    def kept(self) -> list[Kept]:
        """What there is of it and is not typed yet, best last."""
        if self.closed or self.failure is not None:
            return []
        found = []
        edit = self._arriving.edit
        if edit.text:
            found.append(Kept(self.id, edit, Stage.DRAFT, self._by, self.typed, self._whole))
        if self._better is not None:
            found.append(self._better)
        return found

    def follow(self, document: Document, edits: Sequence[Edit] | None) -> bool:
        """The document is this now, by `edits`; whether the flight still fits. If not it is being closed."""
        self.document = document
        if edits is None:
            return self.close("the document changed in too many ways")
        moved = here = False
        for edit in edits:
            arriving = self._arriving.typed(edit)
            if arriving is None:
                return self.close("the typing contradicts it")
            moved = moved or not edit.empty
            here = here or edit.start <= self.at <= edit.end
            self._arriving = arriving
            if self._better is not None:
                self._better = self._better.after(edit)
        if moved and not here:
            return self.close("the user is elsewhere")
        if self._arriving.whole and self._arriving.edit.empty:
            return self.close("all of it is typed")
        if self._is_unlikely():
            return self.close("the typing contradicts it")
        if moved and self.sent_at is None:
            return self.close("a key came before it was sent")
        return True

    def close(self, why: str) -> bool:
        """End it at once, and with it every connection. Returns False."""
        if not self.ended:
            self.closed = self.closed or why
            self._task.cancel()
        return False

    async def news(self, until: float) -> bool:
        """Wait for more of it, till `until` in the loop's time; whether there is more. Cancelling leaves it flying."""
        if self.ended:
            return False
        loop = asyncio.get_running_loop()
        if self._news is None or self._news.done():
            self._news = loop.create_future()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await asyncio.shield(self._news)
                return True
        return False

    def join(self) -> None:
        """Somebody waits for it."""
        self._waiting += 1
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None

    def leave(self, grace: float | None) -> None:
        """Somebody does not wait any more. With `grace` in seconds, because the ask was taken back: then it lives that
        long if nobody else comes; without, because it was answered."""
        self._waiting -= 1
        if self._waiting or grace is None or self.drafted:
            return
        if self.sent_at is None:
            self.close("taken back before it was sent")
        else:
            self._grace = asyncio.get_running_loop().call_later(grace, self._expire)

    async def finished(self) -> None:
        """Wait until it is at its end, or closed."""
        await asyncio.wait({self._task})

    def _heard(self) -> None:
        if self._is_unlikely():
            self.close("the typing contradicts it")

    def _is_unlikely(self) -> bool:
        """Whether what was typed beyond what is certain contradicts what has come so far: a conversation's reply is
        certain late, and who types something else need not wait for that."""
        if not self._arriving.ahead or self.drafted:
            return False
        likely, typed = self.performance.likely(), self._draft + self._arriving.ahead
        return bool(likely.strip()) and not likely.startswith(typed) and not typed.startswith(likely)

    def _expire(self) -> None:
        if not self._waiting and not self.drafted:
            self.close("nobody waits for it")

    async def _run(self, delay: float) -> None:
        loop = asyncio.get_running_loop()
        try:
            if delay > 0:
                await asyncio.sleep(delay)
            self.sent_at = loop.time()
            stream = self.performance.run()
            try:
                async for written in stream:
                    if not self._take(_as_in(self.document, written), loop.time()):
                        break
            finally:
                await stream.aclose()
        except ModelFailed as failed:
            self.failure = failed
        finally:
            self.ended = True
            if self._grace is not None:
                self._grace.cancel()
            self._tell()

    def _take(self, written: Written, now: float) -> bool:
        if written.stage is Stage.DRAFT:
            more = written.text[len(self._draft) :]
            whole = written.done
            if not written.text.startswith(self._draft):  # its end was tidied: what is gone was not certain
                self._arriving, more = self._rewound(written.text), ""
            arriving = self._arriving.come(more, whole)
            if arriving is None:
                self.closed = "the typing contradicts it"
                return False
            self._arriving, self._draft, self._by = arriving, written.text, written.model
            if whole:
                self.drafted_at, self._whole = now, not written.cut
        else:
            self.refined = written.text
            typed = self._draft[: len(self._draft) - len(self._arriving.edit.text)]
            if written.text.startswith(typed) and len(written.text) > len(typed):
                edit = Edit(self.at, self.at, written.text[len(typed) :])
                whole = not written.cut
                self._better = Kept(f"{self.id}r", edit, Stage.REFINED, written.model, len(typed), whole)
        if written.done:
            self.unkept.append(written)
        self._tell()
        return True

    def _rewound(self, text: str) -> Arriving:
        edit = self._arriving.edit
        gone = len(self._draft) - len(text)
        return Arriving(Edit(edit.start, edit.end, edit.text[: max(0, len(edit.text) - gone)]), self._arriving.ahead)

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
        self._on_news(self)


def _as_in(document: Document, written: Written) -> Written:
    """With the line ends of the document, which the user's keys bring in."""
    plain = written.text.replace("\r\n", "\n")
    crlf = "\r\n" in document.blocks[0].text
    return replace(written, text=plain.replace("\n", "\r\n") if crlf else plain)
