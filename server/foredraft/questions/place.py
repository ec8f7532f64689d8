"""Where in a text is the cursor, as a key under which an answer is found again? The only maker of such keys.

A place is a line: what was asked, the language, the nearest lines above and below. The columns of one line share its
key, so that one look-up finds what was stored at every column of it, and typing does not ask the disk again. What the
line holds is kept with what is stored there and compared exactly: `Step.left` carries a stored text over what was typed
since, by `Edit.rebase`. Going down a block that was stored at its first line, the way up is walked: `walk`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from foredraft.questions.snapshot import Snapshot
from foredraft.text.document import Document, Position
from foredraft.text.edit import Edit

FORMAT = 1
"""Counted up whenever the same text would get another key, or an old entry another meaning."""
UP = 8
"""How many lines above the cursor's are looked at for blocks that began there."""

_ABOVE, _BELOW = (4, 12), (2, 6)
"""So many lines that say something, within so many lines."""
_WIDE_ABOVE, _WIDE_BELOW = 40, 20
_SAYS = re.compile(r"[^\W_]")
_CLOSERS = str.maketrans("", "", ")]}>\"'`")
_OPENERS = re.compile(r"[(\[{<\"'`]")


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a text, and where in it. `above` and `below` are the nearest lines, without blanks at their ends (which
    editors take away); `before` and `after` are the line itself, left and right of the cursor."""

    kind: str
    language: str
    above: tuple[str, ...]
    below: tuple[str, ...]
    before: str
    after: str

    def key(self, workspace: str) -> str:
        """The key of the line, the same for all its columns. It holds no word of the text."""
        return _key(workspace, self.kind, self.language, self.above, self.below)


@dataclass(frozen=True, slots=True)
class Step:
    """A line at or above the cursor's, as a place where something may have been stored.

    `line` is its text, as far as it is left of the cursor; `typed` what stands between it and the cursor, and `after`
    what stands right of the cursor. `line_number` and `cursor` say where that is in the document.
    """

    key: str
    line: str
    typed: str
    after: str
    line_number: int
    cursor: Position

    def left(self, before: str, after: str, text: str) -> tuple[str, int] | None:
        """What is left of `text`, which was stored in this line between `before` and `after`, and how much of it was
        typed; None where the text as it is now contradicts it."""
        if not self.line.startswith(before) or not self.after.endswith(after):
            return None
        typed = self.line[len(before) :] + self.typed
        closed = self.after[: len(self.after) - len(after)]
        left = Edit(0, 0, text).rebase(Edit(0, 0, typed + closed))
        if left is None and _closes(closed, typed):
            left = Edit(0, 0, text).rebase(Edit(0, 0, typed))
        if left is None or left.start != len(typed) or left.end != left.start:
            return None
        return left.text, len(typed)


def place(kind: str, document: Document, cursor: Position) -> Place:
    """The place of the cursor."""
    line = document.line(cursor.line)
    above, below = _above(document, cursor.line, 0), _below(document, cursor.line)
    found = _telling(above, len(above), _ABOVE)
    return Place(kind, document.language, found, below, line[: cursor.column], line[cursor.column :])


def walk(kind: str, snapshot: Snapshot, workspace: str) -> list[Step]:
    """The places where what fits at the cursor may have been stored, its own line first."""
    document, cursor = snapshot.document, snapshot.cursor
    line = document.line(cursor.line)
    before, after = line[: cursor.column], line[cursor.column :]
    steps: list[Step] = []
    lines, below = _above(document, cursor.line, UP), _below(document, cursor.line)
    typed, begun = "", before
    for number in range(cursor.line, max(-1, cursor.line - UP - 1), -1):
        if number < cursor.line:
            typed = f"\n{begun}{typed}"
            begun = document.line(number)
        above = _telling(lines, len(lines) - (cursor.line - number), _ABOVE)
        key = _key(workspace, kind, document.language, above, below)
        steps.append(Step(key, begun, typed, after, number, cursor))
    return steps


def context(document: Document, line: int, last: int) -> str:
    """A fingerprint of what stands around the lines from `line` to `last`, wider than a place and without them."""
    above = document.lines()[max(0, line - _WIDE_ABOVE) : line]
    below = document.lines()[last + 1 : last + 1 + _WIDE_BELOW]
    text = "\0".join(("\n".join(above), "\n".join(below)))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def workspace_of(name: str) -> str:
    """The part of a key that keeps workspaces apart: a hash of whatever names one."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def prefix(workspace: str) -> str:
    """What all keys of one workspace's places begin with."""
    return f"place:{workspace}:"


def _key(workspace: str, kind: str, language: str, above: Sequence[str], below: Sequence[str]) -> str:
    text = "\0".join((f"{FORMAT}", kind, language, "\n".join(above), "\n".join(below)))
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16)
    return f"{prefix(workspace)}{digest.hexdigest()}"


def _above(document: Document, line: int, more: int) -> list[tuple[str, bool]]:
    """The lines above that may count for `line` or one of `more` lines above it, and whether each says something."""
    return [_looked_at(one) for one in document.lines()[max(0, line - more - _ABOVE[1]) : line]]


def _below(document: Document, line: int) -> tuple[str, ...]:
    """The nearest lines below."""
    lines = [_looked_at(one) for one in document.lines()[line + 1 : line + 1 + _BELOW[1]]]
    return _telling(lines[::-1], len(lines), _BELOW)


def _looked_at(line: str) -> tuple[str, bool]:
    return line.rstrip(), _SAYS.search(line) is not None


def _telling(lines: Sequence[tuple[str, bool]], end: int, enough: tuple[int, int]) -> tuple[str, ...]:
    """The last lines before `end`, the nearest first: as many as it takes to have enough that say something. Brackets
    alone do not."""
    least, most = enough
    found: list[str] = []
    for text, says in reversed(lines[max(0, end - most) : end]):
        found.append(text)
        least -= says
        if not least:
            break
    return tuple(found)


def _closes(closed: str, typed: str) -> bool:
    """Whether `closed` is what an editor closes of its own accord when `typed` opens it."""
    return bool(closed) and not closed.translate(_CLOSERS) and len(closed) <= len(_OPENERS.findall(typed))
