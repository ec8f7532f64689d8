"""Settings checked against the options: the right ones count, each wrong one becomes a problem."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import ValidationError

from foredraft.config.entries import Entry, environment_entries, file_entries, plain_entries
from foredraft.config.options import Config, allowed_values, sections
from foredraft.config.problems import Problem, shown, unknown_key

Values = dict[str, dict[str, Any]]

_STRICTER: Mapping[tuple[str, str], Callable[[Any, Any], Any]] = {
    ("predictor", "enabled"): min,
    ("predictor", "threshold"): max,
    ("inline", "enabled"): min,
    ("index", "enabled"): min,
    ("index", "packages"): min,
    ("index", "standard_libraries"): min,
    ("privacy", "deny"): lambda mine, asked: tuple(dict.fromkeys((*mine, *asked))),
}


FILE_VARIABLE = "FOREDRAFT_CONFIG"
"""Names another file than the usual one."""


def user_file(env: Mapping[str, str]) -> Path:
    """The user's own config file: where it belongs on this system, if `env` does not say otherwise."""
    named = env.get(FILE_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_config_dir("foredraft", appauthor=False)) / "config.yml"


def load(paths: Sequence[Path] | None, env: Mapping[str, str]) -> tuple[Config, list[Problem]]:
    """The config of `paths` (later ones win; None: the user's own file, if there is one), then what `env` sets.

    FOREDRAFT_A__B=value sets a.b. What is wrong counts as not set and is a problem; nothing a user wrote raises.
    """
    if paths is None:
        file = user_file(env)
        paths = [file] if file.exists() or env.get(FILE_VARIABLE) else []
    values: Values = {}
    problems: list[Problem] = []
    for path in paths:
        _keep(file_entries(path), values, problems)
    _keep(environment_entries(env), values, problems)
    return Config.model_validate(values), problems


def restrict(config: Config, settings: Mapping[str, object]) -> tuple[Config, list[Problem]]:
    """`config` as an editor's settings narrow it. A cloned repository may have written those, so they widen nothing.

    They may switch something off, raise the threshold and add deny globs; anything else is a problem.
    """
    asked: Values = {}
    problems: list[Problem] = []
    _keep(plain_entries(settings.get("foredraft", settings), "editor settings"), asked, problems)
    narrowed: Values = config.model_dump()
    for section, options in asked.items():
        for key, value in options.items():
            mine = narrowed[section][key]
            stricter = _STRICTER[section, key](mine, value) if (section, key) in _STRICTER else mine
            narrowed[section][key] = stricter
            if stricter != value and not isinstance(value, tuple):
                problems.append(_refused(f"{section}.{key}", value))
    return Config.model_validate(narrowed), problems


def _refused(name: str, value: object) -> Problem:
    message = f"editor settings: {name} {shown(value)} is not used, because they may only restrict Foredraft"
    return Problem(None, None, f"{message}; it belongs in your own config file (`foredraft config` says where)")


def _keep(entries: Iterable[Entry | Problem], values: Values, problems: list[Problem]) -> None:
    """Put what is right of `entries` into `values`, the rest into `problems`."""
    for entry in entries:
        checked = entry if isinstance(entry, Problem) else _check(entry)
        if isinstance(checked, Problem):
            problems.append(checked)
        else:
            section, key, value = checked
            values.setdefault(section, {})[key] = value


def _check(entry: Entry) -> tuple[str, str, object] | Problem:
    section, *rest = entry.keys
    models = dict(sections())
    if section not in models:
        return entry.problem(unknown_key(section, "", models))
    fields = models[section].model_fields
    if not rest:
        return entry.problem(f"{section} is a group, not {shown(entry.value)}; its options: {', '.join(fields)}")
    key = "__".join(rest)
    if key not in fields:
        return entry.problem(unknown_key(key, f"{section}.", fields))
    value = tuple(entry.value) if isinstance(entry.value, list) else entry.value
    try:
        return section, key, getattr(models[section].model_validate({key: value}), key)
    except ValidationError:
        return entry.problem(
            f"{section}.{key}: {shown(entry.value)} is not allowed; give {allowed_values(fields[key])}"
        )
