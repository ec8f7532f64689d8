"""One replacement in a text: applied, found between two texts, and carried over somebody else's replacement."""

from __future__ import annotations

from dataclasses import dataclass

_CLOSERS = frozenset(")]}>\"'`")


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` in place of what stands from `start` to `end` (str offsets, `start <= end`)."""

    start: int
    end: int
    text: str

    def apply(self, text: str) -> str:
        return text[: self.start] + self.text + text[self.end :]

    @property
    def shift(self) -> int:
        """By how much what stands behind the edit moves."""
        return len(self.text) - (self.end - self.start)

    @property
    def empty(self) -> bool:
        """Whether it changes nothing, whatever the text."""
        return self.start == self.end and not self.text

    @staticmethod
    def between(old: str, new: str) -> Edit | None:
        """The smallest edit that makes `new` of `old`; None when they are equal."""
        if old == new:
            return None
        most = min(len(old), len(new))
        head = _common(old, new, most)
        tail = _common_end(old, new, most - head)
        return Edit(head, len(old) - tail, new[head : len(new) - tail])

    def rebase(self, over: Edit) -> Edit | None:
        """This edit, made for a text, for the same text after `over`; None when `over` contradicts it.

        - The edits are disjoint, at least one character lies between them: this one moves along, and both orders
          give the same text.
        - `over` typed on towards this edit: it put the beginning of `text` where this edit begins (an editor may have
          added the closing bracket or quote that `text` ends with). What is left then gives the same end text as
          accepting this edit at once. All of it typed leaves an `empty` edit.
        - Everything else contradicts, a deletion that touches this edit as well: what was drafted for a place does
          not fit when something vanishes before it.
        """
        if over.empty:
            return self
        if over.end < self.start:
            return Edit(self.start + over.shift, self.end + over.shift, self.text)
        if self.end < over.start:
            return self
        if over.start != self.start or over.end > self.end:
            return None
        if self.text.startswith(over.text):
            typed = len(over.text)
            return Edit(self.start + typed, self.end + over.shift, self.text[typed:])
        return self._rebase_over_pair(over)

    def _rebase_over_pair(self, over: Edit) -> Edit | None:
        """Over typing whose closing half the editor added: `(` became `()`, this edit is `(a, b)`."""
        typed = _common(self.text, over.text, min(len(self.text), len(over.text)))
        added = over.text[typed:]
        if not typed or not self.text.endswith(added) or not _CLOSERS.issuperset(added) or over.end != self.end:
            return None
        if len(self.text) < len(over.text):
            return None
        return Edit(self.start + typed, self.start + typed, self.text[typed : len(self.text) - len(added)])


def common(one: str, other: str) -> int:
    """The length of the start that both have in common."""
    return _common(one, other, min(len(one), len(other)))


def _common(one: str, other: str, most: int) -> int:
    """The length of the common start, at most `most`; by halving, so that long texts are compared by the machine."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(one: str, other: str, most: int) -> int:
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low
