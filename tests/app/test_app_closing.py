"""Closed at any moment, also in the middle of a change of folders, an app leaves nothing behind."""

import asyncio
import gc
import threading
import warnings

import pytest

from foredraft.app import App
from foredraft.config import Config


@pytest.mark.parametrize("turns", [0, 6, 21])
@pytest.mark.parametrize("first", [0, 6, 14])
@pytest.mark.parametrize("change", [False, True])
def test_closed_at_any_moment_of_a_change_of_folders(tmp_path, monkeypatch, turns, first, change):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    workspace = tmp_path / "workspace"
    workspace.mkdir()

    async def main():
        app = await App.start(Config(), [workspace], lambda status: None)
        for _ in range(first):
            await asyncio.sleep(0)
        if change:
            app.folders_changed([], [workspace])
        for _ in range(turns):
            await asyncio.sleep(0)
        await app.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        asyncio.run(main())
        gc.collect()
    assert not heard, [str(each.message) for each in heard]


async def test_what_finds_secrets_is_loaded_in_a_thread_before_anything_is_learned(tmp_path, monkeypatch):
    loaded = threading.Event()
    monkeypatch.setattr("foredraft.app.mask", lambda line: loaded.wait(30))
    app = await App.start(Config(), [], lambda status: None)
    uri = (tmp_path / "a.py").as_uri()
    app.session.open(uri, "python", 1, "token = 'x'\n")
    app.changed(uri)
    try:
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert not app.idle
        loaded.set()
        async with asyncio.timeout(30):
            while not app.idle:
                await asyncio.sleep(0.01)
    finally:
        loaded.set()
        await app.close()
