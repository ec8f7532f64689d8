"""What was asked of the simulator, and what became of it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MOST_BODIES = 500
"""Of so many of the latest requests the bodies are kept; they are by far the largest part of an entry."""


@dataclass(slots=True, eq=False)
class Entry:
    """One request to generate. Times are seconds of this machine's monotonic clock (`time.monotonic()`).

    `status` is 0 where none was sent. `tokens` have been streamed (of those, `thought` were reasoning). `closed_at` is
    when the client was seen to hang up before the answer was complete. `said` tells where the text came from: "rule",
    "text", "known", "wrong", "kept" (a draft as it was) or "lost" (the place was not found). `fault` names what the
    scenario broke.
    """

    number: int
    provider: str
    model: str
    endpoint: str
    at: float = field(default_factory=time.monotonic)
    prompt_chars: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    max_tokens: int | None = None
    stream: bool = False
    status: int = 0
    fault: str | None = None
    said: str | None = None
    tokens: int = 0
    thought: int = 0
    first_token_at: float | None = None
    last_byte_at: float | None = None
    ended_at: float | None = None
    closed_at: float | None = None
    finished: bool = False
    body: dict[str, Any] | None = None

    @property
    def closed_after(self) -> float | None:
        """Seconds between the last byte sent and the client's hanging up."""
        if self.closed_at is None or self.last_byte_at is None:
            return None
        return self.closed_at - self.last_byte_at

    def as_json(self, body: bool) -> dict[str, Any]:
        """For `GET /_log`."""
        shown = {one.name: getattr(self, one.name) for one in dataclasses.fields(self) if one.name != "body"}
        return shown | {"closed_after": self.closed_after} | ({"body": self.body} if body else {})


class Log:
    """Entries in the order of arrival; a list to read, but for what writes to it."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._count = 0

    def open(self, provider: str, endpoint: str) -> Entry:
        """The entry of a request that has just come."""
        self._count += 1
        entry = Entry(self._count, provider, "", endpoint)
        self._entries.append(entry)
        if len(self._entries) > MOST_BODIES:
            self._entries[-MOST_BODIES - 1].body = None
        return entry

    def clear(self) -> None:
        self._entries.clear()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]
