"""What of a document and its surroundings a model is shown: cut to a budget of tokens at line borders.

The cuts are made so that while the user types on, everything but the end of the prefix stays the same, byte for byte:
providers and local models keep what they have computed for the beginning of a prompt. The prefix begins at a line whose
number is a multiple of a step, so that it moves on rarely and then by many lines; the suffix is counted from the cursor
down; edits near the cursor, which the prefix shows anyway, are left out of the diff.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from foredraft.questions.prompt import Excerpt, Fim
from foredraft.questions.scopes import headers, imports
from foredraft.questions.snapshot import Snapshot
from foredraft.text.edit import Edit
from foredraft.text.history import Group

Count = Callable[[str], int]
"""How many tokens a text has; more text never has fewer."""

_TOKENS_A_LINE = 10
_SMALLEST_STEP, _LARGEST_STEP = 4, 64
_HEAD = 0.4
_COLUMNS = 64
_LEAST_LINES = 2
_SHARES = (0.55, 0.15, 0.22)


@dataclass(frozen=True, slots=True)
class Budget:
    """How many tokens each part of a prompt may have; what one leaves is not given to another, which would move its
    cuts."""

    prefix: int
    suffix: int
    files: int
    edits: int

    @classmethod
    def of(cls, total: int = 600) -> Budget:
        """The shares of a lean prompt: what is near the cursor is worth most."""
        prefix, suffix, files = (int(total * share) for share in _SHARES)
        return cls(prefix, suffix, files, total - prefix - suffix - files)

    @property
    def step(self) -> int:
        """The lines by which the beginning of the prefix moves: about half of what it can hold, a power of two."""
        lines = max(1, self.prefix // (2 * _TOKENS_A_LINE))
        return max(_SMALLEST_STEP, min(_LARGEST_STEP, 1 << (lines.bit_length() - 1)))


def excerpt(snapshot: Snapshot, path: str, related: Sequence[Excerpt], budget: Budget, count: Count) -> Fim:
    """The gap at the cursor of `snapshot`, with `\\n` for line ends.

    The prefix ends with the text before the cursor and the suffix begins with the text behind it, as they stand; both
    are cut between lines only, except the cursor's own line where it is longer than the budget. What is cut off the
    prefix leaves its imports and the headers of the blocks around the cut at its head. `path` is the document's, as
    in `related`, of which the first are the most worth knowing.
    """
    document, cursor = snapshot.document, snapshot.cursor
    lines = document.lines()
    before, after = lines[cursor.line][: cursor.column], lines[cursor.line][cursor.column :]
    first, prefix = _prefix(lines, cursor.line, before, budget, count)
    suffix = _suffix(after, lines, cursor.line + 1, budget.suffix, count)
    shown = range(first, cursor.line + 1 + suffix.count("\n"))
    edits = _edits(snapshot.history.groups, cursor.line, shown, budget.edits, count)
    return Fim(prefix, suffix, path, document.language, _files(related, budget.files, count), edits)


def _prefix(lines: Sequence[str], number: int, before: str, budget: Budget, count: Count) -> tuple[int, str]:
    """The line from which on it holds all lines, and the prefix: as many lines as there is room for beside its head,
    from a multiple of the largest step that fits."""
    most = budget.prefix
    left, lowest = most - count(before), number
    while lowest > 0 and left > 0:
        lowest -= 1
        left -= count(f"{lines[lowest]}\n")
    if not lowest and count(text := "\n".join((*lines[:number], before))) <= most:
        return 0, text
    step = budget.step
    while step:
        for first in range(-(-max(1, lowest) // step) * step, number + 1, step):
            text = _head(lines, first, most, count) + "\n".join((*lines[first:number], before))
            if count(text) <= most:
                return first, text
        step //= 2
    return number, _end(before, most, count)


def _head(lines: Sequence[str], first: int, most: int, count: Count) -> str:
    """Lines above `first` for the head of the prefix, as many as there is room for: the headers of the blocks around
    it, innermost first, then imports from the top on."""
    chosen: set[int] = set()
    left = int(most * _HEAD)
    for block in (*headers(lines, first), *imports(lines, first)):
        tokens = count("".join([f"{lines[number]}\n" for number in block]))
        if tokens <= left and not chosen.issuperset(block):
            chosen.update(block)
            left -= tokens
    return "".join([f"{lines[number]}\n" for number in sorted(chosen)])


def _end(before: str, most: int, count: Count) -> str:
    """The end of a line that is too long, from a multiple of some columns on."""
    at = 0
    while at < len(before) and count(before[at:]) > most:
        at += _COLUMNS if len(before) - at > _COLUMNS else 1
    return before[at:]


def _suffix(after: str, lines: Sequence[str], number: int, most: int, count: Count) -> str:
    text = after
    if count(text) > most:
        while text and count(text) > most:
            text = text[: len(text) - (_COLUMNS if len(text) > _COLUMNS else 1)]
        return text
    while number < len(lines) and count(longer := f"{text}\n{lines[number]}") <= most:
        text, number = longer, number + 1
    return text


def _files(related: Iterable[Excerpt], most: int, count: Count) -> tuple[Excerpt, ...]:
    """The first ones that there is room for, cut at line borders, none with more than half of it; by path, so that a
    new order of the same files makes no new prompt."""
    chosen: list[Excerpt] = []
    left = most
    for one in related:
        text = _beginning(one, min(left, max(most // 2, left // 2)), count)
        if text:
            chosen.append(Excerpt(one.path, text))
            left -= count(f"{one.path}\n{text}")
    return tuple(sorted(chosen, key=lambda each: (each.path, each.text)))


def _beginning(one: Excerpt, most: int, count: Count) -> str:
    lines = one.text.split("\n")
    kept = len(lines)
    while kept and count("\n".join((one.path, *lines[:kept]))) > most:
        kept -= 1
    return "\n".join(lines[:kept]) if kept >= min(len(lines), _LEAST_LINES) else ""


def _edits(groups: Sequence[Group], cursor: int, shown: range, most: int, count: Count) -> str:
    """The newest hunks that there is room for, oldest first."""
    hunks: list[str] = []
    left = most
    for group, line in _where_now(groups):
        there = range(line, line + max(1, len(group.new)))
        if cursor in there or group.old == group.new or (_only_adds(group) and _overlap(there, shown)):
            continue
        hunk = _trimmed(group).hunk()
        if (tokens := count(hunk)) <= left:
            hunks.append(hunk)
            left -= tokens
    return "".join(reversed(hunks))


def _where_now(groups: Sequence[Group]) -> Iterator[tuple[Group, int]]:
    """The groups, newest first, each with the line it stands at after the later ones."""
    later: list[Group] = []
    for group in reversed(groups):
        line = group.line
        for other in reversed(later):
            if other.line < line:
                line += len(other.new) - len(other.old)
        later.append(group)
        yield group, line


def _only_adds(group: Group) -> bool:
    edit = Edit.between("\n".join(group.old), "\n".join(group.new))
    return edit is None or edit.start == edit.end


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _trimmed(group: Group) -> Group:
    """Without the lines at both ends that stayed the same."""
    old, new, least = group.old, group.new, min(len(group.old), len(group.new))
    head = next((at for at in range(least) if old[at] != new[at]), least)
    least -= head
    tail = next((at for at in range(least) if old[-1 - at] != new[-1 - at]), least)
    return Group(group.line + head, old[head : len(old) - tail], new[head : len(new) - tail], group.changes)
