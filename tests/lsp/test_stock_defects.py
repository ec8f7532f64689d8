"""What pygls 2.1.1 does wrong, looked for in Foredraft, where it is absent, and in stock pygls, where it must show.

Should a test fail for the stock server after an update of pygls, a part of our edge may have become superfluous.
Verified by hand only, because it cannot be seen from outside: that stdin is read by the pool of the handlers' threads.
"""

import asyncio
import logging
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path

import pytest
from conftest import eventually, place

STOCK = [sys.executable, str(Path(__file__).with_name("stock_server.py"))]
URI = "file:///a.py"


def started(launch, command, **more):
    client = launch(command)
    client.start(**more)
    return client


def odd_line_ends(launch, command):
    """A form feed is taken for a line end, so a change lands in another line."""
    client = started(launch, command)
    client.open(URI, "one\x0ctwo\nthree\n")
    client.change(URI, 2, (1, 0, 1, 5, "3"))
    return client.document(URI)["text"] != "one\x0ctwo\n3\n"


def malformed_request_hangs(launch, command):
    client = started(launch, command)
    client.open(URI, "x\n")
    ident = client.ask("textDocument/inlineCompletion", {"textDocument": {"uri": URI}, "position": "here"})
    silent = not client.answered(ident, 2)
    return silent or client.answer(ident)["error"]["code"] != -32602 or bool(client.pop_ups())


def newer_enums_fail_initialize(launch, command):
    client = launch(command)
    known = {"workspace": {"symbol": {"symbolKind": {"valueSet": [1, 999]}}}}
    ident = client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": known})
    return not client.answered(ident, 5) or "result" not in client.answer(ident)


def shutdown_fails_while_busy(launch, command):
    client = started(launch, command)
    client.open(URI, "import os\n")
    client.command_id = client.ask("workspace/executeCommand", {"command": "slow"})
    for _ in range(20):
        client.ask("textDocument/inlineCompletion", place(URI, 0, 9))
    return "error" in client.call("shutdown")


def exit_code_is_always_0(launch, command):
    client = started(launch, command)
    client.notify("exit")
    return client.process.wait(20) != 1


def a_key_named_jsonrpc_breaks_parsing(launch, command):
    client = started(launch, command)
    argument = {"jsonrpc": "2.0", "id": 5, "error": "none"}
    ident = client.ask("workspace/executeCommand", {"command": "none", "arguments": [argument]})
    return not client.answered(ident, 2) or client.answer(ident)["error"]["code"] != -32602


def a_change_to_a_closed_document_pops_up(launch, command):
    client = started(launch, command)
    client.change("file:///never.py", 2, (0, 0, 0, 0, "x"))
    client.call("none/such")
    return bool(client.pop_ups())


def errors_show_our_insides(launch, command):
    client = started(launch, command)
    client.open(URI, "x = 1\nslow fail\n")
    answer = client.call("workspace/executeCommand", {"command": "foredraft.accepted", "arguments": [1, 2]})
    other = client.call("textDocument/inlineCompletion", place(URI, 1, 7))
    return any("Traceback" in str(one) or ".py" in str(one) for one in (answer, other))


def utf8_is_negotiated(launch, command):
    client = launch(command)
    result = client.start({"general": {"positionEncodings": ["utf-8", "utf-16"]}})
    return result["capabilities"]["positionEncoding"] != "utf-16"


def keys_of_custom_requests_are_renamed(launch, command):
    """A request of our own whose params hold a key that is no Python name."""
    client = started(launch, command)
    client.open(URI, "x\n")
    ident = client.ask("foredraft/document", {"uri": URI, "type_name": "not a name"})
    return not client.answered(ident, 2) or client.answer(ident)["result"]["text"] != "x\n"


def an_editor_that_does_not_read_stops_it(launch, command):
    client = started(launch, command)
    client.open(URI, "y" * 2000)
    client.call("foredraft/document", {"uri": URI})
    client.hold()
    for _ in range(400):
        client.ask("foredraft/document", {"uri": URI})
    client.notify("exit")
    try:
        client.process.wait(6)
    except subprocess.TimeoutExpired:
        return True
    return False


def a_vanished_editor_is_not_noticed(launch, command):
    editor = subprocess.Popen(["sleep", "60"])
    client = started(launch, command, processId=editor.pid)
    editor.kill()
    editor.wait()
    try:
        client.process.wait(9)
    except subprocess.TimeoutExpired:
        return True
    return False


def superseded_asks_get_stale_lists(launch, command):
    client = started(launch, command)
    client.open(URI, "x = slowly\n")
    first = client.ask("textDocument/inlineCompletion", place(URI, 0, 9))
    client.change(URI, 2, (0, 0, 0, 10, ""))
    client.ask("textDocument/inlineCompletion", place(URI, 0, 0))
    answer = client.answer(first)
    return bool((answer.get("result") or {}).get("items"))


DEFECTS = [
    odd_line_ends,
    malformed_request_hangs,
    newer_enums_fail_initialize,
    shutdown_fails_while_busy,
    exit_code_is_always_0,
    a_key_named_jsonrpc_breaks_parsing,
    a_change_to_a_closed_document_pops_up,
    errors_show_our_insides,
    utf8_is_negotiated,
    keys_of_custom_requests_are_renamed,
    an_editor_that_does_not_read_stops_it,
    a_vanished_editor_is_not_noticed,
    superseded_asks_get_stale_lists,
]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.__name__)
def test_foredraft_has_it_not(launch, defect):
    assert not defect(launch, None)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.__name__)
def test_stock_pygls_has_it(launch, defect):
    assert defect(launch, STOCK)


def test_an_answer_nobody_waits_for_is_no_error():
    from lsprotocol import types
    from pygls.exceptions import JsonRpcException

    from foredraft.lsp.server import build

    protocol = build().protocol
    answer = b'{"jsonrpc":"2.0","id":"%s","result":null}'
    cancelled = protocol.send_request(
        "window/workDoneProgress/create", types.WorkDoneProgressCreateParams("t"), None, "a"
    )
    cancelled.cancel()
    protocol.receive(answer % b"a")
    protocol.receive(answer % b"never asked")
    future = protocol.send_request("window/workDoneProgress/create", types.WorkDoneProgressCreateParams("t"), None, "b")
    protocol.receive(b'{"jsonrpc":"2.0","id":"b","error":{"code":1,"message":"no"}}')
    assert isinstance(future.exception(0), JsonRpcException)


def test_stock_pygls_raises_for_an_answer_nobody_waits_for():
    from pygls.lsp.server import LanguageServer

    protocol = LanguageServer("stock", "1").protocol
    future: Future = Future()
    protocol._request_futures["a"] = future
    future.cancel()
    with pytest.raises(Exception, match="CANCELLED"):
        protocol._handle_response("a", None)


async def test_cancelling_a_request_cancels_its_work():
    from foredraft.lsp.requests import Requests

    sent, ended = [], []

    async def work():
        try:
            await asyncio.sleep(30)
        finally:
            ended.append(True)

    requests = Requests(sent.append)
    requests.start(1, "m", work(), None)
    await asyncio.sleep(0)
    requests.cancel(1)
    await asyncio.sleep(0)
    assert ended and [message["error"]["code"] for message in sent] == [-32800]


def test_stock_pygls_runs_a_cancelled_command_to_its_end(launch, tmp_path):
    client = started(launch, STOCK)
    path = tmp_path / "ran"
    ident = client.ask("workspace/executeCommand", {"command": "slow", "arguments": [str(path)]})
    client.notify("$/cancelRequest", {"id": ident})
    assert client.answer(ident)["error"]["code"] == -32800
    eventually(path.exists)


def test_bodies_are_not_logged_even_if_everything_is(capsys):
    from foredraft.lsp import logs

    before = logging.getLogger().handlers[:], logging.getLogger().level
    logs.quiet()
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger("pygls.protocol.json_rpc").info("Sending data: %s", "secret_of_the_user")
    logging.getLogger().handlers[:], level = before
    logging.getLogger().setLevel(level)
    assert "secret_of_the_user" not in capsys.readouterr().err


def test_the_clock_of_a_parent_that_never_was(launch):
    client = started(launch, None, processId=2**22 - 3)
    time.sleep(3.5)
    assert client.process.poll() is None
