"""Thousands of changes at once, as a formatter makes them: applied to plain lines, then one new text."""

from __future__ import annotations

import re

from foredraft.text.document import Document, Position

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class Draft:
    """A text under work. A change costs a microsecond or two; `Document.replaced` makes a whole version each time."""

    def __init__(self, document: Document) -> None:
        self._lines = _split(document.text)

    @property
    def line_count(self) -> int:
        return len(self._lines)

    def line(self, number: int) -> str:
        """Line `number` without its line end; "" outside the text."""
        if not 0 <= number < len(self._lines):
            return ""
        line = self._lines[number]
        if line.endswith("\n"):
            return line[:-2] if line.endswith("\r\n") else line[:-1]
        return line[:-1] if line.endswith("\r") else line

    def replace(self, start: Position, end: Position, text: str) -> None:
        """As `Document.replaced`."""
        if end < start:
            start, end = end, start
        a, left = self._clamped(start)
        b, right = self._clamped(end)
        lines = self._lines
        changed = lines[a][:left] + text + lines[b][right:]
        if a and changed.startswith("\n") and lines[a - 1].endswith("\r"):
            a -= 1
            changed = lines[a] + changed
        if a == b and "\n" not in text and "\r" not in text:
            lines[a] = changed
        else:
            fresh = _split(changed)
            if b + 1 < len(lines):
                fresh.pop()  # empty: `changed` ends as line `b` ended
            lines[a : b + 1] = fresh

    def replace_in_ascii(self, number: int, left: int, right: int, text: str) -> bool:
        """`replace` for the most frequent case, at a third of the price: within a line of ASCII, to nothing or a part
        of a line. Returns whether it was that case; if not, nothing was done."""
        if not 0 <= number < len(self._lines) - 1 or not 0 <= left <= right:
            return False
        line = self._lines[number]
        most = len(line) - 1
        if not line.isascii() or line[-1] != "\n" or line[-2:] == "\r\n" or "\n" in text or "\r" in text:
            return False
        if not left and right >= most and not text and number and self._lines[number - 1][-1] == "\r":
            return False
        self._lines[number] = line[: min(left, most)] + text + line[min(right, most) :]
        return True

    @property
    def text(self) -> str:
        return "".join(self._lines)

    def _clamped(self, position: Position) -> tuple[int, int]:
        line, column = position
        if line >= len(self._lines):
            return len(self._lines) - 1, len(self._lines[-1])
        if line < 0:
            return 0, 0
        return line, max(0, min(column, len(self.line(line))))


def _split(text: str) -> list[str]:
    """Lines with their ends, and the last one, which has none and may be empty."""
    if "\r" not in text:
        lines = text.split("\n")
        return [line + "\n" for line in lines[:-1]] + lines[-1:]
    found = _LINE.findall(text)
    return found if found and not found[-1].endswith(("\r", "\n")) else [*found, ""]
