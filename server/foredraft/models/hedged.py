"""One answer from several candidates: the next is asked when the first one fails, or is later than it usually is."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from foredraft.errors import Failure, ModelFailed
from foredraft.models.closing import close
from foredraft.models.latency import Latencies
from foredraft.models.model import Chunk, Facts, Model
from foredraft.models.outgoing import Outgoing, Tier

_EARLIEST, _SLACK = 0.05, 0.02
"""Seconds: nobody is given less time than that before the next one is asked, nor is late by less."""


class Hedges:
    """How many second requests may be sent beside a first one that is still alive: one in ten requests, a few at a
    time. Requests after a failure are not counted, nor are those to this machine: they cost nothing.
    """

    def __init__(self, share: float = 0.1, most: float = 3.0) -> None:
        self._share, self._most, self._saved = share, most, 1.0

    def earn(self) -> None:
        """One request was made."""
        self._saved = min(self._most, self._saved + self._share)

    def spend(self) -> bool:
        """Whether one more may be sent beside it; then it counts as sent."""
        if self._saved < 1.0:
            return False
        self._saved -= 1.0
        return True

    def refund(self) -> None:
        """It was not sent after all: the one to be asked rests, or its limits are reached."""
        self._saved += 1.0


class Hedged:
    """Candidates in order of preference, as one model. `latencies` say when one is late, `hedges` what may be spent;
    after `patience` seconds the first is late even by its own measure. Those asked after it are given less time, what
    three quarters of their texts come in: by then somebody has waited once already.

    The first that yields text wins; the streams of the others are closed. No model is asked twice for one request.
    """

    def __init__(self, candidates: Sequence[Model], latencies: Latencies, hedges: Hedges, patience: float) -> None:
        if not candidates:
            raise ValueError("no candidate")
        self._candidates = tuple({each.facts.name: each for each in candidates}.values())
        self._latencies, self._hedges, self._most = latencies, hedges, patience

    @property
    def facts(self) -> Facts:
        """Those of the first candidate; who wrote an answer stands in its chunks."""
        return self._candidates[0].facts

    async def stream(self, outgoing: Outgoing) -> AsyncIterator[Chunk]:
        """The winner's chunks from its first text on, each with its name in `model`. An empty answer wins when nobody
        else is under way.

        Fails when every candidate failed: as the first one that was really asked, else as the first; and with the
        winner when it breaks off. Closing it, or cancelling the task, closes all.
        """
        self._hedges.earn()
        race = _Race([each for each in self._candidates if outgoing.tier.allows(each.facts.tier)], outgoing)
        try:
            winner = await self._winner(race)
            if winner is None:
                raise race.failure(self.facts.name)
            race.stop(all_but=winner)
            for chunk in winner.begun:
                if chunk.text or chunk.finish is not None:
                    yield _signed(chunk, winner.name)
            async for chunk in winner.chunks:
                yield _signed(chunk, winner.name)
        finally:
            race.stop()
            await race.stopped()

    async def _winner(self, race: _Race) -> _Runner | None:
        """The first with text, else the first that had none to give, else None: all failed."""
        empty: _Runner | None = None
        while race.running or (empty is None and race.start()):
            for runner in await race.news(self._patience(race)):
                if runner.reading.result():
                    return runner
                race.running.remove(runner)
                if runner.failed is None:
                    empty = empty or runner
                elif runner.paid and runner.failed.failure is Failure.FORBIDDEN:
                    self._hedges.refund()
            if race.running and self._patience(race) <= 0:
                self._hedge(race)
        return empty

    def _patience(self, race: _Race) -> float:
        """Seconds left to the latest of those who run until it is late by its own measure."""
        latest = race.running[-1]
        usual = self._latencies.of(latest.facts).first_token(0.95 if latest.facts is self.facts else 0.75)
        return latest.started + max(min(usual + _SLACK, self._most), _EARLIEST) - _now()

    def _hedge(self, race: _Race) -> None:
        """Somebody beside the one who is late: the next if that may be paid for, else the next on this machine."""
        local = [each for each in race.waiting if each.facts.tier is Tier.LOCAL]
        if race.waiting and race.waiting[0] not in local and self._hedges.spend():
            race.start()
            race.running[-1].paid = True
        elif local:
            race.start(local[0])
        else:
            race.running[-1].started = math.inf  # nobody may be asked beside it: it has all its deadlines leave


class _Runner:
    """One candidate under way. `reading` ends with whether text came; `begun` is what came, `failed` why none did."""

    def __init__(self, model: Model, outgoing: Outgoing) -> None:
        self.facts, self.name = model.facts, model.facts.name
        self.started = _now()
        self.begun: list[Chunk] = []
        self.failed: ModelFailed | None = None
        self.paid = False
        self.chunks = model.stream(outgoing)
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> bool:
        try:
            async for chunk in self.chunks:
                self.begun.append(chunk)
                if chunk.text:
                    return True
        except ModelFailed as failed:
            self.failed = failed
        return False

    async def end(self) -> None:
        """Its stream is closed, whatever it was doing."""
        self.reading.cancel()
        await asyncio.wait({self.reading})
        with suppress(ModelFailed):
            await close(self.chunks)


class _Race:
    """The candidates of one request: who waits, who runs, who was started at all."""

    def __init__(self, candidates: Sequence[Model], outgoing: Outgoing) -> None:
        self.waiting = list(candidates)
        self.running: list[_Runner] = []
        self._outgoing = outgoing
        self._started: list[_Runner] = []
        self._ends: dict[_Runner, asyncio.Task[None]] = {}

    def start(self, model: Model | None = None) -> bool:
        """The next candidate, or that one; False if nobody is left."""
        if not self.waiting:
            return False
        model = model or self.waiting[0]
        self.waiting.remove(model)
        self._started.append(_Runner(model, self._outgoing))
        self.running.append(self._started[-1])
        return True

    async def news(self, patience: float) -> list[_Runner]:
        """Those who have text, ended or failed, in order of preference; none if nobody has after so many seconds."""
        tasks = {each.reading for each in self.running}
        timeout = None if patience == math.inf else max(0.0, patience)
        await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        return [each for each in self.running if each.reading.done()]

    def failure(self, name: str) -> ModelFailed:
        """Why there is no answer at all."""
        failed = [each.failed for each in self._started if each.failed is not None]
        asked = [each for each in failed if each.failure is not Failure.FORBIDDEN]
        none = ModelFailed(name, Failure.FORBIDDEN, "nobody among the candidates may see this prompt")
        return (asked or failed or [none])[0]

    def stop(self, all_but: _Runner | None = None) -> None:
        """Close their streams, without waiting for it."""
        for runner in self._started:
            if runner is not all_but and runner not in self._ends:
                self._ends[runner] = asyncio.create_task(runner.end())

    async def stopped(self) -> None:
        """All that was to be closed is closed."""
        if self._ends:
            await asyncio.wait(self._ends.values())


def _now() -> float:
    return asyncio.get_running_loop().time()


def _signed(chunk: Chunk, name: str) -> Chunk:
    return chunk if chunk.model else Chunk(chunk.text, chunk.finish, chunk.usage, chunk.limits, name)
