"""Settings checked against the options: what is right is kept with its place, each wrong part becomes a problem."""

from __future__ import annotations

import types
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError

from foredraft.config.entries import Found, Place
from foredraft.config.options import Config
from foredraft.config.problems import Problem, dotted, shown, unknown_key
from foredraft.config.section import Section, allowed_values, as_items, as_names, as_section, options

Values = dict[str, Any]
Keys = tuple[str, ...]


class _Wrong(Exception):
    """The value does not count; the problem has been noted."""


@dataclass
class Checked:
    """What of the settings is right so far, where it stood, and what is wrong."""

    values: Values = field(default_factory=dict)
    places: dict[Keys, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, found: Found | Problem) -> None:
        """Settings that count more than those before. A list, and a single value, replaces what was there."""
        if isinstance(found, Problem):
            self.problems.append(found)
        elif isinstance(found.value, dict):
            _merge(self.values, self._group(found.value, Config, ()))
        elif found.value is not None:
            message = f"{shown(found.plain)} is no group of settings; write for example `inline:` and its options below"
            self.problems.append(found.place.problem((), message))

    def place(self, keys: Keys) -> Place:
        """Where a setting, or the nearest one around it, was found."""
        return next((self.places[keys[:end]] for end in range(len(keys), 0, -1) if keys[:end] in self.places), Place())

    def _group(self, found: dict[str, Found], section: type[Section], keys: Keys) -> Values:
        known = dict(options(section))
        values: Values = {}
        for key, one in found.items():
            if key not in known:
                self.problems.append(one.place.problem((*keys, key), unknown_key(key, keys, known)))
                continue
            try:
                values[key] = self._value(one, known[key].rebuild_annotation(), (*keys, key))
            except _Wrong:
                continue
        return values

    def _value(self, found: Found, hint: Any, keys: Keys) -> Any:
        """What is right of a value; raises `_Wrong` where nothing is."""
        bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        section, names, item = as_section(_without_none(bare)), as_names(bare), as_items(bare)
        value: Any
        if section is not None:
            value = self._section(found, section, keys, optional=section is not bare)
        elif names is not None:
            value = self._named(found, *names, keys)
        elif item is not None and isinstance(found.value, list):
            value = self._items(found.value, item, keys)
        else:
            value = self._single(found, hint, keys)
        self.places[keys] = found.place
        return value

    def _section(self, found: Found, section: type[Section], keys: Keys, optional: bool) -> Values | None:
        value = found.value
        if value is None:  # a group whose options are all commented out
            return None if optional else {}
        if section.shorthand and isinstance(value, str):
            value = {section.shorthand: found}
        if not isinstance(value, dict):
            known = ", ".join(key for key, _ in options(section))
            raise self._wrong(found, keys, f"is a group, not {_shown(found, keys)}; its options: {known}")
        values = self._group(value, section, keys)
        missing = [key for key, one in options(section) if one.is_required() and key not in values]
        if missing and not any(key in value for key in missing):
            raise self._wrong(found, keys, f"needs {' and '.join(missing)}")
        if missing:
            raise _Wrong
        return values

    def _named(self, found: Found, name: Any, hint: Any, keys: Keys) -> Values:
        if found.value is None:
            return {}
        if not isinstance(found.value, dict):
            raise self._wrong(found, keys, f"is a group with names of your own, not {_shown(found, keys)}")
        values: Values = {}
        for key, one in found.value.items():
            try:
                values[self._name(key, name, one, keys)] = self._value(one, hint, (*keys, key))
            except _Wrong:
                continue
        return values

    def _name(self, key: str, hint: Any, found: Found, keys: Keys) -> str:
        if get_origin(hint) is Literal and key not in get_args(hint):
            self.problems.append(found.place.problem((*keys, key), unknown_key(key, keys, get_args(hint))))
            raise _Wrong
        return str(self._single(Found(key, found.place), hint, (*keys, key)))

    def _items(self, found: list[Found], hint: Any, keys: Keys) -> tuple[Any, ...]:
        values = []
        for at, one in enumerate(found):
            try:
                values.append(self._value(one, hint, (*keys, f"[{at}]")))
            except _Wrong:
                continue
        return tuple(values)

    def _single(self, found: Found, hint: Any, keys: Keys) -> Any:
        try:
            return _adapter(hint).validate_python(found.plain)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            if first["type"] == "value_error":  # by a check of ours, which says what would be right
                raise self._wrong(found, keys, f"{first['ctx']['error']}", ":") from None
            raise self._wrong(
                found, keys, f"{_shown(found, keys)} is not allowed; give {allowed_values(hint)}", ":"
            ) from None

    def _wrong(self, found: Found, keys: Keys, message: str, colon: str = "") -> _Wrong:
        self.problems.append(found.place.problem(keys, f"{dotted(keys)}{colon} {message}"))
        return _Wrong()


def _shown(found: Found, keys: Keys) -> str:
    """Nothing of what was written about a provider or the memory: it may be a key in the wrong place."""
    return "this" if keys[0] in ("providers", "memory") else shown(found.plain)


def _without_none(hint: Any) -> Any:
    """`X` of `X | None`."""
    others = [one for one in get_args(hint) if one is not type(None)]
    return others[0] if get_origin(hint) in (Union, types.UnionType) and len(others) == 1 else hint


@lru_cache(maxsize=256)
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint, config=ConfigDict(strict=True))


def _merge(values: Values, more: Values) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(values.get(key), dict):
            _merge(values[key], value)
        else:
            values[key] = value
