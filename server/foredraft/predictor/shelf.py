"""Files kept as numbers: four bytes a token instead of its text, and the lines come back from them.

Every token that was ever seen has a number in one vocabulary. The end of a line has four, one for each way the next
line may stand below it, so that the numbers alone say what the `LEAN` contexts are made of.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from foredraft.predictor.lexer import _LONGEST_LINE, _TOKEN, END, FINGERPRINTS, KINDS, MASKED, depth, lex
from foredraft.predictor.near import BARE
from foredraft.predictor.surroundings import end_of_line, step

ENDS = 4
"""Below this a number is an end of line, and the number is the `step` to the next one."""
MOST_WORDS = 1 << 20
"""Further words are kept as `MASKED`: they are in no answer, and a shelf stays below some 150 MB of words."""

_ODD_BLANKS = re.compile(r"[^\S \t\n]")
_TOKEN_OR_LINE = re.compile(r"\n[ \t]*|" + _TOKEN.pattern)


@dataclass(slots=True)
class Kept:
    """One file: the numbers of its tokens, and the indentation of each of its lines (-1: blank)."""

    numbers: array[int]
    widths: array[int]
    keys: array[int] | None = field(default=None, compare=False)
    """Those of all contexts, of the nearest files alone: 112 bytes a token."""


class Shelf:
    """The vocabulary of any number of kept files."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        """The tokens by their numbers."""
        self.prints = array("I")
        """The hashes that contexts are made of, by the same numbers."""
        self._indents = array("i")
        """How wide an indentation is, by the number of a line's beginning; -1 for all other numbers."""
        self._numbers = _Numbers(self)

    @property
    def full(self) -> bool:
        """Whether new words are turned into `MASKED` by now: time for a new shelf."""
        return len(self.tokens) >= MOST_WORDS

    def put(self, lines: Sequence[str]) -> Kept:
        """Keep a file, secrets already masked."""
        text = "\n".join(["", *lines])
        if not lines or _ODD_BLANKS.search(text) or max(map(len, lines), default=0) > _LONGEST_LINE:
            return self._put_line_by_line(lines)
        numbers = np.fromiter(map(self._numbers.__getitem__, _TOKEN_OR_LINE.findall(text)), np.uint32)
        indents = np.frombuffer(self._indents, np.int32)[numbers]
        begins = np.flatnonzero(indents >= 0)
        ends = np.append(begins[1:], len(numbers))
        written = ends - begins > 1
        widths = np.where(written, indents[begins], -1).astype(np.int32)
        # The end of a line takes the place of the beginning of the next one.
        numbers, kept = np.append(numbers, np.uint32(0)), np.append(indents < 0, False)
        numbers[ends[written]] = _steps(widths[written])
        kept[ends[written]] = True
        return Kept(array("I", numbers[kept].tobytes()), array("i", widths.tobytes()))

    def _put_line_by_line(self, lines: Sequence[str]) -> Kept:
        """As `put`, for lines that are long or hold blanks which `lex` leaves out."""
        numbers, widths = array("I"), array("i")
        last = -1
        for line in lines:
            width = depth(line)
            widths.append(width)
            if width < 0:
                continue
            if last >= 0:
                numbers[-1] = step(last, width)
            numbers.extend(map(self._numbers.__getitem__, lex(_ODD_BLANKS.sub(" ", line))))
            numbers.append(0)
            last = width
        return Kept(numbers, widths)

    def slim(self, kept: Kept) -> None:
        """Forget the file's keys, which are worked out again when they are needed."""
        kept.keys = None

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
    """Token → number; a new one takes the next. A line's beginning with its indentation has one too, while files are
    read."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self._tokens, self._prints, self._indents = shelf.tokens, shelf.prints, shelf._indents
        self._tokens += [END] * ENDS
        self._prints.extend(map(end_of_line, range(ENDS)))
        self._indents.extend([-1] * ENDS)
        self.__missing__(MASKED)

    def __missing__(self, token: str) -> int:
        number = len(self._tokens)
        begins_line = token[0] == "\n"
        if number >= MOST_WORDS and token != MASKED and not begins_line:
            return self[MASKED]
        self._tokens.append(token)
        self._prints.append(0 if begins_line else FINGERPRINTS[token])
        self._indents.append(depth(token[1:] + "x") if begins_line else -1)
        self[token] = number
        return number


def _steps(widths: npt.NDArray[np.int32]) -> npt.NDArray[np.uint32]:
    """`step` from each line to the next one; 0 behind the last."""
    steps = np.zeros(len(widths), np.uint32)
    further = np.sign(np.diff(widths))
    steps[:-1] = np.where(further > 0, step(0, 1), np.where(further < 0, step(1, 0), step(0, 0)))
    return steps


def clear_caches() -> None:
    """Give back what reading files has remembered of words and lines."""
    lex.cache_clear()
    depth.cache_clear()
    for memo in (FINGERPRINTS, KINDS, BARE):
        memo.clear()
