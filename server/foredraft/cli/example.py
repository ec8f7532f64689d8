"""The example config file: every option with its default and why one would change it, made from the options."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from foredraft.config.options import Config
from foredraft.config.section import Section, allowed_values, as_section, group_within, options

_HEAD = """\
Every option of Foredraft with its default. Copy what you want to change into your own file:
`foredraft config` says where it belongs. The environment counts more: FOREDRAFT_PREDICTOR__THRESHOLD=0.8.
Nothing is read from a workspace; an editor's settings may only switch off, raise the threshold, shorten the
deadline, lower the budget, name a more trusted tier and add to deny."""


def example() -> str:
    """The text of config.example.yml."""
    lines = [f"# {line}" for line in _HEAD.splitlines()]
    for key, field in options(Config):
        lines += ["", *_option(key, field)]
    return "\n".join(lines) + "\n"


def _option(key: str, field: Any) -> Iterator[str]:
    """One option with its default; a group with all that is in it."""
    section, within = as_section(field.annotation), group_within(field.annotation)
    if section is not None:
        yield from _comment(field.description)
        yield f"{key}:"
        for name, one in options(section):
            yield from (f"  {line}" for line in _option(name, one))
        return
    yield from _comment(field.description if within else f"{field.description} ({allowed_values(field)})")
    if within is not None:
        yield "# Each may have:"
        yield from (f"# {line}" for line in _explained(within))
        if within.sample:
            yield "# For example:"
            yield from (f"#   {line}" for line in within.sample.splitlines())
    yield f"{key}: {json.dumps(field.default)}"


def _explained(section: type[Section]) -> Iterator[str]:
    """The options of a group of which there may be several, as text."""
    for key, field in options(section):
        within = group_within(field.annotation)
        kind = "a group" if as_section(field.annotation) else allowed_values(field)
        yield from textwrap.wrap(
            f"{key}: {field.description} ({kind})", 98, initial_indent="  ", subsequent_indent="    "
        )
        if within is not None:
            yield from (f"  {line}" for line in _explained(within))


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}" for line in textwrap.wrap(" ".join(text.split()), 100))
