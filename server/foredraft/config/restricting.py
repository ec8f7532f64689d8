"""Settings that an editor sends: they narrow what the user's own config allows, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from foredraft.config.checking import Checked, Keys, Values
from foredraft.config.entries import Place, plain_settings
from foredraft.config.options import Config
from foredraft.config.problems import Problem, dotted, shown
from foredraft.config.providers import TierName
from foredraft.config.reading import is_about_privacy
from foredraft.config.section import as_section, options

_NAMED = {(key,) for key, field in options(Config) if as_section(field.annotation) is None}
_ORIGIN = Place(origin="editor settings")


def _fewer(mine: float | None, asked: float | None) -> float | None:
    caps = [cap for cap in (mine, asked) if cap is not None]
    return min(caps) if caps else None


def _more_globs(mine: tuple[str, ...], asked: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*mine, *asked)))


def _more_trusted(mine: TierName, asked: TierName) -> TierName:
    return min(mine, asked, key=get_args(TierName).index)


_STRICTER: Mapping[Keys, Callable[[Any, Any], Any]] = {
    ("predictor", "enabled"): min,
    ("predictor", "threshold"): max,
    ("inline", "enabled"): min,
    ("inline", "soft_deadline_ms"): min,
    ("index", "enabled"): min,
    ("index", "packages"): min,
    ("index", "standard_libraries"): min,
    ("memory", "enabled"): min,
    ("privacy", "deny"): _more_globs,
    ("privacy", "tier"): _more_trusted,
    ("budget", "usd_per_day"): _fewer,
    ("budget", "tokens_per_day"): _fewer,
}


def restrict(config: Config, settings: Mapping[str, object]) -> tuple[Config, list[Problem]]:
    """`config` as an editor's settings narrow it. A cloned repository may have written those, so they widen nothing.

    They may switch something off, raise the threshold, shorten the deadline, lower the budget, name a more trusted
    tier and add deny globs; anything else is a problem. What cannot be read of their `privacy` blocks everything
    outgoing, as in the user's own config.
    """
    checked = Checked()
    found = settings.get("foredraft", settings)
    checked.add(plain_settings({} if found is None else found, _ORIGIN))
    unreadable = next((str(problem) for problem in checked.problems if is_about_privacy(problem)), "")
    narrowed = config
    for keys, asked in _leaves(checked.values, ()):
        mine = _at(config, keys)
        stricter = _STRICTER[keys](mine, asked) if keys in _STRICTER else mine
        narrowed = _with(narrowed, keys, stricter)
        if stricter != asked and keys != ("privacy", "deny"):
            checked.problems.append(_refused(keys, asked))
    if unreadable and not config.privacy.unreadable:
        narrowed = _with(narrowed, ("privacy", "unreadable"), unreadable)
    return narrowed, checked.problems


def _leaves(values: Values, above: Keys) -> Iterator[tuple[Keys, Any]]:
    """The single settings; a group whose names the user chooses is one."""
    for key, value in values.items():
        keys = (*above, key)
        if isinstance(value, dict) and keys not in _NAMED:
            yield from _leaves(value, keys)
        else:
            yield keys, value


def _at(section: Any, keys: Keys) -> Any:
    for key in keys:
        section = getattr(section, key)
    return section


def _with(section: Any, keys: Keys, value: object) -> Any:
    key, *rest = keys
    changed = _with(getattr(section, key), tuple(rest), value) if rest else value
    return section.model_copy(update={key: changed})


def _refused(keys: Keys, value: object) -> Problem:
    what = dotted(keys) if keys in _NAMED or keys[0] == "memory" else f"{dotted(keys)} {shown(value)}"
    return _ORIGIN.problem(
        keys,
        f"{what} is not used, because they may only restrict Foredraft; it belongs in your own config file "
        f"(`foredraft config` says where)",
    )
