"""What the features of a candidate look at: the line so far, the lines around it, and when each word was last used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from foredraft.predictor.far import Far
from foredraft.predictor.lexer import Memo
from foredraft.predictor.near import BARE, Near

MOST_MATCHES = 24


_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
PARTS = Memo(lambda word: frozenset(part.lower() for part in _PART.findall(word)))
"""Name → its parts in lower case: `maxLineLength` and `max_line_length` have three in common."""
_PART_END = re.compile(r"(?<=[^\W_])_+(?=[^\W_])|(?<=[a-z0-9])(?=[A-Z])|(?<=\w)$")
PART_ENDS = Memo(lambda token: tuple(found.end() for found in _PART_END.finditer(token)))
"""Name → where its parts end, an underscore counted to the part before it; nothing for what is no name."""


class Matches(NamedTuple):
    """The words that begin with some letters, of the file (most used first) and of the workspace, and the foremost:
    the one used last, the most used in the file, the most used in the workspace ("" where there is none)."""

    file: list[str]
    workspace: list[str]
    foremost: tuple[str, str, str]


class Scene:
    """What the features look at: the line so far, the lines around, when each word was last used."""

    __slots__ = ("above", "below", "last_use", "matches", "scopes", "tokens", "wrapped")

    def __init__(
        self, above: tuple[str, ...], below: tuple[str, ...], last_use: Mapping[str, int], scopes: Mapping[str, int]
    ) -> None:
        """`last_use`: bare word → how many tokens ago, in steps of 0 (never) to 7 (just now); `scopes`: name → where
        around the line it stands (`uses.py`)."""
        self.above = tuple(BARE[t] for t in above)
        self.below = tuple(BARE[t] for t in below)
        self.last_use, self.scopes = last_use, scopes
        self.matches: dict[str, Matches] = {}
        self.tokens: list[str] = []
        self.wrapped = 0

    def words(self, letters: str, file: Near, far: Far | None) -> Matches:
        """The words of the file and the workspace that begin with `letters`; looked up once."""
        known = self.matches.get(letters)
        if known is None:
            shorter = self.matches.get(letters[:-1])
            of_file = [word for word in (file.uses if shorter is None else shorter.file) if word.startswith(letters)]
            of_file.sort(key=lambda word: file.uses.get(word, 0), reverse=True)
            of_far = far.beginning_with(letters, MOST_MATCHES) if far is not None else []
            latest = next((word for word in self.last_use if word.startswith(letters)), "")
            foremost = (latest, of_file[0] if of_file else "", of_far[0] if of_far else "")
            known = self.matches[letters] = Matches(of_file, of_far, foremost)
        return known

    def at(self, tokens: Iterable[str]) -> Scene:
        """The same scene with these tokens on the line."""
        other = Scene.__new__(Scene)
        other.above, other.below, other.last_use = self.above, self.below, self.last_use
        other.matches, other.scopes = self.matches, self.scopes
        other.tokens = [BARE[t] for t in tokens]
        other.wrapped = _wrapped(other.tokens)
        return other


def _wrapped(line: list[str]) -> int:
    """1 inside a string, 2 inside a comment, else 0: a guess from the line alone, good for most languages."""
    quotes = line.count('"') % 2 + line.count("'") % 2 + line.count("`") % 2
    if quotes:
        return 1
    if "#" in line or (line and line[0] == "*"):
        return 2
    return 2 if any(a == b == "/" for a, b in pairwise(line)) else 0
