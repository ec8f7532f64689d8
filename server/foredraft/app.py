"""The composition root: from a config to every part, wired, and closed in reverse."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from foredraft.config import Config, restrict
from foredraft.config.keys import Key, take, variables
from foredraft.engine.answers import Answer, Answers
from foredraft.engine.drafting import Models
from foredraft.engine.hiring import Hire, Hiring
from foredraft.engine.indexing import Indexing
from foredraft.engine.lately import Better
from foredraft.engine.learning import Learning
from foredraft.engine.status import Progress, State, Status, Telling
from foredraft.privacy.deny_list import DenyList
from foredraft.privacy.secrets import mask
from foredraft.questions.kept import Kept
from foredraft.questions.snapshot import Snapshot
from foredraft.questions.suggestion import Outcome
from foredraft.session import Session
from foredraft.text.document import Document
from foredraft.workspace.index import Index
from foredraft.workspace.names import name_of, path_of
from foredraft.workspace.watch import outermost

if TYPE_CHECKING:
    from foredraft.engine.recall import Recall

__all__ = ["Answer", "App", "Better", "Progress", "State", "Status"]

_OF_MODELS = ("providers", "roles", "budget", "pipelines", "privacy", "inline", "memory")
"""The parts of a config that say who is asked, and for what."""


class App:
    """The running parts of one server: what the editor told us, what was learned, and the answers."""

    def __init__(
        self,
        config: Config,
        folders: Sequence[Path],
        on_status: Callable[[Status], None],
        on_progress: Callable[[Progress], None] | None,
        session: Session,
        keys: Mapping[str, Key],
        hire: Hire | None = None,
    ) -> None:
        self.session = session
        self.on_better: Callable[[Better], None] = lambda better: None
        """Told when asking again at the place of the last ask would be answered better; never for an old version."""
        self._user_config = self._config = config
        self._deny = DenyList()
        self._told = [folder.absolute() for folder in folders]
        self._folders = outermost(self._told)
        self._names: dict[str, str | None] = {}
        self._learning = Learning()
        self._telling = Telling(on_status, on_progress, lambda: self._learning.levels)
        self._answers = Answers(self._learning, self._keep, self._better)
        self._indexing = Indexing(self._learning, self._telling, self._opened, self._all_changed)
        self._hiring = Hiring(keys, self._adopt_models, self._telling.note, hire)
        self._apply(config)
        self._parts = AsyncExitStack()

    @classmethod
    async def start(
        cls,
        config: Config,
        folders: Sequence[Path],
        on_status: Callable[[Status], None],
        on_progress: Callable[[Progress], None] | None = None,
        session: Session | None = None,
        keys: Mapping[str, Key] | None = None,
        hire: Hire | None = None,
    ) -> App:
        """Start learning `folders`, the neighbours of the documents open in `session` first. Returns at once, with the
        saved index in place if there is one; the models of the config follow. Cancelling leaves nothing running.

        `keys` are those of providers; None: they are taken out of this process's environment, so that nothing it starts
        inherits them. `hire` makes the models, where not the usual ones.
        """
        if keys is None:
            keys, _ = take(os.environ, variables(config))
        app = cls(config, folders, on_status, on_progress, session or Session(), keys, hire)
        app._parts.push_async_callback(_cancel, asyncio.create_task(app._learn()))
        app._parts.push_async_callback(app._indexing.end)
        app._parts.push_async_callback(app._hiring.close)
        app._parts.push_async_callback(app._answers.drafting.inflight.close)
        try:
            await app._indexing.start()
            app._hiring.begin(config, app._folders)
        except BaseException:
            await app._parts.aclose()
            raise
        return app

    @property
    def status(self) -> Status:
        """What the server can do now."""
        return self._telling.status

    async def inline(self, snapshot: Snapshot, patient: bool = False) -> Answer:
        """What to show at the cursor; see `Answers.inline`."""
        if _path(snapshot.document.uri) in self._deny:
            return self._answers.denied()
        return await self._answers.inline(snapshot, patient)

    def changed(self, uri: str, line: int | None = None) -> None:
        """A document of the session was opened, changed, saved or closed; its user is in `line`, if that is known."""
        document = self.session.documents.get(uri)
        if document is None:
            self._learning.close(uri)
            self._answers.close(uri)
            self._names.pop(uri, None)
            return
        line = self._last_line(uri) if line is None else line
        self._answers.drafting.changed(document, lambda since: self.session.edits_since(uri, since), line)
        if self._config.predictor.enabled and _path(uri) not in self._deny:
            self._learning.change(document, self._name(uri), line)
        else:
            self._learning.close(uri)

    @property
    def idle(self) -> bool:
        """Whether everything the editor told us is learned."""
        return self._learning.idle

    async def manned(self) -> None:
        """Wait until the models of the config can be asked, and their providers have said which of them there are."""
        await self._hiring.settled()

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
        self._indexing.restart()
        self._hiring.begin(self._config, self._folders)

    def files_changed(self, paths: Sequence[Path]) -> None:
        """Files were saved, made, deleted or changed on disk."""
        if self._index is not None:
            self._index.changed(paths)
        self._hiring.files_changed()

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
            self._indexing.restart()
        if any(getattr(before, part) != getattr(self._config, part) for part in _OF_MODELS):
            self._hiring.begin(self._config, self._folders)
        return [str(problem) for problem in problems]

    async def close(self) -> None:
        """End everything, within about a second."""
        await self._parts.aclose()

    @property
    def _index(self) -> Index | None:
        return self._indexing.index

    def _apply(self, config: Config) -> None:
        self._config, self._deny = config, DenyList(config.privacy.deny, self._folders)
        self._answers.threshold = config.predictor.threshold
        self._answers.soft_deadline = config.inline.soft_deadline_ms / 1000
        self._answers.enabled = config.inline.enabled
        self._answers.predicts = config.predictor.enabled
        self._indexing.plan(self._folders, config.index, config.privacy, config.predictor.enabled)

    def _keep(self, kept: Kept, document: Document) -> None:
        self.session.keep(document.uri, kept, document)

    def _better(self, better: Better) -> None:
        if self.session.documents.get(better.document.uri) is better.document:
            self.on_better(better)

    def _adopt_models(self, models: Models | None, recall: Recall | None) -> None:
        self._answers.drafting.models, self._answers.recall = models, recall

    def _opened(self) -> list[Path]:
        return [path for uri in self.session.documents if (path := _path(uri)).is_absolute()]

    def _all_changed(self) -> None:
        for uri in self.session.documents:
            self.changed(uri)

    async def _learn(self) -> None:
        """Learn from now on; first, in a thread, load what finds secrets, which takes a fifth of a second."""
        await asyncio.to_thread(mask, "password = 'warm'")
        await self._learning.run()

    def _last_line(self, uri: str) -> int:
        """The line in which the last change ends: there the user is."""
        history = self.session.history(uri)
        if not history.groups:
            return 0
        last = history.groups[-1].changes[-1]
        return last.start.line + last.inserted.count("\n")

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
