"""How a stream that is read no further ends: at once, not when the garbage collector comes by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from foredraft.models.model import Chunk


@asynccontextmanager
async def closing(stream: AsyncIterator[Chunk]) -> AsyncIterator[AsyncIterator[Chunk]]:
    """The stream, closed on the way out, whether it ended, failed, or is left in the middle."""
    try:
        yield stream
    finally:
        await close(stream)


async def close(stream: AsyncIterator[Chunk]) -> None:
    """Ends the work behind a stream that nobody is waiting on."""
    aclose = getattr(stream, "aclose", None)
    if aclose is not None:
        await aclose()
