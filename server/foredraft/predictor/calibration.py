"""From the model's own odds of a text to how often such texts were right.

A logistic regression on the log-odds of the text and on what kind of text it is, where it begins and how well its
place is known, learned online (AdaGrad, Duchi et al. 2011) from every position, shown or not: the truth arrives as the
user types. Measured beside a table of rates by odds and length: it saves 1.8 points more at the same acceptance.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log, sqrt

from foredraft.predictor.contexts import ORDERS

_RATE = 0.015
_FIRST_SQUARE = 0.05
_MOST_SQUARE = 400.0
"""However much was learned, what is new still counts: the rates follow their user."""
_STEPS = (0.3, 0.5, 0.65, 0.8, 0.9, 0.96, 0.99)
_FEW_STEPS = (0.4, 0.6, 0.8, 0.9)
_KINDS, _PLACES, _WRAPPED, _LENGTHS, _LONGEST = 8, 4, 3, 8, 12
_BEGINS = _LENGTHS
_ENDS = _BEGINS + _PLACES * _WRAPPED * 3
_ORDER = _ENDS + _KINDS * 3 * 2
_LONG = _ORDER + (ORDERS + 1) * (len(_STEPS) + 1)
_FIRST = _LONG + (_LONGEST + 1) * _KINDS
_IN = _FIRST + _KINDS * _PLACES * (len(_FEW_STEPS) + 1)
_LEAST = _IN + _WRAPPED * (len(_STEPS) + 1)
_SLOPE = _LEAST + (ORDERS + 1) * 4
_TERMS = _SLOPE + 1
SIZE = 2 * _TERMS

INSIDE = 0
"""The last token's kind of a cut that ends inside a name."""
GUESSED = 3
"""The first token's kind of a cut that completes no known name but a part of one. It is the kind of numbers, which
have no letters to begin with."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One length at which a rollout may be shown.

    `odds`: the model's own product of probabilities; `tokens`: how many were predicted for it; `place`: 0 at the
    start of a line, 1 between words, 2 behind the first letter of a word, 3 behind more; `first` and `last`: the kinds
    of those tokens (`lexer.KINDS`; `INSIDE` where it ends behind
    a part of a name); `matched`: the longest order that was known where it begins, `least`: where it was
    known least; `wrapped`: 1 in a string, 2 in a comment; `ends`: the line is expected to end right behind it.
    """

    text: str
    odds: float
    tokens: int
    place: int
    first: int = 1
    last: int = 1
    matched: int = 0
    least: int = 0
    wrapped: int = 0
    ends: bool = False


class Calibration:
    """How sure is a cut? Starts at the odds themselves."""

    def __init__(self, values: Iterable[float] | None = None) -> None:
        saved = list(values) if values is not None else [0.0] * _SLOPE + [1.0] + [_FIRST_SQUARE] * _SLOPE + [1.0]
        if len(saved) != SIZE:
            raise ValueError(f"{len(saved)} calibration values, not {SIZE}")
        self._weights, self._squares = saved[:_TERMS], saved[_TERMS:]

    def rate(self, cut: Cut) -> float:
        """The measured chance, 0 to 1, that the text is what the user types."""
        weights = self._weights
        score = weights[_SLOPE] * _log_odds(cut.odds) + sum([weights[term] for term in _terms(cut)])
        return 1 / (1 + exp(-max(-30.0, score)))

    def learn(self, cut: Cut, right: bool) -> None:
        """One case more."""
        weights, squares = self._weights, self._squares
        error = right - self.rate(cut)
        for term in _terms(cut):
            squares[term] = min(squares[term] + error * error, _MOST_SQUARE)
            weights[term] += _RATE * error / sqrt(squares[term])
        slope = error * _log_odds(cut.odds)
        squares[_SLOPE] += slope * slope
        weights[_SLOPE] += _RATE * slope / sqrt(squares[_SLOPE])

    def saved(self) -> array[float]:
        """All values as 32-bit floats."""
        return array("f", self._weights + self._squares)


def _terms(cut: Cut) -> tuple[int, ...]:
    tokens = min(cut.tokens, _LENGTHS)
    few = min(tokens, 3) - 1
    step, wide = _step(cut.odds, _STEPS), _step(cut.odds, _FEW_STEPS)
    return (
        tokens - 1,
        _BEGINS + (cut.place * _WRAPPED + cut.wrapped) * 3 + few,
        _ENDS + (cut.last * 3 + few) * 2 + cut.ends,
        _ORDER + cut.matched * (len(_STEPS) + 1) + step,
        _LONG + min(len(cut.text), _LONGEST) * _KINDS + cut.last,
        _FIRST + (cut.first * _PLACES + cut.place) * (len(_FEW_STEPS) + 1) + wide,
        _IN + cut.wrapped * (len(_STEPS) + 1) + step,
        _LEAST + cut.least * 4 + min(tokens, 4) - 1,
    )


def _log_odds(chance: float) -> float:
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    return log(chance / (1 - chance))


def _step(value: float, steps: tuple[float, ...]) -> int:
    reached = 0
    for each in steps:
        if value < each:
            break
        reached += 1
    return reached
