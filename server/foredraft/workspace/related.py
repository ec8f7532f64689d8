"""What of the workspace is worth telling a model about a place: found beside the user, handed out at once.

`at` never waits: it gives what was found for a document last, and lets it be found anew once the cursor's neighbourhood
is another. The finding runs in a thread that pauses often. Nothing is told of that ignore files, the deny list or the
kinds of files leave out, and of secrets only that there was one.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from foredraft.predictor.lexer import MASKED
from foredraft.privacy.secrets import mask_lines
from foredraft.questions.prompt import Excerpt
from foredraft.questions.snapshot import Snapshot
from foredraft.text.document import Document
from foredraft.workspace.names import path_of
from foredraft.workspace.ranking import Known, Opened, defined_in, names_near, ranked
from foredraft.workspace.readable import Readable, Rest, is_worth_telling, resting

_MOST = 6
_OPEN, _MOST_FOUND = 12, 64
_SAME = 0.7
"""The neighbourhood counts as the same while this share of its names is."""
_WORK, _PAUSE = 0.004, 0.004
_LOOK_AGAIN = 60.0
_BEHIND = 0.03
"""Seconds after an ask before a thread begins: its answer leaves first."""
_log = logging.getLogger(__name__)


class Related:
    """The excerpts for each open document of one workspace."""

    def __init__(self, readable: Readable) -> None:
        self._readable = readable
        self._found: dict[str, tuple[frozenset[str], tuple[Excerpt, ...]]] = {}
        self._wanted: dict[str, Snapshot] = {}
        self._visits: OrderedDict[str, tuple[Document, int, float]] = OrderedDict()
        self._opened: dict[str, tuple[Document, Opened | None]] = {}
        self._wake = asyncio.Event()
        self._outdated, self._looked = True, float("-inf")
        self._busy = False

    def at(self, snapshot: Snapshot) -> tuple[Excerpt, ...]:
        """What is known to be worth telling at this place, best first. Costs some microseconds."""
        uri, line = snapshot.document.uri, snapshot.cursor.line
        names = frozenset(names_near(snapshot.document.lines(), line - 1)) if line else frozenset()
        before, excerpts = self._found.get(uri, (None, ()))
        if before is None or len(names & before) < _SAME * len(names | before):
            self._wanted[uri] = snapshot
            self._wake.set()
        return excerpts

    def visited(self, document: Document, line: int, at: float) -> None:
        """The user opened, edited or looked at this line of an open document; `at` is in seconds of any clock."""
        self._visits[document.uri] = document, line, at
        self._visits.move_to_end(document.uri)
        if len(self._visits) > _OPEN:
            self._forget(next(iter(self._visits)))

    def close(self, uri: str) -> None:
        """The document is not open any more: its file counts as it is on disk."""
        self._forget(uri)
        self._found.pop(uri, None)
        self._wanted.pop(uri, None)

    @property
    def idle(self) -> bool:
        """Whether everything `at` was asked for is found, and the folders were looked through for it."""
        return not (self._wanted or self._busy)

    def changed(self) -> None:
        """Files or ignore files were changed on disk: look through the folders again, though not all the time."""
        self._outdated = True

    async def run(self) -> None:
        """Find what `at` is asked for, for as long as the server lives. Cancelled, it stops at the next file."""
        stopped = threading.Event()
        rest = resting(_WORK, _PAUSE, stopped.is_set)
        try:
            while True:
                await self._wake.wait()
                await asyncio.sleep(_BEHIND)
                self._wake.clear()
                await self._turn(rest)
        finally:
            stopped.set()

    async def _turn(self, rest: Rest) -> None:
        clock = asyncio.get_running_loop().time
        while self._wanted:
            self._busy = True
            uri, snapshot = self._wanted.popitem()
            visits = [visit for other, visit in self._visits.items() if other != uri]
            try:
                names, excerpts = await asyncio.to_thread(self._find, snapshot, visits, rest)
                self._keep(uri, names, excerpts)
                if self._outdated and clock() - self._looked >= _LOOK_AGAIN:
                    self._outdated = False
                    await asyncio.to_thread(self._readable.look, rest)
                    self._looked = clock()
                    self._wanted.setdefault(uri, snapshot)
            except InterruptedError:
                return
            except Exception as problem:  # its message may quote code, so it is not logged
                _log.error("no related files are told of after %s", type(problem).__name__)
            finally:
                self._busy = False

    def _keep(self, uri: str, names: frozenset[str], excerpts: tuple[Excerpt, ...]) -> None:
        self._found.pop(uri, None)
        self._found[uri] = names, excerpts
        if len(self._found) > _MOST_FOUND:  # some of them may have been closed while they were looked at
            del self._found[next(iter(self._found))]
        if len(self._opened) > 2 * _OPEN:
            self._opened.clear()

    def _find(
        self, snapshot: Snapshot, visits: Sequence[tuple[Document, int, float]], rest: Rest
    ) -> tuple[frozenset[str], tuple[Excerpt, ...]]:
        document, number = snapshot.document, snapshot.cursor.line
        names = frozenset(names_near(document.lines(), number - 1)) if number else frozenset()
        here = self._open(document, number, 0.0)
        if here is None:
            return names, ()
        others = [one for visit in visits if (one := self._open(*visit)) is not None]
        readable = self._readable
        known = Known(readable.find, readable.beside, readable.lines, readable.name)
        return names, tuple(one for one in ranked(here, number, others, known, _MOST, rest) if MASKED not in one.text)

    def _open(self, document: Document, line: int, seen: float) -> Opened | None:
        """The document as it may be told of; None where it may not."""
        known = self._opened.get(document.uri)
        if known is None or known[0] is not document:
            known = self._opened[document.uri] = document, self._read(document)
        opened = known[1]
        return None if opened is None else Opened(opened.path, opened.lines, opened.defined, line, seen)

    def _read(self, document: Document) -> Opened | None:
        path = path_of(document.uri)
        if not self._readable.may_read(Path(path)) or not is_worth_telling(path, document.text):
            return None
        lines = mask_lines(document.lines(), path)
        return Opened(path, lines, defined_in(path, lines))

    def _forget(self, uri: str) -> None:
        self._visits.pop(uri, None)
        self._opened.pop(uri, None)
