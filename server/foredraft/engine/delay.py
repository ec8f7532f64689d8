"""How long to wait before a model is asked, and how long for a user who has gone quiet: from the keys' rhythm."""

from __future__ import annotations

from collections import deque
from statistics import median

_GAPS = 24
_PAUSE = 1.5
"""A longer gap is no rhythm: the user thinks."""
_USUAL = 0.18
_MOST = 0.15
_GRACE = 0.4
_LEAST_GRACE = 0.2


class Rhythm:
    """The gaps between the last keys."""

    def __init__(self) -> None:
        self._gaps: deque[float] = deque(maxlen=_GAPS)
        self._last: float | None = None

    def key(self, at: float) -> None:
        """Something was typed, at `at` seconds of a clock that does not jump."""
        if self._last is not None and 0 < at - self._last < _PAUSE:
            self._gaps.append(at - self._last)
        self._last = at

    @property
    def gap(self) -> float:
        """The usual time between two keys, in seconds."""
        return median(self._gaps) if len(self._gaps) >= 4 else _USUAL

    def since(self, at: float) -> float:
        """Seconds since the last key."""
        return _PAUSE if self._last is None else at - self._last

    @property
    def grace(self) -> float:
        """How long a flight outlives the last who waited for it: about two keys, 0.4 s at most."""
        return max(_LEAST_GRACE, min(_GRACE, 2.2 * self.gap)) if len(self._gaps) >= 4 else _GRACE


def delay(gap: float, latency: float, at_start: bool, paused: float) -> float:
    """Seconds to wait before asking: a key within them says more than the prompt would have.

    `gap` is the usual time between two keys, `latency` what the model usually takes to its first words, `paused` the
    time since the last key. At the start of a line (`at_start`), and after a pause, the next key is far and its letter
    unknown: there waiting wins nothing. Elsewhere a fast model is asked late, because its answer is there before the
    key after the next one anyway; a slow one is asked sooner.
    """
    if at_start or paused > 3 * gap:
        return 0.0
    share = 0.6 if latency < gap else 0.4
    return min(_MOST, share * gap)
