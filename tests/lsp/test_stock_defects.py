"""What pygls 2.1.1 does wrong, looked for in Foredraft, where it is absent, and in stock pygls, where it must show.

Should a test fail for the stock server after an update of pygls, a part of our edge may have become superfluous.
Where each defect is looked for; `units` is `test_stock_units.py`, which looks at what cannot be seen from outside:

1.  Lines end at \\v, \\f, \\x85, U+2028 …: odd_line_ends, and tests/text/test_document_laws.py.
2.  What does not parse is not answered: malformed_requests_hang, newer_enums_hang, newer_enums_fail_initialize.
3.  Handlers' threads read stdin: test_busy_threads_do_not_keep_an_ask_waiting, test_stock_pygls_reads_when_*.
4.  `shutdown` fails while a command runs: shutdown_fails_while_busy; units, *_at_shutdown.
5.  The exit code is 0 whatever came before: exit_code_is_always_0.
6.  A key named jsonrpc breaks parsing: a_key_named_jsonrpc_breaks_parsing.
7.  A change to a document that is not open pops up: a_change_to_a_closed_document_pops_up. Versions are not looked at:
    superseded_asks_get_stale_lists, and test_an_older_version_is_applied_but_nothing_stays_on_offer of the session.
8.  An answer that nobody awaits any more raises: units, *_an_answer_nobody_waits_for*.
9.  The editor's process is not watched: test_a_vanished_editor_ends_ours_and_not_stock; units, *_watched.
10. Writing waits for the editor to read: an_editor_that_does_not_read_stops_it, and test_lsp_pipes.py.
11. Child processes have the editor's pipe as stdin: children_read_the_editors_messages.
12. Every look at a document's lines splits them anew: units, *_lines_*. What it costs: benchmarks/server.py.

Of cancelling: work ends and is answered once (test_edge.py; units); what swallows it, or was cancelled before it began
(units); commands run on (units, *_cancelled_command_*); what is superseded (superseded_asks_get_stale_lists). And what
else an editor would see: errors_show_our_insides, utf8_is_negotiated, keys_of_custom_requests_are_renamed; or find in
its logs: units, *_bodies_*.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import SCRIPTED, eventually, place

STOCK = [sys.executable, str(Path(__file__).with_name("stock_server.py"))]
URI = "file:///a.py"
COMPLETION = "textDocument/completion"


def started(launch, command, told=os.devnull, **more):
    client = launch(command, FOREDRAFT_TOLD=str(told))
    client.start(**more)
    return client


@pytest.fixture(scope="module")
def stock(launch_shared):
    return started(launch_shared, STOCK)


def patience(command):
    """Seconds after which it counts as never: many for what must happen, few for what must not."""
    return 2 if command is STOCK else 30


def odd_line_ends(client):
    """A form feed is taken for a line end, so a change lands in another line."""
    for number, odd in enumerate("\v\f\x1c\x1d\x1e\x85\u2028\u2029"):
        uri = f"file:///{number}.py"
        client.open(uri, f"one{odd}two\nthree\n")
        client.change(uri, 2, (1, 0, 1, 5, "3"))
        if client.document(uri)["text"] == f"one{odd}two\n3\n":
            return False
    return True


def malformed_requests_hang(client):
    """Unless a request that came later, and has an answer, was answered after them."""
    before = len(client.pop_ups())
    where = place(URI, 0, 0)
    del where["context"]
    wrong = [where, {**place(URI, 0, 0), "position": "here"}, None, [1, 2]]
    idents = [client.ask("textDocument/inlineCompletion", params) for params in wrong]
    client.call("none/such")
    codes = [client.answers[ident][0]["error"]["code"] for ident in idents if ident in client.answers]
    return codes != [-32602] * len(wrong) or len(client.pop_ups()) > before


def newer_enums_hang(client):
    idents = [client.ask("textDocument/inlineCompletion", place(URI, 0, 0, kind)) for kind in (0, 3)]
    client.call("none/such")
    return not all(ident in client.answers and "result" in client.answer(ident) for ident in idents)


def newer_enums_fail_initialize(launch, command):
    client = launch(command)
    known = {
        "workspace": {
            "symbol": {"symbolKind": {"valueSet": [1, 999]}},
            "workspaceEdit": {"resourceOperations": ["create", "teleport"]},
        },
        "textDocument": {
            "publishDiagnostics": {"tagSupport": {"valueSet": [1, 99]}},
            "hover": {"contentFormat": ["markdown", "asciidoc"]},
        },
    }
    ident = client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": known})
    client.call("none/such")
    return ident not in client.answers or "result" not in client.answer(ident)


def shutdown_fails_while_busy(launch, command):
    client = started(launch, command)
    client.open(URI, "import os\n")
    client.ask("workspace/executeCommand", {"command": "slow"})
    for _ in range(20):
        client.ask("textDocument/inlineCompletion", place(URI, 0, 9))
    return "error" in client.call("shutdown")


def exit_code_is_always_0(launch, command):
    client = started(launch, command)
    client.notify("exit")
    return client.process.wait(20) != 1


def a_key_named_jsonrpc_breaks_parsing(client):
    argument = {"jsonrpc": "2.0", "id": 5, "error": "none"}
    ident = client.ask("workspace/executeCommand", {"command": "none", "arguments": [argument]})
    client.call("none/such")
    return ident not in client.answers or client.answer(ident)["error"]["code"] != -32602


def a_change_to_a_closed_document_pops_up(client):
    before = len(client.pop_ups())
    client.change("file:///never.py", 2, (0, 0, 0, 0, "x"))
    client.call("none/such")
    return len(client.pop_ups()) > before


def errors_show_our_insides(client):
    client.open(URI, "x = 1\nslow fail\n")
    answer = client.call("workspace/executeCommand", {"command": "foredraft.accepted", "arguments": [1, 2]})
    other = client.call("textDocument/inlineCompletion", place(URI, 1, 7))
    return any("Traceback" in str(one) or ".py" in str(one) for one in (answer, other))


def utf8_is_negotiated(launch, command):
    client = launch(command)
    result = client.start({"general": {"positionEncodings": ["utf-8", "utf-16"]}})
    return result["capabilities"]["positionEncoding"] != "utf-16"


def keys_of_custom_requests_are_renamed(client):
    """A request of our own whose params hold a key that is no Python name."""
    client.open(URI, "x\n")
    ident = client.ask("foredraft/document", {"uri": URI, "type_name": "not a name"})
    client.call("none/such")
    return ident not in client.answers or client.answer(ident)["result"]["text"] != "x\n"


def an_editor_that_does_not_read_stops_it(launch, command):
    client = started(launch, command)
    client.open(URI, "y" * 2000)
    client.call("foredraft/document", {"uri": URI})
    client.hold()
    for _ in range(400):
        client.ask("foredraft/document", {"uri": URI})
    client.notify("exit")
    try:
        client.process.wait(patience(command))
    except subprocess.TimeoutExpired:
        return True
    return False


def children_read_the_editors_messages(launch, command):
    client = started(launch, SCRIPTED if command is None else command)
    client.open(URI, "child")
    return not client.answered(client.ask(COMPLETION, place(URI, 0, 5)), patience(command))


def superseded_asks_get_stale_lists(launch, command):
    client = started(launch, command)
    client.open(URI, "x = slowly\n")
    first = client.ask("textDocument/inlineCompletion", place(URI, 0, 9))
    client.change(URI, 2, (0, 0, 0, 10, ""))
    client.ask("textDocument/inlineCompletion", place(URI, 0, 0))
    answer = client.answer(first)
    return bool((answer.get("result") or {}).get("items"))


OF_ONE_THAT_RUNS = [
    odd_line_ends,
    malformed_requests_hang,
    newer_enums_hang,
    a_key_named_jsonrpc_breaks_parsing,
    a_change_to_a_closed_document_pops_up,
    errors_show_our_insides,
    keys_of_custom_requests_are_renamed,
]
OF_ITS_LIFE = [
    newer_enums_fail_initialize,
    shutdown_fails_while_busy,
    exit_code_is_always_0,
    utf8_is_negotiated,
    an_editor_that_does_not_read_stops_it,
    children_read_the_editors_messages,
    superseded_asks_get_stale_lists,
]


@pytest.mark.parametrize("defect", OF_ONE_THAT_RUNS, ids=lambda defect: defect.__name__)
def test_foredraft_has_it_not(client, defect):
    assert not defect(client)


@pytest.mark.parametrize("defect", OF_ONE_THAT_RUNS, ids=lambda defect: defect.__name__)
def test_stock_pygls_has_it(stock, defect):
    assert defect(stock)


@pytest.mark.parametrize("defect", OF_ITS_LIFE, ids=lambda defect: defect.__name__)
def test_foredraft_lives_without_it(launch, defect):
    assert not defect(launch, None)


@pytest.mark.parametrize("defect", OF_ITS_LIFE, ids=lambda defect: defect.__name__)
def test_stock_pygls_lives_with_it(launch, defect):
    assert defect(launch, STOCK)


def keep_threads_busy(client, folder):
    """As many asks as there are threads; they are answered when their `.end` files are there."""
    jobs = []
    for number in range(ThreadPoolExecutor()._max_workers):
        uri = f"file:///{number}"
        client.open(uri, "busy")
        jobs.append(client.ask(COMPLETION, place(uri, 0, 4)))
        eventually((folder / f"{number}.busy").exists)
    return jobs


def test_busy_threads_do_not_keep_an_ask_waiting(launch, tmp_path):
    client = started(launch, SCRIPTED, tmp_path / "told")
    client.open(URI, "draft\n")
    jobs = keep_threads_busy(client, tmp_path)
    assert client.inline(URI, 0, 5)["items"]
    assert not any(job in client.answers for job in jobs)
    for number, job in enumerate(jobs):
        (tmp_path / f"{number}.end").touch()
        assert "result" in client.answer(job)


def test_stock_pygls_reads_when_a_thread_is_free(launch, tmp_path):
    client = started(launch, STOCK, tmp_path / "told")
    client.open(URI, "draft\n")
    jobs = keep_threads_busy(client, tmp_path)
    ident = client.ask("textDocument/inlineCompletion", place(URI, 0, 5))
    assert not client.answered(ident, patience(STOCK))
    (tmp_path / "3.end").touch()
    assert client.answer(ident)["result"]["items"]
    assert list(client.answers)[-2:] == [jobs[3], ident] and len(client.answers) == 3


def test_a_vanished_editor_ends_ours_and_not_stock(launch):
    editor = subprocess.Popen(["sleep", "60"])
    ours, stock = (started(launch, command, processId=editor.pid) for command in (None, STOCK))
    editor.kill()
    editor.wait()
    assert ours.process.wait(30) == 1
    assert stock.process.poll() is None
