"""What was done to a document lately: changes, grouped as a person would tell them, newest last."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from foredraft.text.document import Position

PAUSE = 1.0
"""Seconds of quiet that end a group."""
_GROUPS = 32
_CHANGES = 64
LINES = 50
"""Of longer changes, and of what they did to whole lines, the first lines are kept."""
_CHARACTERS = 2000
"""Of longer lines the beginning is kept: every key in a line keeps it as it was and as it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `removed` became `inserted` at `start`; whole lines `old` became `new`, from `start.line` on.

    `at` is in seconds of any clock that does not jump. Of long changes only the beginning is kept.
    """

    at: float
    start: Position
    removed: str
    inserted: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Changes that belong together: from `line` on, the lines `old` became `new`. `changes` are the newest."""

    line: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def at(self) -> float:
        """When the last change was made."""
        return self.changes[-1].at

    def hunk(self) -> str:
        """As a hunk of a unified diff."""
        head = f"@@ -{self.line + 1},{len(self.old)} +{self.line + 1},{len(self.new)} @@\n"
        lines = [*(f"-{line}\n" for line in self.old), *(f"+{line}\n" for line in self.new)]
        return head + "".join(lines)


@dataclass(frozen=True, slots=True)
class History:
    """The last groups of changes of one document, oldest first; bounded, so it may be kept and handed on freely."""

    groups: tuple[Group, ...] = ()

    def add(self, change: Change) -> History:
        """The history with one more change: part of the last group if it is near it in place and in time."""
        change = _short(change)
        if self.groups:
            joined = _joined(self.groups[-1], change)
            if joined is not None:
                return History((*self.groups[:-1], joined))
        fresh = Group(change.start.line, change.old, change.new, (change,))
        return History((*self.groups[1 - _GROUPS :], fresh))

    @property
    def changes(self) -> tuple[Change, ...]:
        """The single changes, oldest first."""
        return tuple(chain.from_iterable(group.changes for group in self.groups))

    def as_diff(self) -> str:
        """The groups as hunks of a diff, oldest first; groups that undid themselves are left out."""
        return "".join(group.hunk() for group in self.groups if group.old != group.new)


def _short(change: Change) -> Change:
    longest = max(map(len, (change.removed, change.inserted, *change.old, *change.new)))
    if longest <= _CHARACTERS and max(len(change.old), len(change.new)) <= LINES:
        return change
    removed, inserted = change.removed[:_CHARACTERS], change.inserted[:_CHARACTERS]
    old, new = (tuple(line[:_CHARACTERS] for line in lines[:LINES]) for lines in (change.old, change.new))
    return Change(change.at, change.start, removed, inserted, old, new)


def _joined(group: Group, change: Change) -> Group | None:
    """Both as one group, or None if they are too far apart. Needs the lines to overlap or to follow each other."""
    begin, end = change.start.line, change.start.line + len(change.old)
    group_end = group.line + len(group.new)
    if change.at - group.at > PAUSE or begin > group_end or end < group.line:
        return None
    if max(len(group.old), len(group.new), len(change.old), len(change.new)) >= LINES:
        return None
    before = change.old[: max(0, group.line - begin)]
    after = change.old[len(change.old) - max(0, end - group_end) :] if end > group_end else ()
    kept_before = group.new[: max(0, begin - group.line)]
    kept_after = group.new[len(group.new) - max(0, group_end - end) :] if group_end > end else ()
    return Group(
        min(group.line, begin),
        (*before, *group.old, *after),
        (*kept_before, *change.new, *kept_after),
        (*group.changes[1 - _CHANGES :], change),
    )
