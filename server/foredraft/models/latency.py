"""How quick each model is: quantiles of its time to first text and of its tokens per second, learned as it answers."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

from foredraft.models.metered import Record
from foredraft.models.model import Facts
from foredraft.models.outgoing import Tier

_KEPT = 64
"""So many of the latest answers count: a model that has become slow is known as slow within a minute of work."""
_PRIOR = {  # seconds to the first text; tokens per second; each lowest first
    False: ((0.1, 0.14, 0.18, 0.22, 0.27, 0.33, 0.42, 0.6), (60.0, 90.0, 120.0, 150.0, 200.0, 300.0)),
    True: ((0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0), (10.0, 20.0, 30.0, 40.0, 60.0, 100.0)),
}
_FEW, _FASTEST = 8, 10_000.0
"""An answer shorter than so many tokens tells no speed; what comes in one piece tells no more than this one."""


class Quantiles:
    """Any quantile of the latest numbers seen; those it begins with, best first, leave it like all others."""

    def __init__(self, prior: Iterable[float]) -> None:
        self._seen = deque(prior, maxlen=_KEPT)
        self._sorted = sorted(self._seen)

    def add(self, value: float) -> None:
        self._seen.append(value)
        self._sorted = []

    def at(self, share: float) -> float:
        """The number that `share` (0..1) of those seen do not exceed."""
        if not self._sorted:
            self._sorted = sorted(self._seen)
        return self._sorted[max(0, math.ceil(share * len(self._sorted)) - 1)]

    def above(self, value: float) -> float:
        """The share of those seen that are larger; never quite 0, however large it is."""
        return (sum(each > value for each in self._seen) + 1) / (len(self._seen) + 1)


class Latency:
    """One model's speed. Before it has answered, that of its like."""

    def __init__(self, local: bool) -> None:
        first, speed = _PRIOR[local]
        self._first, self._speed = Quantiles(first), Quantiles(speed)

    def first_token(self, share: float = 0.5) -> float:
        """Seconds to the first text that `share` of the answers keep."""
        return self._first.at(share)

    def slower(self, seconds: float) -> float:
        """The share of answers whose first text takes longer than that."""
        return self._first.above(seconds)

    def tokens_per_second(self, share: float = 0.5) -> float:
        """Tokens per second once it writes, of which `share` of the answers have no more."""
        return self._speed.at(share)

    def until(self, tokens: int, share: float = 0.5) -> float:
        """Seconds to so many tokens: a high `share` is the pessimist's view."""
        return self.first_token(share) + tokens / self.tokens_per_second(1 - share)

    def learn(self, record: Record) -> None:
        """From one call. One that was given up before its first text says only that it would have taken longer:
        that counts where it is longer than nearly all."""
        if record.first_token is None:
            if record.outcome in ("cancelled", "stalled") and record.total > self._first.at(0.95):
                self._first.add(record.total)
            return
        self._first.add(record.first_token)
        if record.completion >= _FEW:
            took = max(record.total - record.first_token, record.completion / _FASTEST)
            self._speed.add(record.completion / took)


class Latencies:
    """The speed of every model, by name."""

    def __init__(self) -> None:
        self._models: dict[str, Latency] = {}

    def of(self, facts: Facts) -> Latency:
        """That model's, known yet or not."""
        return self._models.setdefault(facts.name, Latency(facts.tier is Tier.LOCAL))

    def learn(self, record: Record) -> None:
        """From one call of any model that was asked for by `of` before."""
        if (latency := self._models.get(record.name)) is not None:
            latency.learn(record)
