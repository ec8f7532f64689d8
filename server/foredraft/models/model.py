"""What a model is: facts, and one method that streams an answer to a prompt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from foredraft.models.outgoing import Outgoing, Tier


class Use(StrEnum):
    """How a model is asked to fill the gap at the cursor."""

    CHAT = "chat"
    """By a conversation whose reply is aligned to the cursor."""
    TOKENS = "tokens"
    """By its family's FIM markers in a raw prompt, no template applied."""
    SUFFIX = "suffix"
    """By a prompt and a suffix; the provider puts the markers in."""
    INFILL = "infill"
    """By llama-server's own endpoint."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens."""

    input: float = 0.0
    cached: float = 0.0
    output: float = 0.0


@dataclass(frozen=True, slots=True)
class Facts:
    """One model id at one provider. `context` and `most_output` are in tokens."""

    provider: str
    id: str
    family: str
    tier: Tier
    use: Use
    context: int
    most_output: int
    price: Price = Price()
    continues: bool = False
    """Whether it goes on from the very end of a conversation whose last message is the assistant's."""

    @property
    def name(self) -> str:
        """As a role names it: "groq/openai/gpt-oss-20b"."""
        return f"{self.provider}/{self.id}"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them; `cached` are those of `prompt` that it had already."""

    prompt: int
    completion: int
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """What a provider stated in the headers of a reply, successful or not. `reset` in seconds from that reply."""

    what: Literal["requests", "tokens"]
    window: Literal["second", "minute", "hour", "day"]
    limit: float | None = None
    remaining: float | None = None
    reset: float | None = None


class Finish(StrEnum):
    """Why a model stopped."""

    STOP = "stop"
    LENGTH = "length"
    FILTERED = "filtered"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer, in order. The first one may carry `limits` and no text; the last one says `finish`, and
    `usage` where the provider counts. `model` is the name of who wrote it: a wrapper that chooses says whom it chose.
    """

    text: str = ""
    finish: Finish | None = None
    usage: Usage | None = None
    limits: tuple[Limit, ...] = ()
    model: str = ""


class Model(Protocol):
    """Limits, rests, deadlines, hedges and budgets are models that wrap a model."""

    @property
    def facts(self) -> Facts: ...

    def stream(self, outgoing: Outgoing) -> AsyncIterator[Chunk]:
        """The answer, piece by piece; raises `ModelFailed`, before or in mid-answer.

        Closing the iterator (`aclose`) or cancelling the task closes the connection, which ends the work behind it.
        """
        ...
