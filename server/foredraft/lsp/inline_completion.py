"""Answers `textDocument/inlineCompletion`."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from lsprotocol import types

from foredraft.lsp import methods
from foredraft.lsp.convert import position, wire_range
from foredraft.lsp.language_server import Server
from foredraft.questions.snapshot import Snapshot, Trigger
from foredraft.questions.suggestion import Suggestion
from foredraft.text.document import Document

EMPTY = types.InlineCompletionList(items=[])


def inline_completion(
    ls: Server, params: types.InlineCompletionParams
) -> Coroutine[Any, Any, types.InlineCompletionList] | types.InlineCompletionList:
    invoked = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    snapshot = snapshot_at(ls, params, Trigger.INVOKED if invoked else Trigger.AUTOMATIC)
    return EMPTY if snapshot is None else _answer(ls, snapshot)


def snapshot_at(
    ls: Server, params: types.InlineCompletionParams | types.CompletionParams, trigger: Trigger
) -> Snapshot | None:
    """The snapshot at a request's place; None if the document is not open."""
    document = ls.session.documents.get(params.text_document.uri)
    if document is None:
        return None
    return ls.session.snapshot(document.uri, position(document, params.position), trigger)


async def suggestions(ls: Server, snapshot: Snapshot) -> list[Suggestion]:
    """What fits at the cursor: suggestions of one edit around it. Cancelling it ends the work behind it.

    A request whose text has changed meanwhile never gets here, because the change answered it; so what is returned
    is on offer in the session from now on.
    """
    app = await ls.ready()
    if app is None:
        return []
    answer = await app.inline(snapshot)
    at = snapshot.document.offset(snapshot.cursor)
    fitting = [
        one for one in answer.suggestions if len(one.edits) == 1 and one.edits[0].start <= at <= one.edits[0].end
    ]
    for suggestion in reversed(fitting):  # the first one is what is on screen, and the newest on offer
        ls.session.offered(snapshot.document.uri, suggestion, snapshot.document)
        ls.offers.add(suggestion)
    return fitting


def accepted(suggestion: Suggestion) -> types.Command:
    """What the client runs after it has put the suggestion in."""
    return types.Command(title="Accepted", command=methods.ACCEPTED, arguments=[suggestion.id])


async def _answer(ls: Server, snapshot: Snapshot) -> types.InlineCompletionList:
    items = [_item(snapshot.document, suggestion) for suggestion in await suggestions(ls, snapshot)]
    return types.InlineCompletionList(items=items)


def _item(document: Document, suggestion: Suggestion) -> types.InlineCompletionItem:
    (edit,) = suggestion.edits
    return types.InlineCompletionItem(
        insert_text=edit.text,
        range=wire_range(document, edit.start, edit.end),
        command=accepted(suggestion),
    )
