"""Stop texts, enforced on a stream: providers take four at most, or none."""

from __future__ import annotations

from collections.abc import Iterable


class Stops:
    """Cuts a text that comes in pieces before the first of some stop texts to be complete.

    What may turn out to be the beginning of one is held back. How the text is cut makes no difference.
    """

    def __init__(self, stops: Iterable[str]) -> None:
        self._stops = tuple(stop for stop in dict.fromkeys(stops) if stop)
        self._held = ""
        self.hit = False
        """Whether a stop text has come: nothing comes after it."""

    def feed(self, text: str) -> str:
        """What of the answer is certain now."""
        if self.hit:
            return ""
        self._held += text
        found = [(at + len(stop), at) for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.hit = True
            certain, self._held = self._held[: min(found)[1]], ""
            return certain
        keep = self._possible()
        certain = self._held[: len(self._held) - keep]
        self._held = self._held[len(certain) :]
        return certain

    def rest(self) -> str:
        """What was held back, once nothing follows."""
        rest, self._held = self._held, ""
        return rest

    def _possible(self) -> int:
        longest = max((len(stop) for stop in self._stops), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            end = self._held[-length:]
            if any(stop.startswith(end) for stop in self._stops):
                return length
        return 0
