"""What calls came to, together and by provider; and how one call is written down and read again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from foredraft.models.metered import Call


@dataclass(frozen=True, slots=True)
class Sum:
    """Calls, those of them that failed, tokens (`cached` are part of `prompt`) and US dollars."""

    calls: int = 0
    failed: int = 0
    prompt: int = 0
    cached: int = 0
    completion: int = 0
    usd: float = 0.0

    @property
    def tokens(self) -> int:
        return self.prompt + self.completion

    def __add__(self, other: Sum) -> Sum:
        return Sum(
            self.calls + other.calls,
            self.failed + other.failed,
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
            self.usd + other.usd,
        )


@dataclass(frozen=True, slots=True)
class Sums:
    """What was spent, by provider."""

    providers: Mapping[str, Sum] = field(default_factory=dict)

    @property
    def total(self) -> Sum:
        return sum(self.providers.values(), Sum())

    def of(self, provider: str) -> Sum:
        """That provider's; nothing for one that was never asked."""
        return self.providers.get(provider, Sum())

    def __add__(self, other: Sums) -> Sums:
        return summed([*self.providers.items(), *other.providers.items()])


def summed(parts: Iterable[tuple[str, Sum]]) -> Sums:
    """Sums of any number of parts, each a provider's."""
    providers: dict[str, Sum] = {}
    for provider, part in parts:
        providers[provider] = providers[provider] + part if provider in providers else part
    return Sums(providers)


def of_call(call: Call) -> tuple[str, Sum]:
    """What one call came to, and whose it was."""
    failed = int(call.outcome not in ("ok", "cancelled"))
    return call.provider, Sum(1, failed, call.prompt, call.cached, call.completion, call.usd)


def line(call: Call) -> bytes:
    """A call as JSON, without line ends. Ids come from configurations and providers: they are cut."""
    entry = {
        "at": round(call.at, 3),
        "provider": call.provider[:100],
        "model": call.model[:200],
        "role": call.role[:40],
        "prompt": call.prompt,
        "cached": call.cached,
        "completion": call.completion,
        "estimated": call.estimated,
        "usd": round(call.usd, 9),
        "first_token": None if call.first_token is None else round(call.first_token, 4),
        "total": round(call.total, 4),
        "outcome": str(call.outcome),
    }
    return json.dumps(entry, separators=(",", ":")).encode()


def read(entry: bytes) -> tuple[str, Sum] | None:
    """What the call in this line came to, and whose it was; None for anything that is no such line."""
    try:
        data: Any = json.loads(entry)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not isinstance(data.get("provider"), str):
        return None
    prompt, cached, completion = (_number(data.get(key)) for key in ("prompt", "cached", "completion"))
    usd = _number(data.get("usd"))
    if prompt is None or cached is None or completion is None or usd is None:
        return None
    failed = int(data.get("outcome") not in ("ok", "cancelled"))
    return data["provider"], Sum(1, failed, int(prompt), int(cached), int(completion), usd)


def _number(value: Any) -> float | None:
    """A sane amount, or None."""
    return float(value) if type(value) in (int, float) and 0 <= value < 1 << 40 else None
