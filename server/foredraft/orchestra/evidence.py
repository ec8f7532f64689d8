"""How likely is it that the user types a text some model wrote? From what speaks for and against it.

A logistic regression, learned online (AdaGrad, Duchi et al. 2011) from every place where the truth arrived by typing,
whether the text was shown or not. Beside the predictor's own calibration it knows one thing more: what others say.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

from foredraft.questions.suggestion import Stage

_RATE = 0.12
_FIRST_SQUARE = 0.5
_MOST_SQUARE = 60.0
_TYPED = (1, 2, 3, 4, 6, 9, 14)
_LENGTHS = (3, 8, 16, 30, 60)
_PREDICTED = (0.1, 0.3, 0.5, 0.7, 0.9)

Term = tuple[str, object]

_START: dict[Term, float] = {
    ("by", "draft"): -0.1,
    ("by", "refined"): 0.2,
    ("by", "both"): 0.6,
    ("by", "predictor"): 0.0,
    ("agrees", "part"): 0.5,
    ("agrees", "all"): 1.2,
    ("agrees", "other"): -0.5,
    ("against", True): -0.7,
    ("refined", "same"): 1.0,
    ("refined", "other"): -0.6,
    ("lines", 1): -0.5,
    ("lines", 2): -0.9,
    ("lines", 3): -1.3,
    **{("typed", step): weight for step, weight in enumerate((0.0, 1.0, 1.6, 2.0, 2.3, 2.5, 2.7, 2.9))},
    **{("length", step): weight for step, weight in enumerate((0.4, 0.2, 0.0, -0.1, -0.2, -0.4))},
}
"""What holds before anything was learned: a model that is right at half of the lines, and surer with every key that
agrees."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one text at one place.

    `by`: who says it ("predictor", "draft", "refined", or "both": a draft and the refinement of it); `model`: the one
    that wrote it; `typed`: characters of it typed already; `predicted`: the predictor's rate of the longest beginning
    that it says too, 0 for none; `agrees`: how the predictor's text lies to it ("silent", "other", "part", "all");
    `refined`: what the refinement says ("none", "same", "other"); `length` in characters, `lines`: line ends in it;
    `ends`: the line or the text ends behind it.
    """

    by: str
    model: str
    typed: int = 0
    predicted: float = 0.0
    agrees: str = "silent"
    refined: str = "none"
    length: int = 1
    lines: int = 0
    ends: bool = False

    def terms(self) -> tuple[Term, ...]:
        """What is true of it, each with a weight of its own."""
        typed, length = _step(self.typed, _TYPED), _step(self.length, _LENGTHS)
        if self.by == "predictor":
            return ("by", "predictor"), ("against", True), ("against it", (self.model, typed))
        return (
            ("by", self.by),
            ("model", self.model),
            ("typed", typed),
            ("agrees", self.agrees),
            ("predicted", (self.agrees, _step(self.predicted, _PREDICTED))),
            ("refined", self.refined),
            ("length", length),
            ("typed, length", (min(typed, 3), length)),
            ("lines", min(self.lines, 3)),
            ("ends", (self.ends, typed > 0)),
        )

    @property
    def slope(self) -> float:
        """The predictor's own sureness, where it is all that speaks for the text."""
        return _log_odds(self.predicted) if self.by == "predictor" else 0.0


class Judge:
    """The weights, and what they say."""

    def __init__(self) -> None:
        self._weights = dict(_START)
        self._squares: dict[Term, float] = {}
        self.seen = 0
        """Texts whose truth was learned."""

    def rate(self, evidence: Evidence) -> float:
        """The chance, 0 to 1, that the user types exactly this text."""
        weights = self._weights
        score = evidence.slope + sum([weights.get(term, 0.0) for term in evidence.terms()])
        return 1 / (1 + exp(-max(-30.0, min(30.0, score))))

    def learn(self, evidence: Evidence, right: bool, weight: float = 1.0) -> None:
        """The truth arrived. `weight` is less than 1 for what is no case of its own."""
        self.seen += 1
        error = weight * (right - self.rate(evidence))
        for term in evidence.terms():
            square = min(self._squares.get(term, _FIRST_SQUARE) + error * error, _MOST_SQUARE)
            self._squares[term] = square
            self._weights[term] = self._weights.get(term, 0.0) + _RATE * error / sqrt(square)


def _log_odds(chance: float) -> float:
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    return log(chance / (1 - chance))


def _step(value: float, steps: tuple[float, ...]) -> int:
    return sum(value >= each for each in steps)


def by_whom(stage: Stage, confirmed: bool) -> str:
    """The word for who says it."""
    return "both" if confirmed else "refined" if stage is Stage.REFINED else "draft"
