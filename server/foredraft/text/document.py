"""What does the editor hold, as a value: lines, offsets, and cheaply the version after a change."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain
from typing import NamedTuple

from foredraft.text.block import TARGET, Block, joined, pieces, pieces_with, split


class Position(NamedTuple):
    """A place between two characters. Both numbers count from 0; columns count code points, as `str` does."""

    line: int
    column: int


@dataclass(frozen=True, repr=False, eq=False)
class Document:
    """One version of one text. It never changes; `replaced` makes the next version and shares what stayed the same.

    Line ends are `\\n`, `\\r\\n` and `\\r` only. Made by `Document.of`. Equality is by uri, language, version and text.
    """

    uri: str
    language: str
    version: int
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, uri: str, language: str, version: int, text: str) -> Document:
        return cls(uri, language, version, tuple(pieces(text, True)))

    def __repr__(self) -> str:  # never the text: this may end up in a log
        return f"Document({self.uri!r}, {self.language!r}, version {self.version}, {self.line_count} lines)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Document):
            return NotImplemented
        mine, theirs = (self.uri, self.language, self.version), (other.uri, other.language, other.version)
        return mine == theirs and (self.blocks is other.blocks or self.text == other.text)

    def __hash__(self) -> int:
        return hash((self.uri, self.version))

    @cached_property
    def text(self) -> str:
        """The whole text, with its own line ends."""
        return "".join([block.text for block in self.blocks])

    @property
    def line_count(self) -> int:
        """As LSP counts: "a\\n" has 2 lines."""
        return self._line_ends[-1]

    @property
    def length(self) -> int:
        """In code points."""
        return self._offset_ends[-1]

    def line(self, number: int) -> str:
        """Line `number` without its line end; "" outside the document."""
        if not 0 <= number < self.line_count:
            return ""
        index = bisect_right(self._line_ends, number)
        return self.blocks[index].lines[number - self._first_line(index)]

    def lines(self) -> Sequence[str]:
        """All lines without their ends. Lines that a change left alone are the same objects as before."""
        return self._lines

    def offset(self, position: Position) -> int:
        """Code points from the start to `position`, which is clamped into its line and into the document."""
        index, number, column = self._find(position)
        return self._first_offset(index) + self.blocks[index].begin(number) + column

    def position(self, offset: int) -> Position:
        """Where `offset` (clamped) is. Inside `\\r\\n` it is the end of the line."""
        offset = max(0, min(offset, self.length))
        index = min(bisect_right(self._offset_ends, offset), len(self.blocks) - 1)
        block, within = self.blocks[index], offset - self._first_offset(index)
        number = block.number(within)
        column = min(within - block.begin(number), len(block.lines[number]))
        return Position(self._first_line(index) + number, column)

    def common(self, other: Document) -> tuple[int, int]:
        """How many lines at the start and at the end both have in common, as (prefix, suffix).

        Found by identity, so it costs next to nothing for versions of one document, and never counts a line twice:
        prefix + suffix is at most the smaller number of lines. For documents that share nothing it may say (0, 0).
        """
        mine, theirs = self.blocks, other.blocks
        least = min(self.line_count, other.line_count)
        prefix = min(least, _shared(mine, theirs, 1))
        return prefix, min(least - prefix, _shared(mine, theirs, -1))

    def replaced(self, start: Position, end: Position, text: str, version: int) -> Document:
        """The next version, with `text` in place of what is between the positions (clamped; in either order).

        Costs about what the touched lines cost, plus one step for each two hundred lines of the document.
        """
        if end < start:
            start, end = end, start
        first, a, left = self._find(start)
        last, b, right = self._find(end)
        head, tail = self.blocks[first], self.blocks[last]
        before, after = head.begin(a), tail.begin(b + 1)
        changed = head.text[before : before + left] + text + tail.text[tail.begin(b) + right : after]
        if a and joined(head.text[:before], changed):  # a new \n after a lone \r: they are one line end now
            a -= 1
            before, changed = head.begin(a), head.text[head.begin(a) : before] + changed
        touched = _Touched(self.blocks, first, last, head.text[:before], changed, tail.text[after:], a, b + 1)
        return Document(self.uri, self.language, version, touched.blocks())

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        lines: list[str] = []
        for block in self.blocks:
            lines += block.lines
        return tuple(lines)

    @cached_property
    def _line_ends(self) -> list[int]:
        return list(accumulate([block.count for block in self.blocks]))

    @cached_property
    def _offset_ends(self) -> list[int]:
        return list(accumulate([len(block.text) for block in self.blocks]))

    def _first_line(self, index: int) -> int:
        return self._line_ends[index - 1] if index else 0

    def _first_offset(self, index: int) -> int:
        return self._offset_ends[index - 1] if index else 0

    def _find(self, position: Position) -> tuple[int, int, int]:
        """Block, line in that block, column; clamped."""
        line, column = position
        if line >= self.line_count:
            index = len(self.blocks) - 1
            number = self.blocks[index].count - 1
            return index, number, len(self.blocks[index].lines[number])
        if line < 0:
            return 0, 0, 0
        index = bisect_right(self._line_ends, line)
        number = line - self._first_line(index)
        return index, number, max(0, min(column, len(self.blocks[index].lines[number])))


@dataclass(frozen=True, slots=True)
class _Touched:
    """The blocks of a document and the change to them: `before + changed + after` replaces blocks `first` to `last`.

    Lines up to `a` of the first block and from `b` of the last one are kept as objects.
    """

    old: tuple[Block, ...]
    first: int
    last: int
    before: str
    changed: str
    after: str
    a: int
    b: int

    def blocks(self) -> tuple[Block, ...]:
        first, last, old = self.first, self.last, self.old
        text = self.before + self.changed + self.after
        fresh = split(self.changed)
        if not old[last].last or self.b < old[last].count:
            fresh.pop()  # what follows the last line end is the next line, which we have
        lines = [*old[first].lines[: self.a], *fresh, *old[last].lines[self.b :]]
        if last + 1 < len(old) and len(text) < TARGET // 4:
            last += 1
            lines += old[last].lines
            text += old[last].text
        if first and (joined(old[first - 1].text, text) or (last + 1 == len(old) and len(text) < TARGET // 4)):
            first -= 1
            lines = [*old[first].lines, *(lines[1:] if joined(old[first].text, text) else lines)]
            text = old[first].text + text
        return (*old[:first], *pieces_with(text, last + 1 == len(old), lines), *old[last + 1 :])


def _shared(mine: tuple[Block, ...], theirs: tuple[Block, ...], step: int) -> int:
    """Lines in common from the start (`step` 1) or from the end (-1), by identity."""
    shared = same = 0
    for left, right in zip(mine[::step], theirs[::step], strict=False):
        if left is not right:
            break
        shared += left.count
        same += 1
    lines = (chain.from_iterable(block.lines[::step] for block in blocks[::step][same:]) for blocks in (mine, theirs))
    for one, other in zip(*lines, strict=False):
        if one is not other:
            break
        shared += 1
    return shared
