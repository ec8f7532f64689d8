"""What may be spent now: the ledger's sums of today, held against the budget."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from foredraft.memory.budget import Budget, Standing, standing
from foredraft.memory.ledger import Ledger
from foredraft.models.model import Facts


class Spending:
    """Today's standing, as of every call. `clouds` and `local` are the configured providers off and on this machine;
    `now` is the user's own time of day."""

    def __init__(
        self,
        ledger: Ledger,
        budget: Budget,
        clouds: Collection[str],
        local: Collection[str],
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self._ledger, self._budget = ledger, budget
        self._clouds, self._local, self._now = frozenset(clouds), frozenset(local), now

    def standing(self) -> Standing:
        """Where the ladder stands. Microseconds, once `Ledger.today` was called before."""
        return standing(self._ledger.today(), self._budget, self._clouds, self._local, self._now().time())

    def closed(self, facts: Facts) -> str | None:
        """Why that model may not be asked any more today; None if it may."""
        return self.standing().closed.get(facts.provider)
