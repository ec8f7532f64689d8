"""How does a part of a new name go on? As parts of known names do: `x_li` becomes `x_lines` where `open_lines` is."""

from __future__ import annotations

from collections.abc import Iterable

from foredraft.predictor.lexer import KINDS, MASKED
from foredraft.predictor.scene import PART_ENDS

_LEAST_PART = 3
_LEAST_TYPED = 2
"""So many letters of a part, or none behind a part that is known to have successors."""
_PAIR = 4
"""A part that followed the same part weighs so many times as much as one that stands anywhere."""


class Parts:
    """The parts of some names, how often each is used and what follows it."""

    def __init__(self, names: Iterable[str]) -> None:
        self._uses: dict[str, int] = {}
        self._behind: dict[str, dict[str, int]] = {}
        for name in names:
            if KINDS[name] == 1 and MASKED not in name:
                self._add(name)

    def rest(self, letters: str) -> tuple[str, float]:
        """What completes the part that `letters`, the beginning of a name, end with, and its share of all that would;
        ("", 0) where nothing is known."""
        previous, begun = _begun(letters)
        fitting: dict[str, int] = {}
        for part, count in self._behind.get(previous, {}).items():
            if part.startswith(begun) and part != begun:
                fitting[part] = _PAIR * count
        if len(begun) >= _LEAST_TYPED:
            for part, count in self._uses.items():
                if part.startswith(begun) and part != begun:
                    fitting[part] = fitting.get(part, 0) + count
        best = max(fitting, key=fitting.__getitem__, default="")
        return best[len(begun) :], fitting[best] / (sum(fitting.values()) + 1) if best else 0.0

    def _add(self, name: str) -> None:
        before, start = "", 0
        for end in PART_ENDS[name]:
            part = name[start:end].strip("_").lower()
            if len(part) >= _LEAST_PART:
                self._uses[part] = self._uses.get(part, 0) + 1
                if before:
                    behind = self._behind.setdefault(before, {})
                    behind[part] = behind.get(part, 0) + 1
            before, start = part, end


def _begun(letters: str) -> tuple[str, str]:
    """The last part of a name that is finished and the one that is begun (may be empty), in lower case."""
    stem = letters.rstrip("_")
    ends = (0, *PART_ENDS[stem])
    if stem != letters:
        return stem[ends[-2] if len(ends) > 1 else 0 :].strip("_").lower(), ""
    start = ends[-2] if len(ends) > 1 else 0
    return letters[ends[-3] if len(ends) > 2 else 0 : start].strip("_").lower(), letters[start:].lstrip("_").lower()
