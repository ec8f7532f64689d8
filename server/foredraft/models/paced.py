"""A model that is asked only what its provider's limits allow: so that a refusal for too many requests is rare.

Limits come with replies, also good ones; before the first reply those that are packaged or configured count. What does
not fit is refused at once, with the seconds it takes, and never waits here: somebody else can answer meanwhile.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import AsyncIterator, Callable, Iterable

from foredraft.errors import Failure, ModelFailed
from foredraft.models.closing import closing
from foredraft.models.model import Chunk, Facts, Limit, Model, Usage
from foredraft.models.outgoing import Outgoing
from foredraft.models.sizes import Estimate, most_tokens, prompt_tokens, spent_tokens
from foredraft.models.windows import Flight, Window

_LITTLE, _SMALLER = 0.1, 0.97
"""A limit of tokens, which are estimated, that was never stated, is nearly used and did not keep us from a refusal
counts as so much smaller."""
_REQUESTS = Limit("requests", "minute")
_LEAST, _RELAX, _AFTER, _LATER = 10, 1.25, 600.0, 3600.0
"""Of a provider that states nothing, two refusals within `_AFTER` seconds, each after about as many requests in a
minute as were ever answered, teach a limit: four fifths of those, but at least `_LEAST`. After each `_AFTER` seconds in
which it held it grows by a quarter. A refusal before that shows that the limit was not the cause: it is forgotten, and
nothing is learned for `_LATER` seconds. Those that say how long to wait teach nothing: the wait is enough."""


class Pace:
    """What may still be sent to a model, or to all models of a provider whose limits are the account's.

    One event loop uses it. `limits` are configured, `assumed` those of a plan the user may have: where a reply states
    more than assumed, it is another plan, and nothing of it is assumed any longer. `clock` is monotonic, in seconds.
    """

    def __init__(
        self, limits: Iterable[Limit], assumed: Iterable[Limit] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        set_ = {(each.what, each.window): each for each in limits}
        self._assumed = {key: each for each in assumed if (key := (each.what, each.window)) not in set_}
        known = {("requests", "minute"): _REQUESTS, **self._assumed, **set_}
        self._windows = {key: Window(each) for key, each in known.items()}
        self._most = self._windows["requests", "minute"].limit
        self._flights: list[Flight] = []
        self._number = itertools.count()
        self._held = self._sent = self._refused = -math.inf
        self._answered = -math.inf, 0
        self._taught: float | None = None
        self._grown = False
        self._told: set[tuple[str, str]] = set()

    def wait(self, prompt: int, answer: int) -> float:
        """Seconds until a request of so many tokens would be let through, were nothing sent until then; infinite for
        one that is larger than a limit itself."""
        now = self._clock()
        self._relax(now)
        waits = (window.wait(prompt, answer, self._flights, now) for window in self._windows.values())
        return max(self._held - now, 0.0, *waits)

    def ready_in(self, tokens: int) -> float:
        """Seconds until a request of so many tokens (prompt and answer) should be sent: `wait`, and longer where the
        budget of a window runs low and is spread over what remains of it."""
        now = self._clock()
        tokens = _careful(tokens)
        gaps = (window.spread(tokens, 0, self._flights, now) for window in self._windows.values())
        return max(self.wait(tokens, 0), self._sent + max(gaps) - now)

    def admit(self, prompt: int, answer: int) -> Flight | float:
        """Room for one request, kept until `end`; else the seconds until there may be some."""
        wait = self.wait(prompt, answer)
        if wait > 0:
            return wait
        self._sent = self._clock()
        flight = Flight(next(self._number), prompt, answer)
        self._flights.append(flight)
        flight.level = self._windows["requests", "minute"].sent_lately(self._flights, self._sent)
        return flight

    def state(self, limits: Iterable[Limit], flight: Flight) -> None:
        """What the provider said in the reply to `flight`."""
        for limit in limits:
            key = limit.what, limit.window
            self._told.add(key)
            if key not in self._windows:
                self._windows[key] = Window(limit)
            assumed = self._assumed.pop(key, None)
            if assumed is not None and (limit.limit or 0) > (assumed.limit or 0):
                for other in self._assumed:
                    self._windows[other].limit = self._most = None
                self._assumed = {}
            self._windows[key].state(limit, flight, self._clock())

    def refuse(self, failed: ModelFailed) -> None:
        """The provider sent a request away for being one too many."""
        now = self._clock()
        if failed.wait is not None and failed.wait > 0:
            self._held = max(self._held, now + failed.wait)
        for key, window in self._windows.items():
            left = window.remaining(self._flights, now)
            untold = window.what == "tokens" and key not in self._told
            if untold and window.limit is not None and left is not None and left < window.limit * _LITTLE:
                window.limit *= _SMALLER
        if failed.failure is Failure.RATE and failed.wait is None and not self._told:
            self._learn(now)

    def end(self, flight: Flight, prompt: int, answer: int) -> None:
        """The flight is over and has cost so many tokens."""
        self._flights.remove(flight)
        flight.prompt, flight.answer = prompt, answer
        flight.end, flight.ended = next(self._number), self._clock()
        for window in self._windows.values():
            window.end(flight)
        if prompt and (flight.level >= self._answered[1] or flight.ended - self._answered[0] >= _AFTER):
            self._answered = flight.ended, flight.level

    def left(self) -> list[Limit]:
        """The limits that are known and what is left of each, for people to read."""
        now = self._clock()
        return [
            Limit(window.what, window.name, window.limit, window.remaining(self._flights, now))
            for window in self._windows.values()
            if window.limit is not None
        ]

    def _learn(self, now: float) -> None:
        window = self._windows["requests", "minute"]
        lately = window.sent_lately(self._flights, now) - 1
        if self._taught is not None and not self._grown:
            window.limit, self._taught, self._refused = self._most, None, now + _LATER
        elif lately >= self._answered[1] * 0.9 or now - self._answered[0] >= _AFTER:
            if self._grown or 0 <= now - self._refused < _AFTER:
                window.limit = min(window.limit or math.inf, max(_LEAST, lately * 4 // 5))
                self._taught, self._grown = now, False
            self._refused = max(now, self._refused)

    def _relax(self, now: float) -> None:
        if self._taught is not None and not self._told and now - self._taught >= _AFTER:
            window = self._windows["requests", "minute"]
            window.limit = min(math.floor((window.limit or 0) * _RELAX), self._most or math.inf)
            self._taught, self._grown = now, True


class Paced:
    """A model behind a pace; how many tokens a text has is told by `estimate`."""

    def __init__(self, inner: Model, pace: Pace, estimate: Estimate) -> None:
        self._inner, self._pace, self._estimate = inner, pace, estimate

    @property
    def facts(self) -> Facts:
        return self._inner.facts

    async def stream(self, outgoing: Outgoing) -> AsyncIterator[Chunk]:
        """As the inner model. What does not fit a limit now fails as forbidden, with the wait; what is larger than a
        limit, as too large."""
        prompt = outgoing.prompt
        tokens = prompt_tokens(prompt, self.facts, self._estimate)
        flight = self._admit(_careful(tokens), most_tokens(prompt, self.facts))
        usage: Usage | None = None
        text: list[str] = []
        try:
            async with closing(self._inner.stream(outgoing)) as chunks:
                async for chunk in chunks:
                    if chunk.limits:
                        self._pace.state(chunk.limits, flight)
                    usage = chunk.usage or usage
                    text.append(chunk.text)
                    yield chunk
        except ModelFailed as failed:
            if failed.failure in (Failure.RATE, Failure.QUOTA):
                self._pace.refuse(failed)
            if not text and failed.failure is not Failure.STALLED:
                usage = Usage(0, 0)
            raise
        finally:
            known = usage or spent_tokens(prompt, "".join(text), self.facts, self._estimate)
            self._pace.end(flight, known.prompt, known.completion)

    def _admit(self, prompt: int, answer: int) -> Flight:
        flight = self._pace.admit(prompt, answer)
        if isinstance(flight, Flight):
            return flight
        name = self.facts.name
        if flight == math.inf:
            raise ModelFailed(name, Failure.TOO_LARGE, "larger than what its provider allows in one request")
        raise ModelFailed(name, Failure.FORBIDDEN, f"its provider's limits are used up for {flight:.1f} s", flight)


def _careful(tokens: int) -> int:
    """Prompts are estimated, so a tenth more is reserved until the provider has counted."""
    return -(-tokens * 11 // 10)
