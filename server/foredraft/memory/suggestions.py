"""What models wrote, found again by its place: after typing on, back and undo, elsewhere and returned, after a restart.

One text answers many asks: it is kept under the line where it was asked for, and under each line further down that is
farther from it than the look-up walks up; what was typed of it is taken off by `Edit.rebase`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from foredraft.memory.entries import Entry, added, decode, told
from foredraft.memory.store import Store
from foredraft.privacy.secrets import mask_lines
from foredraft.questions.kept import Kept
from foredraft.questions.place import UP, Step, context, place, prefix, walk
from foredraft.questions.snapshot import Snapshot
from foredraft.questions.suggestion import Outcome, Stage
from foredraft.text.document import Document, Position
from foredraft.text.edit import Edit

Clean = Callable[[Sequence[str], str], Sequence[str]]
"""The lines of a text, of a file of this name, with every secret in them replaced."""

_WITH = 60
"""Lines around a text that are looked at for secrets of several lines."""
_MOST_GIVEN = 500
_MOST_FOUND = 8
_LONGEST = 10_000


class Suggestions:
    """Of one workspace, in one store. `workspace` keeps them apart from others (see `place.workspace_of`); `clean`
    takes out what must never be kept."""

    def __init__(
        self,
        store: Store,
        workspace: str,
        clean: Clean = mask_lines,
        kind: str = "inline",
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._workspace, self._clean, self._kind, self._now = store, workspace, clean, kind, now
        self._given: dict[str, tuple[str, str]] = {}

    def remember(
        self, snapshot: Snapshot, text: str, stage: Stage, model: str, route: str = "", known_as: str = ""
    ) -> bool:
        """Keep what a model wrote for the cursor of `snapshot`, with any line ends; it is written behind. Whether it is
        kept: not where it is empty or very long, or where a secret stands in it or in its line. `known_as`: another id
        under which its outcome may be told."""
        document, cursor = snapshot.document, snapshot.cursor
        text = text.replace("\r\n", "\n")
        if not text.strip() or len(text) > _LONGEST or not self._is_clean(document, cursor, text):
            return False
        when = self._now()
        lines = text.split("\n")
        for down in range(0, len(lines), UP):
            typed = "\n".join(lines[:down]) + "\n" if down else ""
            here, at = _typed(document, cursor, typed)
            left = text[len(typed) :]
            if down and not left.strip():
                break
            spot = place(self._kind, here, at)
            around = context(here, at.line, at.line)
            entry = Entry(spot.before, spot.after, left, stage, model, route, around, when)
            key = spot.key(self._workspace)
            self._store.change(key, partial(added, entry=entry))
            if known_as and not down:
                self._give(known_as, key, entry.id)
        return True

    async def find(self, snapshot: Snapshot) -> list[Kept]:
        """What was kept and fits at the cursor, the best first: refined before drafted, with the same surroundings
        before with others, accepted before unknown, then the newest. What was rejected is not among it. With a disk it
        does not wait; with Redis for 5 ms."""
        steps = walk(self._kind, snapshot, self._workspace)
        values = await self._store.get([step.key for step in steps])
        found: list[tuple[tuple[bool, bool, bool, float], Kept, str, str]] = []
        for step in steps:
            if (value := values.get(step.key)) is not None:
                found += self._fitting(snapshot, step, decode(value))
        found.sort(key=lambda one: one[0], reverse=True)
        given: dict[str, Kept] = {}
        for _, kept, key, ident in found:
            if kept.edit.text not in given and len(given) < _MOST_FOUND:
                given[kept.edit.text] = kept
                self._give(kept.id, key, ident)
        return list(given.values())

    def outcome(self, kept: str, what: Outcome, event: str) -> bool:
        """What became of something that `find` gave or `remember` took, by its id; `event` names the occasion, so that
        the same told twice counts once. Whether it is known."""
        known = self._given.get(kept)
        if known is None:
            return False
        key, ident = known
        self._store.change(key, partial(told, ident=ident, what=what, event=event))
        return True

    async def clear(self) -> int:
        """Forget all of this workspace; how many places there were. Raises `Unavailable`."""
        keys = await self._store.keys(prefix(self._workspace))
        for key in keys:
            self._store.delete(key)
        await self._store.flush()
        return len(keys)

    def _give(self, kept: str, key: str, ident: str) -> None:
        self._given[kept] = key, ident
        while len(self._given) > _MOST_GIVEN:
            del self._given[next(iter(self._given))]

    def _fitting(
        self, snapshot: Snapshot, step: Step, entries: Sequence[Entry]
    ) -> list[tuple[tuple[bool, bool, bool, float], Kept, str, str]]:
        document = snapshot.document
        at = document.offset(snapshot.cursor)
        around = context(document, step.line_number, snapshot.cursor.line) if entries else ""
        found = []
        for entry in entries:
            left = None if entry.rejected else step.left(entry.before, entry.after, entry.text)
            if left is None or not left[0]:
                continue
            text, typed = left
            kept = Kept(f"m{entry.id}", Edit(at, at, _as_in(document, text)), entry.stage, entry.model, typed)
            found.append((entry.rank(around), kept, step.key, entry.id))
        return found

    def _is_clean(self, document: Document, cursor: Position, text: str) -> bool:
        """Whether nothing of the line and the text is a secret, nor stands within one."""
        lines, line = document.lines(), document.line(cursor.line)
        first = max(0, cursor.line - _WITH)
        middle = f"{line[: cursor.column]}{text}{line[cursor.column :]}".split("\n")
        whole = [*lines[first : cursor.line], *middle, *lines[cursor.line + 1 : cursor.line + 1 + _WITH]]
        at = cursor.line - first
        return list(self._clean(whole, document.uri)[at : at + len(middle)]) == middle


def _typed(document: Document, cursor: Position, text: str) -> tuple[Document, Position]:
    """The document as if `text` had been typed, and where the cursor would be."""
    if not text:
        return document, cursor
    return (
        document.replaced(cursor, cursor, text, document.version),
        Position(cursor.line + text.count("\n"), len(text) - text.rfind("\n") - 1),
    )


def _as_in(document: Document, text: str) -> str:
    """With the line ends of the document."""
    return text.replace("\n", "\r\n") if "\r\n" in document.blocks[0].text else text
