"""What are the lines of a piece of text, and where in it does a line begin?

Line ends are `\\n`, `\\r\\n` and `\\r` only: `str.splitlines` knows eight more, which editors count as characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

TARGET = 8192
"""About how many characters a block holds (some 200 lines of code)."""

_END = re.compile(r"\r\n|\n|\r")


def split(text: str) -> list[str]:
    """The lines of `text` without their ends; "a\\n" has two, the last one empty."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def ends(text: str) -> int:
    """How many line ends there are."""
    if "\r" not in text:
        return text.count("\n")
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def joined(left: str, right: str) -> bool:
    """Whether the end of `left` and the start of `right` are one line end when put together."""
    return left.endswith("\r") and right.startswith("\n")


class Block:
    """Some whole lines of a document; the last block of a document also holds its last line, which has no end.

    Blocks are shared between versions of a document and never change; `lines` is worked out when first asked for.
    """

    __slots__ = ("_lines", "count", "last", "text")

    def __init__(self, text: str, last: bool, lines: tuple[str, ...] | None = None) -> None:
        self.text = text
        self.last = last
        self.count = ends(text) + last if lines is None else len(lines)
        self._lines = lines

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends."""
        if self._lines is None:
            found = split(self.text)
            self._lines = tuple(found if self.last else found[:-1])
        return self._lines

    def begin(self, number: int) -> int:
        """The offset in `text` at which line `number` begins; the length of `text` for the line after the last one."""
        if number >= self.count:
            return len(self.text)
        within = sum(map(len, self.lines[:number]))
        if "\r" not in self.text:
            return within + number
        newlines, returns, pairs = self.text.count("\n"), self.text.count("\r"), self.text.count("\r\n")
        if newlines == returns == pairs:
            return within + 2 * number
        found = _END.finditer(self.text)
        return [0, *(end.end() for end in found)][number]

    def number(self, offset: int) -> int:
        """The line, counted in this block, on which the character at `offset` stands."""
        if self.text[offset - 1 : offset + 1] == "\r\n":  # inside a line end: still on the line it ends
            offset -= 1
        return min(ends(self.text[:offset]), self.count - 1)


def pieces(text: str, last: bool) -> Iterator[Block]:
    """`text` cut into blocks. `last`: the document ends with it."""
    begin = 0
    while len(text) - begin > 2 * TARGET and (end := _END.search(text, begin + TARGET)) and end.end() < len(text):
        yield Block(text[begin : end.end()], False)
        begin = end.end()
    yield Block(text[begin:] if begin else text, last)


def pieces_with(text: str, last: bool, lines: list[str]) -> Iterator[Block]:
    """The same where the lines are known already, so that their objects stay shared."""
    begin = 0
    for block in pieces(text, last):
        yield Block(block.text, block.last, tuple(lines[begin : begin + block.count]))
        begin += block.count
