"""Learning beside the user: open files and finished lines, in slices that no key ever waits for."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from typing import Literal, overload

from foredraft.predictor.far import Far
from foredraft.predictor.opened import OpenFile
from foredraft.predictor.predictor import Predictor
from foredraft.privacy.secrets import is_plain, key_lines, mask, mask_key, spans_lines
from foredraft.text.block import Block
from foredraft.text.document import Document

SLICE = 0.003
"""Seconds of learning at a stretch; then the event loop has its turn."""

_REST = 0.002
_LONG = 500
"""Longer lines, which are few, are masked anew each time: remembering them would cost their length in memory."""

_log = logging.getLogger(__name__)


class Learning:
    """The predictor of one workspace and what it knows of each open file."""

    def __init__(self) -> None:
        self.predictor = Predictor()
        self._files: dict[str, OpenFile] = {}
        self._lines: dict[str, _Masked] = {}
        self._cursors: dict[str, int] = {}
        self._waiting: dict[str, Iterator[None] | None] = {}
        self._wake = asyncio.Event()

    def change(self, document: Document, name: str | None, cursor: int) -> None:
        """The document is this now and its user is in line `cursor`; `name` is its path in the workspace, None
        outside of one."""
        file = self._files.get(document.uri)
        if file is None or file.name != name:
            file = self._files[document.uri] = OpenFile(name)
        lines = self._lines[document.uri] = _Masked(document, self._lines.get(document.uri))
        file.change(document, lines, cursor)
        self._attend(document.uri, cursor)

    def file(self, uri: str, cursor: int) -> OpenFile | None:
        """What is known of an open document whose user is in line `cursor`; that line is left out of it."""
        file = self._files.get(uri)
        if file is not None:
            if self._cursors.get(uri) != cursor:
                self._attend(uri, cursor)
            file.leave_out(cursor)
        return file

    def close(self, uri: str) -> None:
        """The document was closed: from now on its file counts as it is on disk."""
        self._files.pop(uri, None)
        self._lines.pop(uri, None)
        self._cursors.pop(uri, None)
        self._waiting.pop(uri, None)

    def adopt_index(self, far: Far | None) -> None:
        """The workspace level is this one now."""
        self.predictor.far = far

    def adopt_library(self, kind: Literal["packages", "machine"], far: Far | None) -> None:
        """The level of the installed packages, or of the standard libraries, is this one now."""
        if kind == "packages":
            self.predictor.packages = far
        else:
            self.predictor.machine = far

    def adopt_weights(self, weights: Sequence[float], calibration: Sequence[float]) -> None:
        """Trained weights arrived."""
        self.predictor.adopt(weights, calibration)

    @property
    def levels(self) -> list[str]:
        """The names of what there is beside the open files."""
        predictor = self.predictor
        there = {"workspace": predictor.far, "packages": predictor.packages, "machine": predictor.machine}
        return [name for name, far in there.items() if far is not None]

    @property
    def idle(self) -> bool:
        """Whether everything that was told is learned."""
        return not self._waiting

    async def run(self) -> None:
        """Learn what there is to learn, the document touched last first, for as long as the server lives. Cancelling
        stops at the next slice."""
        while True:
            await self._wake.wait()
            if not self._waiting:
                self._wake.clear()
                continue
            uri = next(reversed(self._waiting))
            file = self._files.get(uri)
            if file is None or self._slice(file, uri):
                self._waiting.pop(uri, None)
            await asyncio.sleep(_REST)

    def _slice(self, file: OpenFile, uri: str) -> bool:
        """Work for one slice; whether nothing is left."""
        until = time.perf_counter() + SLICE
        try:
            steps = self._waiting[uri] or file.work(self.predictor, self._cursors.get(uri, 0))
            self._waiting[uri] = steps
            return all(time.perf_counter() < until for _ in steps)
        except Exception as problem:  # its message may quote code, so it is not logged
            _log.error("a document is not learned any further after %s", type(problem).__name__)
            return True

    def _attend(self, uri: str, cursor: int) -> None:
        self._cursors[uri] = cursor
        self._waiting.pop(uri, None)
        self._waiting[uri] = None
        self._wake.set()


class _Masked(Sequence[str]):
    """The lines of a document, their secrets masked when they are looked at."""

    __slots__ = ("_document", "_of_keys", "_plain", "clean")

    def __init__(self, document: Document, before: _Masked | None) -> None:
        """`before` is the version before: what is the same in it is not searched again."""
        known: frozenset[Block] = before.clean if before is not None else frozenset()
        self.clean: frozenset[Block] = frozenset(
            block for block in document.blocks if block in known or not spans_lines(block.text)
        )
        """The blocks in which no private key begins."""
        self._document = document
        self._plain = is_plain(document.uri)
        self._of_keys: Container[int] = ()
        if len(self.clean) < len(document.blocks):
            self._of_keys = key_lines(document.lines(), self._begins())

    def __len__(self) -> int:
        return self._document.line_count

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        line = self._document.lines()[at]  # made at the first look: a key in a line that is not finished needs none
        if at in self._of_keys:
            return mask_key(line)
        return _masked(line, self._plain) if len(line) <= _LONG else mask(line, self._plain)

    def _begins(self) -> Iterator[int]:
        number = 0
        for block in self._document.blocks:
            if block not in self.clean:
                yield from (number + at for at, line in enumerate(block.lines) if spans_lines(line))
            number += block.count


@lru_cache(maxsize=1 << 16)
def _masked(line: str, plain: bool) -> str:
    return mask(line, plain)
