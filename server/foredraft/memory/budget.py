"""What today's spending still allows: the ladder from everything down to the predictor alone.

The share of a cap that is used, in money or in tokens, whichever is more, is held against the time of day, so that a
budget lasts: `f` grows from 0 at 8 o'clock to 1 at 20 o'clock.

| rung           | from this share on | what follows                                             |
|----------------|--------------------|----------------------------------------------------------|
| ALL            | 0                  | everything                                               |
| NO_REFINE      | 0.50 + 0.35 f      | drafts only                                              |
| FEWER_DRAFTS   | 0.75 + 0.20 f      | drafts only where they are worth most                    |
| LOCAL_ONLY     | 1                  | models of this machine; also when each cloud's own cap is reached |
| PREDICTOR_ONLY | 1                  | the same, and no model of this machine is left            |

Models of this machine cost nothing and count only towards a cap of their own provider.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import IntEnum

from foredraft.memory.sums import Sum, Sums


class Rung(IntEnum):
    """How far down the ladder; a higher number is a lower rung."""

    ALL = 0
    NO_REFINE = 1
    FEWER_DRAFTS = 2
    LOCAL_ONLY = 3
    PREDICTOR_ONLY = 4


@dataclass(frozen=True, slots=True)
class Caps:
    """For one day; None: no cap, 0: nothing."""

    usd_per_day: float | None = None
    tokens_per_day: int | None = None

    def used(self, spent: Sum) -> float:
        """The share of the caps that is used, 1 or more when one is reached."""
        return max(_share(spent.usd, self.usd_per_day), _share(spent.tokens, self.tokens_per_day))

    def told(self, spent: Sum) -> str:
        """The fuller cap, for people to read: "$0.62 of $1.00"."""
        if _share(spent.usd, self.usd_per_day) >= _share(spent.tokens, self.tokens_per_day):
            return f"${spent.usd:.2f} of ${self.usd_per_day or 0:.2f}"
        return f"{spent.tokens:,} of {self.tokens_per_day or 0:,} tokens"


@dataclass(frozen=True, slots=True)
class Budget:
    """Caps of all providers together, and of single ones."""

    total: Caps = Caps()
    providers: Mapping[str, Caps] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """The rung and why, for people to read; `closed` providers are not to be asked, each with the reason."""

    rung: Rung
    why: str
    closed: Mapping[str, str]


def standing(spent: Sums, budget: Budget, clouds: Collection[str], local: Collection[str], at: time) -> Standing:
    """Where the ladder stands with what was `spent` today, at this time of day. `clouds` and `local`: the providers
    that are configured, off and on this machine."""
    costly = sum((part for name, part in spent.providers.items() if name not in local), Sum())
    used = budget.total.used(costly)
    closed = {
        name: f"its budget for today is spent ({caps.told(spent.of(name))})"
        for name, caps in budget.providers.items()
        if caps.used(spent.of(name)) >= 1
    }
    if used >= 1:
        closed |= {name: f"today's budget is spent ({budget.total.told(costly)})" for name in clouds}
    rung = _rung(used, at)
    if clouds and closed.keys() >= set(clouds):
        rung = Rung.LOCAL_ONLY
    if rung == Rung.LOCAL_ONLY and closed.keys() >= set(local):
        rung = Rung.PREDICTOR_ONLY
    if rung == Rung.ALL:
        return Standing(rung, "", closed)
    spend = f"{budget.total.told(costly)} spent today" if used >= 0.5 else "the providers' own budgets are spent"
    return Standing(rung, f"{_MEANS[rung]}: {spend}", closed)


_MEANS = {
    Rung.NO_REFINE: "no refinement",
    Rung.FEWER_DRAFTS: "fewer drafts and no refinement",
    Rung.LOCAL_ONLY: "only models of this machine",
    Rung.PREDICTOR_ONLY: "only the predictor",
}


def _rung(used: float, at: time) -> Rung:
    if used >= 1:
        return Rung.LOCAL_ONLY
    gone = min(max((at.hour + at.minute / 60 - 8) / 12, 0.0), 1.0)
    if used >= 0.75 + 0.20 * gone:
        return Rung.FEWER_DRAFTS
    return Rung.NO_REFINE if used >= 0.5 + 0.35 * gone else Rung.ALL


def _share(spent: float, cap: float | None) -> float:
    if cap is None:
        return 0.0
    return spent / cap if cap > 0 else math.inf
