"""The composition root: from a config to every part, wired, and closed in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import platformdirs

from foredraft.config import Config, restrict
from foredraft.engine.answers import Answer, Answers
from foredraft.engine.learning import Learning
from foredraft.engine.status import Progress, State, Status, Telling
from foredraft.predictor.far import Far
from foredraft.privacy.deny_list import DenyList
from foredraft.privacy.secrets import mask
from foredraft.questions.snapshot import Snapshot
from foredraft.questions.suggestion import Outcome
from foredraft.session import Session
from foredraft.workspace.index import Index
from foredraft.workspace.names import name_of, path_of
from foredraft.workspace.saved import home
from foredraft.workspace.shared import KINDS, LibraryKind
from foredraft.workspace.task import Task, rules
from foredraft.workspace.watch import outermost

__all__ = ["Answer", "App", "Progress", "State", "Status"]


class App:
    """The running parts of one server: what the editor told us, what was learned, and the answers."""

    def __init__(
        self,
        config: Config,
        folders: Sequence[Path],
        on_status: Callable[[Status], None],
        on_progress: Callable[[Progress], None] | None,
        session: Session,
    ) -> None:
        self.session = session
        self._user_config = self._config = config
        self._deny = DenyList()
        self._told = [folder.absolute() for folder in folders]
        self._folders = outermost(self._told)
        self._names: dict[str, str | None] = {}
        self._learning = Learning()
        self._telling = Telling(on_status, on_progress, lambda: self._learning.levels)
        self._answers = Answers(self._learning)
        self._apply(config)
        self._index: Index | None = None
        self._reindexing: asyncio.Task[None] | None = None
        self._outdated = False
        self._parts = AsyncExitStack()

    @classmethod
    async def start(
        cls,
        config: Config,
        folders: Sequence[Path],
        on_status: Callable[[Status], None],
        on_progress: Callable[[Progress], None] | None = None,
        session: Session | None = None,
    ) -> App:
        """Start learning `folders`, the neighbours of the documents open in `session` first. Returns at once, with the
        saved index in place if there is one; cancelling leaves nothing running."""
        app = cls(config, folders, on_status, on_progress, session or Session())
        app._parts.push_async_callback(_cancel, asyncio.create_task(app._learn()))
        app._parts.push_async_callback(app._end_index)
        try:
            await app._start_index()
        except BaseException:
            await app._parts.aclose()
            raise
        return app

    @property
    def status(self) -> Status:
        """What the server can do now."""
        return self._telling.status

    async def inline(self, snapshot: Snapshot) -> Answer:
        """What to show at the cursor; see `Answers.inline`."""
        if _path(snapshot.document.uri) in self._deny:
            return self._answers.denied()
        return await self._answers.inline(snapshot)

    def changed(self, uri: str) -> None:
        """A document of the session was opened, changed, saved or closed."""
        document = self.session.documents.get(uri)
        if document is None:
            self._learning.close(uri)
            self._answers.close(uri)
            self._names.pop(uri, None)
            return
        if self._config.predictor.enabled and _path(uri) not in self._deny:
            self._learning.change(document, self._name(uri), self._last_line(uri))
        else:
            self._learning.close(uri)

    @property
    def idle(self) -> bool:
        """Whether everything the editor told us is learned."""
        return self._learning.idle

    def outcome(self, suggestion_id: str, what: Outcome, length: int | None = None) -> None:
        """What became of a suggestion; `length` code points of it where it was accepted in part."""
        self._answers.outcome(suggestion_id, what)

    def folders_changed(self, added: Sequence[Path], removed: Sequence[Path]) -> None:
        """The workspace consists of other folders now: another index, another model of the open files' surroundings."""
        left = [folder for folder in self._told if folder not in removed]
        self._told = [*left, *(folder.absolute() for folder in added)]
        self._folders = outermost(self._told)
        self._names.clear()
        self._apply(self._config)
        self._restart_index()

    def files_changed(self, paths: Sequence[Path]) -> None:
        """Files were saved, made, deleted or changed on disk."""
        if self._index is not None:
            self._index.changed(paths)

    def configure(self, settings: Mapping[str, object]) -> list[str]:
        """Settings from the editor: they may only restrict what the user's own config allows. Returns what is wrong
        with them."""
        before = self._config
        self._config, problems = restrict(self._user_config, settings)
        self._apply(self._config)
        on = before.predictor.enabled, self._config.predictor.enabled
        if (before.index, before.privacy) != (self._config.index, self._config.privacy) or on[0] != on[1]:
            for uri in self.session.documents:
                self.changed(uri)
            self._restart_index()
        return [str(problem) for problem in problems]

    async def close(self) -> None:
        """End everything, within about a second."""
        await self._parts.aclose()

    def _apply(self, config: Config) -> None:
        self._config, self._deny = config, DenyList(config.privacy.deny, self._folders)
        self._answers.threshold = config.predictor.threshold
        self._answers.enabled = config.inline.enabled and config.predictor.enabled

    async def _learn(self) -> None:
        """Learn from now on; first, in a thread, load what finds secrets, which takes a fifth of a second."""
        await asyncio.to_thread(mask, "password = 'warm'")
        await self._learning.run()

    async def _start_index(self) -> None:
        config = self._config
        if not self._folders or not config.index.enabled or not config.predictor.enabled:
            on = config.predictor.enabled
            self._telling.tell("ready", "learning from open files only" if on else "the predictor is switched off")
            return
        cache = Path(platformdirs.user_cache_dir("foredraft", appauthor=False))
        limits = config.privacy.deny, config.index.max_file_kb * 1000, config.index.max_files
        opened = tuple(path for uri in self.session.documents if (path := _path(uri)).is_absolute())
        task = Task(
            self._folders,
            home(cache, self._folders, rules(*limits)),
            opened,
            *limits,
            packages=config.index.packages,
            machine=cache / "machine" if config.index.standard_libraries else None,
        )
        self._index = Index(
            task,
            on_index=self._adopt_index,
            on_weights=self._adopt_weights,
            on_library=self._adopt_library,
            on_progress=self._telling.progress,
            on_trained=self._telling.trained,
            on_problem=self._telling.problem,
            on_followed=self._telling.learned,
        )
        self._telling.begin(self._index)
        await self._index.start()

    async def _end_index(self) -> None:
        self._outdated = False
        if self._reindexing is not None:  # not cancelled: it may be ending a worker
            await asyncio.wait({self._reindexing})
        index, self._index = self._index, None
        if index is not None:
            await index.close()
        self._forget_index()

    def _restart_index(self) -> None:
        self._outdated = True
        if self._reindexing is None or self._reindexing.done():
            self._reindexing = asyncio.create_task(self._reindex())

    async def _reindex(self) -> None:
        while self._outdated:
            self._outdated = False
            index, self._index = self._index, None
            if index is not None:
                await index.close()
            self._forget_index()
            await self._start_index()
            for uri in self.session.documents:
                self.changed(uri)

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

    def _forget_index(self) -> None:
        self._learning.adopt_index(None)
        for kind in KINDS:
            self._learning.adopt_library(kind, None)

    def _last_line(self, uri: str) -> int:
        """The line that was changed last: there the user is."""
        history = self.session.history(uri)
        return history.groups[-1].changes[-1].start.line if history.groups else 0

    def _name(self, uri: str) -> str | None:
        """A document's name in the index; None outside of the workspace."""
        if uri not in self._names:
            self._names[uri] = name_of(_path(uri), self._folders)
        return self._names[uri]


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _path(uri: str) -> Path:
    return Path(path_of(uri))
