"""What the client tells beside texts and asks, and what it is told: outcomes, files, settings, progress, status."""

import pytest

URI = "file:///w/a.py"
OURS = {"experimental": {"foredraft": {"status": True, "refresh": True}}}
PROGRESS = {"window": {"workDoneProgress": True}}


def test_all_of_it_is_advertised(scripted):
    told = scripted({"notebookDocument": {"synchronization": {}}}).result["capabilities"]
    assert set(told["executeCommandProvider"]["commands"]) == {
        "foredraft.accepted",
        "foredraft.rejected",
        "foredraft.partlyAccepted",
    }
    assert told["textDocumentSync"] == {"openClose": True, "change": 2, "save": True}
    assert told["workspace"]["workspaceFolders"] == {"supported": True, "changeNotifications": True}
    assert told["notebookDocumentSync"]["notebookSelector"] == [{"cells": [{"language": "*"}]}]
    assert "inlineCompletionProvider" in told and "completionProvider" in told


def test_what_is_rejected_is_not_on_offer_any_more(shared):
    client = shared
    client.open(URI, "draft\n")
    (item,) = client.inline(URI, 0, 5)["items"]
    client.command("foredraft.rejected", *item["command"]["arguments"])
    client.change(URI, 2, (0, 5, 0, 5, " do"))
    assert client.inline(URI, 0, 8)["items"] == []


def test_outcomes_reach_the_app(shared):
    client = shared
    client.open(URI, "😀\n")
    (item,) = client.inline(URI, 0, 2)["items"]
    ident = item["command"]["arguments"][0]
    client.notify("textDocument/didShowCompletion", {"item": item})
    client.notify("textDocument/didPartiallyAcceptCompletion", {"item": item, "acceptedLength": 4})
    assert client.command("foredraft.partlyAccepted", ident, 5)["result"] is None
    assert client.command("foredraft.rejected", ident)["result"] is None
    assert client.command("foredraft.accepted", ident)["result"] is None
    wanted = [["shown", None], ["partly accepted", 2], ["partly accepted", 3], ["rejected", None], ["accepted", None]]
    assert [one[1:] for one in client.told.all("outcome") if one[0] == ident] == wanted


@pytest.mark.parametrize("arguments", [[], [5], ["a", "b", "c"], [None]], ids=["none", "a number", "too many", "null"])
def test_wrong_arguments_of_commands_are_refused(shared, arguments):
    client = shared
    for name in ("foredraft.accepted", "foredraft.rejected", "foredraft.partlyAccepted"):
        assert client.command(name, *arguments)["error"]["code"] == -32602


def test_a_wrong_item_told_is_no_disaster(shared):
    client = shared
    before = client.told.all("outcome")
    for params in (None, [], {}, {"item": 5}, {"item": {"command": {"arguments": []}}}, {"item": {"data": 5}}):
        client.notify("textDocument/didShowCompletion", params)
        client.notify("textDocument/didPartiallyAcceptCompletion", params)
    client.open(URI, "draft\n")
    assert client.inline(URI, 0, 5)["items"] and client.told.all("outcome") == before


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


def test_progress_is_begun_and_ended(scripted, told):
    client = scripted(PROGRESS, env={"FOREDRAFT_SLOW_LEARNING": "1"})
    client.wait_for(lambda: any(note["value"]["kind"] == "report" for note in client.noted("$/progress")))
    client.notify("window/workDoneProgress/cancel", {"token": "foredraft-index"})  # nobody waits for it: it goes on
    assert client.call("foredraft/status")["result"]["state"] == "indexing"
    told.end("learning")
    client.wait_for(lambda: any(note["value"]["kind"] == "end" for note in client.noted("$/progress")))
    kinds = [note["value"]["kind"] for note in client.noted("$/progress")]
    assert kinds[0] == "begin" and kinds[-1] == "end" and set(kinds[1:-1]) == {"report"}
    assert [one["method"] for one in client.asked] == ["window/workDoneProgress/create"]


def test_a_client_that_refuses_progress_is_not_asked_again(scripted, told):
    client = scripted({**PROGRESS, **OURS}, refused={"window/workDoneProgress/create"})
    client.note("foredraft/refresh")
    client.open(URI, "draft\n")
    assert client.inline(URI, 0, 5)["items"]
    assert not client.noted("$/progress") and not client.pop_ups()
    assert [one["method"] for one in client.asked] == ["window/workDoneProgress/create"]


def test_folders_files_and_settings_reach_the_app(scripted, told, tmp_path):
    folder = {"uri": tmp_path.as_uri(), "name": "w"}
    client = scripted(workspaceFolders=[folder], initializationOptions={"predictor": {"threshold": 0.9}})
    assert told.wait("started") == [[[str(tmp_path)]]]
    assert told.wait("settings") == [[{"predictor": {"threshold": 0.9}}]]
    changed = {"uri": (tmp_path / "a.py").as_uri(), "type": 2}
    client.notify("workspace/didChangeWatchedFiles", {"changes": [changed, {"uri": "untitled:1", "type": 1}]})
    assert told.wait("files") == [[[str(tmp_path / "a.py")]]]
    other = {"uri": (tmp_path / "other").as_uri(), "name": "o"}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [other], "removed": [folder]}})
    assert told.wait("folders") == [[[str(tmp_path / "other")], [str(tmp_path)]]]
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


def test_a_client_that_refuses_to_register_is_asked_for_settings(scripted):
    can = {"configuration": True, "didChangeWatchedFiles": {"dynamicRegistration": True}}
    client = scripted({"workspace": can}, refused={"client/registerCapability"})
    client.wait_for(lambda: "workspace/configuration" in [one["method"] for one in client.asked])


def test_wrong_settings_are_one_warning_and_the_server_runs_on(launch, tmp_path):
    client = launch(FOREDRAFT_PREDICTOR__THRESHOLD="high", FOREDRAFT_NONSENSE__X="1")
    client.start()
    (note,) = client.note("window/showMessage")
    assert note["type"] == 2 and "threshold" in note["message"].lower() and "nonsense" in note["message"].lower()
    client.open(URI, "x\n")
    assert client.inline(URI, 0, 1) == {"items": []}


def test_settings_are_asked_for_again_when_they_changed(scripted, told):
    client = scripted({"workspace": {"configuration": True}})
    client.wait_for(lambda: client.asked)
    client.configuration = [{"predictor": {"threshold": 0.8}}]
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    assert told.wait("settings")[-1] == [{"predictor": {"threshold": 0.8}}]
    assert {one["params"]["items"][0]["section"] for one in client.asked} == {"foredraft"}


def test_the_status_may_be_asked_for_before_there_is_an_app(scripted, told):
    client = scripted(OURS, env={"FOREDRAFT_SLOW_START": "1"})
    assert client.call("foredraft/status")["result"] == {"state": "starting", "message": "starting"}
    told.end("start")
    client.note("foredraft/status", 2)


@pytest.mark.parametrize("experimental", [{"foredraft": True}, {"foredraft": {"status": 1}}, [], {"other": {}}])
def test_what_is_announced_otherwise_is_not_announced(experimental):
    from lsprotocol.types import ClientCapabilities

    from foredraft.lsp.client import Client
    from foredraft.lsp.lenient import converter

    assert Client.of(converter().structure({"experimental": experimental}, ClientCapabilities)) == Client()
