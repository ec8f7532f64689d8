"""What is wrong with a setting, in words that say what would be right."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_DEEPEST, _MOST_ITEMS = 3, 8


@dataclass(frozen=True)
class Problem:
    """A setting that does not count, and why. `line` counts from 1; `keys` lead to the setting from the top, none of
    them where the whole file or all settings cannot be read."""

    file: Path | None
    line: int | None
    message: str
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{where}: {self.message}" if where else self.message


def dotted(keys: Iterable[str]) -> str:
    """The name of a setting as messages write it: "providers.groq.models[0].id"."""
    return "".join(key if key.startswith("[") or not at else f".{key}" for at, key in enumerate(keys))


def nearest(key: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `key` was probably meant to be."""
    return next(iter(difflib.get_close_matches(key.lower(), list(known), n=1)), None)


def unknown_key(key: str, above: tuple[str, ...], known: Iterable[str]) -> str:
    """The message for a key that is no option, with the nearest one that is."""
    names = list(known)
    near = nearest(key, names)
    meant = f"; did you mean {dotted((*above, near))}?" if near else "."
    return f"{dotted((*above, shown(key)))} is no option{meant} Possible here: {', '.join(names)}"


def shown(value: object) -> str:
    """A wrong value as the user may have written it, cut short."""
    plain = isinstance(value, str) and value.isprintable() and value
    text = str(value) if plain else json.dumps(_pruned(value, _DEEPEST), default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _pruned(value: object, depth: int) -> object:
    """The beginning of a value: one that refers to itself, or a very large one, would have no end."""
    if isinstance(value, Mapping):
        items = list(value.items())[:_MOST_ITEMS]
        return {str(key): _pruned(one, depth - 1) for key, one in items} if depth else "..."
    if isinstance(value, list | tuple):
        return [_pruned(one, depth - 1) for one in value[:_MOST_ITEMS]] if depth else "..."
    return value
