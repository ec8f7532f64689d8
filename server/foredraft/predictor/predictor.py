"""The embedded predictor as a whole: learn, forget, look up, roll out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from foredraft.predictor.calibration import GUESSED, INSIDE, Calibration, Cut
from foredraft.predictor.contexts import Walk
from foredraft.predictor.far import Far
from foredraft.predictor.lexer import END, KINDS, lex, split_typed
from foredraft.predictor.mixing import Distribution, Hits, Mixer
from foredraft.predictor.near import BARE, Learned, Near, read_line
from foredraft.predictor.parts import Parts
from foredraft.predictor.rollout import roll_out
from foredraft.predictor.scene import Scene
from foredraft.predictor.surroundings import Surroundings, next_line
from foredraft.predictor.uses import last_uses, scopes

_TYPED_TIMES = 2
"""How often a word is learned with some of its letters typed."""
_LEAST_PART_ODDS = 0.15
_LEAST_PART_TEXT = 2
"""Of what completes a part of a name that nobody knows."""
_RECENT_LINES = 400


class Position:
    """One place where text may be typed, with all that holds for the whole line there."""

    __slots__ = ("_answers", "_hits", "_parts", "file", "scene", "walk")

    def __init__(self, file: Near, lines: Sequence[str], number: int, indent: int) -> None:
        """Line `number` of `lines`, with an indentation `indent` wide; what the line itself holds is not looked at."""
        below = next_line(lines, number)
        around = Surroundings(lines, number, indent, below)
        self.file = file
        self.walk = Walk(around)
        self.scene = Scene(around.tokens_above, lex(below), last_uses(lines, number), scopes(lines, number, indent))
        self._hits: dict[tuple[str, ...], Hits] = {}
        self._answers: dict[tuple[str, ...], Distribution] = {}
        self._parts: Parts | None = None

    @property
    def parts(self) -> Parts:
        """Those of the names of the file."""
        if self._parts is None:
            self._parts = Parts(self.file.uses)
        return self._parts


class _Level:
    """A level of sorted arrays, which may come, change and go at any time."""

    def __set_name__(self, owner: type[Predictor], name: str) -> None:
        self._name = f"_{name}"

    def __get__(self, predictor: Predictor, owner: type[Predictor]) -> Far | None:
        level: Far | None = getattr(predictor, self._name, None)
        return level

    def __set__(self, predictor: Predictor, level: Far | None) -> None:
        setattr(predictor, self._name, level)
        predictor.moved += 1


class Predictor:
    """One workspace's model: a near level for each open file, one for recent edits, the far level, the weights and
    their calibration.

    `moved` counts up with all that changes what is predicted anywhere. It is changed by its methods alone and does no
    input or output; a caller cuts the generators it returns into slices.
    """

    far = _Level()
    """The workspace."""
    packages = _Level()
    """What is installed for it."""
    machine = _Level()
    """The standard libraries of its languages."""

    def __init__(self, weights: Iterable[float] | None = None, calibration: Iterable[float] | None = None) -> None:
        self.moved = 0
        self.mixer = Mixer(weights)
        self.calibration = Calibration(calibration)
        self._recent = Near()
        self._recent_lines: list[Learned] = []

    def adopt(self, weights: Iterable[float], calibration: Iterable[float]) -> None:
        """Go on with these weights and this calibration."""
        self.mixer, self.calibration = Mixer(weights), Calibration(calibration)
        self.moved += 1

    def cuts(self, position: Position, before: str) -> list[Cut]:
        """The likeliest text behind `before` (the line up to the cursor), cut at every token, then the rest of
        the part of a name that is being typed; [] where nothing is known."""
        finished, typed = split_typed(before)
        tokens, walk = list(finished), position.walk.copy()
        for token in tokens:
            walk.push(token)
        opening = self.distribution(position, walk, tokens, typed)

        def ask(at: Walk, line: list[str], begun: str) -> Distribution:
            return opening if len(line) == len(tokens) else self.distribution(position, at, line, begun)

        cuts = roll_out(walk, tokens, typed, ask)
        part = self._part(position, opening, typed.lstrip(" \t"))
        if part is not None and not any(cut.text.startswith(part.text) for cut in cuts):
            cuts.append(part)
        return cuts

    def _part(self, position: Position, opening: Distribution, letters: str) -> Cut | None:
        """The rest of the part of a name that is being typed, where that may be one which nobody knows."""
        unknown = opening.odds[-1]
        if not letters or unknown < _LEAST_PART_ODDS:
            return None
        text, share = position.parts.rest(letters)
        odds = unknown * share
        if len(text) < _LEAST_PART_TEXT or odds < _LEAST_PART_ODDS:
            return None
        matched, place = opening.matched, min(len(letters), 2) + 1
        return Cut(text, odds, 1, place, GUESSED, INSIDE, matched, matched, opening.wrapped)

    def rate(self, cut: Cut) -> float:
        """The measured chance that the user would type exactly this text."""
        return self.calibration.rate(cut)

    def distribution(self, position: Position, walk: Walk, tokens: Sequence[str], typed: str) -> Distribution:
        """The candidates for the token at `walk`, which stands behind `tokens` in the line of `position`."""
        line = tuple(tokens)
        if not typed and (answer := position._answers.get(line)) is not None:
            return answer
        hits, far = position._hits.get(line), self.far
        if hits is None:
            wide = (far.rest if far is not None else None, self.packages, self.machine)
            hits = position._hits[line] = Hits(walk, position.file, self._recent, far, wide)
        answer = self.mixer.distribution(hits, position.scene.at(line), typed, position.file, far)
        if not typed:
            position._answers[line] = answer
        return answer

    def train(self, position: Position, line: str, seed: int = 0) -> Iterator[None]:
        """Move the weights towards what was typed at `position`; pauses after each token.

        Each word is learned as a whole, and twice with some of its letters typed already. `seed` picks how many.
        """
        walk = position.walk.copy()
        before: list[str] = []
        for token in (*lex(line), END):
            answer = self.distribution(position, walk, before, "")
            self.mixer.learn(answer, token)
            if KINDS[token] in (1, 2) and len(BARE[token]) > 1:
                for _ in range(_TYPED_TIMES):
                    seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
                    blanks = len(token) - len(BARE[token])
                    typed = token[: blanks + 1 + (seed >> 8) % min(len(BARE[token]) - 1, 5)]
                    self.mixer.learn(self.distribution(position, walk, before, typed), token)
            walk.push(token)
            before.append(token)
            position._answers.clear()
            self.moved += 1
            yield

    def calibrate(self, cuts: Sequence[Cut], rest: str) -> None:
        """What was predicted and what the rest of the line turned out to be."""
        for cut in cuts:
            self.calibration.learn(cut, rest.startswith(cut.text))

    def remember(self, lines: Sequence[str], number: int) -> None:
        """Line `number` was edited just now: it weighs more than what merely stands somewhere."""
        learned = read_line(lines, number)
        if learned is not None:
            self.recall(learned)

    def recall(self, learned: Learned) -> None:
        """As `remember`, for a line that was learned before: it was cut out just now, and may be put in elsewhere."""
        self.moved += 1
        self._recent.learn(learned)
        self._recent_lines.append(learned)
        if len(self._recent_lines) > _RECENT_LINES:
            self._recent.forget(self._recent_lines.pop(0))


def learn_line(file: Near, lines: Sequence[str], number: int) -> Learned | None:
    """Learn line `number` into a file's level; what to forget later is returned, None for a blank line."""
    learned = read_line(lines, number)
    if learned is not None:
        file.learn(learned)
    return learned
