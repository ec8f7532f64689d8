"""What to show at the cursor: the predictor's rollout, made fit for its place, and the decision to show it or to stay
silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from foredraft.predictor.calibration import Cut
from foredraft.predictor.predictor import Position, Predictor
from foredraft.predictor.showing import Rated, Showing
from foredraft.questions.suggestion import Reject
from foredraft.questions.tidy import fitted, open_brackets, reverts
from foredraft.text.history import History

_INSIDE_A_LINE = 0.5
"""With text right of the cursor a wrong showing moves that text: half of the remaining doubt is taken away first."""

_CLOSING_ODDS = 0.75
_CLOSERS = ")]}"
_HARMLESS = ")]}\"'`,;: "


@dataclass(frozen=True, slots=True)
class Offers:
    """The cuts of one rollout that fit, each with its measured rate, and why others do not."""

    cuts: list[Cut]
    rated: list[Rated]
    rejected: tuple[Reject, ...] = ()


def offers(
    predictor: Predictor,
    position: Position,
    before: str,
    after: str = "",
    line: int = 0,
    history: History | None = None,
) -> Offers:
    """Everything that could be shown between `before` and `after` of one line, shortest first."""
    cuts = predictor.cuts(position, before)
    rated: list[Rated] = []
    rejected: list[Reject] = []
    open_above = len(position.walk.stack)
    for cut in cuts:
        text = fitted(cut.text, before, after, open_above)
        if isinstance(text, Reject):
            rejected.append(text)
        elif history is not None and reverts(text, line, len(before), history):
            rejected.append(Reject.REVERTS)
        else:
            if rated and rated[-1][0].text == text:
                rated.pop()
            rated.append((cut if text == cut.text else replace(cut, text=text, ends=False), predictor.rate(cut)))
            if text != cut.text:
                break
    return Offers(cuts, rated, tuple(rejected))


def choose(
    showing: Showing,
    line: int,
    before: str,
    after: str,
    rated: Sequence[Rated],
    threshold: float,
    left: tuple[str, float] | None = None,
) -> tuple[str, float] | None:
    """The text to show and its rate, or None to stay silent. Brackets it opens are closed where the rollout goes on
    to close them. `left` is what is on screen, as the typing since has left it."""
    if after.strip(_HARMLESS):
        threshold += (1 - threshold) * _INSIDE_A_LINE
    return showing.choose(line, before, [_closed(each, rated) for each in rated], threshold, left)


def _closed(chosen: Rated, rated: Sequence[Rated]) -> Rated:
    """The next longer cut instead, as long as all it adds is closing brackets and it is nearly as sure."""
    if not open_brackets(chosen[0].text):
        return chosen
    best = chosen
    for longer in rated:
        added = longer[0].text.removeprefix(best[0].text) if longer[0].text.startswith(best[0].text) else ""
        if added and not added.strip(_CLOSERS) and longer[0].odds >= chosen[0].odds * _CLOSING_ODDS:
            best = longer
    return best
