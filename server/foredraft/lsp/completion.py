"""Answers `textDocument/completion`, for editors that know no inline completion: one item, last in the list."""

from __future__ import annotations

import re
from collections.abc import Coroutine
from typing import Any

from lsprotocol import types

from foredraft.lsp.convert import wire_range
from foredraft.lsp.inline_completion import accepted, snapshot_at, suggestions
from foredraft.lsp.language_server import Server
from foredraft.questions.snapshot import Snapshot, Trigger
from foredraft.questions.suggestion import Suggestion

OPTIONS = types.CompletionOptions(resolve_provider=True)
EMPTY = types.CompletionList(is_incomplete=True, items=[])
_LAST = "\U0010fffd"
_LONGEST_LABEL = 60
_WORD = re.compile(r"\w*\Z")
_LONGEST_WORD = 200


def completion(
    ls: Server, params: types.CompletionParams
) -> Coroutine[Any, Any, types.CompletionList] | types.CompletionList:
    context = params.context
    typed = context is not None and context.trigger_kind != types.CompletionTriggerKind.Invoked
    snapshot = snapshot_at(ls, params, Trigger.AUTOMATIC if typed else Trigger.INVOKED)
    return EMPTY if snapshot is None else _answer(ls, snapshot)


def resolve(ls: Server, item: types.CompletionItem) -> types.CompletionItem:
    """The whole text, which the label may only begin."""
    edit = item.text_edit
    if isinstance(item.data, dict) and isinstance(edit, types.TextEdit):
        if ls.client.markdown:
            text = f"```\n{edit.new_text}\n```"
            item.documentation = types.MarkupContent(kind=types.MarkupKind.Markdown, value=text)
        else:
            item.documentation = edit.new_text
    return item


async def _answer(ls: Server, snapshot: Snapshot) -> types.CompletionList:
    items = [item for one in await suggestions(ls, snapshot) if (item := _item(snapshot, one)) is not None]
    return types.CompletionList(is_incomplete=True, items=items[:1])  # incomplete: the next key asks again


def _item(snapshot: Snapshot, suggestion: Suggestion) -> types.CompletionItem | None:
    """As an edit from the start of the word, because editors match what was typed against the whole item.

    None if the edit is not on the cursor's line alone: this request cannot carry that.
    """
    document, (edit,) = snapshot.document, suggestion.edits
    at = document.offset(snapshot.cursor)
    line = document.line(snapshot.cursor.line)
    begin = at - snapshot.cursor.column
    if edit.start < begin or edit.end > begin + len(line):
        return None
    end = edit.start - begin
    found = _WORD.search(line, max(0, end - _LONGEST_WORD), end)
    word = found.group() if found else ""
    whole = word + edit.text
    first, _, rest = whole.partition("\n")
    label = first.strip() if len(first) <= _LONGEST_LABEL else first.strip()[: _LONGEST_LABEL - 1] + "…"
    return types.CompletionItem(
        label=label + (" …" if rest else ""),
        kind=types.CompletionItemKind.Text,
        detail="Foredraft",
        sort_text=_LAST,
        filter_text=whole,
        insert_text_format=types.InsertTextFormat.PlainText,
        text_edit=types.TextEdit(wire_range(document, edit.start - len(word), edit.end), whole),
        command=accepted(suggestion),
        data={"id": suggestion.id},
    )
