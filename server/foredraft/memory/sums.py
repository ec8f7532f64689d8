"""What calls came to, together and by provider; and how one call is written down and read again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import add, attrgetter
from typing import Any

from foredraft.models.metered import Record


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
        return Sum(*map(add, _fields(self), _fields(other)))


_fields = attrgetter("calls", "failed", "prompt", "cached", "completion", "usd")


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
    providers: dict[str, tuple[Any, ...]] = {}
    for provider, part in parts:
        there = providers.get(provider)
        providers[provider] = _fields(part) if there is None else tuple(map(add, there, _fields(part)))
    return Sums({provider: Sum(*fields) for provider, fields in providers.items()})


def of_record(record: Record) -> tuple[str, Sum]:
    """What one call came to, and whose it was."""
    failed = int(record.outcome not in ("ok", "cancelled"))
    return record.provider, Sum(1, failed, record.prompt, record.cached, record.completion, record.usd)


def line(record: Record) -> bytes:
    """A call as JSON, without line ends. Ids come from configurations and providers: they are cut."""
    entry = {
        "at": round(record.at, 3),
        "provider": record.provider[:100],
        "model": record.model[:200],
        "role": record.role[:40],
        "prompt": record.prompt,
        "cached": record.cached,
        "completion": record.completion,
        "estimated": record.estimated,
        "usd": round(record.usd, 9),
        "first_token": None if record.first_token is None else round(record.first_token, 4),
        "total": round(record.total, 4),
        "outcome": str(record.outcome),
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
