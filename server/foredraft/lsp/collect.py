"""When is garbage collected? Often and little: what outlives the young is frozen, and never looked at again.

A full collection visits every object there is, and a learned workspace is millions of them: tenths of a second in
which no key is answered. The price is that circles of objects which die old are not found; we make no such circles.
"""

from __future__ import annotations

import asyncio
import gc
from typing import Any

_YOUNG = 5_000
_MIDDLE = 8
_NEVER = 1_000_000
_QUIET = 2.0


def begin() -> None:
    """From now on collect only what is young, and freeze what survives it. What is alive now is frozen."""
    gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)
    gc.callbacks.append(_freeze_survivors)
    gc.freeze()
    gc.enable()


def _freeze_survivors(phase: str, info: dict[str, Any]) -> None:
    if phase == "stop" and info["generation"] > 0:
        gc.freeze()


class Quiet:
    """Collects what is left when nothing came from the editor for two seconds."""

    def __init__(self) -> None:
        self._touched = 0.0
        self._waiting = False

    def touch(self) -> None:
        """Something came from the editor."""
        loop = asyncio.get_running_loop()
        self._touched = loop.time()
        if not self._waiting:
            self._waiting = True
            loop.call_later(_QUIET, self._look)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        left = self._touched + _QUIET - loop.time()
        if left > 0:
            loop.call_later(left, self._look)
            return
        self._waiting = False
        gc.collect(1)
