"""Completion, for editors without inline completion, and what it has in common with it."""

import json

import pytest
from edge_inside import Inside

from foredraft.questions.snapshot import Trigger
from foredraft.questions.suggestion import Source, Stage, Suggestion
from foredraft.text.edit import Edit

URI = "file:///w/a.py"
INLINE = {"textDocument": {"inlineCompletion": {"dynamicRegistration": False}}}
MARKDOWN = {"textDocument": {"completion": {"completionItem": {"documentationFormat": ["markdown", "plaintext"]}}}}


def at(line, character, **context):
    where = {"textDocument": {"uri": URI}, "position": {"line": line, "character": character}}
    return {**where, "context": context} if context else where


def suggestion(start, end, text):
    return Suggestion("s1", (Edit(start, end, text),), "", Stage.DRAFT, Source.PREDICTOR, 0.9)


def test_completion_is_only_advertised_where_there_is_no_inline_completion(shared, scripted):
    assert shared.result["capabilities"]["completionProvider"]["resolveProvider"] is True
    other = scripted(INLINE)
    assert "completionProvider" not in other.result["capabilities"]
    other.open(URI, "draft\n")
    params = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 5}}
    assert len(other.call("textDocument/completion", params)["result"]["items"]) == 1


def test_the_completion_item_is_last_in_the_list_and_matches_what_is_typed(shared):
    client = shared
    client.open(URI, "x = two\n")
    params = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 7}}
    answer = client.call("textDocument/completion", params)["result"]
    (item,) = answer["items"]
    assert answer["isIncomplete"] is True and not item.get("preselect")
    assert item["sortText"] > "zzzz" and item["filterText"].startswith("two")
    assert item["textEdit"]["newText"] == "two(a,\n    b)"
    assert item["textEdit"]["range"] == {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 7}}
    assert "\n" not in item["label"] and item["label"].startswith("two(a,")
    resolved = client.call("completionItem/resolve", item)["result"]
    assert "    b)" in json.dumps(resolved["documentation"]) and resolved["textEdit"] == item["textEdit"]


def test_the_whole_text_is_shown_as_the_client_can(shared, scripted):
    shown = []
    for client in (scripted(MARKDOWN), shared):
        client.open(URI, "two\n")
        (item,) = client.call("textDocument/completion", at(0, 3))["result"]["items"]
        shown.append(client.call("completionItem/resolve", item)["result"]["documentation"])
        assert client.call("completionItem/resolve", {"label": "another's"})["result"] == {"label": "another's"}
        assert client.call("completionItem/resolve", {"text": "no item"})["error"]["code"] == -32602
    assert shown == [{"kind": "markdown", "value": "```\ntwo(a,\n    b)\n```"}, "two(a,\n    b)"]


@pytest.mark.parametrize(
    ("method", "params", "trigger"),
    [
        ("textDocument/inlineCompletion", at(0, 1, triggerKind=1), Trigger.INVOKED),
        ("textDocument/inlineCompletion", at(0, 1, triggerKind=2), Trigger.AUTOMATIC),
        ("textDocument/inlineCompletion", at(0, 1, triggerKind=9), Trigger.AUTOMATIC),
        ("textDocument/completion", at(0, 1), Trigger.INVOKED),
        ("textDocument/completion", at(0, 1, triggerKind=1), Trigger.INVOKED),
        ("textDocument/completion", at(0, 1, triggerKind=2, triggerCharacter="."), Trigger.AUTOMATIC),
        ("textDocument/completion", at(0, 1, triggerKind=3), Trigger.AUTOMATIC),
    ],
)
async def test_who_asked(method, params, trigger):
    edge = Inside()
    edge.open(URI, "x\n")
    assert (await edge.call(method, params))["result"]["items"] == []
    assert [snapshot.trigger for snapshot in edge.app.asked] == [trigger]


async def test_what_is_not_in_the_cursors_line_is_for_inline_completion_alone():
    edge = Inside(suggestion(1, 3, "yz"))
    edge.open(URI, "x\ny\n")
    inline = await edge.call("textDocument/inlineCompletion", at(0, 1, triggerKind=2))
    assert [item["insertText"] for item in inline["result"]["items"]] == ["yz"]
    assert (await edge.call("textDocument/completion", at(0, 1)))["result"]["items"] == []


async def test_what_is_not_at_the_cursor_is_not_offered():
    edge = Inside(suggestion(3, 3, "z"))
    edge.open(URI, "x\ny\n")
    assert (await edge.call("textDocument/inlineCompletion", at(0, 1, triggerKind=2)))["result"]["items"] == []


async def test_a_document_that_is_not_open_has_no_items():
    edge = Inside(suggestion(0, 0, "z"))
    assert (await edge.call("textDocument/inlineCompletion", at(0, 0, triggerKind=2)))["result"] == {"items": []}
    assert (await edge.call("textDocument/completion", at(0, 0)))["result"] == {"isIncomplete": True, "items": []}


async def test_of_an_item_of_either_kind_it_can_be_told_what_became_of_it():
    edge = Inside(suggestion(1, 1, "😀z"))
    edge.open(URI, "x\n")
    for method in ("textDocument/inlineCompletion", "textDocument/completion"):
        (item,) = (await edge.call(method, at(0, 1, triggerKind=1)))["result"]["items"]
        edge.send("textDocument/didShowCompletion", {"item": item})
        edge.send("textDocument/didPartiallyAcceptCompletion", {"item": item, "acceptedLength": 2})
        edge.send("textDocument/didPartiallyAcceptCompletion", {"item": item, "acceptedLength": True})
        assert edge.app.outcomes == [("s1", "shown", None), ("s1", "partly accepted", 1)]
        edge.app.outcomes.clear()


async def test_of_how_much_was_accepted_the_length_must_be_one():
    edge = Inside()
    for length in (-1, True, "3", None, 1.5):
        params = {"command": "foredraft.partlyAccepted", "arguments": ["s1", length]}
        assert (await edge.call("workspace/executeCommand", params))["error"]["code"] == -32602
    params = {"command": "foredraft.partlyAccepted", "arguments": ["never offered", 3]}
    assert (await edge.call("workspace/executeCommand", params))["result"] is None
    assert edge.app.outcomes == [("never offered", "partly accepted", None)]
