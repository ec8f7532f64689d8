"""What one model still allows: windows of requests and tokens, as providers count them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from foredraft.replay.simulator.settings import Limits

What = Literal["requests", "tokens"]
SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}


class Window:
    """So many requests or tokens in so much time. `now` is in seconds and never runs backwards."""

    def __init__(self, what: What, name: str, limit: float, refilling: bool) -> None:
        self.what, self.name, self.limit = what, name, limit
        self.length = SECONDS[name]
        self._refilling = refilling
        self._used = 0.0
        self._since: float | None = None

    def remaining(self, now: float) -> float:
        self._roll(now)
        return max(0.0, self.limit - self._used)

    def reset(self, now: float) -> float:
        """Seconds until all of it is there again."""
        self._roll(now)
        if self._refilling:
            return self._used / self.limit * self.length
        return 0.0 if self._since is None else self._since + self.length - now

    def wait(self, amount: float, now: float) -> float:
        """Seconds until `amount` fits; 0 if it does now. What never fits is told the time of a full reset."""
        self._roll(now)
        over = self._used + amount - self.limit
        if over <= 1e-9:
            return 0.0
        if self._refilling and amount <= self.limit:
            return over / self.limit * self.length
        return max(self.reset(now), 1e-3)

    def take(self, amount: float, now: float) -> None:
        """Count `amount`; a negative one gives back."""
        self._roll(now)
        if self._since is None:
            self._since = now
        self._used = max(0.0, self._used + amount)

    def _roll(self, now: float) -> None:
        if self._since is None:
            return
        if self._refilling:
            self._used = max(0.0, self._used - (now - self._since) / self.length * self.limit)
            self._since = now
        elif now - self._since >= self.length:
            self._used, self._since = 0.0, None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that a window has no room for. `never`: it is larger than the whole window."""

    window: Window
    wait: float
    asked: float
    never: bool


class Allowance:
    """All windows of one model."""

    def __init__(self, limits: Limits, usual_window: Literal["fixed", "refilling"]) -> None:
        refilling = (limits.window or usual_window) == "refilling"
        rates: tuple[tuple[What, dict[str, float | None]], ...] = (
            ("requests", limits.requests.model_dump()),
            ("tokens", limits.tokens.model_dump()),
        )
        self.windows = [
            Window(what, name, limit, refilling)
            for what, rate in rates
            for name, limit in rate.items()
            if limit is not None
        ]

    def admit(self, tokens: float, now: float) -> Refusal | None:
        """Count one request of `tokens`, or say which window has the longest wait for it, and count nothing."""
        refusals = []
        for window in self.windows:
            amount = 1.0 if window.what == "requests" else tokens
            if wait := window.wait(amount, now):
                refusals.append(Refusal(window, wait, amount, amount > window.limit))
        if refusals:
            return max(refusals, key=lambda one: (one.never, one.wait))
        self._take("requests", 1.0, now)
        self._take("tokens", tokens, now)
        return None

    def spend(self, tokens: float, now: float) -> None:
        """Count tokens that were not known when the request was admitted; negative ones are given back."""
        self._take("tokens", tokens, now)

    def find(self, what: What, *names: str) -> Window | None:
        """The first of the named windows that there is."""
        for name in names:
            for window in self.windows:
                if (window.what, window.name) == (what, name):
                    return window
        return None

    def _take(self, what: What, amount: float, now: float) -> None:
        for window in self.windows:
            if window.what == what:
                window.take(amount, now)
