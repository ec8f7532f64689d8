"""The example config file: every option with its default and why one would change it, made from the options."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from foredraft.config.options import allowed_values, sections

_HEAD = """\
Every option of Foredraft with its default. Copy what you want to change into your own file:
`foredraft config` says where it belongs. The environment counts more: FOREDRAFT_PREDICTOR__THRESHOLD=0.8.
Nothing is read from a workspace; an editor's settings may only switch off, raise the threshold and add to deny."""


def example() -> str:
    """The text of config.example.yml."""
    lines = [f"# {line}" for line in _HEAD.splitlines()]
    for name, section in sections():
        lines += ["", *_comment(section.__doc__ or ""), f"{name}:"]
        for key, field in section.model_fields.items():
            lines += [f"  {line}" for line in _comment(f"{field.description} ({allowed_values(field)})")]
            lines.append(f"  {key}: {json.dumps(field.default)}")
    return "\n".join(lines) + "\n"


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}" for line in textwrap.wrap(text, 100))
