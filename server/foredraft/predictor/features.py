"""Which weights speak for a candidate: a numbered table of everything that may be said of one.

Two for each context and level that knows it (how sure that context is; and how sure it is given the token before and
the column), and a few for what the candidate is, which orders know it, where it was used, and what is typed of it.
"""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from foredraft.predictor.contexts import COUNT, LEAN, ORDERS, Walk
from foredraft.predictor.far import Far
from foredraft.predictor.hashing import A, B
from foredraft.predictor.lexer import END, FINGERPRINTS, KINDS
from foredraft.predictor.near import BARE, Near
from foredraft.predictor.scene import PARTS, Scene

UNKNOWN = ""
"""The candidate that stands for everything else."""

LEVELS = 3
"""Under all contexts: the file, recent edits, the workspace."""
WIDE_LEVELS = 3
"""Under the `LEAN` contexts: the rest of the workspace, its installed packages, the machine's standard libraries."""

Features = dict[str, list[int]]
"""Candidate → the numbers of its weights."""

WIDE = LEVELS * COUNT
"""The slot of the first wide level's first context."""
_SLOTS = WIDE + WIDE_LEVELS * len(LEAN)
_BUCKETS = 144
_LEFT, _OPENINGS, _MOST_VOTES = 128, 1 << 14, 20
_GATE = _SLOTS * _BUCKETS
_RECENCY = _GATE + 32 * 4 * _SLOTS * 6
_USED = _RECENCY + 8 * 8 * _LEFT
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
_FOREMOST = _UNKNOWN_SPREAD + 6 * 6
_KIN = _FOREMOST + 3 * 7
_VOTES = _KIN + 4 * 3
_SCOPE = _VOTES + (ORDERS + 1) * _MOST_VOTES * 8
_OPENING = _SCOPE + 8 * 8 * 3
SIZE = _OPENING + _OPENINGS

_MOST_SUCCESSORS = 10
_FIRST_STRENGTH = 0.5
"""Of 0.25, 0.5 and 0.8 the one that saves most keys while nothing is trained yet."""


def from_contexts(found: list[tuple[int, object]], walk: Walk) -> tuple[Features, dict[str, int]]:
    """Each successor found where `walk` stands, with the weights of the contexts that know it; the longest order that
    does, of those which one knows."""
    candidates: Features = {}
    orders: dict[str, int] = {}
    gate = _GATE + _place(walk) * _SLOTS * 6
    get = candidates.get
    for slot, known in found:
        base, gated = slot * _BUCKETS, gate + slot * 6
        order = slot % COUNT + 1 if slot < WIDE else COUNT
        if type(known) is str:
            features = get(known)
            if features is None:
                candidates[known] = [base + 19, gated + 3]
            else:
                features += (base + 19, gated + 3)
            if order <= ORDERS:
                orders[known] = order
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
            if order <= ORDERS:
                orders[token] = order
    candidates.pop("", None)
    return candidates, orders


def _place(walk: Walk) -> int:
    """What stands left of a place, names told apart less than others, and how far into its line it is."""
    left = walk.hashes[-1]
    return (left % 8 if walk.before == 1 else 8 + left % 24) * 4 + _step(walk.column, (1, 3, 6))


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


def add_own(candidates: Features, known: Known, scene: Scene, letters: str, file: Near, far: Far | None) -> None:
    """Weights of the candidates themselves, and the unknown one with its own."""
    view = _View(known, scene, file, far)
    typed = min(len(letters), 6)
    matches = _step(known.spread, (2, 3, 5, 9, 20))
    foremost = scene.words(letters, file, far).foremost if letters else ()
    for token, features in candidates.items():
        word, used = view.add(token, features)
        if typed:
            left = len(word) - len(letters)
            features.append(_TYPED + (typed * 6 + _step(left, (1, 2, 3, 4, 8))) * 6 + used)
            features.append(_EXACT + ((left == 0) * 7 + typed) * 6 + matches)
            for kind, leader in enumerate(foremost):
                if word == leader:
                    features.append(_FOREMOST + kind * 7 + typed)
    candidates[UNKNOWN] = [
        _UNKNOWN + known.matched * 6 + matches,
        _UNKNOWN_KIND + (view.before * 3 + scene.wrapped) * 3 + min(typed, 2),
        _UNKNOWN_TYPED + (typed * 6 + matches) * 3 + scene.wrapped,
        _UNKNOWN_SPREAD + min(5, known.contexts // 8) * 6 + min(5, len(scene.tokens)),
    ]


class Known(NamedTuple):
    """How well a place is known: the longest order that matched, the contexts that did, the candidates they named, the
    longest order that knows each."""

    matched: int
    contexts: int
    spread: int
    orders: dict[str, int]


class _View:
    """One place's facts, worked out once for all its candidates."""

    def __init__(self, known: Known, scene: Scene, file: Near, far: Far | None) -> None:
        line = self.line = scene.tokens
        self.orders, self.scopes = known.orders, scene.scopes
        self.left = FINGERPRINTS[line[-1] if line else END] % _LEFT
        self.opening = FINGERPRINTS[line[0] if line else END] * A
        column = len(line)
        self.before = KINDS[line[-1]] if line else 0
        self.deep = min(column, 4)
        self.copied_above = _copied(scene.above, line)
        self.copied_below = _copied(scene.below, line)
        self.kin = PARTS[line[line.index("=") - 1]] if "=" in line[1:] else None
        self.above = set(scene.above)
        self.last_use, self.wrapped = scene.last_use, scene.wrapped
        self.uses = file.uses
        self.shared = far.uses if far is not None else None

    def add(self, token: str, features: list[int]) -> tuple[str, int]:
        """Add the candidate's own weights; its bare word and how much the file uses that."""
        word, kind, wrapped, before = BARE[token], KINDS[token], self.wrapped, self.before
        votes, hashed = len(features) // 4, FINGERPRINTS[token]
        votes = votes if votes < _MOST_VOTES else _MOST_VOTES - 1
        used = self.uses.get(word, 0)
        used = used if used < 3 else 3 if used < 6 else 4 if used < 20 else 5
        shared = 0
        if self.shared is not None and (kind == 1 or kind == 2):
            shared = min(6, self.shared(word).bit_length())
        features += (
            _RECENCY + (kind * 8 + self.last_use.get(word, 0)) * _LEFT + self.left,
            _USED + (kind * 6 + used) * 7 + shared,
            _NEARBY + ((((word in self.line) * 2 + (word in self.above)) * 3 + wrapped) * 8 + kind) * 8 + before,
            _IDENTITY + (hashed & 0x1FFF),
            _WRAPPED + wrapped * 16 + kind * 2 + (token != word),
            _VOTES + (self.orders.get(token, 0) * _MOST_VOTES + votes) * 8 + kind,
            _OPENING + (self.opening + hashed * B >> 7) % _OPENINGS,
        )
        if kind == 1:
            features.append(_SCOPE + (self.scopes.get(word, 0) * 8 + before) * 3 + wrapped)
            if self.kin:
                features.append(_KIN + min(len(self.kin & PARTS[word]), 3) * 3 + wrapped)
        if word == self.copied_above:
            features.append(_COPIES + self.deep)
        if word == self.copied_below:
            features.append(_COPIES + 5 + self.deep)
        return word, used


def _copied(other: tuple[str, ...], line: list[str]) -> str | None:
    """The next token if this line went on like the other, of which it is a beginning so far."""
    column = len(line)
    return other[column] if column < len(other) and list(other[:column]) == line else None


def _step(value: int, steps: tuple[int, ...]) -> int:
    """How many of the steps the value has reached."""
    reached = 0
    for step in steps:
        if value < step:
            break
        reached += 1
    return reached


def first_weights() -> list[float]:
    """Where training starts: the surer and longer a context, the more it says. Plain guesses, soon trained away."""
    weights = [0.0] * SIZE
    for slot in range(WIDE):  # the wide levels say nothing before they are trained
        strength = _FIRST_STRENGTH if slot % COUNT else _FIRST_STRENGTH / 2
        for bucket in range(_BUCKETS):
            count, ratio = bucket // 36, bucket % 36 // 6
            weights[slot * _BUCKETS + bucket] = strength * (0.2 + 0.2 * ratio) * (0.7 + 0.1 * count)
    return weights
