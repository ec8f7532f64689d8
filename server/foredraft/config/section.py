"""What a group of options is, and what an option may be, in words."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo


class Section(BaseModel):
    """A group of options; its docstring is its description. A field without a description is no option."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)  # most are never filled

    shorthand: ClassVar[str] = ""
    """The option that a single string, written instead of the group, means."""
    sample: ClassVar[str] = ""
    """Lines for the example config: how one of several such groups, which have names of their own, may look."""


def options(section: type[Section]) -> Iterator[tuple[str, FieldInfo]]:
    """The options of a group, in its order."""
    return ((key, field) for key, field in section.model_fields.items() if field.description)


def as_section(hint: Any) -> type[Section] | None:
    """The group that a type is, if it is one."""
    return hint if isinstance(hint, type) and issubclass(hint, Section) else None


def as_names(hint: Any) -> tuple[Any, Any] | None:
    """The types of name and value, where a type is a mapping whose names the user chooses."""
    return get_args(hint) if get_origin(hint) is Mapping else None


def as_items(hint: Any) -> Any:
    """The type of each item, where a type is a list; else None."""
    return get_args(hint)[0] if get_origin(hint) is tuple else None


def group_within(hint: Any) -> type[Section] | None:
    """The group of which a type may hold several, or one, in whatever form."""
    found = as_section(hint)
    return found or next((one for part in get_args(hint) if (one := group_within(part)) is not None), None)


def allowed_values(hint: Any) -> str:
    """What a value of this type may be, in words: "a number from 0.3 to 0.95"."""
    if isinstance(hint, FieldInfo):
        hint = hint.rebuild_annotation()
    metadata: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        metadata = tuple(rest)
    if get_origin(hint) in (Union, types.UnionType):
        inner = next(one for one in get_args(hint) if one is not type(None))
        words = allowed_values(Annotated[inner, *metadata] if metadata else inner)
        return f"{', '.join(words.split(' or '))} or null" if get_origin(inner) is Literal else f"{words} or null"
    if get_origin(hint) is Literal:
        *names, last = get_args(hint)
        return f"{', '.join(names)} or {last}" if names else str(last)
    if hint is bool:
        return "true or false"
    if hint in (int, float):
        return ("a whole number" if hint is int else "a number") + _bounds(metadata)
    if item := as_items(hint):
        return "a list of strings" if as_section(item) is None else "a list"
    return "text" if hint is str else "a group"


def _bounds(metadata: tuple[Any, ...]) -> str:
    ends = [part for one in metadata for part in (one.metadata if isinstance(one, FieldInfo) else [one])]
    low, high = (next((getattr(end, name) for end in ends if hasattr(end, name)), None) for name in ("ge", "le"))
    return "" if low is None else f" from {low} to {high}" if high is not None else f" of at least {low}"
