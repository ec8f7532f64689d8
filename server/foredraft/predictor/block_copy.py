"""The lines below, where the line being finished belongs to a copy of a block that stands further up.

Two lines are alike if one becomes the other by renaming: the same indentation and the same tokens, but for names and
numbers that stand for each other throughout. Where the line at the cursor and those above it are alike, one by one, to
a run of lines further up, then what follows there, renamed in the same way, is what follows here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from foredraft.predictor.contexts import next_line
from foredraft.predictor.lexer import KINDS, MASKED, bare, depth, lex

LEAST_LINES = 2
"""So many lines alike, that of the cursor included: less is chance."""
_LEAST_TOKENS = 12
_MOST_LINES = 8
_LOOK_BACK = 400
_LONGEST_RUN = 12
_MAY_DIFFER = (1, 3)


def lines_below(lines: Sequence[str], number: int, line: str) -> list[str]:
    """The next lines, with their indentation, once line `number` reads `line`; [] where nothing further up is alike.

    What line `number` of `lines` holds is not looked at. Of several runs alike the longest counts, of equals the
    nearest.
    """
    best, size = None, _LEAST_TOKENS - 1
    width, length = depth(line), len(lex(line))
    for start in range(number - 1, max(-1, number - _LOOK_BACK), -1):
        there = lines[start]
        if depth(there) == width and len(lex(there)) == length:
            run = _Run(lines, start, number, line)
            if len(run) >= LEAST_LINES and run.tokens > size:
                best, size = run, run.tokens
    below = list(best.go_on()) if best is not None else []
    return [] if below and below[0].strip() == next_line(lines, number).strip() else below


class _Run:
    """Lines up to `start` that are alike, one by one, to those up to `number`."""

    def __init__(self, lines: Sequence[str], start: int, number: int, line: str) -> None:
        self._lines = lines
        self._start = start
        self._gap = number - start
        self._length = 0
        self.tokens = 0
        self._renamed: dict[str, str] = {}
        self._back: dict[str, str] = {}
        here, most = line, min(_LONGEST_RUN, start + 1, self._gap)
        while self._length < most and self._take(lines[start - self._length], here):
            here = lines[number - self._length]

    def __len__(self) -> int:
        return self._length

    def go_on(self) -> Iterator[str]:
        """What follows the run, renamed: up to a blank line, the end of the block, or where the copy begins."""
        first = self._start - self._length + 1
        least = min(depth(line) for line in self._lines[first : self._start + 1])
        for line in self._lines[self._start + 1 : self._start + 1 + min(_MOST_LINES, self._gap - self._length)]:
            tokens = lex(line)
            body = line.lstrip(" \t")
            if depth(line) < max(0, least) or any(MASKED in token for token in tokens) or "".join(tokens) != body:
                return
            names = [(token, bare(token)) for token in tokens]
            yield line[: len(line) - len(body)] + "".join(
                token[: len(token) - len(name)] + self._renamed.get(name, name) for token, name in names
            )

    def _take(self, there: str, here: str) -> bool:
        """Whether the two lines are alike under what is renamed so far; then they count."""
        theirs, ours = lex(there), lex(here)
        if not ours or len(theirs) != len(ours) or depth(there) != depth(here):
            return False
        renamed, back = self._renamed.copy(), self._back.copy()
        for old, new in zip(map(bare, theirs), map(bare, ours), strict=True):
            if KINDS[old] != KINDS[new] or (old != new and KINDS[old] not in _MAY_DIFFER):
                return False
            if renamed.setdefault(old, new) != new or back.setdefault(new, old) != old:
                return False
        self._renamed, self._back = renamed, back
        self._length += 1
        self.tokens += len(ours)
        return True
