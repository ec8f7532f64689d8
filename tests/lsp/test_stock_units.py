"""What pygls 2.1.1 does wrong and no editor sees at once; the list is in `test_stock_defects.py`."""

import asyncio
import io
import logging
import os
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import pytest
from conftest import eventually
from edge_inside import Inside, settled
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from foredraft.lsp import logs, outcomes, parent
from foredraft.lsp.requests import Requests
from foredraft.lsp.server import build
from foredraft.text.document import Document, Position

STOCK = [sys.executable, str(Path(__file__).with_name("stock_server.py"))]


def test_an_answer_nobody_waits_for_is_no_error():
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
    protocol = LanguageServer("stock", "1").protocol
    future: Future = Future()
    protocol._request_futures["a"] = future
    future.cancel()
    with pytest.raises(Exception, match="CANCELLED"):
        protocol._handle_response("a", None)


@pytest.mark.parametrize(
    ("method", "params", "more"), [("$/cancelRequest", {"id": 1}, {}), ("shutdown", None, {"id": 2})]
)
async def test_a_cancelled_command_ends_and_so_does_one_at_shutdown(monkeypatch, method, params, more):
    ended = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    monkeypatch.setitem(outcomes.COMMANDS, "slow", lambda ls, arguments: work())
    edge = Inside()
    edge.send("workspace/executeCommand", {"command": "slow"}, id=1)
    await settled()
    edge.send(method, params, **more)
    await settled()
    assert ended and edge.ends() == [(1, -32800), *((ident, None) for ident in more.values())]


def test_stock_pygls_runs_a_cancelled_command_to_its_end(launch, tmp_path):
    client = launch(STOCK)
    client.start()
    path = tmp_path / "ran"
    ident = client.ask("workspace/executeCommand", {"command": "slow", "arguments": [str(path)]})
    client.notify("$/cancelRequest", {"id": ident})
    assert client.answer(ident)["error"]["code"] == -32800
    eventually(path.exists)


async def test_what_is_cancelled_before_it_began_never_begins():
    edge = Inside()
    edge.open("file:///a.py", "x\n")
    place = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 0, "character": 1}}
    for ident in range(5):
        edge.send("textDocument/inlineCompletion", {**place, "context": {"triggerKind": 2}}, id=ident)
    edge.send("$/cancelRequest", {"id": 4})
    await settled()
    assert edge.ends() == [*((ident, None) for ident in range(4)), (4, -32800)]
    assert not edge.app.asked


async def test_what_swallows_its_cancelling_is_answered_once():
    sent = []

    async def work():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "half"

    requests = Requests(sent.append)
    requests.start(1, "m", work(), None)
    await settled()
    requests.cancel(1)
    await settled()
    assert [message["error"]["code"] for message in sent] == [-32800]


async def test_cancelling_what_is_unknown_or_done_says_nothing(caplog):
    edge = Inside()
    await edge.call("foredraft/status")
    for params in ({"id": "call 0"}, {"id": 99}, {"id": None}, {"id": [1]}, {}, None, [1]):
        edge.send("$/cancelRequest", params)
    await settled()
    assert edge.ends() == [("call 0", "result")] and not caplog.records


async def test_the_editor_is_watched(monkeypatch):
    monkeypatch.setattr(parent, "_SECONDS", 0.0)
    gone, never = asyncio.Event(), []
    editor = subprocess.Popen(["sleep", "60"])
    parent.watch(None, lambda: never.append("nobody"))
    parent.watch(2**22 - 3, lambda: never.append("a process of another container"))
    parent.watch(os.getpid(), lambda: never.append("one that lives"))
    parent.watch(editor.pid, gone.set)
    await settled()
    assert not gone.is_set()
    editor.kill()  # and nobody asks yet how it ended
    await asyncio.wait_for(gone.wait(), 30)
    assert not never
    editor.wait()
    assert not parent.exists(editor.pid)


def test_lines_that_stayed_are_not_made_anew():
    before = Document.of("file:///a.py", "python", 1, "value = 1\n" * 1000)
    after = before.replaced(Position(500, 0), Position(500, 5), "other", 2)
    assert before.lines() is before.lines()
    assert sum(one is not other for one, other in zip(before.lines(), after.lines(), strict=True)) == 1


def test_stock_pygls_makes_all_lines_anew_for_each_look():
    document = TextDocument("file:///a.py", "value = 1\n" * 1000)
    assert all(one is not other for one, other in zip(document.lines, document.lines, strict=True))


@pytest.fixture
def loggers():
    """Leaves the loggers as they were."""
    named = [logging.getLogger(name) for name in (None, "pygls", "asyncio")]
    levels, handlers = [logger.level for logger in named], named[0].handlers[:]
    yield
    named[0].handlers[:] = handlers
    for logger, level in zip(named, levels, strict=True):
        logger.setLevel(level)


def test_bodies_are_not_logged_even_if_everything_is(loggers, capsys):
    logs.quiet()
    logging.getLogger().setLevel(logging.DEBUG)
    edge = Inside()
    edge.protocol.notify("test/told", {"text": "secret_of_the_user"})
    logging.getLogger("foredraft").debug("it does log")
    logged = capsys.readouterr().err
    assert edge.sent and "secret_of_the_user" not in logged and "it does log" in logged


def test_stock_pygls_logs_bodies(loggers, caplog):
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, "pygls")
    protocol = LanguageServer("stock", "1").protocol
    protocol.set_writer(io.BytesIO())
    protocol.notify("test/told", {"text": "secret_of_the_user"})
    assert "secret_of_the_user" in caplog.text
