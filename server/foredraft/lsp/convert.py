"""From the protocol's positions, which count UTF-16 units, to ours, which count code points, and back."""

from __future__ import annotations

from lsprotocol import types

from foredraft.text.document import Document, Position

_LAST = 2**31 - 1


def column(line: str, units: int) -> int:
    """The code point at which `units` UTF-16 units of `line` end; clamped, and never inside a character."""
    if line.isascii() or len(encoded := line.encode("utf-16-le", "surrogatepass")) == 2 * len(line):
        return max(0, min(units, len(line)))
    end = 2 * max(0, units)
    if (
        0xDC <= int.from_bytes(encoded[end + 1 : end + 2]) <= 0xDF
        and 0xD8 <= int.from_bytes(encoded[end - 1 : end]) <= 0xDB
    ):
        end -= 2  # between the halves of a pair
    return len(encoded[:end].decode("utf-16-le", "surrogatepass"))


def units(line: str, end: int) -> int:
    """How many UTF-16 units the first `end` code points of `line` are."""
    if line.isascii():
        return max(0, min(end, len(line)))
    return len(line[: max(0, end)].encode("utf-16-le", "surrogatepass")) // 2


def position(document: Document, wire: types.Position) -> Position:
    """Where in `document` the protocol's position is; clamped into it."""
    if wire.line >= document.line_count:
        last = document.line_count - 1
        return Position(last, len(document.line(last)))
    return Position(wire.line, column(document.line(wire.line), wire.character))


def wire_position(document: Document, place: Position) -> types.Position:
    return types.Position(min(place.line, _LAST), units(document.line(place.line), place.column))


def wire_range(document: Document, start: int, end: int) -> types.Range:
    """The protocol's range of two str offsets."""
    return types.Range(
        wire_position(document, document.position(start)), wire_position(document, document.position(end))
    )
