"""What is wrong with a setting, in words that say what would be right."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """A setting that does not count, and why. `line` counts from 1."""

    file: Path | None
    line: int | None
    message: str

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return f"{where}: {self.message}" if where else self.message


def unknown_key(key: str, prefix: str, known: Iterable[str]) -> str:
    """The message for a key that is no option, with the nearest one that is."""
    names = list(known)
    near = difflib.get_close_matches(key.lower(), names, n=1)
    meant = f"; did you mean {prefix}{near[0]}?" if near else "."
    return f"{prefix}{shown(key)} is no option{meant} Possible here: {', '.join(names)}"


def shown(value: object) -> str:
    """A wrong value as the user may have written it, cut short."""
    text = value if isinstance(value, str) and value.isprintable() and value else json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
