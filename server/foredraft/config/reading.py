"""From the user's own file and environment to the config; what is wrong is told, and errs on the safe side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import platformdirs

from foredraft.config.checking import Checked, Keys
from foredraft.config.entries import Place, environment_settings, file_settings
from foredraft.config.keys import Key
from foredraft.config.memory import credentials
from foredraft.config.options import Config
from foredraft.config.problems import Problem, nearest
from foredraft.config.providers import is_loopback, is_provider
from foredraft.config.section import options

FILE_VARIABLE = "FOREDRAFT_CONFIG"
"""Names another file than the usual one."""


def user_file(env: Mapping[str, str]) -> Path:
    """The user's own config file: where it belongs on this system, if `env` does not say otherwise."""
    named = env.get(FILE_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_config_dir("foredraft", appauthor=False)) / "config.yml"


def load(paths: Sequence[Path] | None, env: Mapping[str, str]) -> tuple[Config, list[Problem]]:
    """The config of `paths` (later ones win; None: the user's own file, if there is one), then what `env` sets.

    FOREDRAFT_A__B=value sets a.b, and so on deeper. What is wrong counts as not set and is a problem; nothing a user
    wrote raises. Where a mistake could let out more than was meant, less is let out: see `settled`.
    """
    config, problems, _ = load_with_places(paths, env)
    return config, problems


def load_with_places(
    paths: Sequence[Path] | None, env: Mapping[str, str]
) -> tuple[Config, list[Problem], dict[Keys, Place]]:
    """The same, and where each setting stood: in a file, or in the environment if its place has an `origin`."""
    if paths is None:
        file = user_file(env)
        paths = [file] if file.exists() or env.get(FILE_VARIABLE) else []
    checked = Checked()
    for path in paths:
        for found in file_settings(path):
            checked.add(found)
    for found in environment_settings(env):
        checked.add(found)
    config = settled(checked)
    return config, checked.problems, checked.places


def settled(checked: Checked) -> Config:
    """The config of what is right. Where something is wrong in `privacy`, nothing may be sent; a provider with a
    mistake is switched off, as is the memory, a budget with one allows no money, a pipeline with one is the one that
    ships."""
    values = checked.values
    _check_addresses(checked)
    unreadable = next((str(problem) for problem in checked.problems if is_about_privacy(problem)), "")
    for problem in checked.problems:
        match meant(problem):
            case ("budget", *_):
                values["budget"] = {"usd_per_day": 0.0}
            case ("memory", *_):
                values["memory"] = {"enabled": False}
            case ("providers",):
                values["privacy"] = {**values.get("privacy", {}), "tier": "local"}
            case ("providers", name, *below) if below[:1] != ["models"] or len(below) == 1:
                if is_provider(name.lower()):
                    values.setdefault("providers", {})[name.lower()] = {"enabled": False}
            case ("pipelines", name, *_):
                values.get("pipelines", {}).pop(name, None)
    config = Config.model_validate(values)
    if config.memory.url is not None:
        _, password = credentials(config.memory.url)
        if password is not None:
            Key(password)  # from now on no text shows it
    if not unreadable:
        return config
    return config.model_copy(update={"privacy": config.privacy.model_copy(update={"unreadable": unreadable})})


def is_about_privacy(problem: Problem) -> bool:
    """Whether a rule of privacy may be what cannot be read: in that group, in a misspelt one, or in a whole file."""
    return meant(problem)[:1] in ((), ("privacy",))


def meant(problem: Problem) -> Keys:
    """What a problem is about; of a misspelt group, the one that it was probably meant to be."""
    known = [key for key, _ in options(Config)]
    first, rest = problem.keys[:1], problem.keys[1:]
    return first if not first else ((first[0] if first[0] in known else nearest(first[0], known) or ""), *rest)


def _check_addresses(checked: Checked) -> None:
    """What only shows when all sources are taken together."""
    for name, provider in checked.values.get("providers", {}).items():
        keys = "providers", name
        if provider.get("url") and provider.get("urls"):
            message = f"providers.{name} has url and urls; keep one of them"
            checked.problems.append(checked.place((*keys, "urls")).problem((*keys, "urls"), message))
        for key in ("url", "urls"):
            given = provider.get(key) or ()
            addresses = (given,) if isinstance(given, str) else given
            if provider.get("insecure") or all(one.startswith("https:") or is_loopback(one) for one in addresses):
                continue
            message = (
                f"providers.{name}.{key}: plain http to another machine lets everybody on the way read your code; "
                f"write https, or insist with `insecure: true`"
            )
            checked.problems.append(checked.place((*keys, key)).problem((*keys, key), message))
