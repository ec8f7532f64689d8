"""A model that is given one question in its own way, and whose reply is the text at the cursor and nothing else.

So candidates that are asked differently, by markers or by a conversation, can stand in one race.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from foredraft.errors import Failure, ModelFailed
from foredraft.models.closing import closing
from foredraft.models.model import Chunk, Facts, Model
from foredraft.models.outgoing import Outgoing
from foredraft.models.sizes import prompt_tokens
from foredraft.orchestra.question import Question, Reading, Told

_CHARACTERS = 4
"""Per token, where the provider does not say how many there were."""


class Prepared:
    """`model` for one `question`, to improve `draft` or to fill the gap; how it goes is told to `told`, and `heard` of
    each piece that comes, certain or not."""

    def __init__(
        self, model: Model, question: Question, draft: str | None, told: Told, heard: Callable[[Reading], None]
    ) -> None:
        self._model, self._question, self._draft, self._told = model, question, draft, told
        self._heard = heard

    @property
    def facts(self) -> Facts:
        return self._model.facts

    async def stream(self, outgoing: Outgoing) -> AsyncGenerator[Chunk, None]:
        """As the model; the texts of the chunks, put together, are the text at the cursor. `outgoing` only says that
        something may be sent: what is, the question makes for this model. Ends as soon as nothing more is of use."""
        facts, told = self.facts, self._told
        own = self._question.outgoing(facts, self._draft)
        reading = self._question.reading(facts, self._draft)
        told.asked.append(facts.name)
        told.prompt_tokens += prompt_tokens(own.prompt, facts, _estimated)
        given = ""
        async with closing(self._model.stream(own)) as chunks:
            async for chunk in chunks:
                text = reading.feed(chunk.text) if chunk.text else given
                new, given = text[len(given) :], text
                if chunk.text:
                    self._heard(reading)
                if new or chunk.finish or chunk.usage or chunk.limits:
                    yield Chunk(new, chunk.finish, chunk.usage, chunk.limits, chunk.model or facts.name)
                if reading.enough:
                    break
        rest = reading.end()[len(given) :]
        if reading.rejected:
            raise ModelFailed(facts.name, Failure.GARBLED, reading.rejected)
        if rest:
            yield Chunk(rest, model=facts.name)


def _estimated(text: str, family: str) -> int:
    return len(text) // _CHARACTERS + 1
