"""The composition root: from a config to every part, wired, and closed in reverse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from foredraft.config import Config
from foredraft.questions.snapshot import Snapshot
from foredraft.questions.suggestion import Outcome, Suggestion
from foredraft.session import Session

State = Literal["starting", "indexing", "ready", "degraded"]


@dataclass(frozen=True, slots=True)
class Status:
    """What the server can do now, in one word and one line."""

    state: State
    message: str
    files: int = 0
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the index is: `done` of `total` files."""

    done: int
    total: int
    lines: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Suggestions, best first, and the walk that led to them."""

    suggestions: tuple[Suggestion, ...]
    why: Mapping[str, object]


class App:
    """The running parts of one server."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.session = Session()
        self.status = Status("starting", "starting")

    @classmethod
    async def start(
        cls,
        config: Config,
        folders: Sequence[Path],
        on_status: Callable[[Status], None],
        on_progress: Callable[[Progress], None] | None = None,
    ) -> App:
        app = cls(config)
        app.status = Status("ready", "ready")
        on_status(app.status)
        return app

    async def inline(self, snapshot: Snapshot) -> Answer:
        return Answer((), {})

    def changed(self, uri: str) -> None: ...

    def outcome(self, suggestion_id: str, what: Outcome, length: int | None = None) -> None: ...

    def folders_changed(self, added: Sequence[Path], removed: Sequence[Path]) -> None: ...

    def files_changed(self, paths: Sequence[Path]) -> None: ...

    def configure(self, settings: Mapping[str, object]) -> list[str]:
        return []

    async def close(self) -> None: ...
