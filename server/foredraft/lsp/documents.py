"""Tells the session what happens to documents, and to the cells of notebooks, which are documents."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from lsprotocol import types

from foredraft.lsp.convert import position
from foredraft.lsp.language_server import Server, local_path
from foredraft.session import TextChange

ContentChange = types.TextDocumentContentChangePartial | types.TextDocumentContentChangeWholeDocument


def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    _open(ls, params.text_document)


def did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    _change(ls, params.text_document, params.content_changes)


def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    _close(ls, params.text_document)


def did_save(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
    ls.changed(params.text_document.uri)
    path = local_path(params.text_document.uri)
    if path is not None and ls.app is not None:
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
        _change(ls, content.document, content.changes)


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


def _change(ls: Server, item: types.VersionedTextDocumentIdentifier, changes: Sequence[ContentChange]) -> None:
    if ls.session.change(item.uri, item.version, _ours(ls, item.uri, changes), time.monotonic()):
        ls.changed(item.uri)


def _ours(ls: Server, uri: str, changes: Sequence[ContentChange]) -> Iterator[TextChange | str]:
    """Each change in our own positions, worked out in the text that the changes before it have left."""
    for change in changes:
        if isinstance(change, types.TextDocumentContentChangePartial):
            now = ls.session.documents[uri]
            yield position(now, change.range.start), position(now, change.range.end), change.text
        else:
            yield change.text
