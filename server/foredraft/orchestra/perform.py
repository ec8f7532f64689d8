"""Carry out a route: a draft that grows as it streams, then, without the user, what may be better than it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from math import inf

from foredraft.errors import Failure, ModelFailed
from foredraft.models.closing import closing
from foredraft.models.metered import cost
from foredraft.models.model import Chunk, Facts, Finish, Model, Usage
from foredraft.models.outgoing import Tier
from foredraft.orchestra.prepared import Prepared
from foredraft.orchestra.question import Question, Reading, Told, Written
from foredraft.orchestra.route import Leg, Route
from foredraft.questions.suggestion import Stage

Race = Callable[[Sequence[Model], float], Model]
"""From candidates in order of preference to one model: the next one answers where the first fails, or is late: by its
own measure, or after so many seconds."""

_PATIENCE = 0.5
"""Seconds that a user who waits for a draft gives the first model before another one is asked."""


class Performance:
    """One route on its way for one question. `told` and `filters` say what became of it."""

    def __init__(
        self,
        route: Route,
        question: Question,
        race: Race,
        worth: Callable[[str], str | None] = lambda draft: None,
        pause: float = 0.0,
    ) -> None:
        """`worth` says of a finished draft why it is not worth a second model's work, or None if it is; it is asked
        `pause` seconds after the draft, in which most drafts are accepted or contradicted, and need none."""
        self.route = route
        self.told: list[Told] = []
        self.filters: list[str] = []
        self.on_heard: Callable[[], None] = lambda: None
        """Told of each piece that comes, also where it makes nothing certain."""
        self._question, self._race, self._worth, self._pause = question, race, worth, pause
        self._reading: Reading | None = None

    def likely(self) -> str:
        """What the draft would be if nothing more of it came; "" if nothing has come."""
        return self._reading.likely() if self._reading is not None else ""

    async def run(self) -> AsyncGenerator[Written, None]:
        """The draft as it grows, then each text that came after it and is no worse. Raises ModelFailed if nobody could
        draft. Closing it, or cancelling, closes every connection."""
        draft = ""
        async with aclosing(self._draft(self.route.legs[0])) as growing:
            async for written in growing:
                draft = written.text
                yield written
        later = self.route.legs[1:]
        if not draft.strip() or not later:
            return
        if self._pause:
            await asyncio.sleep(self._pause)
        reason = self._worth(draft)
        if reason is not None:
            self.told.append(Told(later[0].step.role, outcome=f"left out: {reason}"))
            return
        texts = {draft: 1}
        for leg in later:
            if leg.step.role == "select":
                if (best := await self._selected(leg, texts)) is not None:
                    yield best
                continue
            for found in await self._improved(leg, draft):
                texts[found.text] = texts.get(found.text, 0) + 1
                if leg.step.role == "refine":
                    yield found

    async def _draft(self, leg: Leg) -> AsyncGenerator[Written, None]:
        told = self._tell(leg)
        text = ""
        try:
            async with aclosing(self._stream(leg, leg.models, None, told)) as growing:
                async for text in growing:
                    yield Written(text, Stage.DRAFT, told.model, False)
        except ModelFailed as failed:
            told.failed.append(str(failed))
            told.outcome = "broke off" if text else "failed"
            if not text or failed.failure is Failure.GARBLED:
                raise
        yield Written(text, Stage.DRAFT, told.model, True, told.outcome != "done")

    async def _improved(self, leg: Leg, draft: str) -> list[Written]:
        """What the models of `leg` make of the draft: whole texts that are no worse than it."""
        groups = [leg.models] if leg.step.count == 1 else [(model,) for model in leg.models[: leg.step.count]]
        found = await asyncio.gather(*(self._whole(leg, models, draft) for models in groups))
        return [written for written in found if written is not None and self._stands(written, draft)]

    async def _whole(self, leg: Leg, models: Sequence[Model], draft: str) -> Written | None:
        told = self._tell(leg)
        text = ""
        try:
            async with aclosing(self._stream(leg, models, draft, told)) as growing:
                async for text in growing:  # noqa: B007 - the last one is the whole
                    pass
        except ModelFailed as failed:
            told.failed.append(str(failed))
            told.outcome = "failed"
            return None
        return Written(text, Stage.REFINED, told.model, True, told.outcome != "done") if text.strip() else None

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
        told = self._tell(leg)
        told.model, told.outcome = "vote", "done"
        best = max(candidates, key=lambda text: texts[text])  # of equals the draft, which stands first
        for model in leg.models[:1]:
            try:
                number = await self._number(model, leg, candidates)
            except (ModelFailed, TimeoutError) as failed:
                told.failed.append(str(failed) or "no answer in time")
                continue
            if 1 <= number <= len(candidates):
                best, told.model = candidates[number - 1], model.facts.name
        return None if best == candidates[0] else Written(best, Stage.REFINED, told.model, True)

    async def _number(self, judge: Model, leg: Leg, candidates: list[str]) -> int:
        """Which of the candidates the judge names, from 1; 0 for none of them."""
        ballot, reply = self._question.ballot(judge.facts, candidates), ""
        async with asyncio.timeout(leg.step.deadline), closing(judge.stream(ballot)) as chunks:
            async for chunk in chunks:
                reply += chunk.text
        digits = reply.strip().strip("*`<>[]().\"'")[:2].strip()
        return int(digits) if digits.isdecimal() and digits.isascii() else 0

    async def _stream(
        self, leg: Leg, models: Sequence[Model], draft: str | None, told: Told
    ) -> AsyncGenerator[str, None]:
        """The text so far, each time it has grown."""
        began, text, whole = _now(), "", True
        widest = max((model.facts for model in models), key=lambda facts: list(Tier).index(facts.tier))
        candidates = [Prepared(model, self._question, draft, told, self._heard) for model in models]
        runner = self._race(candidates, _PATIENCE if draft is None else inf)
        try:
            async with closing(runner.stream(self._question.outgoing(widest, draft))) as chunks:
                while (chunk := await _next(chunks, began + leg.step.deadline)) is not None:
                    told.model = chunk.model or told.model
                    _count(told, chunk.usage, _facts(models, told.model))
                    whole = whole and chunk.finish is not Finish.LENGTH
                    if chunk.text:
                        if told.first_ms is None:
                            told.first_ms = round(1000 * (_now() - began), 1)
                        text += chunk.text
                        yield text
            told.outcome = "done" if whole else "cut at its length"
        except TimeoutError:
            raise ModelFailed(
                runner.facts.name, Failure.STALLED, f"no whole answer within {leg.step.deadline:.0f} s"
            ) from None
        finally:
            told.ms = round(1000 * (_now() - began), 1)
            told.answer_tokens = told.answer_tokens or len(text) // 4

    def _heard(self, reading: Reading) -> None:
        self._reading = reading
        self.on_heard()

    def _tell(self, leg: Leg) -> Told:
        told = Told(leg.step.role)
        self.told.append(told)
        return told


async def _next(chunks: AsyncIterator[Chunk], until: float) -> Chunk | None:
    """The next piece, None behind the last one; raises TimeoutError at `until`."""
    async with asyncio.timeout_at(until):
        return await anext(chunks, None)


def _facts(models: Sequence[Model], name: str) -> Facts:
    return next((model.facts for model in models if model.facts.name == name), models[0].facts)


def _count(told: Told, usage: Usage | None, facts: Facts) -> None:
    if usage is not None:
        told.prompt_tokens, told.answer_tokens, told.cached_tokens = usage.prompt, usage.completion, usage.cached
        told.usd = round(cost(facts.price, usage), 8)


def _now() -> float:
    return asyncio.get_running_loop().time()
