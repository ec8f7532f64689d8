"""Tells the session what happens to documents, and to the cells of notebooks, which are documents."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from lsprotocol import types

from foredraft.lsp.convert import column
from foredraft.lsp.language_server import Server, local_path
from foredraft.lsp.requests import Refused
from foredraft.session import TextChange
from foredraft.text.document import Document, Position
from foredraft.text.draft import Draft

Wire = tuple[int, int, int, int, str] | str
"""Start and end in the protocol's units with the text between them, or the whole new text."""
_MANY = 16
"""From so many changes in one message on, they are one change to us."""


def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    _open(ls, params.text_document)


def did_change(ls: Server, params: object) -> None:
    """The one message of every key, and of every line when a formatter ran; so it is read as the plain JSON it is."""
    try:
        uri, version, changes = _read(params)
    except (KeyError, TypeError, ValueError):
        raise Refused(types.ErrorCodes.InvalidParams, "the parameters are not those of the method") from None
    _change(ls, uri, version, changes)


def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    _close(ls, params.text_document)


def did_save(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
    uri = params.text_document.uri
    path = local_path(uri)
    if ls.app is not None:
        ls.app.changed(uri)
        if path is not None:
            ls.app.files_changed([path])


def did_open_notebook(ls: Server, params: types.DidOpenNotebookDocumentParams) -> None:
    for cell in params.cell_text_documents:
        _open(ls, cell)


def did_change_notebook(ls: Server, params: types.DidChangeNotebookDocumentParams) -> None:
    cells = params.change.cells
    if cells is None:
        return
    if cells.structure is not None:
        for closed in cells.structure.did_close or ():
            _close(ls, closed)
        for opened in cells.structure.did_open or ():
            _open(ls, opened)
    for content in cells.text_content or ():
        _change(ls, content.document.uri, content.document.version, [_wire(one) for one in content.changes])


def did_close_notebook(ls: Server, params: types.DidCloseNotebookDocumentParams) -> None:
    for cell in params.cell_text_documents:
        _close(ls, cell)


def document(ls: Server, params: object) -> dict[str, object] | None:
    """`foredraft/document`: what we believe a document to be."""
    uri = params.get("uri") if isinstance(params, dict) else None
    known = ls.session.documents.get(uri) if isinstance(uri, str) else None
    return None if known is None else {"text": known.text, "version": known.version}


def _open(ls: Server, item: types.TextDocumentItem) -> None:
    ls.session.open(item.uri, str(item.language_id), item.version, item.text)
    ls.changed(item.uri)


def _close(ls: Server, item: types.TextDocumentIdentifier) -> None:
    if ls.session.close(item.uri):
        ls.changed(item.uri)


def _change(ls: Server, uri: str, version: int, changes: Sequence[Wire]) -> None:
    known = ls.session.documents.get(uri)
    if known is not None:
        ours = _ours(ls, uri, changes) if len(changes) < _MANY else [_whole(known, changes)]
        ls.session.change(uri, version, ours, time.monotonic())
        ls.changed(uri, _end(changes[-1]) if changes else None)


def _end(change: Wire) -> int | None:
    """The line in which a change ends; None for a whole text."""
    return None if isinstance(change, str) else change[0] + change[4].count("\n")


def _ours(ls: Server, uri: str, changes: Sequence[Wire]) -> Iterator[TextChange | str]:
    """Each change in our own positions, worked out in the text that the changes before it have left."""
    for change in changes:
        yield change if isinstance(change, str) else _placed(ls.session.documents[uri], change)


def _whole(document: Document, changes: Sequence[Wire]) -> str:
    """The text after all the changes."""
    draft = Draft(document)
    for change in changes:
        if isinstance(change, str):
            draft = Draft(Document.of(document.uri, document.language, document.version, change))
        elif change[0] != change[2] or not draft.replace_in_ascii(change[0], change[1], change[3], change[4]):
            draft.replace(*_placed(draft, change))
    return draft.text


def _placed(text: Document | Draft, change: tuple[int, int, int, int, str]) -> TextChange:
    line, units, end_line, end_units, new = change
    start = Position(line, column(text.line(line), units))
    end = (
        start if (end_line, end_units) == (line, units) else Position(end_line, column(text.line(end_line), end_units))
    )
    return start, end, new


def _read(params: Any) -> tuple[str, int, list[Wire]]:
    """Raises KeyError, TypeError or ValueError for what is no didChange."""
    item = params["textDocument"]
    uri, version = item["uri"], item.get("version") or 0
    changes: list[Wire] = []
    for raw in params["contentChanges"]:
        text, span = raw["text"], raw.get("range")
        if not isinstance(text, str):
            raise TypeError
        if span is None:
            changes.append(text)
        else:
            start, end = span["start"], span["end"]
            place = (start["line"], start["character"], end["line"], end["character"])
            if not (type(place[0]) is type(place[1]) is type(place[2]) is type(place[3]) is int):
                raise TypeError
            changes.append((*place, text))
    if not isinstance(uri, str) or type(version) is not int:
        raise TypeError
    return uri, version, changes


def _wire(change: types.TextDocumentContentChangePartial | types.TextDocumentContentChangeWholeDocument) -> Wire:
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return change.text
    start, end = change.range.start, change.range.end
    return start.line, start.character, end.line, end.character, change.text
