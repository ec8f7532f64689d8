"""The providers that ship with the package, as data: where they are, how they differ, their models and prices."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from foredraft.models.dialect import Dialect
from foredraft.models.limits import DEFAULT_WINDOWS, What, Window
from foredraft.models.model import Limit, Price
from foredraft.models.outgoing import Tier

Style = Literal["openai", "ollama"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A model id and what is known or set of it; None: told from the id, cautiously."""

    id: str
    family: str | None = None
    use: str | None = None
    """One of `Use`, or "fim": in whichever way the provider offers."""
    context: int | None = None
    output: int | None = None
    price: Price | None = None
    limits: tuple[Limit, ...] = ()
    listed: bool = True
    """Whether the provider's own list names it; an old name may be served without."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An endpoint. `keys` are the environment variables that may hold its key, the usual one first. `serves`: with
    nothing said of its models, all that it lists are meant. `draft` and `refine` are ids, the preferred one first."""

    name: str
    style: Style = "openai"
    urls: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    tier: Tier = Tier.PUBLIC
    models: tuple[Entry, ...] = ()
    dialect: Dialect = field(default_factory=Dialect)
    serves: bool = False
    draft: tuple[str, ...] = ()
    refine: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    """Of each of its models, as the user set them."""


@cache
def known_providers() -> Mapping[str, Provider]:
    """All of them, by name."""
    data = json.loads(Path(__file__).with_name("known.json").read_text("utf-8"))
    return {name: _provider(name, row) for name, row in data["providers"].items()}


def limits_of(stated: Mapping[str, float | None]) -> tuple[Limit, ...]:
    """Limits as the config and the data write them: {"requests_per_minute": 30, "tokens_per_day": 200000}."""
    found = []
    for name, most in stated.items():
        what, _, window = name.partition("_per_")
        if most is not None:
            found.append(Limit(cast(What, what), cast(Window, window), limit=most))
    return tuple(found)


def price_of(row: Any) -> Price | None:
    """[input, cached, output] in dollars per million tokens."""
    return None if row is None else Price(float(row[0]), float(row[1]), float(row[2]))


def _provider(name: str, row: Mapping[str, Any]) -> Provider:
    dialect = dict(row["dialect"])
    if "windows" in dialect:
        dialect["windows"] = {**DEFAULT_WINDOWS, **dialect["windows"]}
    return Provider(
        name, row["style"], (row["url"],), tuple(row["keys"]), Tier(row["tier"]),
        tuple(_entry(model, facts) for model, facts in row["models"].items()),
        Dialect(**dialect), row.get("serves", False), tuple(row["draft"]), tuple(row["refine"]),
    )  # fmt: skip


def _entry(model_id: str, row: Mapping[str, Any]) -> Entry:
    return Entry(
        model_id, row.get("family"), row.get("use"), row.get("context"), row.get("output"), price_of(row.get("price")),
        limits_of(row.get("limits", {})), row.get("listed", True),
    )  # fmt: skip
