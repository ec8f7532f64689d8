"""What the server can do now, and how far it is with getting there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["starting", "indexing", "ready", "degraded"]


@dataclass(frozen=True, slots=True)
class Status:
    """One word and one line; `files` and `lines` are those of the index."""

    state: State
    message: str
    files: int = 0
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the index is: `done` of `total` files, `lines` so far."""

    done: int
    total: int
    lines: int
