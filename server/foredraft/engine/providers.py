"""Which providers and models there are by the config, and which of them has which role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from foredraft.config import Config, ProviderConfig, provider_and_id
from foredraft.models.catalogue import provider
from foredraft.models.known import Provider, known_providers, limits_of
from foredraft.models.model import Limit
from foredraft.models.outgoing import Tier

_ALONE = ("style", "url", "urls", "key_env", "tier", "models")


def sources(config: Config, keys: Sequence[str]) -> tuple[dict[str, Provider], list[str]]:
    """The providers to ask, by name: those the config names, and the known ones that have a key. Beside them, what is
    wrong with others, in one line each."""
    found: dict[str, Provider] = {}
    problems: list[str] = []
    for name in _names(config, keys):
        given = config.providers.get(name)
        if given is not None and not given.enabled:
            continue
        try:
            source = provider(name, _options(given, _in_roles(config, name)))
        except ValueError as error:
            problems.append(f"{name}: {error}")
            continue
        if not source.urls:
            problems.append(f"{name}: its address is not known; set providers.{name}.url")
        elif needs_key(source) and name not in keys:
            problems.append(f"{name}: no key; set {(*source.keys, 'key_env')[0]} or `foredraft key set {name}`")
        else:
            found[name] = source
    return found, problems


def needs_key(source: Provider) -> bool:
    """Whether it is known to answer nobody without one: those far away that usually have one."""
    return bool(source.keys) and source.urls[0].startswith("https:") and source.style != "ollama"


def names_of(role: str, config: Config, found: Mapping[str, Provider]) -> list[str]:
    """The models of a role, as "provider/id", in order of preference: as the config says, else the best known ones of
    each provider, clouds first; and where nothing is known of a provider, its own first model drafts."""
    said = config.roles.get(role)  # type: ignore[call-overload]
    if said is not None:
        return list(said)
    if role not in ("draft", "refine"):
        return []
    names: list[str] = []
    for source in sorted(found.values(), key=lambda each: each.tier is Tier.LOCAL):
        there = [entry.id for entry in source.models]
        known = [ident for ident in getattr(source, role) if ident in there]
        own = there[:1] if role == "draft" else there[1:2]
        names += [f"{source.name}/{ident}" for ident in known or own]
    if role == "refine":  # asked again, the model that drafts says the same again
        drafting = names_of("draft", config, found)[:1]
        names = [name for name in names if name not in drafting]
    return names


def limits_for(config: Config, name: str, known: Sequence[Limit]) -> tuple[Limit, ...]:
    """The limits of a model of provider `name` to begin with: those the user set, then those that are known."""
    given = config.providers.get(name)
    said = limits_of(given.limits.model_dump()) if given is not None else ()
    named = {(limit.what, limit.window) for limit in said}
    return (*said, *(limit for limit in known if (limit.what, limit.window) not in named))


def _names(config: Config, keys: Sequence[str]) -> Iterator[str]:
    roles = [provider_and_id(model)[0] for models in config.roles.values() for model in models]
    known = known_providers()
    yield from dict.fromkeys((*config.providers, *roles, *(name for name in known if name in keys)))


def _in_roles(config: Config, name: str) -> list[str]:
    named = [provider_and_id(model) for models in config.roles.values() for model in models]
    return list(dict.fromkeys(ident for owner, ident in named if owner == name))


def _options(given: ProviderConfig | None, in_roles: Sequence[str]) -> dict[str, Any]:
    options: dict[str, Any] = {} if given is None else given.model_dump(include=set(_ALONE))
    models = list(options.get("models", ()))
    named = {row["id"] for row in models}
    options["models"] = (*models, *(ident for ident in in_roles if ident not in named))
    return options
