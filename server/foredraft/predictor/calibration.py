"""From the model's own odds of a text to how often such texts were right."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

_BINS = 64
_LENGTHS = 8
_PRIOR = 10.0
_PLACES = 4
SIZE = 2 * _PLACES * _BINS * _LENGTHS
_FADE_AT = 300.0


class Calibration:
    """A table: (odds, tokens so far, where in the line and word) → measured rate, with a prior of ten cases at the
    odds themselves."""

    def __init__(self, values: Iterable[float] | None = None) -> None:
        self._values = list(values) if values is not None else [0.0] * SIZE
        if len(self._values) != SIZE:
            raise ValueError(f"{len(self._values)} calibration values, not {SIZE}")

    def rate(self, odds: float, tokens: int, place: int) -> float:
        """The measured chance, 0 to 1, that a text of so many tokens with these odds is right."""
        at = _cell(odds, tokens, place)
        return (self._values[at] + _PRIOR * odds) / (self._values[at + 1] + _PRIOR)

    def learn(self, odds: float, tokens: int, place: int, right: bool) -> None:
        """One case more. Old cases fade once a cell has hundreds, so that the table follows its user."""
        at, values = _cell(odds, tokens, place), self._values
        values[at] += right
        values[at + 1] += 1
        if values[at + 1] > _FADE_AT:
            values[at] /= 2
            values[at + 1] /= 2

    def saved(self) -> array[float]:
        """The table as 32-bit floats."""
        return array("f", self._values)


def _cell(odds: float, tokens: int, place: int) -> int:
    return 2 * (((min(tokens, _LENGTHS) - 1) * _BINS + min(_BINS - 1, int(odds * _BINS))) * _PLACES + place)
