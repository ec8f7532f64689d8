"""Which of a provider's faults a request meets."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from foredraft.replay.simulator.settings import Fault


class Faults:
    """The faults of one provider, which count the requests they look at."""

    def __init__(self, faults: Sequence[Fault], seed: str) -> None:
        self._faults = faults
        self._seed = seed
        self._looked_at = [0] * len(faults)

    def meet(self, endpoint: str, model: str, seconds: float) -> Fault | None:
        """The first fault that holds for this request, `seconds` after the start. Later ones do not count it."""
        for index, fault in enumerate(self._faults):
            if not _concerns(fault, endpoint, model, seconds):
                continue
            self._looked_at[index] += 1
            count = self._looked_at[index]
            late = fault.first is not None and count > fault.first
            between = fault.every is not None and count % fault.every
            if late or between or self._drawn(index, count) >= fault.share:
                continue
            return fault
        return None

    def _drawn(self, index: int, count: int) -> float:
        return Random(f"{self._seed}/fault {index}/{count}").random()


def _concerns(fault: Fault, endpoint: str, model: str, seconds: float) -> bool:
    if fault.model is not None and fault.model != model:
        return False
    if fault.endpoint == "any":
        usual = True
    elif fault.endpoint is None:
        usual = endpoint != "models"
    else:
        usual = fault.endpoint == endpoint
    return usual and seconds >= fault.start and (fault.to is None or seconds < fault.to)
