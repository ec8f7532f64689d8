"""The index of the workspace, from its beginning to its end, and again when folders or settings change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import platformdirs

from foredraft.config import IndexConfig, PrivacyConfig
from foredraft.engine.learning import Learning
from foredraft.engine.status import Telling
from foredraft.predictor.far import Far
from foredraft.workspace.index import Index
from foredraft.workspace.saved import home
from foredraft.workspace.shared import KINDS, LibraryKind
from foredraft.workspace.task import Task, rules


class Indexing:
    """Feeds `learning` with what an index learns, and `telling` with how far it is. `opened` are the documents there
    are; `on_restarted` is called when another index has begun."""

    def __init__(
        self,
        learning: Learning,
        telling: Telling,
        opened: Callable[[], Iterable[Path]],
        on_restarted: Callable[[], None],
    ) -> None:
        self.index: Index | None = None
        self._learning, self._telling, self._opened, self._on_restarted = learning, telling, opened, on_restarted
        self._plan: tuple[tuple[Path, ...], IndexConfig, PrivacyConfig, bool] | None = None
        self._restarting: asyncio.Task[None] | None = None
        self._outdated = False

    def plan(self, folders: tuple[Path, ...], index: IndexConfig, privacy: PrivacyConfig, on: bool) -> None:
        """What is to be indexed from the next start on; without `on` nothing is learned at all."""
        self._plan = folders, index, privacy, on

    async def start(self) -> None:
        """Begin, with the saved index in place if there is one."""
        assert self._plan is not None
        folders, config, privacy, on = self._plan
        if not folders or not config.enabled or not on:
            self._telling.tell("ready", "learning from open files only" if on else "the predictor is switched off")
            return
        cache = Path(platformdirs.user_cache_dir("foredraft", appauthor=False))
        limits = privacy.deny, config.max_file_kb * 1000, config.max_files
        task = Task(
            folders,
            home(cache, folders, rules(*limits)),
            tuple(self._opened()),
            *limits,
            packages=config.packages,
            machine=cache / "machine" if config.standard_libraries else None,
        )
        self.index = Index(
            task,
            on_index=self._adopt_index,
            on_weights=self._adopt_weights,
            on_library=self._adopt_library,
            on_progress=self._telling.progress,
            on_trained=self._telling.trained,
            on_problem=self._telling.problem,
            on_followed=self._telling.learned,
        )
        self._telling.begin(self.index)
        await self.index.start()

    async def end(self) -> None:
        """Close what runs and forget what it taught."""
        self._outdated = False
        if self._restarting is not None:  # not cancelled: it may be ending a worker
            await asyncio.wait({self._restarting})
        await self._end_index()

    def restart(self) -> None:
        """By the plan as it is now; what was learned is forgotten."""
        self._outdated = True
        if self._restarting is None or self._restarting.done():
            self._restarting = asyncio.create_task(self._restart())

    async def _restart(self) -> None:
        while self._outdated:
            self._outdated = False
            await self._end_index()
            await self.start()
            self._on_restarted()

    async def _end_index(self) -> None:
        index, self.index = self.index, None
        if index is not None:
            await index.close()
        self._learning.adopt_index(None)
        for kind in KINDS:
            self._learning.adopt_library(kind, None)

    def _adopt_index(self, arrays: Mapping[str, memoryview], names: list[str]) -> None:
        try:
            self._learning.adopt_index(Far(arrays, names))
            self._telling.changed()
        except (KeyError, ValueError) as problem:
            self._telling.problem(f"The index could not be used: {problem}")

    def _adopt_weights(self, weights: memoryview, calibration: memoryview) -> None:
        with suppress(ValueError):  # weights of another version: the worker makes new ones
            self._learning.adopt_weights(weights.tolist(), calibration.tolist())
            self._telling.trained()

    def _adopt_library(self, kind: LibraryKind, arrays: Mapping[str, memoryview]) -> None:
        with suppress(KeyError, ValueError):  # arrays of another version: the worker makes new ones
            self._learning.adopt_library(kind, Far(arrays) if arrays else None)
            self._telling.changed()
