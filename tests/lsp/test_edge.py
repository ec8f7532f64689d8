"""What an editor sees of the edge, over stdio; the app behind it answers by rule (`scripted_server.py`)."""

import json
import sys

import pytest
from conftest import eventually, place

URI = "file:///w/a.py"
OURS = {"experimental": {"foredraft": {"status": True, "refresh": True}}}
INLINE = {"textDocument": {"inlineCompletion": {"dynamicRegistration": False}}}


def test_an_item_inserts_at_the_cursor_and_carries_its_command(shared):
    client = shared
    client.open(URI, "😀 draft\n")
    (item,) = client.inline(URI, 0, 8)["items"]
    at = {"line": 0, "character": 8}
    assert item["insertText"] == " done" and item["range"] == {"start": at, "end": at}
    assert item["command"]["command"] == "foredraft.accepted" and len(item["command"]["arguments"]) == 1


def test_what_is_typed_on_stays_on_offer(shared):
    client = shared
    client.open(URI, "draft\n")
    assert client.inline(URI, 0, 5)["items"][0]["insertText"] == " done"
    client.change(URI, 2, (0, 5, 0, 5, " do"))
    (item,) = client.inline(URI, 0, 8)["items"]
    assert item["insertText"] == "ne"
    client.change(URI, 3, (0, 8, 0, 8, "x"))
    assert client.inline(URI, 0, 9)["items"] == []


def test_cancelling_ends_the_work(shared):
    client = shared
    client.open(URI, "slow\n")
    client.inline(URI, 0, 0)
    ident = client.ask("textDocument/inlineCompletion", place(URI, 0, 4))
    client.call("foredraft/document", {"uri": URI})
    client.notify("$/cancelRequest", {"id": ident})
    assert client.answer(ident)["error"]["code"] == -32800
    client.told.wait("cancelled")


def test_a_newer_ask_and_a_change_end_the_older_one_with_null(shared):
    client = shared
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


def test_asks_about_other_documents_are_left_alone(scripted, told):
    client = scripted()
    client.open(URI, "slow\n")
    client.open("file:///w/b.py", "draft\n")
    first = client.ask("textDocument/inlineCompletion", place(URI, 0, 4))
    assert client.inline("file:///w/b.py", 0, 5)["items"]
    assert first not in client.answers
    told.end("slow")
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


def test_what_was_told_before_the_app_was_there_is_told_to_it(scripted, told, tmp_path):
    client = scripted(env={"FOREDRAFT_SLOW_START": "1"}, initializationOptions={"predictor": {}})
    told.wait("starting")
    client.open(URI, "draf\n")
    client.change(URI, 2, (0, 4, 0, 4, "t"))
    added = {"uri": tmp_path.as_uri(), "name": "w"}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [added], "removed": []}})
    ident = client.ask("textDocument/inlineCompletion", place(URI, 0, 5))
    assert client.document(URI)["text"] == "draft\n"
    told.end("start")
    assert client.answer(ident)["result"]["items"][0]["insertText"] == " done"
    assert [URI] in told.wait("changed")
    assert told.all("folders") == [[[str(tmp_path)], []]] and told.wait("settings") == [[{"predictor": {}}]]


def test_an_app_that_does_not_start_leaves_a_server_that_answers(scripted):
    client = scripted(env={"FOREDRAFT_NO_START": "1"})
    client.open(URI, "draft\n")
    assert client.inline(URI, 0, 5) == {"items": []}
    assert client.end() == 0 and not client.pop_ups()
    assert b"RuntimeError" in client.errors and b"secret_of_the_user" not in client.errors


def test_the_app_is_closed_at_shutdown(scripted, told):
    client = scripted()
    assert client.end() == 0
    assert told.all("closed") == [[]]


def test_saving_leaves_an_ask_alone(scripted, told):
    client = scripted()
    client.open(URI, "slow\n")
    client.inline(URI, 0, 0)
    ident = client.ask("textDocument/inlineCompletion", place(URI, 0, 4))
    client.notify("textDocument/didSave", {"textDocument": {"uri": URI}})
    client.document(URI)
    told.end("slow")
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
