"""How a stream that is read no further ends: at once, not when the garbage collector comes by."""

from __future__ import annotations

from collections.abc import AsyncIterator

from foredraft.models.model import Chunk


class closing:
    """`async with closing(model.stream(outgoing)) as chunks`: closed on the way out, whether it ended, failed, or is
    left in the middle."""

    def __init__(self, stream: AsyncIterator[Chunk]) -> None:
        self._stream = stream

    async def __aenter__(self) -> AsyncIterator[Chunk]:
        return self._stream

    async def __aexit__(self, *raised: object) -> None:
        await close(self._stream)


async def close(stream: AsyncIterator[Chunk]) -> None:
    """Ends the work behind a stream that nobody is waiting on."""
    aclose = getattr(stream, "aclose", None)
    if aclose is not None:
        await aclose()
