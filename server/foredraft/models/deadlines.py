"""A model that answers in time or fails: so long until its first text, so long in all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from foredraft.errors import Failure, ModelFailed
from foredraft.models.closing import closing
from foredraft.models.model import Chunk, Facts, Model
from foredraft.models.outgoing import Outgoing


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds from the request on. `first` is soft: it ends with the first text, and headers are no text; `total` is
    hard: whatever came by then was all."""

    first: float = 8.0
    total: float = 30.0


class Timely:
    """A model under `deadlines`. A stream that exceeds one is closed at once and fails as stalled."""

    def __init__(self, inner: Model, deadlines: Deadlines) -> None:
        self._inner, self._deadlines = inner, deadlines

    @property
    def facts(self) -> Facts:
        return self._inner.facts

    async def stream(self, outgoing: Outgoing) -> AsyncIterator[Chunk]:
        """As the inner model; the time a reader takes between two pieces counts only towards `total`."""
        begun = asyncio.get_running_loop().time()
        hard = begun + self._deadlines.total
        due = min(begun + self._deadlines.first, hard)
        async with closing(self._inner.stream(outgoing)) as chunks:
            while True:
                try:
                    async with asyncio.timeout_at(due) as scope:
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    if not scope.expired():
                        raise
                    raise self._stalled(due < hard) from None
                if chunk.text or chunk.finish is not None:
                    due = hard
                yield chunk

    def _stalled(self, silent: bool) -> ModelFailed:
        said = (
            f"no text within {self._deadlines.first:g} s"
            if silent
            else f"the answer took longer than {self._deadlines.total:g} s"
        )
        return ModelFailed(self.facts.name, Failure.STALLED, said)
