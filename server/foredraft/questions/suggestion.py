"""What an answer is made of: suggestions, where they came from, and why others were turned down."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from foredraft.text.edit import Edit


class Source(StrEnum):
    """Where a suggestion came from."""

    LIVE = "live"
    """It was shown before and still fits what was typed since."""
    PREDICTOR = "predictor"
    """The embedded model made it."""
    MODEL = "model"
    """A model wrote it."""


class Stage(StrEnum):
    """How far a suggestion has been worked on."""

    DRAFT = "draft"
    REFINED = "refined"


class Outcome(StrEnum):
    """What became of a shown suggestion."""

    SHOWN = "shown"
    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly accepted"
    REJECTED = "rejected"


class Reject(StrEnum):
    """Why a candidate is not shown. A value that is counted and explained, never raised."""

    EMPTY = "nothing to say"
    UNSURE = "less sure than the threshold"
    REPEATS_SUFFIX = "repeats what stands right of the cursor"
    GROWS_TOGETHER = "becomes one word with what stands right of the cursor"
    REVERTS = "undoes what was just done"
    BREAKS_BRACKETS = "leaves brackets unbalanced"
    REPEATS_ITSELF = "says the same again and again"
    DENIED = "the file's name says that it holds secrets"
    OFF = "switched off"
    REFUSED = "the file may not go to a model of this tier"
    SECRET = "a secret stands at the cursor, or in what would be sent"
    MASKED = "holds what stands in the place of a masked secret"
    BLOCKED = "nothing is sent to any model until the privacy rules can be read"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Edits of one document that may be offered together.

    `edits` are in str offsets of the snapshot's document; an inline completion is one edit at the cursor.
    `confidence` is the calibrated probability (0 to 1) that the user keeps the whole text.
    """

    id: str
    edits: tuple[Edit, ...]
    title: str
    stage: Stage
    source: Source
    confidence: float
