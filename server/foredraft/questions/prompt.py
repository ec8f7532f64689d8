"""What a model is asked: the gap at a cursor, or a conversation. Values; no wire format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a file other than the open one, or of the open one far from the cursor."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Fim:
    """Fill in the middle: what stands before and behind the cursor in `path`, and what else is worth knowing.

    `files` come most stable first, so that a provider's cache of prompt prefixes hits; `edits` are the user's latest,
    as a unified diff, oldest first.
    """

    prefix: str
    suffix: str
    path: str
    language: str
    files: tuple[Excerpt, ...] = ()
    edits: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation. Where the last message is the assistant's, the model goes on from its very end if it can."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to ask. `max_tokens` bounds the answer, `stop` ends it (never part of the answer)."""

    body: Fim | Chat
    max_tokens: int
    stop: tuple[str, ...] = ()
    temperature: float = 0.0
