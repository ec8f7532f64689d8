"""Reads the protocol's JSON as types, and forgives what a newer or a careless client puts into it."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable
from typing import Any

import cattrs
from lsprotocol import converters, types


def converter() -> cattrs.Converter:
    """lsprotocol's converter, but a value that an enum does not know stays the plain value it came as."""
    made: cattrs.Converter = converters.get_converter()
    for kind in vars(types).values():
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            made.register_structure_hook(kind, _lenient(kind))
    return made


async def warm(made: cattrs.Converter) -> None:
    """Let `made` write the code for what a key needs: it does so at the first use, which would be the first key."""
    place = {"line": 0, "character": 0}
    where = {"textDocument": {"uri": ""}, "position": place}
    samples = {
        types.TEXT_DOCUMENT_INLINE_COMPLETION: {**where, "context": {"triggerKind": 2}},
        types.TEXT_DOCUMENT_COMPLETION: {**where, "context": {"triggerKind": 1}},
        types.WORKSPACE_EXECUTE_COMMAND: {"command": "", "arguments": [""]},
    }
    for method, params in samples.items():
        kind: Any = types.METHOD_TO_TYPES[method][0]
        made.structure({"jsonrpc": "2.0", "id": 0, "method": method, "params": params}, kind)
        await asyncio.sleep(0)
    here = types.Range(types.Position(0, 0), types.Position(0, 0))
    command = types.Command(title="", command="")
    item = types.InlineCompletionItem(insert_text="", range=here, command=command)
    made.unstructure(types.InlineCompletionList(items=[item]))


def _lenient(kind: type[enum.Enum]) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: Any) -> Any:
        try:
            return kind(value)
        except ValueError:
            return value

    return structure
