"""The level of the standard library, as the editor's server would have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from foredraft.predictor.build import Builder, ReadFile


def level(
    texts: Iterable[tuple[str, Sequence[str]]], read: Callable[[str, Sequence[str]], ReadFile] | None = None
) -> dict[str, dict[str, Any]]:
    """{"machine": its arrays} of (name, lines), each read with `read` where that is given; {} where none is."""
    builder = Builder(lean=True)
    for name, lines in texts:
        if read is None:
            builder.add(name, lines)
        else:
            builder.add_read(name, read(name, lines))
    return {"machine": builder.arrays()} if builder.names else {}
