"""Around a line: the headers of the blocks it is in, and what its file imports. By indentation, for any language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_REACH = 3_000
_TOP = 300
_LONGEST_SIGNATURE = 8
_LONGEST_IMPORT = 12
_CLOSERS = ")]}"
_COMMENT = re.compile(r"(?:#(?!\[)|//|/\*|\*|--|;|<!--|\"\"\"|''')")
_IMPORT = re.compile(
    r"(?:from\s+\S+\s+import\b|import\b|use\s+[\w:{]|pub\s+use\b|extern\s+crate\b|#\s*include\b|package\s+\w|using\s+\w"
    r"|require(?:_once|_relative)?\b|@import\b|open\s+[A-Z][\w.]*$"
    r"|(?:const|let|var)\s+[\w{},\s:*]+=\s*(?:await\s+)?(?:require|import)\s*\()"
)
_FUTURE = re.compile(r"from\s+__future__\b")


def indentation(line: str) -> int:
    """The width of the blanks a line begins with, a tab up to the next multiple of four; -1 for a blank line."""
    body = line.lstrip(" \t")
    if not body:
        return -1
    lead = line[: len(line) - len(body)]
    return len(lead.expandtabs(4)) if "\t" in lead else len(lead)


def headers(lines: Sequence[str], number: int) -> list[list[int]]:
    """The numbers of the lines that open the blocks in which line `number` stands, innermost block first.

    A signature of several lines comes whole, unless it is very long; then its first and last line.
    """
    below = next((n for n in range(number, min(len(lines), number + _TOP)) if indentation(lines[n]) >= 0), None)
    if below is None:
        return []
    width, found = indentation(lines[below]), []
    if lines[below].lstrip()[0] in _CLOSERS:
        width += 1
    at = number
    stop = max(-1, number - _REACH)
    while width > 0 and (at := _narrower(lines, at - 1, stop, width)) > stop:
        block = _signature(lines, at, stop)
        found.append(block)
        at, width = block[0], indentation(lines[at])
    return found


def imports(lines: Sequence[str], number: int) -> Iterator[list[int]]:
    """The numbers of the lines of each import above line `number`, from the top on; of a file's first lines only."""
    at, most = 0, min(len(lines), number, _TOP)
    while at < most:
        line = lines[at]
        if _IMPORT.match(line) and not _FUTURE.match(line):
            end = _end_of_brackets(lines, at, most)
            if end - at <= _LONGEST_IMPORT:
                yield list(range(at, end))
            at = end
        else:
            at += 1


def _narrower(lines: Sequence[str], at: int, stop: int, width: int) -> int:
    """The next line upwards that is indented less than `width` and is no comment or directive."""
    while at > stop:
        if 0 <= indentation(lines[at]) < width and not _COMMENT.match(lines[at].lstrip()):
            return at
        at -= 1
    return stop


def _signature(lines: Sequence[str], at: int, stop: int) -> list[int]:
    """All lines of the header whose last line is `at`."""
    body = lines[at].strip()
    width = indentation(lines[at])
    if body == "{":
        above = _narrower(lines, at - 1, stop, width + 1)
        return [*_signature(lines, above, stop), at] if above > stop and indentation(lines[above]) == width else [at]
    if body[0] not in _CLOSERS or body.startswith("}"):
        return [at]
    first = at - 1
    while first > stop and not 0 <= indentation(lines[first]) <= width:
        first -= 1
    if first <= stop:
        return [at]
    return list(range(first, at + 1)) if at - first < _LONGEST_SIGNATURE else [first, at]


def _end_of_brackets(lines: Sequence[str], at: int, most: int) -> int:
    """The line after the one in which the brackets that line `at` opens are closed."""
    depth = 0
    for number in range(at, min(most, at + 4 * _LONGEST_IMPORT)):
        line = lines[number]
        depth += sum(map(line.count, "([{")) - sum(map(line.count, _CLOSERS))
        if depth <= 0:
            return number + 1
    return at + 1
