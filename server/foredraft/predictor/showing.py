"""Show or stay silent: which cut of a rollout is worth the user's glance, and what stays on screen while they type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from foredraft.predictor.calibration import Cut

Rated = tuple[Cut, float]
"""A cut and its measured rate."""

LEAST_TEXT = 2
"""Shorter texts cost more attention than they save keys."""

_STAKE = 128.0
"""Keys that a wrong showing costs: how far sureness goes before length."""
_EVEN = 0.04
_SLACK = 0.1
"""So far below the threshold a text is worth nothing, and so far below it never shown. All three from the replay
measurements."""

_COOLDOWN = 0.2
_LONGEST_WORD = 400
_STEP, _FADING = 0.01, 0.998
_LOWEST, _HIGHEST = -0.08, 0.15


class Habit:
    """How much surer than asked a showing must be for this user, moved by what became of earlier ones.

    Whoever accepts as often as the rates say stays where they are; whoever turns down what was sure is shown less, and
    whoever takes what was not is shown more. Nothing moves before something was accepted: not every editor tells.
    """

    __slots__ = ("_told", "lift")

    def __init__(self) -> None:
        self.lift = 0.0
        """Added to the threshold."""
        self._told = False

    def accepted(self, rate: float) -> None:
        """What was shown, of this rate, was taken."""
        self._told = True
        self._move(rate - 1)

    def missed(self, rate: float) -> None:
        """The user typed something else, or sent it away."""
        if self._told:
            self._move(rate)

    def _move(self, step: float) -> None:
        self.lift = max(_LOWEST, min(_HIGHEST, self.lift * _FADING + _STEP * step))


class Showing:
    """What one cursor has been shown lately, and how much surer the next showing must be for that."""

    __slots__ = ("_habit", "_line", "_misses", "_rate", "_refused", "_shown", "_word_start")

    def __init__(self, habit: Habit | None = None) -> None:
        """`habit` is what all showings of one user share."""
        self._habit = habit or Habit()
        self._rate = 0.0
        self._line = -1
        self._shown = ""
        self._refused = ""
        self._misses = 0
        self._word_start = -1

    def choose(
        self, line: int, before: str, rated: Sequence[Rated], threshold: float, left: tuple[str, float] | None = None
    ) -> tuple[str, float] | None:
        """The text to show behind `before` in line number `line`, with its rate, or None to stay silent.

        `rated` are the cuts with their measured rates; `left` is what is still on screen, rebased on what was typed
        since, and its rate. It stays there, and may only grow: nothing flickers under the user's fingers.
        """
        self._notice(line, before)
        asked = threshold + self._habit.lift
        for _ in range(self._misses):
            asked += (1 - asked) * _COOLDOWN
        best = _best([each for each in rated if not self._is_refused(before + each[0].text)], asked)
        if left is not None and (best is None or _stays(left, best)):
            return left
        if best is None:
            return None
        self._shown, self._rate = before + best[0].text, best[1]
        return best[0].text, best[1]

    def settled(self) -> None:
        """What was shown has been accepted: nothing is on screen, and it was no miss."""
        if self._shown:
            self._habit.accepted(self._rate)
        self._shown, self._misses = "", 0

    def refused(self) -> None:
        """The user sent away what was shown: in this line it does not come back."""
        if self._shown:
            self._habit.missed(self._rate)
        self._refused, self._shown = self._shown, ""

    def _notice(self, line: int, before: str) -> None:
        word = _word_start(before)
        if line != self._line:
            self._line, self._shown, self._refused, self._misses = line, "", "", 0
        if word != self._word_start:
            self._word_start, self._misses = word, 0
        if self._shown and not self._shown.startswith(before):
            self._misses += 1
            self._habit.missed(self._rate)
            self._shown = ""

    def _is_refused(self, text: str) -> bool:
        return self._refused != "" and (text.startswith(self._refused) or self._refused.startswith(text))


def _stays(left: tuple[str, float], best: Rated) -> bool:
    """Whether what is on screen outlasts a new text: one that does not extend it and is less sure, or its beginning."""
    text = best[0].text
    return not text.startswith(left[0]) and (left[0].startswith(text) or best[1] <= left[1])


def _best(rated: Iterable[Rated], threshold: float) -> Rated | None:
    """The cut with the highest worth: keys saved if right, less the stake if wrong."""
    best, most = None, 0.0
    for cut, rate in rated:
        keys = len(cut.text) - 1
        if keys + 1 < LEAST_TEXT or rate < threshold - _SLACK:
            continue
        worth = rate * keys + _STAKE * (rate - threshold + _EVEN)
        if worth > most:
            best, most = (cut, rate), worth
    return best


def _word_start(before: str) -> int:
    at, least = len(before), len(before) - _LONGEST_WORD
    while at and at > least and (before[at - 1].isalnum() or before[at - 1] == "_"):
        at -= 1
    return at
