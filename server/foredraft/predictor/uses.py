"""Where the words of a file were used above a line: how long ago, and in which scope."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from foredraft.predictor.lexer import KINDS, depth, lex
from foredraft.predictor.near import BARE

_TOKENS = 2_000
_STEPS = ((8, 7), (20, 6), (50, 5), (120, 4), (300, 3), (800, 2), (_TOKENS, 1))
_SCOPE_LINES = 120
IN_BLOCK, IN_OUTERMOST, SET = 1, 2, 4
"""A name stands above in the same block or the line that opens it; in the same outermost block; is set in that one."""
_SETTING = ("=", ":=", ":")


def last_uses(lines: Sequence[str], number: int) -> dict[str, int]:
    """Bare token → 7 (used in the last tokens before line `number`) down to 1 (up to 2,000 tokens ago)."""
    found: dict[str, int] = {}
    seen, steps = 0, iter(_STEPS)
    reach, step = next(steps)
    stop = max(0, number - _TOKENS)
    while number > stop and seen < _TOKENS:
        number -= 1
        words = _words(lines[number])
        for word in words:
            found.setdefault(word, step)
        seen += len(words)
        while seen >= reach and step > 1:
            reach, step = next(steps)
    return found


def scopes(lines: Sequence[str], number: int, indent: int) -> dict[str, int]:
    """Name → the sum of what holds of it of `IN_BLOCK`, `IN_OUTERMOST` and `SET`, for line `number`, which stands
    `indent` wide."""
    found: dict[str, int] = {}
    here = IN_BLOCK | IN_OUTERMOST
    for index in range(number - 1, max(-1, number - _SCOPE_LINES - 1), -1):
        width = depth(lines[index])
        if width < 0:
            continue
        for name, how in _names(lines[index]):
            found[name] = found.get(name, 0) | here | how
        if not width:
            break
        if width < indent:
            here = IN_OUTERMOST
    return found


@lru_cache(maxsize=1 << 13)
def _words(line: str) -> tuple[str, ...]:
    return tuple([BARE[token] for token in lex(line)])


@lru_cache(maxsize=1 << 13)
def _names(line: str) -> tuple[tuple[str, int], ...]:
    """The names of a line, and `SET` for those that it sets, else 0."""
    words = _words(line)
    return tuple(
        (word, SET if behind in _SETTING else 0)
        for word, behind in zip(words, (*words[1:], ""), strict=True)
        if KINDS[word] == 1
    )
