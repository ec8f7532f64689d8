"""Successors of contexts in dicts: small, follows every key, forgets exactly what it learned."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from foredraft.predictor.contexts import COUNT, Walk
from foredraft.predictor.lexer import END, KINDS, Memo, bare, depth, lex
from foredraft.predictor.surroundings import Surroundings, next_line

Successors = str | dict[str, int]
"""One successor seen once is the bare string; more are a dict token → count, least recently seen first."""


BARE = Memo(bare)
"""Token → the token without the blanks before it."""


class Learned:
    """What one line taught: enough to forget exactly that."""

    __slots__ = ("keys", "tokens")

    def __init__(self, keys: array[int], tokens: tuple[str, ...]) -> None:
        self.keys = keys
        self.tokens = tokens

    @classmethod
    def blank(cls) -> Learned:
        """What an empty line teaches: nothing."""
        return cls(array("I"), ())


class Near:
    """A level that lives in dicts: of each context key → successors, and how often each word is used.

    A dict a context, because one dict of a million keys takes a tenth of a second whenever it grows.
    """

    __slots__ = ("successors", "uses")

    def __init__(self) -> None:
        self.successors: list[dict[int, Successors]] = [{} for _ in range(COUNT)]
        self.uses: dict[str, int] = {}

    def learn(self, learned: Learned) -> None:
        """File every token of a line under its keys."""
        keys, at, uses = learned.keys, 0, self.uses
        for token in (*learned.tokens, END):
            for successors, key in zip(self.successors, keys[at : at + COUNT], strict=True):
                known = successors.get(key)
                if known is None:
                    successors[key] = token
                elif type(known) is dict:
                    known[token] = known.pop(token, 0) + 1
                elif known == token:
                    successors[key] = {token: 2}
                else:
                    successors[key] = {known: 1, token: 1}  # type: ignore[dict-item]
            at += COUNT
            if KINDS[token] in (1, 2):
                word = BARE[token]
                uses[word] = uses.get(word, 0) + 1

    def forget(self, learned: Learned) -> None:
        """Undo `learn` of the same value."""
        keys, at, uses = learned.keys, 0, self.uses
        for token in (*learned.tokens, END):
            for successors, key in zip(self.successors, keys[at : at + COUNT], strict=True):
                known = successors.get(key)
                if type(known) is dict:
                    _take(known, token)
                    if not known:
                        del successors[key]
                elif known == token:
                    del successors[key]
            at += COUNT
            if KINDS[token] in (1, 2):
                _take(uses, BARE[token])


def read_line(lines: Sequence[str], number: int) -> Learned | None:
    """What line `number` teaches where it stands; None for a blank line."""
    indent = depth(lines[number])
    if indent < 0:
        return None
    tokens = lex(lines[number])
    return Learned(array("I", flat_keys(Surroundings(lines, number, indent, next_line(lines, number)), tokens)), tokens)


def flat_keys(around: Surroundings, tokens: Iterable[str]) -> list[int]:
    """The keys of every position of a line one after the other, that of its end last."""
    walk = Walk(around)
    flat = walk.keys()
    for token in tokens:
        walk.push(token)
        flat += walk.keys()
    return flat


def _take(counts: dict[str, int], one: str) -> None:
    left = counts.get(one, 0) - 1
    if left > 0:
        counts[one] = left
    else:
        counts.pop(one, None)
