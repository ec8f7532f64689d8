"""Which lines of other files look like those around the cursor? By the share of words they have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

_WORD = re.compile(r"[A-Za-z_]\w+")
WINDOW, _STEP = 10, 5
_MOST_LINES = 2_000
_FEWEST = 5


def words(lines: Sequence[str]) -> frozenset[str]:
    """The different words in some lines."""
    return frozenset(_WORD.findall("\n".join(lines)))


def alike(wanted: frozenset[str], lines: Sequence[str]) -> Iterator[tuple[float, int]]:
    """(likeness, first line) of the windows of some lines that have a word in common with `wanted`; likeness is the
    words in common as a share of all words of both, 0 to 1."""
    if len(wanted) < _FEWEST:
        return
    steps = [words(lines[at : at + _STEP]) for at in range(0, min(len(lines), _MOST_LINES), _STEP)]
    for number, (one, other) in enumerate(pairwise(steps)):
        there = one | other
        common = len(there & wanted)
        if common:
            yield common / (len(there) + len(wanted) - common), number * _STEP
