"""From a config to models that can be asked: behind the start, and again when the config changes.

Nothing of it is imported, and no thread started, as long as no provider is configured.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from foredraft.config import Config
from foredraft.config.keys import Key, from_keyring, wanted
from foredraft.engine.drafting import Models

if TYPE_CHECKING:
    from foredraft.engine.recall import Recall

_AGAIN = 5.0
"""Seconds after which the status is looked at again while somebody rests."""


class Hired(Models, Protocol):
    """Models with a beginning and an end."""

    @property
    def trouble(self) -> str:
        """Who is not asked and why, in one line; "" if all is well."""
        ...

    async def meet(self) -> None:
        """Find out who is there; cancelling leaves nothing open."""
        ...

    def files_changed(self) -> None:
        """Files of the workspace changed on disk."""
        ...

    async def close(self) -> None:
        """End all that was begun."""
        ...


Hire = Callable[[Config, Mapping[str, Key], Sequence[Path], Callable[[], None]], Hired]
"""Makes the models of a config for a workspace, in a thread. Its last argument is to be told, in the loop, when their
trouble may be another."""


class Hiring:
    """The models of the config as it is now, and the memory of what they wrote. `on_models` is told of both, None where
    there are none; `on_note` what the status says of them."""

    def __init__(
        self,
        keys: Mapping[str, Key],
        on_models: Callable[[Models | None, Recall | None], None],
        on_note: Callable[[str], None],
        hire: Hire | None,
    ) -> None:
        self._keys = dict(keys)
        self._on_models, self._on_note, self._hire = on_models, on_note, hire
        self._crew: Hired | None = None
        self._recall: Recall | None = None
        self._task: asyncio.Task[None] | None = None
        self._again: asyncio.TimerHandle | None = None

    def begin(self, config: Config, folders: Sequence[Path]) -> None:
        """From now on the models of this config, those there were are let go. Returns at once."""
        before, self._task = self._task, None
        if before is None and not _configured(config, self._keys):
            return
        self._on_models(None, None)
        self._task = asyncio.create_task(self._begin(config, folders, before))

    def files_changed(self) -> None:
        """Files of the workspace changed on disk."""
        if self._crew is not None:
            self._crew.files_changed()
        if self._recall is not None:
            self._recall.files_changed()

    async def settled(self) -> None:
        """Wait until everybody was asked who is there, or failed to be."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def close(self) -> None:
        """Let them go, with every connection."""
        task, self._task = self._task, None
        if task is not None:
            await _ended(task)
        await self._let_go()

    async def _begin(self, config: Config, folders: Sequence[Path], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await _ended(before)
        await self._let_go()
        missing = wanted(config, self._keys)
        if missing:
            found, _ = await asyncio.to_thread(from_keyring, missing)  # what is wrong shows as a key that is not there
            self._keys |= found
        if not _configured(config, self._keys):
            self._on_note("")
            return
        hire = self._hire if self._hire is not None else await asyncio.to_thread(_usual)
        if config.memory.enabled:
            recall = await asyncio.to_thread(importlib.import_module, "foredraft.engine.recall")
            self._recall = recall.open_recall(config, folders, self._changed)
        self._crew = await asyncio.to_thread(hire, config, self._keys, folders, self._changed)
        if self._recall is not None:
            await self._recall.opened()
        self._on_models(self._crew, self._recall)
        self._changed()
        await self._crew.meet()
        self._changed()

    async def _let_go(self) -> None:
        crew, self._crew = self._crew, None
        if self._again is not None:
            self._again.cancel()
            self._again = None
        if crew is not None or self._recall is not None:
            self._on_models(None, None)
        if self._recall is not None:
            await self._recall.close()
            self._recall = None
        if crew is not None:
            await crew.close()

    def _changed(self) -> None:
        """Tell the status, and look again later where somebody rests: that ends without a word."""
        if self._crew is None:
            return
        told = (self._crew.trouble, self._recall.trouble if self._recall is not None else "")
        trouble = "; ".join(filter(None, told))
        self._on_note(trouble)
        if self._again is not None:
            self._again.cancel()
            self._again = None
        if trouble:
            self._again = asyncio.get_running_loop().call_later(_AGAIN, self._changed)


def _configured(config: Config, keys: Mapping[str, Key]) -> bool:
    """Whether there may be anybody to ask."""
    return bool(config.providers or config.roles or keys)


def _usual() -> Hire:
    """In a thread: the import takes a tenth of a second and more."""
    hire: Hire = importlib.import_module("foredraft.engine.crew").hire
    return hire


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait({task})
