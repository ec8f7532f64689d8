"""`foredraft config`: what is in force, where each value came from, and what is wrong with the files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from typer import echo

from foredraft.config import Problem, user_file
from foredraft.config.memory import without_credentials
from foredraft.config.options import Config
from foredraft.config.reading import load_with_places
from foredraft.config.section import as_section, options


def show_config(env: Mapping[str, str], as_json: bool = False) -> list[Problem]:
    """Print every option as it counts now with its origin; returns the problems."""
    file = user_file(env)
    config, problems, places = load_with_places(None, env)
    usual = dict(_in_force(Config()))
    rows: list[tuple[str, Any, str]] = []
    for keys, value in _in_force(config):
        if (place := places.get(keys)) is not None:
            origin = "environment" if place.origin else "file"
        else:
            origin = "default" if usual.get(keys) == value else "because of a mistake"
        rows.append((".".join(keys), value, origin))
    if as_json:
        found = {name: {"value": value, "origin": origin} for name, value, origin in rows}
        told = {"file": str(file), "exists": file.exists(), "options": found, "blocked": config.privacy.unreadable}
        echo(json.dumps({**told, "problems": [str(problem) for problem in problems]}))
        return problems
    echo(f"# {file}{'' if file.exists() else ' (not there)'}")
    for name, value, origin in rows:
        echo(f"{f'{name}: {json.dumps(value)}':<40} # {origin}")
    if config.privacy.unreadable:
        echo("# nothing is sent to any model until the privacy rules can be read")
    return problems


def _in_force(config: Config) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every option that has a fixed name; of groups that the user named, what was set."""
    for key, field in options(Config):
        if as_section(field.annotation) is not None:
            shown = getattr(config, key).model_dump(mode="json")
            if key == "memory" and shown["url"]:
                shown["url"] = without_credentials(shown["url"])
            yield from _leaves(shown, (key,))
            continue
        chosen = config.model_dump(mode="json", include={key}, exclude_unset=True).get(key)
        yield from _leaves(chosen, (key,)) if chosen else [((key,), {})]


def _leaves(value: Any, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _leaves(one, (*keys, key))
    else:
        yield keys, value
