"""Which models there are: the known providers, what the user set of them, and what their own lists say."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from foredraft.models.families import family_named, family_of, fills_gaps
from foredraft.models.infill import Infill
from foredraft.models.known import Entry, Provider, known_providers, limits_of
from foredraft.models.listing import Listing, short
from foredraft.models.model import Facts, Limit, Model, Price, Use
from foredraft.models.ollama import OllamaModel
from foredraft.models.ollama_host import OllamaHost, host_url
from foredraft.models.openai_style import OpenAiStyle
from foredraft.models.outgoing import Tier
from foredraft.models.tokens import Tokens

LOCAL_CONTEXT = 8192
"""Tokens an Ollama is asked to keep room for: more costs memory for every model it holds."""
_LONGEST = 8192
"""Tokens of an answer where nothing is known: far more than is ever asked for at the cursor."""
_CLOUD = re.compile(r"[:-]cloud$")


def provider(name: str, options: Mapping[str, Any] | None = None) -> Provider:
    """A provider as the user set it over what is known of one of that name.

    `options`: style, url or urls, key_env, tier, limits, models: [id | {id, family, use, context, price, limits}], each
    optional. Models that are set come first; known ones stay. What is known as local is public on another machine, and
    of an unknown name everything is but an Ollama on this one, unless `tier` is set. Raises ValueError for what cannot
    be meant.
    """
    given = {key: value for key, value in (options or {}).items() if value is not None and value != ()}
    base = known_providers().get(name)
    style = given.get("style", base.style if base else "openai")
    if base is None or base.style != style:
        base = replace(known_providers()["ollama"], name=name) if style == "ollama" else Provider(name)
    urls = tuple(given["urls"]) if "urls" in given else (given["url"],) if "url" in given else base.urls
    if style == "ollama":
        urls = tuple(host_url(url) for url in urls)
    if base.tier is Tier.LOCAL and not all(map(_is_this_machine, urls)):
        base = replace(base, tier=Tier.PUBLIC)
    own = tuple(_entry(each, base) for each in given.get("models", ()))
    named = {each.id for each in own}
    return replace(
        base,
        urls=tuple(url.rstrip("/") for url in urls),
        keys=(given["key_env"],) if "key_env" in given else base.keys,
        tier=Tier(given["tier"]) if "tier" in given else base.tier,
        models=(*own, *(each for each in base.models if each.id not in named)),
        limits=limits_of(given["limits"]) if "limits" in given else (),
    )


def connect(
    source: Provider, key: str | None, client: httpx.AsyncClient, tokens: Tokens, listing: Listing | None = None
) -> list[Model]:
    """A model for each entry of the provider, or, with its own list at hand, for those that are still there, with the
    contexts that it states. Opens no connection. Call it again when a list has come; who is missing then is gone.
    """
    if not source.urls:
        return []
    entries = listing.corrected(source.models, source.serves) if listing is not None else source.models
    if source.style == "ollama":
        hosts = [OllamaHost(source.name, url, key, client) for url in source.urls]
        return [OllamaModel(facts(source, each), _having(each, hosts, listing), tokens) for each in entries]
    return [_openai(source, each, key, client, tokens) for each in entries]


def facts(source: Provider, entry: Entry) -> Facts:
    """What is known of one model of a provider. An unknown id is a chat model with a small context."""
    family = family_named(entry.family) if entry.family else family_of(entry.id)
    ollama = source.style == "ollama"
    context = entry.context or (min(family.context, LOCAL_CONTEXT) if ollama else family.context)
    cloud = ollama and _CLOUD.search(entry.id) is not None
    return Facts(
        provider=source.name,
        id=entry.id,
        family=family.name,
        tier=Tier.PUBLIC if cloud else source.tier,
        use=_use(source, entry),
        context=context,
        most_output=min(entry.output or _LONGEST, context),
        price=entry.price or Price(),
        continues=source.dialect.continues and not ollama,
    )


def limits(source: Provider, model_id: str) -> tuple[Limit, ...]:
    """What is known beforehand of a model's limits: what the user set, else what is known; until replies state them."""
    own = next((each.limits for each in source.models if each.id == model_id), ())
    return source.limits or own


def _openai(source: Provider, entry: Entry, key: str | None, client: httpx.AsyncClient, tokens: Tokens) -> Model:
    known, dialect, url = facts(source, entry), source.dialect, source.urls[0]
    model = OpenAiStyle(known, url, dialect, key, client, tokens)
    if known.use is Use.INFILL:
        return Infill(known, url, dialect.infill_path or "^/infill", key, client, tokens, model)
    return model


def _use(source: Provider, entry: Entry) -> Use:
    """How the gap is filled. Of Ollama's models the list says whether they take a suffix; until then the id must do."""
    if source.style == "ollama" and entry.use in (None, "fim"):
        return Use.TOKENS if fills_gaps(entry.id) or (entry.use and _has_markers(entry)) else Use.CHAT
    if entry.use is None:
        return Use.CHAT
    if entry.use != "fim":
        return Use(entry.use)
    if source.dialect.infill_path:
        return Use.INFILL
    if source.dialect.suffix_path != "/completions":
        return Use.SUFFIX
    return Use.TOKENS if _has_markers(entry) else Use.CHAT


def _has_markers(entry: Entry) -> bool:
    family = family_named(entry.family) if entry.family else family_of(entry.id)
    return family.markers is not None


def _entry(given: str | Mapping[str, Any], base: Provider) -> Entry:
    row: Mapping[str, Any] = {"id": given} if isinstance(given, str) else given
    known = next((each for each in base.models if each.id == row["id"]), Entry(row["id"]))
    price, stated = row.get("price"), row.get("limits")
    if row.get("family") and family_named(row["family"]).name != row["family"]:
        raise ValueError("this family of models is not known")
    return replace(
        known,
        family=row.get("family") or known.family,
        use=row.get("use") or known.use,
        context=row.get("context") or known.context,
        price=known.price if price is None else _price(price),
        limits=limits_of(stated) if stated else known.limits,
    )


def _price(given: Mapping[str, Any]) -> Price:
    cached = given.get("cached")
    return Price(
        given.get("input", 0.0), given.get("input", 0.0) if cached is None else cached, given.get("output", 0.0)
    )


def _having(entry: Entry, hosts: Sequence[OllamaHost], listing: Listing | None) -> list[OllamaHost]:
    """The hosts that have it, or all as long as no list has come."""
    places = listing.places.get(short(entry.id), ()) if listing is not None else ()
    return [host for host in hosts if host.url in places] or list(hosts)


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
