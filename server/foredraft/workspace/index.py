"""The index of a workspace, seen from the server: the last one at once, newer ones as the worker publishes them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from foredraft.workspace import saved, shared
from foredraft.workspace.learn import arrays_of, names_of
from foredraft.workspace.publisher import DAMAGED
from foredraft.workspace.shared import LibraryKind
from foredraft.workspace.task import Task
from foredraft.workspace.versions import OF_THE_WORKSPACE
from foredraft.workspace.watch import matters

# -P: nothing is imported from the current folder, which may be a workspace.
COMMAND = (sys.executable, "-P", "-m", "foredraft.workspace.worker")
ENVIRONMENT = {"PYTHONMALLOC": "malloc", "MALLOC_ARENA_MAX": "1"} if platform.libc_ver()[0] == "glibc" else {}
"""With the system's own allocator a tenth more time is needed, and what is freed can be given back: Python's keeps a
megabyte for each small object that stays, up to 60 MB after packages were learned."""
_log = logging.getLogger(__name__)
_PAUSES = (0.5, 2.0, 8.0)
_LONG_LIFE = 60.0
_GOODBYE = 0.5
_MOST_PATHS = 400
_LONGEST_LINE = 1 << 20
_GAVE_UP = "The workspace is not learned any more: its process ended {} times in a row."


class Index:
    """One worker and what it published. All callbacks come on the event loop, and none after `close`.

    `on_index(arrays, names)`: memory-mapped 1-d memoryviews for `Far`, and the files' names by number.
    `on_weights(weights, calibration)`: memoryviews of floats.
    `on_library(kind, arrays)`: the same for installed packages or standard libraries; empty where there are none now.
    `on_progress(done, total, lines)`: files; `done == total` only when everything is published.
    `on_trained()`: the weights are as good as the workspace makes them; from then on they are kept up to date.
    `on_problem(message)`: one sentence for the user, each said once.
    `on_followed()`: `builder` changed. What another server's process publishes is handed on all the same.
    """

    def __init__(
        self,
        task: Task,
        *,
        on_index: Callable[[Mapping[str, memoryview], list[str]], None],
        on_weights: Callable[[memoryview, memoryview], None],
        on_library: Callable[[LibraryKind, Mapping[str, memoryview]], None],
        on_progress: Callable[[int, int, int], None],
        on_trained: Callable[[], None],
        on_problem: Callable[[str], None],
        on_followed: Callable[[], None] = lambda: None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self.files = 0
        self.lines = 0
        self.skipped: Mapping[str, int] = {}
        """How many files and folders were left out, by reason."""
        self.degraded = False
        """The worker died too often; what was published before is still served."""
        self.builder: int | None = None
        """The process that builds the index, where that is another server's; ours follows it."""
        self.builder_since = 0.0
        """Its time of day, in seconds, when it began to."""
        self._task = task
        self._on_index = on_index
        self._on_weights = on_weights
        self._on_library = on_library
        self._on_progress = on_progress
        self._on_trained = on_trained
        self._on_problem = on_problem
        self._on_followed = on_followed
        self._command = command
        self._said: set[str] = set()
        self._temporary: set[str] = set()
        self._handed_on: dict[saved.Kind, str] = {}
        self._runner: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._settled = False
        self._whole = True
        """Whether all files are in the index that was handed on last, and not the nearest alone."""
        self._closed = False

    async def start(self) -> None:
        """Hand on what was saved last, then let a worker bring it up to date. Returns before the worker has.

        Never raises for a bad cache. Cancelled, it leaves nothing running.
        """
        for kind in OF_THE_WORKSPACE:
            version, damaged = await asyncio.to_thread(saved.latest, self._task.home, kind)
            if self._closed:
                return
            if damaged:
                self._problem(DAMAGED)
            if version is not None:
                self._hand_on(kind, version)
        for library, version in await asyncio.to_thread(lambda: list(shared.kept(self._task))):
            if not self._closed:
                self._hand_on(library, version)
        if self._closed:
            return
        self._runner = asyncio.create_task(self._run())

    def changed(self, paths: Iterable[Path]) -> None:
        """Tell of files that were saved, made, deleted or changed on disk. Costs no waiting and no look at the disk."""
        told = list(paths)
        some = told[:: 1 + len(told) // _MOST_PATHS]  # of very many, some wake the worker, which finds the others
        matter = [os.fspath(path) for path in some if matters(path, self._task.folders)]
        if matter and self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(_line({"changed": matter}))

    async def close(self) -> None:
        """End the worker, within a second. Nothing is called back from now on, also by a `start` that is under way."""
        self._closed = True
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.cancel()
            await asyncio.wait({runner})  # `await runner` would cancel it again, while it ends its process
        for folder in self._temporary:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _run(self) -> None:
        failures = 0
        clock = asyncio.get_running_loop().time
        while True:
            self._settled = False
            began = clock()
            await self._one_life()
            failures = 1 if self._settled and clock() - began > _LONG_LIFE else failures + 1
            if failures > len(_PAUSES):
                self.degraded = True
                self._problem(_GAVE_UP.format(failures))
                return
            await asyncio.sleep(_PAUSES[failures - 1])

    async def _one_life(self) -> None:
        """Run one worker until it ends, for whatever reason, or does what it must not."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=_LONGEST_LINE,
                env=os.environ | ENVIRONMENT,
            )
        except OSError:
            return
        try:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(_line({"index": self._task.to_json()}))
            self._process = process
            async for line in process.stdout:
                await self._heard(json.loads(line))
        except Exception as problem:
            # Whatever it was, a new worker builds what is missing. Its message may quote code, so it is not logged.
            _log.warning("the index worker is started anew after %s", type(problem).__name__)
        finally:
            self._process = None
            await _ended(process)

    async def _heard(self, message: dict[str, Any]) -> None:
        if problem := message.get("problem"):
            self._temporary.update(filter(None, [message.get("temporary")]))
            self._problem(problem)
        if following := message.get("following"):
            self.builder, self.builder_since = following["pid"], following["since"]
            self._on_followed()
        if message.get("building") and self.builder is not None:
            self.builder = None
            self._on_followed()
        if progress := message.get("progress"):
            self._on_progress(progress["done"], progress["total"], progress["lines"])
        for kind in (*OF_THE_WORKSPACE, *shared.wanted(self._task)):
            if published := message.get(kind):
                await self._published(kind, published)
        if (settled := message.get("settled")) and self._whole:
            self._settled = True
            self.files, self.lines, self.skipped = settled["files"], settled["lines"], settled["skipped"]
            self._on_progress(self.files, self.files, self.lines)
        if message.get("trained"):
            self._on_trained()

    async def _published(self, kind: saved.Kind, said: Mapping[str, Any]) -> None:
        if said["path"] is None and kind in ("packages", "machine"):
            if self._handed_on.pop(kind, None) is not None:
                self._on_library(kind, {})
        elif said.get("identity") != self._handed_on.get(kind, ""):
            await self._load(kind, Path(said["path"]))

    async def _load(self, kind: saved.Kind, path: Path) -> None:
        try:
            self._hand_on(kind, await asyncio.to_thread(saved.load, path))
        except FileNotFoundError:  # a newer version has replaced it already; the next message tells of that
            return
        except saved.Damaged:
            await asyncio.to_thread(saved.set_aside, path)
            if self.builder is None:
                raise
            self._problem(DAMAGED)

    def _hand_on(self, kind: saved.Kind, version: saved.Saved) -> None:
        if self._closed or self._handed_on.get(kind) == version.identity:
            return
        self._handed_on[kind] = version.identity
        if kind == "weights":
            self._on_weights(version.arrays["weights"], version.arrays["calibration"])
        elif kind == "index":
            self.files, self.lines = version.facts["files"], version.facts["lines"]
            total = version.facts.get("total", self.files)
            self._whole = self.files >= total
            if not self._whole:
                self._on_progress(self.files, total, self.lines)
            self._on_index(arrays_of(version), names_of(version.arrays))
        else:
            self._on_library(kind, version.arrays)

    def _problem(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._on_problem(message)


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\n"


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Let the process end by the end of its stdin, or else kill it; all its pipes are closed then. Cancelled, it kills
    it at once."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _GOODBYE)
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
