"""What stands around every model: deadlines, a record of each call, the pace of its limits, rests, who may see what.

From the outside in: `Guarded` (may it see this prompt, may it be paid for) → `Resting` → `Paced` → `Metered` →
`Timely` → the model. So nothing is recorded that was not sent, a stall is told from a cancel, and a rest costs nothing.
`Guards` keeps what models have in common and outlives them all: one for the program, and a guard per model and role.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from foredraft.errors import Failure, ModelFailed
from foredraft.models.closing import closing
from foredraft.models.deadlines import Deadlines, Timely
from foredraft.models.hedged import Hedged, Hedges
from foredraft.models.latency import Latencies
from foredraft.models.metered import Metered, Record
from foredraft.models.model import Chunk, Facts, Limit, Model
from foredraft.models.outgoing import Outgoing
from foredraft.models.paced import Pace, Paced
from foredraft.models.resting import Resting, Rests
from foredraft.models.sizes import Estimate


@dataclass(frozen=True, slots=True)
class GuardOptions:
    """`limits` are set by the user and hold until the provider states its own; `assumed` are those of the plan that the
    user may have. `shared`: they are the account's, for all its models."""

    deadlines: Deadlines = field(default_factory=Deadlines)
    limits: tuple[Limit, ...] = ()
    assumed: tuple[Limit, ...] = ()
    shared: bool = False


class Guards:
    """What is known of all models in common. One event loop uses it.

    `estimate` tells how many tokens a text has. `on_record` hears of every call that was sent, when it is over.
    `closed` says why a model may not be asked now though it could (the budget), or nothing.
    """

    def __init__(
        self,
        estimate: Estimate,
        on_record: Callable[[Record], object],
        closed: Callable[[Facts], str | None] = lambda facts: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rests = Rests(clock)
        self.latencies = Latencies()
        self.hedges = Hedges()
        self.closed = closed
        self._estimate, self._on_record, self._clock = estimate, on_record, clock
        self._paces: dict[str, Pace] = {}

    def around(self, model: Model, role: str, options: GuardOptions) -> Guarded:
        """The model in one role. Pace and rests are shared with the same model in other roles; the limits to begin with
        are those of the first of them."""
        facts = model.facts
        latency = self.latencies.of(facts)
        pace = self._paces.setdefault(
            facts.provider if options.shared else facts.name, Pace(options.limits, options.assumed, self._clock)
        )
        metered = Metered(Timely(model, options.deadlines), role, self._estimate, self._told)
        return Guarded(Resting(Paced(metered, pace, self._estimate), self.rests, latency.slower), pace, self)

    def hedged(self, candidates: Sequence[Model], patience: float) -> Hedged:
        """Guarded candidates, in order of preference, as one model. `patience`: seconds after which the next one is
        asked even if the first is usually slower; infinite where time does not matter. Cheap: made for one request."""
        return Hedged(candidates, self.latencies, self.hedges, patience)

    def limits(self) -> dict[str, list[Limit]]:
        """What is left of the known limits, by model, or by provider where they are shared."""
        return {name: left for name, pace in self._paces.items() if (left := pace.left())}

    def reconfigured(self, provider: str) -> None:
        """The provider has another key, url or plan: its rests and limits are void for the guards made from now on."""
        self.rests.reconfigured(provider)
        for name in [each for each in self._paces if each == provider or each.startswith(f"{provider}/")]:
            del self._paces[name]

    def _told(self, record: Record) -> None:
        self.latencies.learn(record)
        self._on_record(record)


class Guarded:
    """A model that may be asked at any time: it answers, or fails as a value that says what to do."""

    def __init__(self, inner: Model, pace: Pace, guards: Guards) -> None:
        self._inner, self._pace, self._guards = inner, pace, guards

    @property
    def facts(self) -> Facts:
        return self._inner.facts

    def ready_in(self, tokens: int) -> float:
        """Seconds until a request of so many tokens (prompt and answer) should be sent: 0 for now, infinite for not in
        this session. Never less than it takes; more where a budget runs low and is spread."""
        if self._guards.closed(self.facts) is not None:
            return float("inf")
        return max(self._guards.rests.ready_in(self.facts), self._pace.ready_in(tokens))

    async def stream(self, outgoing: Outgoing) -> AsyncIterator[Chunk]:
        """As the inner model. Fails as forbidden, without any request, for a prompt that its tier may not see, a budget
        that is spent, a rest, or a limit that is reached. Closing it or cancelling the task closes the connection."""
        facts = self.facts
        if not outgoing.tier.allows(facts.tier):
            raise ModelFailed(facts.name, Failure.FORBIDDEN, f"a prompt for {outgoing.tier} models only")
        if (why := self._guards.closed(facts)) is not None:
            raise ModelFailed(facts.name, Failure.FORBIDDEN, why)
        async with closing(self._inner.stream(outgoing)) as chunks:
            async for chunk in chunks:
                yield chunk
