"""How is one question put to whatever model, and what of the reply is the text at the cursor?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from foredraft.models.model import Facts
from foredraft.models.outgoing import Outgoing
from foredraft.questions.suggestion import Stage


class Reading(Protocol):
    """From what a model says to the text at the cursor; one for each answer."""

    def feed(self, text: str) -> str:
        """`text` came; what of the answer is certain now, which only ever grows."""
        ...

    def end(self) -> str:
        """Nothing more comes; the whole answer."""
        ...

    @property
    def enough(self) -> bool:
        """Whether what would still come is of no use."""
        ...

    def likely(self) -> str:
        """What the whole answer would be if nothing more came: more than is certain, and it may be taken back."""
        ...

    @property
    def rejected(self) -> str:
        """Why the whole reply is worth nothing; "" if it is not."""
        ...


class Question(Protocol):
    """One place of one document, as it is put to whatever model."""

    def outgoing(self, facts: Facts, draft: str | None) -> Outgoing:
        """What is sent to this model; `draft` is the text it is to improve. Raises ModelFailed where nothing may."""
        ...

    def reading(self, facts: Facts, draft: str | None) -> Reading:
        """For one reply of this model, asked so."""
        ...

    def worse(self, draft: str, text: str) -> bool:
        """Whether the document parses worse with `text` than with `draft`."""
        ...

    def ballot(self, facts: Facts, texts: list[str]) -> Outgoing:
        """Ask which of `texts` is best; the answer is its number, from 1."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """A text at the cursor: by whom, how far it has been worked on; `done`: it is all, `cut`: its end is missing."""

    text: str
    stage: Stage
    model: str
    done: bool
    cut: bool = False


@dataclass(slots=True)
class Told:
    """What one stage did, for `--why`: no code, times in milliseconds from its start. `asked` are those that were sent
    something, `model` is who answered; tokens are estimated as long as nobody has counted them."""

    role: str
    model: str = ""
    outcome: str = "cut off"
    asked: list[str] = field(default_factory=list)
    first_ms: float | None = None
    ms: float | None = None
    prompt_tokens: int = 0
    answer_tokens: int = 0
    cached_tokens: int = 0
    usd: float = 0.0
    failed: list[str] = field(default_factory=list)
