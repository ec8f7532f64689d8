"""What the server can do now, and how far it is with getting there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from foredraft.workspace.index import Index

State = Literal["starting", "indexing", "ready", "degraded"]


@dataclass(frozen=True, slots=True)
class Status:
    """One word and one line; `files` and `lines` are those of the index, `levels` what is learned beside open files."""

    state: State
    message: str
    files: int = 0
    lines: int = 0
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the index is: `done` of `total` files, `lines` so far."""

    done: int
    total: int
    lines: int


class Telling:
    """From what an index says of itself to the one status there is."""

    def __init__(
        self,
        on_status: Callable[[Status], None],
        on_progress: Callable[[Progress], None] | None,
        levels: Callable[[], Sequence[str]],
    ) -> None:
        self.status = Status("starting", "starting")
        self._on_status = on_status
        self._on_progress = on_progress
        self._levels = levels
        self._index: Index | None = None
        self._problem = self._note = ""
        self._message = self.status.message
        self._read = self._trained = False

    def begin(self, index: Index) -> None:
        """From now on this index is told of."""
        self._index, self._problem, self._read = index, "", False
        self.tell("indexing", "learning the workspace")

    def changed(self) -> None:
        """Other levels are there, or the index has other files."""
        index, now = self._index, self.status
        if index is not None:
            self.tell(now.state, self._message, index.files, index.lines)

    def trained(self) -> None:
        """The weights are trained."""
        self._trained = True
        if self._read:
            self.learned()

    def progress(self, done: int, total: int, lines: int) -> None:
        """So many files are read; all of them only when that is published."""
        self._read = done >= total
        if not self._read:
            self.tell("indexing", f"{done} of {total} files read{_by(self._index)}", done, lines)
        else:
            self.learned()
        if self._on_progress is not None:
            self._on_progress(Progress(done, total, lines))

    def learned(self) -> None:
        """Tell it all anew. Ready means that answers are good: files are read and the weights are trained on them."""
        index = self._index
        if index is None:
            return
        if index.degraded:
            self.tell("degraded", self._problem, index.files, index.lines)
        elif self._trained and self._read:
            said = self._problem or f"{index.files} files learned{_left_out(index)}{_by(index)}"
            self.tell("ready", said, index.files, index.lines)
        elif self._read:
            self.tell("indexing", f"{index.files} files read, training on them{_by(index)}", index.files, index.lines)
        else:
            self.tell("indexing", f"learning the workspace{_by(index)}", index.files, index.lines)

    def problem(self, message: str) -> None:
        """One sentence for the user: something went wrong, and the work goes on where it can."""
        self._problem = message
        degraded = self._index is not None and self._index.degraded
        self.tell("degraded" if degraded else self.status.state, message, self.status.files, self.status.lines)

    def note(self, note: str) -> None:
        """What else is to be said, behind whatever the status is: who of the models is not asked, and why."""
        if note != self._note:
            self._note = note
            now = self.status
            self.tell(now.state, self._message, now.files, now.lines)

    def tell(self, state: State, message: str, files: int = 0, lines: int = 0) -> None:
        """This is the status now."""
        self._message = message
        said = f"{message}; {self._note}" if self._note else message
        self.status = Status(state, said, files, lines, tuple(self._levels()))
        self._on_status(self.status)


def _left_out(index: Index) -> str:
    """How many files were too many."""
    count = index.skipped.get("too many", 0)
    return f", {count} more left out (index.max_files)" if count else ""


def _by(index: Index | None) -> str:
    """Who learns the workspace, where that is not our own worker."""
    if index is None or index.builder is None:
        return ""
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(index.builder_since))
    return f"; another server learns this workspace (process {index.builder}, since {since})"
