"""How likely is each candidate? A log-linear mix of what every context has seen, trained online.

A candidate's score is the sum of the weights that `features.py` names for it. A softmax over the candidates and one
"unknown" makes probabilities. Maximum-entropy language models with trigger features: Rosenfeld 1996; the step: AdaGrad,
Duchi et al. 2011.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from math import exp, sqrt

from foredraft.predictor.contexts import COUNT, LEAN, ORDERS, Walk
from foredraft.predictor.far import Far
from foredraft.predictor.features import SIZE, WIDE, Features, Known, add_own, first_weights, from_contexts
from foredraft.predictor.near import BARE, Near
from foredraft.predictor.scene import MOST_MATCHES, PART_ENDS, Scene

_RATE = 0.1
_FIRST_SQUARE = 1.0
_PULL = 0.06
"""How strongly a weight that is moved is drawn back to nothing: what a few tokens taught must not outweigh the rest."""
_LEAST_SLOPE = 0.002
_MOST_CANDIDATES = 40
_LEAST_SHARE = 0.01


class Distribution:
    """Candidates with their probabilities; the last one is `UNKNOWN`. `matched`: the longest order known there;
    `wrapped`: 1 in a string, 2 in a comment."""

    __slots__ = ("features", "matched", "odds", "tokens", "wrapped")

    def __init__(
        self, tokens: list[str], features: list[list[int]], odds: list[float], matched: int, wrapped: int
    ) -> None:
        self.tokens = tokens
        self.features = features
        self.odds = odds
        self.matched = matched
        self.wrapped = wrapped

    def best(self) -> tuple[str, float]:
        """The likeliest candidate and its probability."""
        odds = max(self.odds)
        return self.tokens[self.odds.index(odds)], odds

    def share(self, text: str) -> float:
        """The probability of all candidates that begin with `text`."""
        return sum([odds for token, odds in zip(self.tokens, self.odds, strict=True) if token.startswith(text)])

    def beginning(self, typed: str) -> tuple[str, float]:
        """The first parts of a name (`test_`, of `test_one` and `test_two`) that promise most keys beyond `typed`
        where several candidates share them, with the probability of all that do; ("", 0) where none do."""
        shares: dict[str, float] = {}
        shared: set[str] = set()
        least = len(typed) + 1
        for token, odds in zip(self.tokens, self.odds, strict=True):
            if odds > _LEAST_SHARE:
                for end in PART_ENDS[token]:
                    if end > least:
                        part = token[:end]
                        if part in shares:
                            shares[part] += odds
                            shared.add(part)
                        else:
                            shares[part] = odds
        best = max(shared, key=lambda part: shares[part] * (len(part) - least), default="")
        return best, shares.get(best, 0.0)


class Hits:
    """What the levels know under the keys of one position; it serves every half-typed word that begins there."""

    __slots__ = ("candidates", "contexts", "matched", "orders")

    def __init__(self, walk: Walk, file: Near, recent: Near, far: Far | None, wide: Sequence[Far | None] = ()) -> None:
        """`walk` stands at the position; `wide` are the levels of few contexts."""
        keys = walk.keys()
        found: list[tuple[int, object]] = []
        matched = 0
        of_file, of_recent = file.successors, recent.successors
        look_up = far.look_up if far is not None else None
        for context, key in enumerate(keys):
            hit = False
            known = of_file[context].get(key)
            if known is not None:
                found.append((context, known))
                hit = True
            known = of_recent[context].get(key)
            if known is not None:
                found.append((COUNT + context, known))
                hit = True
            if look_up is not None:
                entries = look_up(context, key)
                if entries is not None:
                    found.append((2 * COUNT + context, entries))
                    hit = True
            if hit and context < ORDERS:
                matched = context + 1
        self.matched = matched
        self.contexts = len(found)
        slot = WIDE
        for level in wide:
            if level is not None:
                for at, context in enumerate(LEAN, slot):
                    entries = level.look_up(context, keys[context])
                    if entries is not None:
                        found.append((at, entries))
            slot += len(LEAN)
        self.candidates, self.orders = from_contexts(found, walk)

    def beginning_with(self, typed: str) -> dict[str, list[int]]:
        """The candidates that go on from what is typed of them, as they would stand there, with their features."""
        if not typed:
            return {token: features.copy() for token, features in self.candidates.items()}
        fitting: dict[str, list[int]] = {}
        letters = typed.lstrip(" \t")
        blanks = typed[: len(typed) - len(letters)]
        for token, features in self.candidates.items():
            if not token.startswith(typed):
                word = BARE[token]
                if not letters or not word.startswith(letters):
                    continue
                token = blanks + word
            known = fitting.get(token)
            fitting[token] = features.copy() if known is None else known + features
        return fitting


class Mixer:
    """The weights, how they answer and how they learn."""

    def __init__(self, weights: Iterable[float] | None = None) -> None:
        untrained = 0.0  # one for all: most are, and every other float takes memory of its own
        saved = first_weights() + [0.0] * SIZE if weights is None else [each or untrained for each in weights]
        if len(saved) != 2 * SIZE:
            raise ValueError(f"{len(saved)} weights, not {2 * SIZE}")
        self.weights, self._squares = saved[:SIZE], saved[SIZE:]

    def distribution(self, hits: Hits, scene: Scene, typed: str, file: Near, far: Far | None) -> Distribution:
        """The candidates for the next token, all of which begin with what is `typed` of it (blanks and letters, may
        be empty)."""
        candidates = hits.beginning_with(typed)
        letters = typed.lstrip(" \t")
        if letters:
            _add_words(candidates, scene, typed, letters, file, far)
        weights = self.weights
        spread = len(candidates)
        begun: list[tuple[float, int]] = []
        if spread > _MOST_CANDIDATES:
            scores = {token: sum([weights[i] for i in features]) for token, features in candidates.items()}
            chosen = sorted(scores, key=scores.__getitem__, reverse=True)[:_MOST_CANDIDATES]
            candidates = {token: candidates[token] for token in chosen}
            begun = [(scores[token], len(candidates[token])) for token in chosen]
        add_own(candidates, Known(hits.matched, hits.contexts, spread, hits.orders), scene, letters, file, far)
        tokens = list(candidates)
        features = list(candidates.values())
        if begun:
            begun.append((0.0, 0))
            scores_ = [s + sum([weights[i] for i in of[n:]]) for (s, n), of in zip(begun, features, strict=True)]
        else:
            scores_ = [sum([weights[i] for i in of]) for of in features]
        top = max(scores_)
        odds = [exp(score - top) for score in scores_]
        total = sum(odds)
        return Distribution(tokens, features, [o / total for o in odds], hits.matched, scene.wrapped)

    def learn(self, answer: Distribution, truth: str) -> None:
        """One gradient step towards `truth`; where it is no candidate, towards `UNKNOWN`."""
        tokens = answer.tokens
        right = tokens.index(truth) if truth in tokens else len(tokens) - 1
        weights, squares = self.weights, self._squares
        for at, odds in enumerate(answer.odds):
            slope = (1.0 if at == right else 0.0) - odds
            if -_LEAST_SLOPE < slope < _LEAST_SLOPE:
                continue
            square = slope * slope
            for feature in answer.features[at]:
                grown = squares[feature] + square
                squares[feature] = grown
                weight = weights[feature]
                weights[feature] = weight + _RATE * (slope - _PULL * weight) / sqrt(grown + _FIRST_SQUARE)

    def saved(self) -> array[float]:
        """The weights and how far each has been trained, as 32-bit floats."""
        return array("f", self.weights + self._squares)


def _add_words(candidates: Features, scene: Scene, typed: str, letters: str, file: Near, far: Far | None) -> None:
    """Words that begin with the letters, from the whole file and workspace, for when no context knows the right one."""
    blanks = typed[: len(typed) - len(letters)]
    words = scene.words(letters, file, far)
    for word in (*words.file[:MOST_MATCHES], *words.workspace):
        candidates.setdefault(blanks + word, [])
    candidates.setdefault(typed, [])
