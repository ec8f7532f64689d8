"""A server's side of the index for tests: a real worker process and all that was told of it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from foredraft.workspace import saved
from foredraft.workspace.index import Index
from foredraft.workspace.task import Task

STAND_IN = (sys.executable, os.fspath(Path(__file__).with_name("stand_in.py")))
LIMIT = 60.0


class Server:
    """An index and all it told."""

    def __init__(self, root: Path, command: tuple[str, ...] = STAND_IN, **options: Any) -> None:
        self.names: list[list[str]] = []
        self.arrays: list[dict[str, memoryview]] = []
        self.weights: list[list[float]] = []
        self.libraries: list[tuple[str, dict[str, memoryview]]] = []
        self.trained: list[bool] = []
        self.progress: list[tuple[int, int, int]] = []
        self.problems: list[str] = []
        self.builders: list[int | None] = []
        options = {"home": saved.home(root.parent / "cache", [root]), "quiet": 0.05, "look": 0.1, **options}
        self.index = Index(
            Task((root,), **options),
            on_index=self._learned,
            on_weights=lambda weights, calibration: self.weights.append(list(weights)),
            on_library=lambda kind, arrays: self.libraries.append((kind, dict(arrays))),
            on_progress=lambda *numbers: self.progress.append(numbers),
            on_trained=lambda: self.trained.append(True),
            on_problem=self.problems.append,
            on_followed=lambda: self.builders.append(self.index.builder),
            command=command,
        )

    def _learned(self, arrays: Any, names: list[str]) -> None:
        self.names.append(names)
        self.arrays.append(dict(arrays))

    @property
    def settled(self) -> bool:
        return any(done == total for done, total, _ in self.progress)

    @property
    def looked_often(self) -> bool:
        """It has looked through the folder several times, and done what there was to do in between."""
        return sum(done == total for done, total, _ in self.progress) > 3

    @property
    def pid(self) -> int:
        assert self.index._process is not None
        return self.index._process.pid

    async def __aenter__(self) -> Server:
        await self.index.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.index.close()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
