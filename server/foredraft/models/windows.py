"""What is left of one limit: of what was sent to a provider lately, and of what the provider said itself.

Nobody documents which kind of window a limit has: one that is emptied at full minutes, one that slides, or a bucket
that fills up again. What counts here is stricter than each of them: never more than the limit in *any* span of the
window's length, where a request counts from its sending until a whole window after its end, since the provider may
have counted it at any moment between. Of what the provider said, the smaller of both views counts: others may use the
same key. Until the stated reset nothing is thought to come back, unless the provider's own words showed three times
that its bucket fills evenly. For hours and days the stated reset is believed: too strict a view would cost hours.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from foredraft.models.model import Limit

SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
_WORKDAY = 8 * 3600.0
"""Over so much a day's allowance is spread."""
_LONG = 3600.0
_SURE = 3
_LOW = 0.5
"""From this share on, what is left is spread evenly."""


@dataclass(slots=True, eq=False)
class Flight:
    """One request: what it costs in tokens (reserved, later known) and when it ended. `begin` and `end` number the
    beginnings and ends of all requests: a clock may show the same time for two of them. `level` requests were sent in
    the minute up to it."""

    begin: int
    prompt: int
    answer: int
    level: int = 0
    end: int = -1
    ended: float = math.inf


@dataclass(frozen=True, slots=True)
class _Said:
    """The provider's own words, in the reply to `by`."""

    by: Flight
    at: float
    until: float
    remaining: float


class Window:
    """One limit of one provider or model. All times are those of one monotonic clock, handed in."""

    def __init__(self, limit: Limit) -> None:
        self.what, self.name = limit.what, limit.window
        self.limit = limit.limit if limit.limit is not None and limit.limit > 0 else None
        self.seconds = SECONDS[limit.window]
        self._ended: deque[Flight] = deque()
        self._spent = 0
        self._said: _Said | None = None
        self._fills = 0

    def wait(self, prompt: int, answer: int, flights: Collection[Flight], now: float) -> float:
        """Seconds until such a request fits; infinite if it never will, being larger than the limit itself."""
        need = 1 if self.what == "requests" else prompt + answer
        return max(self._wait_for_ours(need, flights, now), self._wait_for_theirs(need, flights, now))

    def spread(self, prompt: int, answer: int, flights: Collection[Flight], now: float) -> float:
        """Seconds that should lie between two such requests so that a budget that runs low lasts: none while half of
        it is left, and as many as it takes to refill one request's worth when it is nearly spent."""
        left = self.remaining(flights, now)
        if not self.limit or left is None or left >= self.limit * _LOW:
            return 0.0
        need = 1 if self.what == "requests" else prompt + answer
        return min(self.seconds, _WORKDAY) * need / self.limit * (1 - left / (self.limit * _LOW))

    def remaining(self, flights: Collection[Flight], now: float) -> float | None:
        """What may still be sent now, by the smaller of both views; None where nothing is known."""
        self._forget(now)
        left = math.inf if self.limit is None else self.limit - self._spent - self._of(flights)
        if self._said is not None and now < self._said.until:
            left = min(left, self._theirs(self._said, flights, now))
        return None if left == math.inf else max(0.0, left)

    def sent_lately(self, flights: Collection[Flight], now: float) -> int:
        """What was spent within the window by us alone."""
        self._forget(now)
        return self._spent + self._of(flights)

    def end(self, flight: Flight) -> None:
        """The flight is over, its cost final; `flight.ended` is not before that of any that ended earlier."""
        self._ended.append(flight)
        self._spent += self._of((flight,))

    def state(self, limit: Limit, flight: Flight, now: float) -> None:
        """The provider's words in the reply to `flight`. Those of a reply to an older request come too late."""
        if limit.limit is not None and limit.limit > 0:
            self.limit = limit.limit
        if limit.remaining is None or (self._said is not None and flight.begin < self._said.by.begin):
            return
        self._learn_kind(limit)
        reset = self.seconds if limit.reset is None else min(max(limit.reset, 0.0), SECONDS["day"])
        self._forget(now)
        self._said = _Said(flight, now, now + reset, max(0.0, limit.remaining))

    def _of(self, flights: Collection[Flight]) -> int:
        return len(flights) if self.what == "requests" else sum(each.prompt + each.answer for each in flights)

    def _forget(self, now: float) -> None:
        while self._ended and self._back(self._ended[0]) <= now:
            self._spent -= self._of((self._ended.popleft(),))

    def _back(self, flight: Flight) -> float:
        """When what the flight cost is there again: a window after its end, or with the stated end of a long one."""
        said = self._said
        if said is not None and self.seconds >= _LONG and flight.begin <= said.by.begin:
            return min(flight.ended + self.seconds, said.until)
        return flight.ended + self.seconds

    def _wait_for_ours(self, need: int, flights: Collection[Flight], now: float) -> float:
        if self.limit is None:
            return 0.0
        self._forget(now)
        excess = need + self._of(flights) + self._spent - self.limit
        if excess <= 0:
            return 0.0
        for flight in self._ended:
            excess -= self._of((flight,))
            if excess <= 0:
                return self._back(flight) - now
        return self.seconds if need <= self.limit else math.inf  # those in flight must end first

    def _wait_for_theirs(self, need: int, flights: Collection[Flight], now: float) -> float:
        said = self._said
        if said is None or now >= said.until:
            return 0.0
        lacking = need - self._theirs(said, flights, now)
        if lacking <= 0:
            return 0.0
        rate = self._rate()
        return min(said.until - now, lacking / rate if rate else math.inf)

    def _theirs(self, said: _Said, flights: Collection[Flight], now: float) -> float:
        """What they said was left, less what they may not have counted then, and what came since."""
        unseen = [each for each in flights if each is not said.by]
        for flight in reversed(self._ended):
            if flight.end < said.by.begin:
                break
            if flight is not said.by:
                unseen.append(flight)
        own = 0 if self.what == "requests" else said.by.answer
        return said.remaining - self._of(unseen) - own + self._rate() * (now - said.at)

    def _rate(self) -> float:
        """What comes back in a second, where the provider is known to keep a bucket that fills evenly."""
        return self.limit / self.seconds if self.limit is not None and self._fills >= _SURE else 0.0

    def _learn_kind(self, limit: Limit) -> None:
        """A bucket's reset is the time until it is full: in proportion to what is missing. About the middle a fixed
        window that is used evenly looks the same, and says nothing."""
        if self.limit is None or limit.remaining is None or limit.reset is None:
            return
        missing = 1 - limit.remaining / self.limit
        full = missing * self.seconds
        if missing <= 0 or 0.4 < missing < 0.6:
            return
        self._fills = self._fills + 1 if abs(limit.reset - full) <= 0.05 * full + 0.02 else 0
