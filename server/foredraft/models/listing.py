"""A provider's own list of its models, asked at start: what is gone leaves, what it says of contexts is taken over."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from foredraft.errors import Failure, ModelFailed
from foredraft.models.exchange import Call, broken
from foredraft.models.failures import Refusal, failed, refused
from foredraft.models.families import fills_gaps
from foredraft.models.known import Entry, Provider
from foredraft.models.model import Use
from foredraft.models.ollama_host import Installed, OllamaHost
from foredraft.models.outgoing import Tier

_SECONDS = 10.0
_CONTEXTS = ("context_window", "context_length", "max_model_len", "max_context_length", "max_input_tokens")
_OUTPUTS = ("max_completion_tokens", "max_output_tokens", "max_tokens")
_LOCAL_CONTEXT = 8192


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says of one model; None: nothing."""

    id: str
    context: int | None = None
    output: int | None = None
    use: Use | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """All models of a provider by id. `places`: on which of several hosts each is."""

    models: Mapping[str, Listed]
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def corrected(self, entries: tuple[Entry, ...], serves: bool) -> tuple[Entry, ...]:
        """The entries that are still there, with what the list knows better. With none given, `serves` means all."""
        if not self.models:
            return entries
        if not entries and serves:
            entries = tuple(Entry(each) for each in self.models)
        found = [(each, self._find(each.id)) for each in entries]
        return tuple(_with(each, listed) for each, listed in found if listed is not None or not each.listed)

    def gone(self, entries: tuple[Entry, ...]) -> tuple[str, ...]:
        """The ids that the provider no longer names."""
        return tuple(each.id for each in entries if self.models and each.listed and self._find(each.id) is None)

    def _find(self, model_id: str) -> Listed | None:
        return self.models.get(model_id) or self.models.get(short(model_id))


def short(model_id: str) -> str:
    """An Ollama takes a name without a tag for the one tagged `latest`."""
    return model_id.removesuffix(":latest")


async def ask_listing(source: Provider, key: str | None, client: httpx.AsyncClient) -> Listing:
    """What the provider lists now. Raises `ModelFailed`; then what is known stays. Cancelling closes the connection.

    Of several Ollamas, those that cannot be reached are left out, unless none can.
    """
    if source.style == "ollama":
        return await _ask_ollama(source, key, client)
    call = Call(source.name, f"{source.urls[0]}/models", key, local=source.tier is Tier.LOCAL)
    try:
        reply = await client.get(call.url, headers=call.headers, timeout=httpx.Timeout(_SECONDS))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise broken(source.name, error) from None
    if reply.status_code != 200:
        named = {name.lower(): value for name, value in reply.headers.items()}
        raise refused(source.name, Refusal(reply.status_code, reply.text, named, optional=True), time.time())
    try:
        data = reply.json()
    except ValueError:
        raise failed(source.name, Failure.GARBLED) from None
    rows = data.get("data") if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise failed(source.name, Failure.GARBLED)
    return Listing({each.id: each for row in rows for each in _rows(row)})


async def _ask_ollama(source: Provider, key: str | None, client: httpx.AsyncClient) -> Listing:
    models: dict[str, Listed] = {}
    places: dict[str, tuple[str, ...]] = {}
    failure: ModelFailed | None = None
    reached = False
    for url in source.urls:
        try:
            installed = await OllamaHost(source.name, url, key, client).installed()
        except ModelFailed as error:
            failure = error
            continue
        reached = True
        for each in installed:
            if "completion" in each.capabilities:
                name = short(each.id)
                models.setdefault(name, _installed(each, name))
                places[name] = (*places.get(name, ()), url)
    if failure is not None and not reached:
        raise failure
    return Listing(models, places)


def _installed(found: Installed, model_id: str) -> Listed:
    use = Use.SUFFIX if "insert" in found.capabilities else Use.TOKENS if fills_gaps(model_id) else Use.CHAT
    return Listed(model_id, min(found.context, _LOCAL_CONTEXT) or None, None, use)


def _rows(row: Any) -> list[Listed]:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str) or row.get("active") is False:
        return []
    meta = row.get("meta")
    serving = meta.get("n_ctx") if isinstance(meta, dict) else None
    top = row.get("top_provider")
    context = serving if isinstance(serving, int) else _first(row, _CONTEXTS)
    output = _first(row, _OUTPUTS) or (_first(top, _OUTPUTS) if isinstance(top, dict) else None)
    aliases = row.get("aliases")
    names = (
        [row["id"], *(name for name in aliases if isinstance(name, str))] if isinstance(aliases, list) else [row["id"]]
    )
    return [Listed(name, context, output) for name in names]


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    values = (row.get(name) for name in names)
    return next(
        (value for value in values if isinstance(value, int) and not isinstance(value, bool) and value > 0), None
    )


def _with(entry: Entry, listed: Listed | None) -> Entry:
    """What the user set stays, but a context cannot be larger than the provider's."""
    if listed is None:
        return entry
    contexts = [size for size in (entry.context, listed.context) if size]
    told = listed.use is not None and (entry.use is None or (entry.use == "fim" and listed.use is not Use.CHAT))
    use = listed.use if told else entry.use
    return replace(entry, context=min(contexts, default=None), output=entry.output or listed.output, use=use)
