"""How one provider's OpenAI-style API differs from the others', as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from foredraft.models.limits import DEFAULT_WINDOWS, Window

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dialect:
    """The defaults are what nearly every server takes."""

    stops: int | None = 4
    """How many stop texts it takes; None: any number."""
    max_tokens: str = "max_tokens"
    """The field that bounds an answer."""
    asks_usage: bool = True
    """Whether it counts tokens only when `stream_options` asks."""
    thinking: Mapping[str, Fields] = field(default_factory=dict)
    """Fields that switch thinking off, or as far down as it goes, by family; "*" for every family that thinks."""
    continues: bool = False
    """Whether a conversation whose last message is the assistant's goes on from its very end."""
    continued_message: Fields = field(default_factory=dict)
    """What that last message needs for it."""
    continued_body: Fields = field(default_factory=dict)
    """What the request needs for it."""
    continued_path: str = "/chat/completions"
    """Where that is asked."""
    raw_path: str = "/completions"
    """Where a prompt is taken as it is, no template applied."""
    suffix_path: str = "/completions"
    """Where the gap is filled by a prompt and a suffix."""
    suffix_body: Fields = field(default_factory=dict)
    infill_path: str = ""
    """Where llama-server's own way of filling is; "" where there is none."""
    windows: Mapping[str, Window] = field(default_factory=lambda: DEFAULT_WINDOWS)
    """What its limit headers without a window mean."""
    quota_is_rate: bool = False
    """Whether what it calls a quota comes back within the minute."""

    def unthinking(self, family: str) -> Fields:
        return self.thinking.get(family, self.thinking.get("*", {}))


def below(url: str, path: str) -> str:
    """`path` below a provider's `url`; one that begins with ^ stands beside its /v1."""
    if path.startswith("^"):
        return url.removesuffix("/v1") + path[1:]
    return url + path
