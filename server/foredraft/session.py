"""What has the editor told us: open documents, what was done to them lately, and what is on offer in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from foredraft.questions.kept import Kept
from foredraft.questions.snapshot import Snapshot, Trigger
from foredraft.questions.suggestion import Suggestion
from foredraft.text.document import Document, Position
from foredraft.text.edit import Edit
from foredraft.text.history import LINES, Change, History

TextChange = tuple[Position, Position, str]
_LIVE = 16
_KEPT = 8
_TRAIL = 64


@dataclass(frozen=True, slots=True)
class _Open:
    document: Document
    history: History = field(default_factory=History)
    live: tuple[Suggestion, ...] = ()
    kept: tuple[Kept, ...] = ()
    trail: tuple[tuple[Document, Edit], ...] = ()
    """The last versions, each with the edit that made the next one of it."""


class Session:
    """The only owner of what the editor told us. Every method is synchronous; what it hands out are values.

    Documents are kept by the uri the editor uses, letter for letter; a notebook's cell is a document like any other.
    """

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._documents: dict[str, Document] = {}

    @property
    def documents(self) -> Mapping[str, Document]:
        """The open documents by uri; a view that follows."""
        return MappingProxyType(self._documents)

    def open(self, uri: str, language: str, version: int, text: str) -> None:
        """The editor opened a document; opened twice without a close, it begins anew."""
        self._keep(uri, _Open(Document.of(uri, language, version, text)))

    def change(self, uri: str, version: int, changes: Iterable[TextChange | str], at: float) -> bool:
        """Apply the changes of one notification in order; a `str` is the whole new text. Returns whether `uri` is open.

        `changes` is drawn one at a time, each after the one before was applied: a generator may look at
        `documents[uri]`. `at` is in seconds of a clock that does not jump.

        The version is stored as it comes. One that is not newer than ours is applied as well: the pipe keeps the
        order, so such an editor counts badly, and a change left out would spoil the text for good. But then nothing
        on offer in this document can be trusted to belong to it, and it is dropped.
        A document that is not open is left alone.
        """
        known = self._open.get(uri)
        if known is None:
            return False
        if version <= known.document.version:
            self._keep(uri, replace(known, live=(), kept=(), trail=()))
        for change in changes:
            self._apply(uri, version, change, at)
        if self._documents[uri].version != version:  # a notification without changes
            self._renumber(uri, version)
        return True

    def close(self, uri: str) -> bool:
        """The editor closed a document. Returns whether it was open."""
        self._documents.pop(uri, None)
        return self._open.pop(uri, None) is not None

    def snapshot(self, uri: str, cursor: Position, trigger: Trigger = Trigger.AUTOMATIC) -> Snapshot | None:
        """All that an answer about this place may depend on, as a value; None if `uri` is not open.

        The cursor is clamped into the document.
        """
        known = self._open.get(uri)
        if known is None:
            return None
        document = known.document
        line = max(0, min(cursor.line, document.line_count - 1))
        column = (
            len(document.line(line)) if cursor.line > line else max(0, min(cursor.column, len(document.line(line))))
        )
        return Snapshot(document, Position(line, column), trigger, known.history, known.live, known.kept)

    def history(self, uri: str) -> History:
        """What was done to a document lately; nothing for one that is not open."""
        known = self._open.get(uri)
        return known.history if known is not None else History()

    def offered(self, uri: str, suggestion: Suggestion, document: Document | None = None) -> None:
        """`suggestion` is on offer in `uri`; from now on it follows the text, until it is contradicted or settled.

        `document` is the version its edits were made for; if that is not the current one any more, it is forgotten.
        """
        known = self._open.get(uri)
        if known is None or (document is not None and document is not known.document):
            return
        others = tuple(other for other in known.live if other.id != suggestion.id)
        self._keep(uri, replace(known, live=(*others, suggestion)[-_LIVE:]))

    def keep(self, uri: str, kept: Kept, document: Document) -> None:
        """A model wrote this for `document`: from now on it follows the text until it is contradicted, in place of what
        was kept under its id. For an older version it is what the changes since have left of it, if that is known."""
        known, edits = self._open.get(uri), self.edits_since(uri, document)
        if known is None or edits is None:
            return
        left: Kept | None = kept
        for edit in edits:
            left = left.after(edit) if left is not None else None
        if left is not None:
            others = tuple(other for other in known.kept if other.id != kept.id)
            self._keep(uri, replace(known, kept=(*others, left)[-_KEPT:]))

    def edits_since(self, uri: str, document: Document) -> tuple[Edit, ...] | None:
        """What made the current version of `document`, in order; None if that is too long ago, or nobody knows."""
        known = self._open.get(uri)
        if known is None or known.document is document:
            return None if known is None else ()
        for at, (version, _) in enumerate(known.trail):
            if version is document:
                return tuple(edit for _, edit in known.trail[at:])
        return None

    def settled(self, suggestion_id: str) -> Suggestion | None:
        """Accepted or rejected, it is not on offer any more. Returns it as it stood; None if it was not on offer.

        One that was partly accepted needs no call: the text that came in by it shortened it already.
        """
        for uri, known in self._open.items():
            for suggestion in known.live:
                if suggestion.id == suggestion_id:
                    self._keep(
                        uri, replace(known, live=tuple(other for other in known.live if other is not suggestion))
                    )
                    return suggestion
        return None

    def _keep(self, uri: str, known: _Open) -> None:
        self._open[uri] = known
        self._documents[uri] = known.document

    def _apply(self, uri: str, version: int, change: TextChange | str, at: float) -> None:
        known = self._open[uri]
        old = known.document
        if isinstance(change, str):
            found = Edit.between(old.text, change)
            if found is None:
                self._renumber(uri, version)
                return
            start, end, text = old.position(found.start), old.position(found.end), found.text
            new = old.replaced(start, end, text, version)
            if new.length != len(change) or old.offset(start) != found.start or old.offset(end) != found.end:
                new = Document.of(uri, old.language, version, change)  # the change begins inside a \r\n
        else:
            start, end, text = change
            if end < start:
                start, end = end, start
            new = old.replaced(start, end, text, version)
        edit = Edit(old.offset(start), old.offset(end), text)
        history = known.history.add(_told(old, new, start, end, text, at))
        kept = tuple(left for one in known.kept if (left := one.after(edit)) is not None)
        self._keep(uri, _Open(new, history, _rebased(known.live, edit), kept, _on(known, edit)))

    def _renumber(self, uri: str, version: int) -> None:
        """The same text under another version."""
        known = self._open[uri]
        trail = _on(known, Edit(0, 0, ""))
        self._keep(uri, replace(known, document=replace(known.document, version=version), trail=trail))


def _on(known: _Open, edit: Edit) -> tuple[tuple[Document, Edit], ...]:
    return (*known.trail[1 - _TRAIL :], (known.document, edit))


def _rebased(live: Sequence[Suggestion], over: Edit) -> tuple[Suggestion, ...]:
    """What of `live` still fits after `over`; what was typed to its end is gone as well."""
    kept = []
    for suggestion in live:
        edits = [edit.rebase(over) for edit in suggestion.edits]
        if None not in edits and not all(edit.empty for edit in edits if edit):
            kept.append(replace(suggestion, edits=tuple(edit for edit in edits if edit)))
    return tuple(kept)


def _told(old: Document, new: Document, start: Position, end: Position, text: str, at: float) -> Change:
    """The change with the lines it touched, before and after."""
    first = min(start.line, old.line_count - 1)
    last = min(end.line, old.line_count - 1, first + LINES)
    more = min(text.count("\n") + text.count("\r") - text.count("\r\n"), LINES) + 1
    before = tuple(old.line(number) for number in range(first, last + 1))
    after = tuple(new.line(number) for number in range(first, min(first + more, new.line_count)))
    column = start.column if start.line == first else len(before[0])
    if first == last:
        removed = before[0][column : end.column if end.line == last else None]
    else:
        removed = "\n".join([before[0][column:], *before[1:-1], before[-1][: end.column]])
    return Change(at, Position(first, column), removed, text, before, after)
