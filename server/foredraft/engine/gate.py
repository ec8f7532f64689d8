"""Is a model asked here? A decision with a reason, from what a request costs and what it has brought so far.

Most requests of an eager client are waste: hung up in mid-flight, or answered where the user had typed on. One request
for most lines is enough; a second one only where the first has failed and the odds are good again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from foredraft.text.history import History

_TOKENS_A_KEY = 75.0
"""So many tokens a key is worth that would else be typed. With the keys that the predictor saves for nothing, that
makes less than a third of it for all keys saved."""
_HYSTERESIS = 1.25
_SCARCE = 2.0
_DOUBT = 0.5
"""Who was wrong twice in a line knows it half as likely, and so on."""
_SURE = 0.9
_FADING = 0.97
PRIORS = {"first": (0.5, 6.0), "again": (0.22, 6.0), "inside": (0.35, 6.0)}
"""Of each kind of ask: the chance of an answer that is right, and how many it counts for."""
_SHORTEST = 4.0
_LONGEST_DOCUMENT = 400_000
_LONGEST_LINE = 400


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the decision rests on.

    `kind`: "first" (nobody was asked in this line, and little of it stands), "inside" (nobody was asked, and more
    stands there), "again"; `asked`: requests made in this line before; `stands`: what a model wrote for the place is
    not contradicted; `left`: characters that the line probably has before it; `predicted`: those of them that the
    predictor saves anyway, `certain` whether it knows the whole line; `cost` in tokens of prompt and answer; `saving`:
    "" or why nothing may be spent, `scarce` whether little is left to be; `wait`: seconds until a model may be asked,
    `patience`: those it is worth.
    """

    kind: str
    border: bool
    asked: int
    left: float
    cost: float
    predicted: float = 0.0
    certain: bool = False
    invoked: bool = False
    lone_deletion: bool = False
    rejected: bool = False
    stands: bool = False
    saving: str = ""
    scarce: bool = False
    wait: float = 0.0
    patience: float = 1.0
    too_large: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to ask, why, and how many keys that would save by what is known."""

    ask: bool
    reason: str
    keys: float = 0.0


class Odds:
    """How often an answer was the rest of the line, for each kind of ask; what is old fades."""

    def __init__(self, priors: Mapping[str, tuple[float, float]] = PRIORS) -> None:
        self._right = {kind: chance * weight for kind, (chance, weight) in priors.items()}
        self._all = {kind: weight for kind, (_, weight) in priors.items()}

    def learn(self, kind: str, right: bool) -> None:
        """The line is finished; the answer was its rest, or not."""
        self._right[kind] = self._right[kind] * _FADING + right
        self._all[kind] = self._all[kind] * _FADING + 1

    def chance(self, kind: str) -> float:
        return self._right[kind] / self._all[kind]


def decide(situation: Situation, odds: Odds) -> Decision:
    """The first reason against it, or the sum that speaks for it."""
    here = situation
    if here.too_large:
        return Decision(False, "the document or its line is too large")
    if here.saving and not here.invoked:
        return Decision(False, here.saving)
    if here.wait > here.patience:
        return Decision(False, f"every model rests, the first for {here.wait:.1f} s")
    if here.stands:
        return Decision(False, "what a model wrote for this place still stands")
    if here.invoked:
        return Decision(True, "the user asked", here.left)
    if here.rejected:
        return Decision(False, "what was shown here was just sent away")
    if here.lone_deletion:
        return Decision(False, "inside a word of which a letter was just deleted")
    if here.certain:
        return Decision(False, "the predictor is certain of the line")
    if here.left < _SHORTEST:
        return Decision(False, "too little is left of the line")
    if here.kind == "again" and not here.border:
        return Decision(False, "this line was asked about, and no new word begins")
    keys = odds.chance(here.kind) * _DOUBT ** max(0, here.asked - 1) * max(0.0, here.left - here.predicted - 1)
    asked = here.cost / _TOKENS_A_KEY * (_HYSTERESIS if here.kind == "again" else 1.0) * (_SCARCE if here.scarce else 1)
    if keys < asked:
        return Decision(False, f"{keys:.1f} keys to be won are not worth {here.cost:.0f} tokens", keys)
    return Decision(True, f"{keys:.1f} keys to be won for {here.cost:.0f} tokens", keys)


def kind_of(asked: int, typed: int) -> str:
    """The kind of an ask in a line in which `asked` were made before and `typed` characters stand."""
    return "again" if asked else "first" if typed <= 4 else "inside"


def at_border(before: str) -> bool:
    """Whether a word, an operator or a bracket ends there: a new one begins."""
    return not before or not (before[-1].isalnum() or before[-1] == "_")


def certain(length: float, rate: float, ends: bool) -> bool:
    """Whether the predictor needs no help with this line."""
    return ends and rate >= _SURE and length > 1


def deleted_alone(before: str, history: History) -> bool:
    """Whether the last change took something out of the word that ends at the cursor, and put nothing in."""
    if not history.groups or at_border(before):
        return False
    last = history.groups[-1].changes[-1]
    return bool(last.removed) and not last.inserted


def too_large(length: int, line: int) -> bool:
    """Whether a document of `length` characters, or a line of `line`, is none that a person writes."""
    return length > _LONGEST_DOCUMENT or line > _LONGEST_LINE


def expected(lines: Sequence[str], number: int, typed: int) -> float:
    """How many characters line `number` probably still has, with `typed` of them there: as long as those above it."""
    above = [len(line.strip()) for line in lines[max(0, number - 40) : number]]
    lengths = [length for length in above if length > typed]
    return sum(lengths) / len(lengths) - typed if len(lengths) >= 2 else max(8.0, 32.0 - typed)
