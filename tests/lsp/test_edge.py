"""What an editor sees of the edge, over stdio; the app behind it answers by rule (`scripted_server.py`)."""

import json
import sys
from pathlib import Path

import pytest
from conftest import eventually, place

SCRIPTED = [sys.executable, str(Path(__file__).with_name("scripted_server.py"))]
URI = "file:///w/a.py"
OURS = {"experimental": {"foredraft": {"status": True, "refresh": True}}}
INLINE = {"textDocument": {"inlineCompletion": {"dynamicRegistration": False}}}


class Told:
    """What the app was told, as it wrote it down."""

    def __init__(self, path):
        self.path = path

    def all(self, kind):
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [told[1:] for line in lines if (told := json.loads(line))[0] == kind]

    def wait(self, kind, count=1):
        eventually(lambda: len(self.all(kind)) >= count)
        return self.all(kind)


@pytest.fixture
def told(tmp_path):
    return Told(tmp_path / "told")


@pytest.fixture
def scripted(launch, told):
    """Starts the scripted server: `scripted(capabilities, **initialize)`, answering as soon as its app is there."""

    def start(capabilities=None, env=None, **more):
        client = launch(SCRIPTED, FOREDRAFT_TOLD=str(told.path), **(env or {}))
        client.result = client.start(capabilities, **more)
        return client

    return start


def test_an_item_inserts_at_the_cursor_and_carries_its_command(scripted):
    client = scripted()
    client.open(URI, "😀 draft\n")
    (item,) = client.inline(URI, 0, 8)["items"]
    at = {"line": 0, "character": 8}
    assert item["insertText"] == " done" and item["range"] == {"start": at, "end": at}
    assert item["command"]["command"] == "foredraft.accepted" and len(item["command"]["arguments"]) == 1


def test_what_is_typed_on_stays_on_offer(scripted):
    client = scripted()
    client.open(URI, "draft\n")
    assert client.inline(URI, 0, 5)["items"][0]["insertText"] == " done"
    client.change(URI, 2, (0, 5, 0, 5, " do"))
    (item,) = client.inline(URI, 0, 8)["items"]
    assert item["insertText"] == "ne"
    client.change(URI, 3, (0, 8, 0, 8, "x"))
    assert client.inline(URI, 0, 9)["items"] == []


def test_completion_is_only_advertised_where_there_is_no_inline_completion(scripted):
    assert scripted().result["capabilities"]["completionProvider"]["resolveProvider"] is True
    other = scripted(INLINE)
    assert "completionProvider" not in other.result["capabilities"]
    other.open(URI, "draft\n")
    params = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 5}}
    assert len(other.call("textDocument/completion", params)["result"]["items"]) == 1


def test_the_completion_item_is_last_in_the_list_and_matches_what_is_typed(scripted):
    client = scripted()
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


def test_outcomes_reach_the_app(scripted, told):
    client = scripted()
    client.open(URI, "😀\n")
    (item,) = client.inline(URI, 0, 2)["items"]
    ident = item["command"]["arguments"][0]
    client.notify("textDocument/didShowCompletion", {"item": item})
    client.notify("textDocument/didPartiallyAcceptCompletion", {"item": item, "acceptedLength": 4})
    assert client.command("foredraft.partlyAccepted", ident, 5)["result"] is None
    assert client.command("foredraft.rejected", ident)["result"] is None
    assert client.command("foredraft.accepted", ident)["result"] is None
    wanted = [["shown", None], ["partly accepted", 2], ["partly accepted", 3], ["rejected", None], ["accepted", None]]
    assert told.wait("outcome", 5) == [[ident, *one] for one in wanted]


@pytest.mark.parametrize("arguments", [[], [5], ["a", "b", "c"], [None]], ids=["none", "a number", "too many", "null"])
def test_wrong_arguments_of_commands_are_refused(scripted, arguments):
    client = scripted()
    for name in ("foredraft.accepted", "foredraft.rejected", "foredraft.partlyAccepted"):
        assert client.command(name, *arguments)["error"]["code"] == -32602


def test_a_wrong_item_told_is_no_disaster(scripted, told):
    client = scripted()
    for params in (None, [], {}, {"item": 5}, {"item": {"command": {"arguments": []}}}, {"item": {"data": 5}}):
        client.notify("textDocument/didShowCompletion", params)
        client.notify("textDocument/didPartiallyAcceptCompletion", params)
    client.open(URI, "draft\n")
    assert client.inline(URI, 0, 5)["items"] and not told.all("outcome")


def test_cancelling_ends_the_work(scripted, told):
    client = scripted()
    client.open(URI, "slow\n")
    client.inline(URI, 0, 0)
    ident = client.ask("textDocument/inlineCompletion", place(URI, 0, 4))
    client.call("foredraft/document", {"uri": URI})
    client.notify("$/cancelRequest", {"id": ident})
    assert client.answer(ident)["error"]["code"] == -32800
    told.wait("cancelled")


def test_a_newer_ask_and_a_change_end_the_older_one_with_null(scripted, told):
    client = scripted()
    client.open(URI, "slow draft\n")
    client.inline(URI, 0, 0)
    first = client.ask("textDocument/inlineCompletion", place(URI, 0, 4))
    second = client.ask("textDocument/inlineCompletion", place(URI, 0, 10))
    assert client.answer(first)["result"] is None
    assert client.answer(second)["result"]["items"]
    third = client.ask("textDocument/inlineCompletion", place(URI, 0, 4))
    client.change(URI, 2, (0, 0, 0, 0, "x"))
    assert client.answer(third)["result"] is None
    assert all(len(answers) == 1 for answers in client.answers.values())


def test_asks_about_other_documents_are_left_alone(scripted):
    client = scripted()
    client.open(URI, "slow\n")
    client.open("file:///w/b.py", "draft\n")
    first = client.ask("textDocument/inlineCompletion", place(URI, 0, 4))
    assert client.inline("file:///w/b.py", 0, 5)["items"]
    assert client.answer(first)["result"]["items"]


def test_an_error_of_the_app_shows_nothing(scripted):
    client = scripted()
    client.open(URI, "fail\n")
    answer = client.call("textDocument/inlineCompletion", place(URI, 0, 4))
    assert answer["error"]["code"] == -32603 and "data" not in answer["error"]
    client.end()
    assert not client.pop_ups()
    client.wait_for(lambda: b"ValueError" in client.errors)
    assert b"secret_of_the_user" not in client.errors + json.dumps(answer).encode()


def test_status_and_refresh_go_to_those_who_announce_them(scripted):
    client = scripted(OURS)
    told = client.note("foredraft/status", 2)
    assert told[0] == {"state": "indexing", "message": "indexing"}
    assert told[1] == {"state": "ready", "message": "ready", "indexed": {"files": 3, "lines": 30}}
    client.note("foredraft/refresh")
    assert client.call("foredraft/status")["result"] == told[1]


def test_others_are_told_nothing_they_did_not_announce(scripted, told):
    client = scripted()
    told.wait("started")
    client.open(URI, "draft\n")
    client.inline(URI, 0, 5)
    client.end()
    assert not client.notes and not client.asked


def test_progress_is_begun_and_ended(scripted):
    client = scripted({"window": {"workDoneProgress": True}})
    client.wait_for(lambda: any(note["value"]["kind"] == "end" for note in client.noted("$/progress")))
    kinds = [note["value"]["kind"] for note in client.noted("$/progress")]
    assert kinds[0] == "begin" and kinds[-1] == "end" and kinds.count("end") == 1
    assert [one["method"] for one in client.asked] == ["window/workDoneProgress/create"]


def test_folders_files_and_settings_reach_the_app(scripted, told, tmp_path):
    folder = {"uri": tmp_path.as_uri(), "name": "w"}
    client = scripted(workspaceFolders=[folder], initializationOptions={"predictor": {"threshold": 0.9}})
    assert told.wait("started") == [[[str(tmp_path)]]]
    assert told.wait("settings") == [[{"predictor": {"threshold": 0.9}}]]
    changed = {"uri": (tmp_path / "a.py").as_uri(), "type": 2}
    client.notify("workspace/didChangeWatchedFiles", {"changes": [changed, {"uri": "untitled:1", "type": 1}]})
    assert told.wait("files") == [[[str(tmp_path / "a.py")]]]
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    assert told.wait("folders") == [[[], [str(tmp_path)]]]
    client.notify("workspace/didChangeConfiguration", {"settings": {"nonsense": 1}})
    (note,) = client.note("window/showMessage")
    assert note["type"] == 2 and "no option nonsense" in note["message"]


def test_settings_are_asked_for_and_watchers_registered_where_the_client_can(scripted, told):
    dynamic = {"dynamicRegistration": True}
    can = {"configuration": True, "didChangeConfiguration": dynamic, "didChangeWatchedFiles": dynamic}
    client = scripted({"workspace": can})
    client.wait_for(
        lambda: {one["method"] for one in client.asked} >= {"client/registerCapability", "workspace/configuration"}
    )
    registered = {one["method"]: one for one in client.asked}["client/registerCapability"]["params"]["registrations"]
    assert {one["method"] for one in registered} == {
        "workspace/didChangeConfiguration",
        "workspace/didChangeWatchedFiles",
    }


def test_what_was_opened_before_the_app_was_there_is_told_to_it(scripted, told):
    client = scripted(env={"FOREDRAFT_SLOW_START": "0.7"})
    client.open(URI, "draf\n")
    client.change(URI, 2, (0, 4, 0, 4, "t"))
    assert client.inline(URI, 0, 5)["items"][0]["insertText"] == " done"
    assert [URI] in told.wait("changed")


def test_an_app_that_does_not_start_leaves_a_server_that_answers(scripted):
    client = scripted(env={"FOREDRAFT_NO_START": "1"})
    client.open(URI, "draft\n")
    assert client.inline(URI, 0, 5) == {"items": []}
    assert client.end() == 0 and not client.pop_ups()
    assert b"RuntimeError" in client.errors and b"secret_of_the_user" not in client.errors


def test_wrong_settings_are_one_warning_and_the_server_runs_on(launch, tmp_path):
    client = launch(FOREDRAFT_PREDICTOR__THRESHOLD="high", FOREDRAFT_NONSENSE__X="1")
    client.start()
    (note,) = client.note("window/showMessage")
    assert note["type"] == 2 and "threshold" in note["message"].lower() and "nonsense" in note["message"].lower()
    client.open(URI, "x\n")
    assert client.inline(URI, 0, 1) == {"items": []}


def test_the_app_is_closed_at_shutdown(scripted, told):
    client = scripted()
    told.wait("started")
    client.open(URI, "draft\n")
    client.inline(URI, 0, 5)
    assert client.end() == 0
    assert told.all("closed") == [[]]


def test_notebook_cells_change_as_documents(client):
    cells = [{"kind": 2, "document": f"cell:/n#{number}"} for number in range(3)]
    texts = [{"uri": cell["document"], "languageId": "python", "version": 1, "text": "a\n"} for cell in cells]
    book = {"uri": "file:///n.ipynb", "notebookType": "jupyter-notebook", "version": 1, "cells": cells[:2]}
    client.notify("notebookDocument/didOpen", {"notebookDocument": book, "cellTextDocuments": texts[:2]})
    change = {
        "structure": {
            "array": {"start": 1, "deleteCount": 1, "cells": [cells[2]]},
            "didOpen": [texts[2]],
            "didClose": [{"uri": cells[1]["document"]}],
        },
        "textContent": [{"document": {"uri": cells[0]["document"], "version": 2}, "changes": [{"text": "b\n"}]}],
    }
    new = {"uri": book["uri"], "version": 2}
    client.notify("notebookDocument/didChange", {"notebookDocument": new, "change": {"cells": change}})
    assert client.document(cells[0]["document"]) == {"text": "b\n", "version": 2}
    assert client.document(cells[1]["document"]) is None
    assert client.document(cells[2]["document"])["text"] == "a\n"
    closed = [{"uri": cells[0]["document"]}, {"uri": cells[2]["document"]}]
    client.notify("notebookDocument/didClose", {"notebookDocument": {"uri": book["uri"]}, "cellTextDocuments": closed})
    assert client.document(cells[0]["document"]) is None


def test_a_formatters_many_changes_apply_in_order(client):
    text = "".join(f"    é{number} = '😀'\r\n" if number % 3 else f"\tx{number}\n" for number in range(300))
    client.open(URI, text)
    changes = [(number, 0, number, 4 if number % 3 else 1, "  ") for number in reversed(range(300))]
    changes += [(1, 8, 1, 10, "face"), (3, 0, 5, 2, "one\ntwo\r\n"), (0, 0, 0, 0, "")]
    client.change(URI, 2, *changes)
    lines = [f"  é{number} = '😀'\r\n" if number % 3 else f"  x{number}\n" for number in range(300)]
    lines[1] = "  é1 = 'face'\r\n"
    lines[3:6] = ["one\n", "two\r\n", lines[5][2:]]
    assert client.document(URI) == {"text": "".join(lines), "version": 2}
    client.change(URI, 3, *[{"text": "none"}] * 20)
    assert client.document(URI) == {"text": "none", "version": 3}


def test_saving_leaves_an_ask_alone(scripted, told):
    client = scripted()
    client.open(URI, "slow\n")
    client.inline(URI, 0, 0)
    ident = client.ask("textDocument/inlineCompletion", place(URI, 0, 4))
    client.notify("textDocument/didSave", {"textDocument": {"uri": URI}})
    assert client.answer(ident)["result"]["items"]
    assert told.wait("files")


def test_the_real_app_completes_what_the_open_file_repeats(client):
    lines = "".join(f"result_{number} = compute_total(first, second)\n" for number in range(60))
    client.open(URI, f"{lines}result_60 = compute_t\n")

    def offered():
        items = client.inline(URI, 60, 21)["items"]
        return bool(items) and items[0]["insertText"].startswith("otal(")

    eventually(offered)


def test_malformed_bodies_get_the_codes_of_json_rpc(client):
    for body, code, ident in [
        (b"{no json", -32700, None),
        (b"[" * 100_000, -32700, None),
        (b"[]", -32600, None),
        (b"17", -32600, None),
        (b'{"id":7,"method":"foredraft/status"}', -32600, 7),
        (b'{"jsonrpc":"2.0","id":{},"method":"foredraft/status"}', -32600, None),
        (b'{"jsonrpc":"2.0","id":8,"method":5}', -32600, 8),
        (b'{"jsonrpc":"2.0","id":"s","method":"none"}', -32601, "s"),
    ]:
        client.answers.clear()
        client.raw(body)
        assert client.answer(ident)["error"]["code"] == code
    client.raw(b'[{"jsonrpc":"2.0","id":"x","method":"foredraft/status"},{"jsonrpc":"2.0","id":"y","method":"no"}]')
    assert client.answer("x")["result"] and client.answer("y")["error"]["code"] == -32601


def test_a_print_somewhere_in_us_does_not_spoil_the_pipe(launch):
    code = "import sys; sys.argv = ['foredraft']; from foredraft.lsp import documents as d; old = d._open; "
    code += "d._open = lambda *a: (print('stray'), old(*a)); from foredraft.__main__ import main; main()"
    client = launch([sys.executable, "-c", code])
    client.start()
    client.open(URI, "x\n")
    assert client.document(URI)["text"] == "x\n"


@pytest.mark.parametrize("arguments", [[], ["--stdio"]], ids=["nothing", "--stdio"])
def test_it_serves_at_once(launch, arguments):
    client = launch([sys.executable, "-m", "foredraft", *arguments])
    client.start()
    assert client.end() == 0
