"""What may be sent to a model: a prompt that has passed `privacy/`, which alone makes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from foredraft.questions.prompt import Prompt


class Tier(StrEnum):
    """How far a provider is trusted with code, the most trusted first."""

    LOCAL = "local"
    TRUSTED = "trusted"
    PUBLIC = "public"

    def allows(self, other: Tier) -> bool:
        """Whether what may go to this tier may go to `other` too: to one that is trusted as much, or more."""
        order = list(Tier)
        return order.index(other) <= order.index(self)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A prompt that may be sent to models of `tier`, and of more trusted ones."""

    prompt: Prompt
    tier: Tier
