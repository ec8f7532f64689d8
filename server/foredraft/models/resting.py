"""A model that is left alone after it failed: for as long as it asked, else for as long as its kind of failure lasts.

| failure                      | who rests                | for how long, unless it said so         |
|------------------------------|--------------------------|-----------------------------------------|
| key (or region)              | the provider             | until it is configured anew             |
| quota                        | the provider (1)         | an hour, doubled up to six              |
| rate                         | the model                | 15 s, doubled up to 5 min               |
| gone                         | the model                | the session                             |
| unable                       | the model in this use    | the session                             |
| overloaded, stalled, garbled | the model                | 1 s, doubled up to a minute             |
| unreachable                  | the provider (2)         | 1 s, doubled up to half a minute        |
| bad request                  | the model                | 2 s, doubled up to ten minutes          |
| too large, forbidden         | nobody: it is the request's doing                                  |

(1) Only the model if it said for how long: then it is the model's allowance for the day, and not the account's money.
(2) Only the model if the connection broke in mid-answer.

Given up without a text so often in a row, and so late, that by its own measure this happens once in a hundred times, is
a stall too: who loses every race would never reach its deadline. A stated wait holds to the second and is never
shortened. After a rest one request goes ahead alone, and the others follow once it was answered. What ends well ends
the growth; after a quota, fifty of them: a day's allowance that comes back in drops is collected for a while.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

from foredraft.errors import Failure, ModelFailed
from foredraft.models.closing import closing
from foredraft.models.model import Chunk, Facts, Model
from foredraft.models.outgoing import Outgoing

_Who = Literal["provider", "model", "use"]
_RULES: dict[Failure, tuple[_Who, float, float]] = {  # who rests, seconds at first, seconds at most
    Failure.KEY: ("provider", math.inf, math.inf),
    Failure.QUOTA: ("provider", 3600.0, 6 * 3600.0),
    Failure.RATE: ("model", 15.0, 300.0),
    Failure.GONE: ("model", math.inf, math.inf),
    Failure.UNABLE: ("use", math.inf, math.inf),
    Failure.OVERLOADED: ("model", 1.0, 60.0),
    Failure.STALLED: ("model", 1.0, 60.0),
    Failure.GARBLED: ("model", 1.0, 60.0),
    Failure.UNREACHABLE: ("provider", 1.0, 30.0),
    Failure.BAD_REQUEST: ("model", 2.0, 600.0),
}
_CALM = {Failure.QUOTA: 50, Failure.RATE: 3}
_DOUBT, _NO_NEWS = 0.01, 0.9
_PROBED = 0.25
"""Seconds after which to ask again while one request goes ahead."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Who is left alone ("groq", "groq/openai/gpt-oss-20b", "local/x as suffix"), and why. `left` is in seconds; None:
    for this session, or until the provider is configured anew."""

    name: str
    failure: Failure
    left: float | None
    message: str


@dataclass(slots=True)
class _State:
    """What one kind of failure did to one name."""

    since: float
    until: float
    count: int
    message: str
    good: int = 0
    probe: object | None = None
    answered: bool = False


class Rests:
    """Who rests, for all models of all providers. One event loop uses it; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._states: dict[tuple[str, Failure], _State] = {}
        self._doubts: dict[str, float] = {}

    def resting(self) -> list[Rest]:
        """Everybody who is left alone now, the longest rest first."""
        now = self._clock()
        there = [(name, failure, state) for (name, failure), state in self._states.items() if state.until > now]
        return [
            Rest(name, failure, None if state.until == math.inf else state.until - now, state.message)
            for name, failure, state in sorted(there, key=lambda each: -each[2].until)
        ]

    def ready_in(self, facts: Facts) -> float:
        """Seconds until the model may be asked again; 0 for now, infinite for never in this session."""
        now = self._clock()
        return max((self._left(state, now) for _, state in self._of(facts)), default=0.0)

    def reconfigured(self, provider: str) -> None:
        """The provider has another key, url or set of models: what was known of it is void."""
        self._states = {
            key: state
            for key, state in self._states.items()
            if key[0] != provider and not key[0].startswith(f"{provider}/")
        }

    def enter(self, facts: Facts) -> Visit | ModelFailed:
        """A request is about to be sent; or the failure it ends with, since the model rests."""
        now = self._clock()
        for failure, state in self._of(facts):
            left = self._left(state, now)
            if left > 0:
                span = "for this session" if left == math.inf else f"for {left:.1f} s more"
                said = f"left alone {span} ({failure}): {state.message}"
                return ModelFailed(facts.name, Failure.FORBIDDEN, said, None if left == math.inf else left)
        visit = Visit(self, facts, now)
        for _, state in self._of(facts):
            if not state.answered:
                state.probe = visit
        return visit

    def _left(self, state: _State, now: float) -> float:
        if state.until > now:
            return state.until - now
        return _PROBED if state.probe is not None else 0.0

    def _of(self, facts: Facts) -> list[tuple[Failure, _State]]:
        names = _names(facts)
        return [(failure, state) for (name, failure), state in self._states.items() if name in names]


class Visit:
    """One request to a model, and what it teaches about leaving it alone."""

    def __init__(self, rests: Rests, facts: Facts, sent: float) -> None:
        self._rests, self._facts, self._sent = rests, facts, sent
        self._answered = False

    def answered(self) -> None:
        """It answers: others may follow."""
        self._answered = True
        for _, state in self._rests._of(self._facts):
            if state.until <= self._sent:
                state.answered, state.probe = True, None

    def failed(self, error: ModelFailed) -> None:
        """It failed, before or in mid-answer."""
        if error.failure not in _RULES:
            return
        rests, now = self._rests, self._rests._clock()
        who, first, most = _RULES[error.failure]
        told = error.wait if error.wait is not None and error.wait > 0 else None
        if who == "provider" and (
            self._answered if error.failure is Failure.UNREACHABLE else error.failure is Failure.QUOTA and told
        ):
            who = "model"
        key = _name(self._facts, who), error.failure
        state = rests._states.get(key)
        if state is None:
            state = rests._states[key] = _State(now, -math.inf, 0, "")
        if self._sent >= state.since or state.count == 0:  # else it was under way when the rest began
            state.count += 1
            state.since = now
        grown = min((told or first) * 2.0 ** min(state.count - 1, 40), max(most, told or 0.0))
        state.until = max(state.until, now + grown)
        state.good = 0
        state.message = str(error).removeprefix(f"{error.model}: ")
        state.answered = False

    def given_up(self, slower: Callable[[float], float]) -> None:
        """Nobody waits for it any longer, and no text had come. `slower` tells which share of its texts take longer."""
        doubts, name = self._rests._doubts, self._facts.name
        share = slower(self._rests._clock() - self._sent)
        if share < _NO_NEWS:
            doubts[name] = doubts.get(name, 1.0) * share
            if doubts[name] < _DOUBT:
                self.failed(ModelFailed(name, Failure.STALLED, "no text, time and again, when it usually has one"))

    def left(self, well: bool) -> None:
        """It is over, whatever became of it. `well`: it ended, or was cut after it had given text."""
        if well:
            self._rests._doubts.pop(self._facts.name, None)
        states, names = self._rests._states, _names(self._facts)
        for key, state in list(states.items()):
            if state.probe is self:
                state.probe = None
            if well and key[0] in names and state.until <= self._sent:
                state.good += 1
                if state.good >= _CALM.get(key[1], 1):
                    del states[key]


class Resting:
    """A model that fails at once, as forbidden, while it is to be left alone. `slower` tells which share of its first
    texts take longer than so many seconds."""

    def __init__(self, inner: Model, rests: Rests, slower: Callable[[float], float]) -> None:
        self._inner, self._rests, self._slower = inner, rests, slower

    @property
    def facts(self) -> Facts:
        return self._inner.facts

    async def stream(self, outgoing: Outgoing) -> AsyncIterator[Chunk]:
        """As the inner model; fails as forbidden during a rest, with what is left of it as the wait."""
        visit = self._rests.enter(self.facts)
        if isinstance(visit, ModelFailed):
            raise visit
        well = False
        try:
            async with closing(self._inner.stream(outgoing)) as chunks:
                async for chunk in chunks:
                    if not well:
                        visit.answered()
                        well = bool(chunk.text)
                    yield chunk
            well = True
        except ModelFailed as error:
            well = False
            visit.failed(error)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            if not well:
                visit.given_up(self._slower)
            raise
        finally:
            visit.left(well)


def _name(facts: Facts, who: _Who) -> str:
    if who == "provider":
        return facts.provider
    return facts.name if who == "model" else f"{facts.name} as {facts.use}"


def _names(facts: Facts) -> set[str]:
    return {facts.provider, facts.name, _name(facts, "use")}
