"""Files kept as numbers: four bytes a token instead of its text, and the lines come back from them.

Every token that was ever seen has a number in one vocabulary. The end of a line has four, one for each way the next
line may stand below it, so that the numbers alone say what the `LEAN` contexts are made of.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from foredraft.predictor.contexts import end_of_line, step
from foredraft.predictor.lexer import END, FINGERPRINTS, KINDS, MASKED, depth, lex
from foredraft.predictor.near import BARE

ENDS = 4
"""Below this a number is an end of line, and the number is the `step` to the next one."""
MOST_WORDS = 1 << 20
"""Further words are kept as `MASKED`: they are in no answer, and a shelf stays below some 150 MB of words."""

_ODD_BLANKS = re.compile(r"[^\S \t]")


class Kept(NamedTuple):
    """One file: the numbers of its tokens, and the indentation of each of its lines (-1: blank)."""

    numbers: array[int]
    widths: array[int]


class Shelf:
    """The vocabulary of any number of kept files."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        """The tokens by their numbers."""
        self.prints = array("I")
        """The hashes that contexts are made of, by the same numbers."""
        self._numbers = _Numbers(self)

    @property
    def full(self) -> bool:
        """Whether new words are turned into `MASKED` by now: time for a new shelf."""
        return len(self.tokens) >= MOST_WORDS

    def put(self, lines: Sequence[str]) -> Kept:
        """Keep a file, secrets already masked."""
        numbers, widths = array("I"), array("i")
        number_of = self._numbers.__getitem__
        last = -1
        for line in lines:
            width = depth(line)
            widths.append(width)
            if width < 0:
                continue
            if last >= 0:
                numbers[-1] = step(last, width)
            numbers.extend(map(number_of, _tokens(line)))
            numbers.append(0)
            last = width
        return Kept(numbers, widths)

    def numbered(self, tokens: Iterable[str], steps: Iterable[int]) -> array[int]:
        """The numbers of tokens with their ends of lines, of which `steps` tells how the next lines stand."""
        number_of, ends = self._numbers.__getitem__, iter(steps)
        return array("I", [next(ends) if token == END else number_of(token) for token in tokens])

    def lines(self, kept: Kept) -> list[str]:
        """The lines again: same tokens, same depths. What else was blank in them is lost."""
        texts, start = self.tokens, 0
        found = []
        numbers = kept.numbers
        for width in kept.widths:
            end = start
            if width >= 0:
                while numbers[end] >= ENDS:
                    end += 1
                found.append(" " * width + "".join([texts[number] for number in numbers[start:end]]))
                start = end + 1
            else:
                found.append("")
        return found


class _Numbers(dict[str, int]):
    """Token → number; a new one takes the next."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self._tokens, self._prints = shelf.tokens, shelf.prints
        self._tokens += [END] * ENDS
        self._prints.extend(map(end_of_line, range(ENDS)))
        self.__missing__(MASKED)

    def __missing__(self, token: str) -> int:
        number = len(self._tokens)
        if number >= MOST_WORDS and token != MASKED:
            return self[MASKED]
        self._tokens.append(token)
        self._prints.append(FINGERPRINTS[token])
        self[token] = number
        return number


def clear_caches() -> None:
    """Give back what reading files has remembered of words and lines."""
    lex.cache_clear()
    depth.cache_clear()
    for memo in (FINGERPRINTS, KINDS, BARE):
        memo.clear()


def _tokens(line: str) -> tuple[str, ...]:
    """As `lex`, but joined they are lexed as the same again, which a form feed between two words would prevent."""
    tokens = lex(line)
    if _ODD_BLANKS.search(line):
        tokens = lex(_ODD_BLANKS.sub(" ", line))
    return tokens
