"""The edge as a typed client sees it (pytest-lsp): every answer must be what the protocol's types allow."""

import asyncio
import contextlib
import sys
from pathlib import Path

import pytest
import pytest_lsp
from conftest import PRIVATE
from lsprotocol import types as t
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig, LanguageClient

URI = "file:///w/a.py"
SCRIPTED = [sys.executable, str(Path(__file__).with_name("scripted_server.py"))]


@pytest_lsp.fixture(config=ClientServerConfig(server_command=SCRIPTED))
async def typed(lsp_client: LanguageClient):
    window = t.WindowClientCapabilities(work_done_progress=True)
    await lsp_client.initialize_session(t.InitializeParams(capabilities=t.ClientCapabilities(window=window)))
    yield lsp_client
    with contextlib.suppress(Exception):
        await lsp_client.shutdown_session()


@pytest.fixture(autouse=True)
def learned(monkeypatch, tmp_path):
    """The file that lets the server's learning end."""
    for name in PRIVATE:
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("FOREDRAFT_TOLD", str(tmp_path / "told"))
    monkeypatch.setenv("FOREDRAFT_SLOW_LEARNING", "1")
    return tmp_path / "learning.end"


def opened(client, text):
    item = t.TextDocumentItem(uri=URI, language_id="python", version=1, text=text)
    client.text_document_did_open(t.DidOpenTextDocumentParams(item))


def asked(character):
    return t.InlineCompletionParams(
        context=t.InlineCompletionContext(t.InlineCompletionTriggerKind.Automatic),
        text_document=t.TextDocumentIdentifier(URI),
        position=t.Position(0, character),
    )


async def test_inline_completion_and_its_command(typed):
    opened(typed, "draft\n")
    answer = await typed.text_document_inline_completion_async(asked(5))
    (item,) = answer.items
    assert item.insert_text == " done"
    params = t.ExecuteCommandParams(command=item.command.command, arguments=item.command.arguments)
    assert await typed.workspace_execute_command_async(params) is None


async def test_completion_and_resolve(typed):
    opened(typed, "two\n")
    where = t.CompletionParams(t.TextDocumentIdentifier(URI), t.Position(0, 3))
    answer = await typed.text_document_completion_async(where)
    resolved = await typed.completion_item_resolve_async(answer.items[0])
    assert answer.is_incomplete and resolved.documentation


async def test_cancel(typed):
    opened(typed, "slow\n")
    future = typed.protocol.send_request("textDocument/inlineCompletion", asked(4), msg_id="mine")
    typed.cancel_request(t.CancelParams(id="mine"))
    with pytest.raises(JsonRpcException) as refused:
        await asyncio.wait_for(asyncio.wrap_future(future), 10)
    assert refused.value.code == t.LSPErrorCodes.RequestCancelled


async def test_progress(typed, learned):
    def kinds():
        return {type(report) for reports in typed.progress_reports.values() for report in reports}

    async with asyncio.timeout(20):
        while t.WorkDoneProgressReport not in kinds():
            await asyncio.sleep(0.02)
        learned.touch()
        while t.WorkDoneProgressEnd not in kinds():
            await asyncio.sleep(0.02)
    (reports,) = typed.progress_reports.values()
    assert isinstance(reports[0], t.WorkDoneProgressBegin)
