"""Several servers and workspaces on one machine and one cache: what they share, and what they never do."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from conftest import eventually

from foredraft.app import App
from foredraft.config import Config
from foredraft.questions.snapshot import Trigger
from foredraft.workspace import saved, versions

COMMON = "registry.register({0}, source={0})\n"


@pytest.fixture(autouse=True)
def private_cache(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


def put(path, word):
    """A file in which `word` is what comes again and again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(COMMON.format(word) * 8)


@asynccontextmanager
async def running(*folders, config=None):
    statuses = []
    app = await App.start(config or Config(), folders, statuses.append)
    try:
        yield app, statuses
    finally:
        await app.close()


async def until(condition, seconds=60):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def settled(app):
    await until(lambda: app.status.state == "ready" and app.idle)


async def offered(app, folder, word):
    """Everything that is offered where `word` is begun."""
    found = ""
    for length in range(len(word)):
        uri = (folder / f"new{length}.py").as_uri()
        app.session.open(uri, "python", 1, f"registry.register({word[:length]}")
        app.changed(uri)
        document = app.session.documents[uri]
        for trigger in Trigger:
            snapshot = app.session.snapshot(uri, document.position(document.length), trigger)
            for suggestion in (await app.inline(snapshot)).suggestions:
                found += word[:length] + "".join(edit.text for edit in suggestion.edits) + "\n"
    return found


def knows(app, word):
    far = app._learning.predictor.far
    return far is not None and (far.uses(word) > 0 or word in far.beginning_with(word[:3], 50))


async def test_a_second_server_says_that_another_one_learns_the_workspace_and_serves_it(tmp_path):
    put(tmp_path / "work/a.py", "omega")
    async with running(tmp_path / "work") as (first, _):
        await settled(first)
        async with running(tmp_path / "work") as (second, statuses):
            pid = first._index._process.pid
            await until(lambda: second.status.message.startswith(f"1 files learned; {by(pid)}"))
            assert second.status.state == "ready" and (second.status.files, second.status.lines) == (1, 9)
            assert "omega" in await offered(second, tmp_path / "work", "omega")
            put(tmp_path / "work/b.py", "sigma")
            second.files_changed([tmp_path / "work/b.py"])
            await until(lambda: knows(first, "sigma") and knows(second, "sigma"))
            await first.close()
            await until(lambda: second.status.state == "ready" and second.status.message == "2 files learned")
            assert not [each for each in statuses if each.state == "degraded"]


def by(pid):
    return f"another server learns this workspace (process {pid}, since 2"


async def test_what_is_only_in_one_workspace_is_never_offered_in_another(tmp_path):
    """Side by side, of the same name, one in the other, and one with a folder more: in one cache, at the same time."""
    one, other, inner = tmp_path / "x/work", tmp_path / "y/work", tmp_path / "x/work/inner"
    put(one / "a.py", "omega_of_one")
    put(other / "a.py", "sigma_of_other")
    put(inner / "a.py", "kappa_of_inner")
    async with (
        running(one) as (in_one, _),
        running(other) as (in_other, _),
        running(inner) as (in_inner, _),
        running(one, other) as (in_both, _),
    ):
        for app in (in_one, in_other, in_inner, in_both):
            await settled(app)
        for app, folder, own in (
            (in_one, one, {"omega_of_one", "kappa_of_inner"}),
            (in_other, other, {"sigma_of_other"}),
            (in_inner, inner, {"kappa_of_inner"}),
            (in_both, one, {"omega_of_one", "kappa_of_inner", "sigma_of_other"}),
        ):
            for word in ("omega_of_one", "sigma_of_other", "kappa_of_inner"):
                assert knows(app, word) == (word in own), (folder, word)
                assert (word in await offered(app, folder, word)) <= (word in own), (folder, word)
            assert any([word in await offered(app, folder, word) for word in own]), folder
    homes = list((tmp_path / "home/foredraft/index").iterdir())
    assert len(homes) == 4


async def test_a_server_that_must_not_read_a_file_does_not_follow_one_that_may(tmp_path):
    put(tmp_path / "work/a.py", "omega")
    put(tmp_path / "work/customers/b.py", "secretive")
    async with running(tmp_path / "work") as (first, _):
        await settled(first)
        assert knows(first, "secretive")
        strict = Config.model_validate({"privacy": {"deny": ("customers/",)}})
        async with running(tmp_path / "work", config=strict) as (second, _):
            assert not knows(second, "secretive"), "nor for as long as its own worker has not said anything"
            await settled(second)
            assert second._index.builder is None and second.status.files == 1
            assert knows(second, "omega") and not knows(second, "secretive")
            assert first.configure({"privacy": {"deny": ["customers/"]}}) == []
            await until(lambda: first._index is not None and first._index.builder is not None)
            await settled(first)
            assert knows(first, "omega") and not knows(first, "secretive")


async def test_weights_of_another_layout_are_not_used_and_left_to_who_made_them(tmp_path, monkeypatch):
    put(tmp_path / "work/a.py", "omega")
    home = saved.home(tmp_path / "home/foredraft", [tmp_path / "work"])
    with monkeypatch.context() as patched:
        patched.setattr(versions, "PREDICTOR", [*versions.PREDICTOR, "another layout"])
        made = saved.publish(home, "weights", {"weights": b"1", "calibration": b"1"}, {"done": True, "tokens": 1})
    async with running(tmp_path / "work") as (app, _):
        first = app._learning.predictor.mixer.weights
        await settled(app)
        assert app._learning.predictor.mixer.weights is not first
    assert made.is_dir() and saved.newest(home, "weights")[0] != made


def test_an_editor_that_is_killed_leaves_the_learning_to_the_other_one(launch, tmp_path):
    put(tmp_path / "work/a.py", "omega")
    clients = []
    for _ in range(2):
        clients.append(launch())
        clients[-1].start(rootUri=(tmp_path / "work").as_uri())
        eventually(lambda: state(clients[-1])["state"] == "ready", 60)
    assert "another server learns this workspace" in state(clients[1])["message"]
    clients[0].process.kill()
    put(tmp_path / "work/b.py", "sigma")
    saved_now = {"uri": (tmp_path / "work/b.py").as_uri(), "type": 1}
    clients[1].notify("workspace/didChangeWatchedFiles", {"changes": [saved_now]})
    eventually(lambda: state(clients[1])["message"] == "2 files learned", 60)
    assert clients[1].pop_ups() == [] and clients[1].end() == 0


def state(client):
    return client.call("foredraft/status")["result"]
