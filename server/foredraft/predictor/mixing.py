"""How likely is each candidate? A log-linear mix of what every context has seen, trained online.

A candidate's score is the sum of small weights: two for each context and level that knows it (how sure that context
is; and how sure it is given the longest order that matched at all), and a few for features of the candidate itself. A
softmax over the candidates and one "unknown" makes probabilities. Maximum-entropy language models with trigger
features: Rosenfeld 1996; the step: AdaGrad, Duchi et al. 2011.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from itertools import islice, pairwise
from math import exp, sqrt

from foredraft.predictor.contexts import COUNT, ORDERS
from foredraft.predictor.far import Far
from foredraft.predictor.lexer import FINGERPRINTS, KINDS
from foredraft.predictor.near import BARE, Near

UNKNOWN = ""
"""The candidate that stands for everything else."""

LEVELS = 3
"""The file, recent edits, the workspace."""

_SLOTS = LEVELS * COUNT
_BUCKETS = 144
_GATE = _SLOTS * _BUCKETS
_RECENCY = _GATE + (ORDERS + 1) * _SLOTS * 6
_USED = _RECENCY + 8 * 8 * 8
_NEARBY = _USED + 8 * 6 * 7
_IDENTITY = _NEARBY + 2 * 2 * 3 * 8 * 8
_COPIES = _IDENTITY + (1 << 13)
_TYPED = _COPIES + 3 * 5
_EXACT = _TYPED + 7 * 6 * 6
_WRAPPED = _EXACT + 2 * 7 * 6
_UNKNOWN = _WRAPPED + 3 * 8 * 2
_UNKNOWN_KIND = _UNKNOWN + (ORDERS + 1) * 6
_UNKNOWN_TYPED = _UNKNOWN_KIND + 8 * 3 * 3
_UNKNOWN_SPREAD = _UNKNOWN_TYPED + 7 * 6 * 3
SIZE = _UNKNOWN_SPREAD + 6 * 6

_RATE = 0.1
_MOST_CANDIDATES = 40
_MOST_SUCCESSORS = 10
_MOST_MATCHES = 24


class Scene:
    """What the features look at: the line so far, the lines around, when each word was last used."""

    __slots__ = ("above", "below", "last_use", "tokens", "wrapped")

    def __init__(self, above: tuple[str, ...], below: tuple[str, ...], last_use: Mapping[str, int]) -> None:
        """`last_use`: bare word → how many tokens ago, in steps of 0 (never) to 7 (just now)."""
        self.above = tuple(BARE[t] for t in above)
        self.below = tuple(BARE[t] for t in below)
        self.last_use = last_use
        self.tokens: list[str] = []
        self.wrapped = 0

    def at(self, tokens: Iterable[str]) -> Scene:
        """The same scene with these tokens on the line."""
        other = Scene.__new__(Scene)
        other.above, other.below, other.last_use = self.above, self.below, self.last_use
        other.tokens = [BARE[t] for t in tokens]
        other.wrapped = _wrapped(other.tokens)
        return other


class Distribution:
    """Candidates with their probabilities; the last one is `UNKNOWN`."""

    __slots__ = ("features", "odds", "tokens")

    def __init__(self, tokens: list[str], features: list[list[int]], odds: list[float]) -> None:
        self.tokens = tokens
        self.features = features
        self.odds = odds

    def best(self) -> tuple[str, float]:
        """The likeliest candidate and its probability."""
        odds = max(self.odds)
        return self.tokens[self.odds.index(odds)], odds


class Hits:
    """What the levels know under the keys of one position; it serves every half-typed word that begins there."""

    __slots__ = ("candidates", "found", "matched")

    def __init__(self, keys: list[int], file: Near, recent: Near, far: Far | None) -> None:
        found: list[tuple[int, object]] = []
        self.matched = 0
        matched = 0
        get_file, get_recent = file.successors.get, recent.successors.get
        look_up = far.look_up if far is not None else None
        for context, key in enumerate(keys):
            hit = False
            known = get_file(key)
            if known is not None:
                found.append((context, known))
                hit = True
            known = get_recent(key)
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
        self.found = len(found)
        self.candidates = _candidates(found, matched)

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
        saved = list(weights) if weights is not None else _first_weights() + [0.0] * SIZE
        if len(saved) != 2 * SIZE:
            raise ValueError(f"{len(saved)} weights, not {2 * SIZE}")
        self.weights, self._squares = saved[:SIZE], saved[SIZE:]

    def distribution(self, hits: Hits, scene: Scene, typed: str, file: Near, far: Far | None) -> Distribution:
        """The candidates for the next token, all of which begin with what is `typed` of it (blanks and letters, may
        be empty)."""
        candidates = hits.beginning_with(typed)
        letters = typed.lstrip(" \t")
        if letters:
            _add_matches(candidates, typed, letters, file, far)
        weights = self.weights
        spread = len(candidates)
        if spread > _MOST_CANDIDATES:
            scores = {token: sum([weights[i] for i in features]) for token, features in candidates.items()}
            chosen = sorted(scores, key=scores.__getitem__, reverse=True)[:_MOST_CANDIDATES]
            candidates = {token: candidates[token] for token in chosen}
        _add_features(candidates, hits, scene, letters, spread, file, far)
        tokens = list(candidates)
        features = list(candidates.values())
        scores_ = [sum([weights[i] for i in of]) for of in features]
        top = max(scores_)
        odds = [exp(score - top) for score in scores_]
        total = sum(odds)
        return Distribution(tokens, features, [o / total for o in odds])

    def learn(self, answer: Distribution, truth: str) -> None:
        """One gradient step towards `truth`; where it is no candidate, towards `UNKNOWN`."""
        tokens = answer.tokens
        right = tokens.index(truth) if truth in tokens else len(tokens) - 1
        weights, squares = self.weights, self._squares
        for at, odds in enumerate(answer.odds):
            slope = (1.0 if at == right else 0.0) - odds
            if -0.002 < slope < 0.002:
                continue
            square = slope * slope
            for feature in answer.features[at]:
                grown = squares[feature] + square
                squares[feature] = grown
                weights[feature] += _RATE * slope / sqrt(grown + 0.05)

    def saved(self) -> array[float]:
        """The weights and how far each has been trained, as 32-bit floats."""
        return array("f", self.weights + self._squares)


def _first_weights() -> list[float]:
    """Where training starts: the surer and longer a context, the more it says. Plain guesses, soon trained away."""
    weights = [0.0] * SIZE
    for slot in range(_SLOTS):
        strength = 0.25 if slot % COUNT else 0.15
        for bucket in range(_BUCKETS):
            count, ratio = bucket // 36, bucket % 36 // 6
            weights[slot * _BUCKETS + bucket] = strength * (0.2 + 0.2 * ratio) * (0.7 + 0.1 * count)
    return weights


def _candidates(found: list[tuple[int, object]], matched: int) -> dict[str, list[int]]:
    """Each successor found, with the weights of the contexts that know it."""
    candidates: dict[str, list[int]] = {}
    gate = _GATE + matched * _SLOTS * 6
    get = candidates.get
    for slot, known in found:
        base, gated = slot * _BUCKETS, gate + slot * 6
        if type(known) is str:
            features = get(known)
            if features is None:
                candidates[known] = [base + 19, gated + 3]
            else:
                features += (base + 19, gated + 3)
            continue
        pairs, total, newest = _pairs(known)
        several = len(pairs)
        base += 0 if several == 1 else 2 if several == 2 else 4
        total += 1
        for token, count in pairs:
            ratio = count * 6 // total
            bucket = base + ratio * 6
            if count > 1:
                bucket += 36 if count == 2 else 72 if count < 5 else 108
            if token == newest:
                bucket += 1
            features = get(token)
            if features is None:
                candidates[token] = [bucket, gated + ratio]
            else:
                features += (bucket, gated + ratio)
    candidates.pop("", None)
    return candidates


def _pairs(known: object) -> tuple[list[tuple[str, int]], int, str | None]:
    """(token, count), their total, and the one seen last where that is known."""
    if type(known) is dict:
        total = sum(known.values())
        newest = next(reversed(known))
        if len(known) > _MOST_SUCCESSORS:
            return list(islice(reversed(known.items()), _MOST_SUCCESSORS)), total, newest
        return list(known.items()), total, newest
    entries: list[tuple[str, int]] = known  # type: ignore[assignment]
    return entries, sum([count for _, count in entries]), None


def _add_matches(candidates: dict[str, list[int]], typed: str, letters: str, file: Near, far: Far | None) -> None:
    """Words that begin with the letters, from the whole file and workspace, for when no context knows the right one."""
    blanks = typed[: len(typed) - len(letters)]
    uses = file.uses
    matching = [word for word in uses if word.startswith(letters)]
    if len(matching) > _MOST_MATCHES:
        matching.sort(key=uses.__getitem__, reverse=True)
        del matching[_MOST_MATCHES:]
    for word in matching:
        candidates.setdefault(blanks + word, [])
    if far is not None:
        for word in far.beginning_with(letters, _MOST_MATCHES):
            candidates.setdefault(blanks + word, [])
    candidates.setdefault(typed, [])


def _add_features(
    candidates: dict[str, list[int]], hits: Hits, scene: Scene, letters: str, spread: int, file: Near, far: Far | None
) -> None:
    """Weights of the candidates themselves, and the unknown one."""
    line = scene.tokens
    before = KINDS[line[-1]] if line else 0
    column, above, below = len(line), scene.above, scene.below
    copied_above = above[column] if column < len(above) and list(above[:column]) == line else None
    copied_below = below[column] if column < len(below) and list(below[:column]) == line else None
    deep = column if column < 4 else 4
    last_use, uses, above_set = scene.last_use, file.uses, set(above)
    shared = far.uses if far is not None else None
    typed = min(len(letters), 6)
    matches = (
        0 if spread < 2 else 1 if spread < 3 else 2 if spread < 5 else 3 if spread < 9 else 4 if spread < 20 else 5
    )
    wrapped, quoted = scene.wrapped, _WRAPPED + scene.wrapped * 16
    for token, features in candidates.items():
        word, kind = BARE[token], KINDS[token]
        used = uses.get(word, 0)
        used = used if used < 3 else 3 if used < 6 else 4 if used < 20 else 5
        if kind == 1 or kind == 2:
            known = shared(word) if shared is not None else 0
            known = 0 if not known else min(6, known.bit_length())
        else:
            known = 0
        features += (
            _RECENCY + (kind * 8 + last_use.get(word, 0)) * 8 + before,
            _USED + (kind * 6 + used) * 7 + known,
            _NEARBY + ((((word in line) * 2 + (word in above_set)) * 3 + wrapped) * 8 + kind) * 8 + before,
            _IDENTITY + (FINGERPRINTS[word] & 0x1FFF),
            quoted + kind * 2 + (token != word),
        )
        if word == copied_above:
            features.append(_COPIES + deep)
        if word == copied_below:
            features.append(_COPIES + 5 + deep)
        if typed:
            left = len(word) - len(letters)
            features.append(_TYPED + (typed * 6 + (left if left < 4 else 4 if left < 8 else 5)) * 6 + used)
            features.append(_EXACT + ((left == 0) * 7 + typed) * 6 + matches)
    candidates[UNKNOWN] = [
        _UNKNOWN + hits.matched * 6 + matches,
        _UNKNOWN_KIND + (before * 3 + wrapped) * 3 + min(typed, 2),
        _UNKNOWN_TYPED + (typed * 6 + matches) * 3 + wrapped,
        _UNKNOWN_SPREAD + min(5, hits.found // 8) * 6 + min(5, column),
    ]


def _wrapped(line: list[str]) -> int:
    """1 inside a string, 2 inside a comment, else 0: a guess from the line alone, good for most languages."""
    quotes = line.count('"') % 2 + line.count("'") % 2 + line.count("`") % 2
    if quotes:
        return 1
    if "#" in line or (line and line[0] == "*"):
        return 2
    return 2 if any(a == b == "/" for a, b in pairwise(line)) else 0
