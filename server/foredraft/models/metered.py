"""A model whose every call is told: who, for what, how many tokens, what it cost, how long it took, how it ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

from foredraft.errors import Failure, ModelFailed
from foredraft.models.closing import closing
from foredraft.models.model import Chunk, Facts, Model, Price, Usage
from foredraft.models.outgoing import Outgoing
from foredraft.models.sizes import Estimate, spent_tokens

Outcome = Literal["ok", "cancelled"] | Failure


@dataclass(frozen=True, slots=True)
class Record:
    """One request as it was sent. No prompt, no answer, no key.

    `at`: when it was sent, in seconds since the epoch. Tokens as the provider counted them; `estimated` where it did
    not, or the stream was cut; `cached` are those of `prompt` it had already. `first_token` and `total` in seconds;
    without a first text, None.
    """

    at: float
    provider: str
    model: str
    role: str
    prompt: int
    cached: int
    completion: int
    estimated: bool
    usd: float
    first_token: float | None
    total: float
    outcome: Outcome

    @property
    def name(self) -> str:
        """As a role names the model."""
        return f"{self.provider}/{self.model}"


def cost(price: Price, usage: Usage) -> float:
    """US dollars; a price for cached tokens that is not known is that of the others."""
    cached = min(usage.cached, usage.prompt)
    spent = (usage.prompt - cached) * price.input + cached * (price.cached or price.input)
    return (spent + usage.completion * price.output) / 1e6


class Metered:
    """A model in a role ("draft", "refine"); `on_record` hears of each one when it is over, in the same task. What
    fails before anything came costs nothing, unless it was silence; a cut stream costs its prompt and what it gave.
    """

    def __init__(self, inner: Model, role: str, estimate: Estimate, on_record: Callable[[Record], object]) -> None:
        self._inner, self._role, self._estimate, self._on_record = inner, role, estimate, on_record

    @property
    def facts(self) -> Facts:
        return self._inner.facts

    async def stream(self, outgoing: Outgoing) -> AsyncIterator[Chunk]:
        """As the inner model; the chunks carry its name."""
        clock = asyncio.get_running_loop().time
        at, begun = time.time(), clock()
        name = self.facts.name
        outcome: Outcome = "cancelled"
        first: float | None = None
        usage: Usage | None = None
        text: list[str] = []
        try:
            async with closing(self._inner.stream(outgoing)) as chunks:
                async for chunk in chunks:
                    if chunk.text and first is None:
                        first = clock() - begun
                    text.append(chunk.text)
                    usage = chunk.usage or usage
                    yield chunk if chunk.model else Chunk(chunk.text, chunk.finish, chunk.usage, chunk.limits, name)
            outcome = "ok"
        except ModelFailed as failed:
            outcome = failed.failure
            raise
        finally:
            spent = usage or self._spent(outgoing, "".join(text), outcome)
            self._on_record(self._record(at, spent, usage is None, first, clock() - begun, outcome))

    def _spent(self, outgoing: Outgoing, text: str, outcome: Outcome) -> Usage:
        if not text and outcome not in ("ok", "cancelled", Failure.STALLED):
            return Usage(0, 0)
        return spent_tokens(outgoing.prompt, text, self.facts, self._estimate)

    def _record(
        self, at: float, usage: Usage, estimated: bool, first: float | None, total: float, outcome: Outcome
    ) -> Record:
        facts = self.facts
        return Record(
            at, facts.provider, facts.id, self._role, usage.prompt, usage.cached, usage.completion, estimated,
            cost(facts.price, usage), first, total, outcome,
        )  # fmt: skip
