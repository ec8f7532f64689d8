"""What every wire format has: how the beginning, the pieces and the end of an answer look as bytes."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """What a provider counts: tokens (those `thought` are part of `completion`), seconds, and why it stopped."""

    prompt: int
    cached: int
    completion: int
    thought: int
    cut: bool
    load: float = 0.0
    first: float = 0.0
    generating: float = 0.0

    @property
    def finish(self) -> str:
        return "length" if self.cut else "stop"


class Wire(ABC):
    """One answer in one provider's format. Bytes come as they are to be sent, each a write of its own."""

    content_type = "text/event-stream"
    whole_type = "application/json"

    @abstractmethod
    def opening(self) -> list[bytes]:
        """What comes with the first token."""

    @abstractmethod
    def thought(self, piece: str) -> bytes:
        """A piece of reasoning."""

    @abstractmethod
    def text(self, piece: str) -> bytes:
        """A piece of the answer."""

    @abstractmethod
    def closing(self, counts: Counts) -> list[bytes]:
        """All that comes after the last piece."""

    @abstractmethod
    def whole(self, thought: str, text: str, counts: Counts) -> bytes:
        """The answer to a request that is not streamed."""

    @abstractmethod
    def empty(self) -> bytes:
        """A piece that holds nothing: no choices."""

    @abstractmethod
    def error(self, message: str) -> bytes:
        """A failure under a 200."""

    def keep_alive(self) -> bytes:
        """What a busy provider sends so that nobody hangs up."""
        return b": keep-alive\n\n"


def dump(value: object) -> bytes:
    """JSON without escapes: a character of the answer is its UTF-8 bytes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def event(value: object) -> bytes:
    """A server-sent event."""
    return b"data: " + dump(value) + b"\n\n"
