"""What Ollama holds in memory: models are loaded for a request, kept for a time, and make room for each other."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_FIVE_MINUTES = 300.0
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Runner:
    """A loaded model. `until` is a moment of the monotonic clock; None: forever."""

    model: str
    context: int
    until: float | None

    @property
    def expires_at(self) -> str:
        left = 10 * 365 * 86400.0 if self.until is None else self.until - time.monotonic()
        return (datetime.now(UTC) + timedelta(seconds=left)).isoformat().replace("+00:00", "Z")


class Runners:
    """At most `most` models at once; the one used longest ago goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._runners: dict[str, Runner] = {}

    def loaded(self) -> list[Runner]:
        now = time.monotonic()
        self._runners = {one.model: one for one in self._runners.values() if one.until is None or one.until > now}
        return list(self._runners.values())

    async def load(self, model: str, context: int, seconds: float, keep: float | None) -> float:
        """Have a model loaded with so much context, and kept for `keep` seconds (None: forever); the seconds that
        took. Another context loads it anew. A cancelled load leaves nothing loaded."""
        there = next((one for one in self.loaded() if one.model == model), None)
        took = 0.0
        if there is None or there.context != context:
            self._runners.pop(model, None)
            await asyncio.sleep(seconds)
            took = seconds
        else:
            del self._runners[model]
        self._runners[model] = Runner(model, context, None if keep is None else time.monotonic() + keep)
        while len(self._runners) > self._most:
            del self._runners[next(iter(self._runners))]
        return took

    def unload(self, model: str) -> None:
        self._runners.pop(model, None)


def keep_alive(value: object) -> float | None:
    """The seconds of a `keep_alive`; None is forever. "10m", 30, "-1"; not given: five minutes."""
    if value is None:
        return _FIVE_MINUTES
    text = str(value).strip()
    unit = next((one for one in _UNITS if text.endswith(one)), "")
    try:
        seconds = float(text.removesuffix(unit)) * _UNITS.get(unit, 1.0)
    except ValueError:
        return _FIVE_MINUTES
    return None if seconds < 0 else seconds
