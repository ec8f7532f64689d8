"""Carry out a route: a draft that grows as it streams, then, without the user, what may be better than it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from foredraft.errors import Failure, ModelFailed
from foredraft.models.model import Chunk, Facts, Model, Usage
from foredraft.models.outgoing import Outgoing
from foredraft.orchestra.question import Question, Written
from foredraft.orchestra.route import Leg, Route
from foredraft.questions.suggestion import Stage


@dataclass(slots=True)
class Told:
    """What one stage did, for `--why`: no code, times in milliseconds from its start."""

    role: str
    model: str = ""
    outcome: str = "running"
    first_ms: float | None = None
    ms: float | None = None
    prompt_tokens: int = 0
    answer_tokens: int = 0
    cached_tokens: int = 0
    usd: float = 0.0
    failed: list[str] = field(default_factory=list)


class Performance:
    """One route on its way for one question."""

    def __init__(self, route: Route, question: Question, worth: Callable[[str], str | None] | None = None) -> None:
        """`worth` says of a finished draft why it is not worth a second model's work, or None if it is."""
        self.route = route
        self.told: list[Told] = []
        self.filters: list[str] = []
        self._question = question
        self._worth = worth or (lambda text: None)

    async def run(self) -> AsyncGenerator[Written, None]:
        """The draft as it grows, then each text that came after it and is no worse. Raises ModelFailed if nobody could
        draft. Closing it, or cancelling, closes every connection."""
        draft = ""
        async with aclosing(self._draft(self.route.legs[0])) as growing:
            async for written in growing:
                draft = written.text
                yield written
        if not draft.strip():
            return
        reason = self._worth(draft)
        if reason is not None:
            self.told.append(Told("refine", outcome=f"left out: {reason}"))
            return
        texts = {draft: 1}
        for leg in self.route.legs[1:]:
            if leg.step.role == "select":
                if (best := await self._selected(leg, texts)) is not None:
                    yield best
                continue
            for found in await self._improved(leg, draft):
                texts[found.text] = texts.get(found.text, 0) + 1
                if leg.step.role == "refine":
                    yield found

    async def _draft(self, leg: Leg) -> AsyncGenerator[Written, None]:
        told = Told(leg.step.role)
        self.told.append(told)
        text, problem = "", ModelFailed("draft", Failure.UNREACHABLE, "nobody could be asked")
        began = _now()
        for model in leg.models:
            left = leg.step.deadline - (_now() - began)
            if left <= 0:
                break
            try:
                async with aclosing(self._stream(model, told, None, left)) as growing:
                    async for text, done, by in growing:
                        yield Written(text, Stage.DRAFT, by, done)
                return
            except ModelFailed as failed:
                told.failed.append(str(failed))
                problem = failed
                if text:  # it broke off: what came is all there is
                    yield Written(text, Stage.DRAFT, told.model, True)
                    return
        told.outcome = "failed"
        raise problem

    async def _improved(self, leg: Leg, draft: str) -> list[Written]:
        """What the models of `leg` make of it; the whole texts, those that are no worse than the draft."""
        asked = [self._whole(leg, leg.models[at:], draft) for at in range(min(leg.step.count, len(leg.models)))]
        if leg.step.count > 1:
            asked = [self._whole(leg, (model,), draft) for model in leg.models[: leg.step.count]]
        found = await asyncio.gather(*asked)
        return [written for written in found if written is not None and self._stands(written, draft)]

    async def _whole(self, leg: Leg, models: tuple[Model, ...], draft: str) -> Written | None:
        told = Told(leg.step.role)
        self.told.append(told)
        began = _now()
        for model in models:
            left = leg.step.deadline - (_now() - began)
            if left <= 0:
                break
            try:
                text, by = "", ""
                async with aclosing(self._stream(model, told, draft, left)) as growing:
                    async for text, _, by in growing:  # noqa: B007 - the last one is the whole
                        pass
                return Written(text, Stage.REFINED, by, True) if text.strip() else None
            except ModelFailed as failed:
                told.failed.append(str(failed))
        told.outcome = "failed"
        return None

    def _stands(self, written: Written, draft: str) -> bool:
        if written.text != draft and self._question.worse(draft, written.text):
            self.filters.append(f"{written.model}: parses worse than the draft")
            return False
        return True

    async def _selected(self, leg: Leg, texts: dict[str, int]) -> Written | None:
        """The text a judge prefers, or most models wrote; None where that is the draft, or nothing is to be chosen."""
        candidates = list(texts)
        if len(candidates) < 2:
            return None
        told = Told("select", "vote", "chosen")
        self.told.append(told)
        best = max(candidates, key=lambda text: texts[text])  # of equals the draft, which stands first
        for model in leg.models[:1]:
            try:
                reply = ""
                ballot = self._question.ballot(model.facts, candidates)
                async with asyncio.timeout(leg.step.deadline), aclosing(_pieces(model, ballot)) as pieces:
                    async for chunk in pieces:
                        reply += chunk.text
                number = int("".join(sign for sign in reply if sign.isdigit())[:2] or 0)
                if 1 <= number <= len(candidates):
                    best, told.model = candidates[number - 1], model.facts.name
            except (ModelFailed, TimeoutError) as failed:
                told.failed.append(str(failed) or "no answer in time")
        return None if best == candidates[0] else Written(best, Stage.REFINED, told.model, True)

    async def _stream(
        self, model: Model, told: Told, draft: str | None, seconds: float
    ) -> AsyncGenerator[tuple[str, bool, str], None]:
        """The text so far, whether that is all, and who wrote it."""
        facts = model.facts
        told.model = facts.name
        began = _now()
        outgoing = self._question.outgoing(facts, draft)
        reading = self._question.reading(facts)
        text = ""
        told.outcome = "cut off"  # until it is known better
        try:
            async with aclosing(_pieces(model, outgoing)) as pieces:
                while (chunk := await _next(pieces, began + seconds)) is not None:
                    told.model = chunk.model or told.model
                    _count(told, chunk.usage, facts)
                    now = reading.feed(chunk.text) if chunk.text else text
                    if now != text:
                        if told.first_ms is None:
                            told.first_ms = round(1000 * (_now() - began), 1)
                        text = now
                        yield text, False, told.model
                    if reading.enough:
                        break
        except TimeoutError:
            raise ModelFailed(facts.name, Failure.STALLED, f"no whole answer within {seconds:.0f} s") from None
        finally:
            told.ms = round(1000 * (_now() - began), 1)
        told.outcome = "done"
        yield reading.end(), True, told.model


async def _next(pieces: AsyncGenerator[Chunk, None], until: float) -> Chunk | None:
    """The next piece, None behind the last one; raises TimeoutError at `until`."""
    async with asyncio.timeout_at(until):
        return await anext(pieces, None)


async def _pieces(model: Model, outgoing: Outgoing) -> AsyncGenerator[Chunk, None]:
    """The model's own stream, closed at once when this is."""
    stream = model.stream(outgoing)
    try:
        async for chunk in stream:
            yield chunk
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()


def _count(told: Told, usage: Usage | None, facts: Facts) -> None:
    if usage is None:
        return
    told.prompt_tokens, told.answer_tokens, told.cached_tokens = usage.prompt, usage.completion, usage.cached
    price = facts.price
    paid = (usage.prompt - usage.cached) * price.input + usage.cached * price.cached + usage.completion * price.output
    told.usd = round(paid / 1e6, 8)


def _now() -> float:
    return asyncio.get_running_loop().time()
