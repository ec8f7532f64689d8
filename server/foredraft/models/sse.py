"""Server-sent events out of bytes, in whatever pieces they come."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BOM = b"\xef\xbb\xbf"
_FIELD = re.compile(rb"[A-Za-z0-9_-]{0,64}")


@dataclass(frozen=True, slots=True)
class Event:
    """`data` is what its data lines hold, joined by line feeds; `name` is "" where the stream names none."""

    data: str
    name: str = ""


class Events:
    """Takes bytes and gives events. How the bytes are cut makes no difference, not even inside of a character.

    Comments and empty lines are nothing; fields other than `data` and `event` are left out. What is no UTF-8 becomes
    U+FFFD.
    """

    def __init__(self) -> None:
        self._line = bytearray()
        self._data: list[str] = []
        self._name = ""
        self._after_return = False
        self._started = False
        self.garbled = False
        """Whether there was a line that can be no field: somebody has written into the stream."""

    @property
    def pending(self) -> int:
        """How much is held of an event that is not complete."""
        return len(self._line) + sum(len(line) for line in self._data)

    def feed(self, received: bytes) -> list[Event]:
        """The events that are complete with this."""
        if received:
            fresh = received.removeprefix(b"\n") if self._after_return else received
            self._after_return = received.endswith(b"\r")
            self._line += fresh
        *lines, rest = bytes(self._line).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._line = bytearray(rest)
        return [event for line in lines if (event := self._take(line)) is not None]

    def end(self) -> list[Event]:
        """The event at the end of the stream that no empty line has ended."""
        last = [self._take(bytes(self._line)), self._take(b"")]
        self._line.clear()
        return [event for event in last if event is not None]

    def _take(self, line: bytes) -> Event | None:
        if not self._started:
            line, self._started = line.removeprefix(_BOM), True
        if line:
            field, _, value = line.partition(b":")
            text = value.removeprefix(b" ").decode("utf-8", "replace")
            if field == b"data":
                self._data.append(text)
            elif field == b"event":
                self._name = text
            elif not _FIELD.fullmatch(field):
                self.garbled = True
            return None
        event = Event("\n".join(self._data), self._name) if self._data else None
        self._data, self._name = [], ""
        return event
