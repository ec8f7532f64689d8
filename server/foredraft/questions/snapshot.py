"""All facts that one answer may depend on, taken at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from foredraft.questions.kept import Kept
from foredraft.questions.suggestion import Suggestion
from foredraft.text.document import Document, Position
from foredraft.text.history import History


class Trigger(StrEnum):
    """What made the editor ask."""

    AUTOMATIC = "automatic"
    """The user types."""
    INVOKED = "invoked"
    """The user asked by a key or a command."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One document with the cursor in it, what was done to it lately, and what is on offer there.

    `live` are suggestions offered before, `kept` what models wrote and nobody has seen to its end; both rebased to
    `document`, newest last.
    """

    document: Document
    cursor: Position
    trigger: Trigger = Trigger.AUTOMATIC
    history: History = field(default_factory=History)
    live: tuple[Suggestion, ...] = ()
    kept: tuple[Kept, ...] = ()
