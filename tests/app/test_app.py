"""The whole server in this process, with its real worker: what is learned, what is offered, what is never touched."""

import asyncio
import os
from contextlib import asynccontextmanager

import pytest

from foredraft.app import App
from foredraft.config import Config
from foredraft.questions.snapshot import Trigger
from foredraft.questions.suggestion import Outcome, Reject
from foredraft.text.document import Position

PATTERN = """def build_{0}(items):
    for item in items:
        registry.register(item, source=name)
    return registry

"""
BEGUN = "def build_new(items):\n    for item in items:\n        reg"
REST = "istry.register(item, source=name)"
ALIVE = 0


@pytest.fixture(autouse=True)
def private_cache(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


@pytest.fixture
def workspace(tmp_path):
    return folder(tmp_path / "work")


def folder(root, word="build"):
    root.mkdir()
    for number in range(3):
        text = "".join(PATTERN.format(letter) for letter in "abcd").replace("build", word)
        (root / f"module{number}.py").write_text(text)
    return root


@asynccontextmanager
async def running(*folders, config=None):
    """An app and the statuses it told; it is closed in the end."""
    statuses = []
    app = await App.start(config or Config(), folders, statuses.append)
    try:
        yield app, statuses
    finally:
        await app.close()


async def until(condition, seconds=30):
    """Let the loop turn until `condition()`."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def settled(app):
    await until(lambda: app.status.state == "ready" and app.idle)


def opened(app, path, text):
    app.session.open(path.as_uri(), "python", 1, text)
    app.changed(path.as_uri())
    return path.as_uri()


async def answer(app, uri, trigger=Trigger.AUTOMATIC):
    """The answer at the end of the document."""
    document = app.session.documents[uri]
    return await app.inline(app.session.snapshot(uri, document.position(document.length), trigger))


async def texts(app, uri):
    return [edit.text for suggestion in (await answer(app, uri)).suggestions for edit in suggestion.edits]


def worker(app):
    return app._index._process.pid


def lives(pid):
    try:
        os.kill(pid, ALIVE)
    except ProcessLookupError:
        return False
    return True


async def test_what_the_workspace_says_again_and_again_is_offered(workspace):
    async with running(workspace) as (app, statuses):
        await settled(app)
        uri = opened(app, workspace / "new.py", BEGUN)
        assert await texts(app, uri) == [REST]
        assert statuses[0].state == "indexing"
        assert (app.status.files, app.status.lines) == (3, 3 * 21) and "3 files" in app.status.message
        suggestion = (await answer(app, uri)).suggestions[0]
        app.outcome(suggestion.id, Outcome.ACCEPTED)
        app.outcome("nobody's", Outcome.REJECTED)
        app.session.close(uri)
        app.changed(uri)
        assert app.session.snapshot(uri, Position(0, 0)) is None


async def test_the_next_start_answers_before_its_worker_has_said_anything(workspace):
    async with running(workspace) as (app, _):
        await settled(app)
    async with running(workspace) as (app, statuses):
        assert {status.state for status in statuses} == {"indexing"}
        uri = opened(app, workspace / "new.py", BEGUN)
        assert await texts(app, uri) == [REST]
        await settled(app)
        assert app.status.files == 3


async def test_another_workspace_has_an_index_of_its_own(tmp_path):
    first, second = folder(tmp_path / "first"), tmp_path / "second"
    second.mkdir()
    async with running(first) as (app, _):
        await settled(app)
    async with running(second) as (app, _):
        assert await texts(app, opened(app, second / "new.py", BEGUN)) == []


async def test_closing_ends_the_worker(workspace):
    async with running(workspace) as (app, statuses):
        await until(lambda: app._index._process is not None)
        pid = worker(app)
        assert lives(pid)
        told = len(statuses)
    assert not lives(pid) and len(statuses) == told


@pytest.mark.parametrize("name", [".env", "server.pem", "secrets.yaml", "id_rsa"])
async def test_a_file_that_holds_secrets_by_its_name_is_neither_learned_nor_completed(tmp_path, name):
    async with running() as (app, _):
        uri = opened(app, tmp_path / name, BEGUN)
        for trigger in Trigger:
            found = await answer(app, uri, trigger)
            assert found.suggestions == () and found.why["rejected"] == [str(Reject.DENIED)]
        assert app._learning.file(uri, 0) is None


async def test_globs_of_the_user_deny_as_well(tmp_path):
    config = Config.model_validate({"privacy": {"deny": ("customers/",)}})
    async with running(config=config) as (app, _):
        (tmp_path / "customers").mkdir()
        denied = await answer(app, opened(app, tmp_path / "customers" / "a.py", BEGUN))
        open_to_all = await answer(app, opened(app, tmp_path / "a.py", BEGUN))
        assert denied.why["rejected"] == [str(Reject.DENIED)] != open_to_all.why["rejected"]


async def test_without_a_folder_the_open_files_are_learned_from(tmp_path):
    async with running() as (app, statuses):
        assert app.status.state == "ready" and len(statuses) == 1
        uri = opened(app, tmp_path / "new.py", "".join(PATTERN.format(letter) for letter in "abcdefgh") + BEGUN)
        await until(lambda: app.idle)
        found = await answer(app, uri, Trigger.INVOKED)
        (suggestion,) = found.suggestions
        (edit,) = suggestion.edits
        assert edit.text == f"{REST}\n    return registry", "and the rest of the function that it is a copy of"


async def test_settings_of_the_editor_switch_it_off_and_on(tmp_path):
    async with running() as (app, _):
        uri = opened(app, tmp_path / "new.py", BEGUN)
        for settings in ({"inline": {"enabled": False}}, {"foredraft": {"predictor": {"enabled": False}}}):
            assert app.configure(settings) == []
            assert (await answer(app, uri)).why["rejected"] == [str(Reject.OFF)]
        assert app.configure({}) == []
        assert (await answer(app, uri)).why["rejected"] != [str(Reject.OFF)]


async def test_settings_of_the_editor_raise_the_threshold_and_never_lower_it(tmp_path):
    async with running(config=Config.model_validate({"predictor": {"threshold": 0.8}})) as (app, _):
        uri = opened(app, tmp_path / "new.py", BEGUN)

        async def threshold_after(asked):
            problems = app.configure({"predictor": {"threshold": asked}})
            return (await answer(app, uri)).why["threshold"], len(problems)

        assert await threshold_after(0.95) == (0.95, 0)
        assert await threshold_after(0.5) == (0.8, 1)
        assert await threshold_after("high") == (0.8, 1)


async def test_a_config_that_switches_the_predictor_off_starts_no_worker(workspace):
    config = Config.model_validate({"predictor": {"enabled": False}})
    async with running(workspace, config=config) as (app, _):
        assert app._index is None and "off" in app.status.message
        uri = opened(app, workspace / "new.py", BEGUN)
        assert (await answer(app, uri)).why["rejected"] == [str(Reject.OFF)]
        assert app._learning.file(uri, 0) is None, "nothing is learned from typing"


async def test_switching_the_index_off_ends_the_worker_and_forgets_what_it_learned(workspace):
    async with running(workspace) as (app, _):
        await settled(app)
        pid = worker(app)
        uri = opened(app, workspace / "new.py", BEGUN)
        assert await texts(app, uri) == [REST]
        assert app.configure({"index": {"enabled": False}}) == []
        await until(lambda: app.status.message == "learning from open files only" and app.idle)
        assert not lives(pid) and app._learning.predictor.far is None
        assert app.configure({}) == []
        await until(lambda: app.status.files == 3)
        assert await texts(app, uri) == [REST]


async def test_folders_come_and_go(tmp_path):
    first, second = folder(tmp_path / "first"), folder(tmp_path / "second", "make")
    async with running(first) as (app, _):
        await settled(app)
        app.folders_changed([second], [])
        await until(lambda: app.status.files == 6)
        assert app._learning.predictor.far.uses("make_a") == 3
        app.folders_changed([], [first])
        await until(lambda: app.status.files == 3)
        assert app._learning.predictor.far.uses("make_a") == 3 and not app._learning.predictor.far.uses("build_a")
        app.folders_changed([], [second])
        await until(lambda: app.status.message == "learning from open files only")
        assert app._learning.predictor.far is None


async def test_changes_of_the_folders_one_upon_the_other_end_in_the_last(tmp_path):
    first, second = folder(tmp_path / "first"), folder(tmp_path / "second", "make")
    async with running(first) as (app, _):
        for _ in range(3):
            app.folders_changed([second], [first])
            await asyncio.sleep(0)
            app.folders_changed([first], [second])
        await until(lambda: app.status.files == 3)
        assert app._learning.predictor.far.uses("build_a") == 3


async def test_a_file_saved_meanwhile_is_learned(workspace):
    async with running(workspace) as (app, _):
        await settled(app)
        (workspace / "more.py").write_text("frobnicate(omega)\n" * 3)
        app.files_changed([workspace / "more.py"])
        await until(lambda: app.status.files == 4)
        assert app._learning.predictor.far.uses("frobnicate") == 3


async def test_the_file_being_edited_is_left_out_of_what_the_index_says(workspace):
    own = workspace / "own.py"
    own.write_text("unheard_of(by=nobody)\n" * 4)
    async with running(workspace) as (app, _):
        await settled(app)
        assert await texts(app, opened(app, own, "unheard")) == []


@pytest.mark.parametrize("turns", [0, 1, 2, 5, 20])
async def test_closed_at_any_moment_nothing_is_left_running(workspace, turns):
    async with running(workspace):
        await turn(turns)
    assert others() == set()


async def turn(times):
    for _ in range(times):
        await asyncio.sleep(0)


def others():
    return asyncio.all_tasks() - {asyncio.current_task()}


async def test_the_line_being_written_is_not_learned_where_many_changes_came_as_one_text(tmp_path):
    document, text = (tmp_path / "open.py").as_uri(), "first = 1\nsecond = 2\n"
    async with running(tmp_path) as (app, _):
        app.session.open(document, "python", 1, text)
        app.changed(document)
        app.session.change(document, 2, [text + "third = 3\nfou\n"], 1.0)
        app.changed(document, 3)
        await until(lambda: app.idle)
        learned = app._learning._files[document]._learned
        assert learned[3] is None and learned[2] is not None
