"""A provider as it runs: what it has counted, what its models remember, and how each is doing."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

from foredraft.replay.simulator.answers import CHARACTERS, Speaker
from foredraft.replay.simulator.delivery import Pace
from foredraft.replay.simulator.dialects import DIALECTS, Dialect
from foredraft.replay.simulator.envelopes import Refused
from foredraft.replay.simulator.faults import Faults
from foredraft.replay.simulator.limits import Allowance
from foredraft.replay.simulator.runners import Runners
from foredraft.replay.simulator.scenario import ModelSettings, Provider, Scenario, models_of
from foredraft.replay.simulator.settings import Latency, Limits
from foredraft.text.edit import common

_REMEMBERED = 24
"""Prompts whose beginnings a cloud has cached; a local server has one."""


class Slots:
    """How many requests run at once: one more waits its turn (first come, first served), or is refused."""

    def __init__(self, limits: Limits, queues: bool) -> None:
        self._most = limits.concurrent or (1 if queues else None)
        self._queue, self._queues = limits.queue, queues
        self._free = asyncio.Semaphore(self._most or 1)
        self._waiting = 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place for the time of one request; raises `Refused`."""
        if self._most is None:
            yield
            return
        if self._free.locked() and not self._queues:
            raise Refused(429)
        if self._free.locked() and self._waiting >= self._queue:
            raise Refused(503)
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()


class Served:
    """One model as it runs."""

    def __init__(self, settings: ModelSettings, provider: Provider, scenario: Scenario, dialect: Dialect) -> None:
        limits = settings.limits or provider.limits
        answers = settings.answers or provider.answers or scenario.answers
        self.settings = settings
        self.allowance = Allowance(limits, dialect.window)
        self.slots = Slots(limits, dialect.queues)
        self.speaker = Speaker(answers, scenario.seed, scenario.folder)
        self._latency = settings.latency or provider.latency or scenario.latency
        self._prompts: deque[str] = deque(maxlen=1 if dialect.queues else _REMEMBERED)
        self._block = 1 if dialect.queues else 64 if dialect.envelope == "deepseek" else 128

    def pace(self, random: Random) -> Pace:
        """How fast it will be this time."""
        return _pace(self._latency, random)

    def cached(self, prompt: str) -> int:
        """How many tokens of a prompt it has already; it has the whole prompt afterwards."""
        longest = max((common(prompt, one) for one in self._prompts), default=0)
        self._prompts.append(prompt)
        return min(longest // CHARACTERS // self._block * self._block, max(0, math.ceil(len(prompt) / CHARACTERS) - 1))


class ProviderState:
    """A provider of the scenario; `clock` gives seconds, also for its limits."""

    def __init__(self, name: str, scenario: Scenario, clock: Callable[[], float]) -> None:
        settings = scenario.providers[name]
        self.name, self.settings, self.clock = name, settings, clock
        self.style = settings.style or name
        self.dialect = DIALECTS[self.style]
        self._seed = f"{scenario.seed}/{name}"
        self._started = clock()
        self._count = 0
        self.faults = Faults(settings.faults, self._seed)
        self.models = {model.id: Served(model, settings, scenario, self.dialect) for model in models_of(name, settings)}
        self.runners = Runners(settings.max_loaded)

    @property
    def base(self) -> str:
        """The path of its API."""
        return f"/{self.name}{self.dialect.base}"

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self.clock() - self._started

    def is_down(self) -> bool:
        return self.settings.down_at(self.seconds)

    def random(self) -> Random:
        """What is by chance in the next request: the same for the same request of the same run."""
        self._count += 1
        return Random(f"{self._seed}/{self._count}")

    def model(self, name: object) -> Served:
        """The model of that name; raises `Refused`. llama-server has one, whatever it is called."""
        if self.style == "llamacpp":
            return next(iter(self.models.values()))
        found = self.models.get(str(name)) or self.models.get(f"{name}:latest")
        if found is not None:
            return found
        if not isinstance(name, str) or not name:
            raise Refused(400, "model: a string is required", code="invalid_request_error")
        if self.style == "ollama":
            raise Refused(404, f"model '{name}' not found")
        text = f"The model `{name}` does not exist or you do not have access to it."
        raise Refused(404, text, code="model_not_found")


def _pace(latency: Latency, random: Random) -> Pace:
    first = latency.first_token_ms / 1000 * math.exp(random.gauss(0.0, latency.sigma))
    slow = random.random()
    if latency.tail is not None and slow < latency.tail.share:
        first *= latency.tail.times
    return Pace(first, 1 / latency.tokens_per_second if latency.tokens_per_second else 0.0)
