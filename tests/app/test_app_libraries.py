"""The whole server with a workspace that has packages, on a machine with a standard library."""

import json

import pytest
from test_app import BEGUN, answer, opened, running, settled, until

from foredraft.config import Config, IndexConfig

BOTH = ["workspace", "packages", "machine"]


def put(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("GOROOT", str(tmp_path / "go"))
    put(tmp_path / "go/src/fmt", {"print.go": "package fmt\n\nfunc Println(a ...any) (n int, err error) {\n"})
    root = tmp_path / "work"
    put(root, {"main.go": "package main\n\nfunc main() {\n}\n" * 20, "package.json": "{}"})
    put(root / "node_modules/ky", {"package.json": json.dumps({"version": "1.0.0"}), "index.d.ts": "export type Ky;\n"})
    return root


async def levels(app, workspace):
    return (await answer(app, opened(app, workspace / "new.go", BEGUN))).why["levels"]


async def test_both_levels_reach_the_predictor_and_are_there_at_once_at_the_next_start(workspace):
    async with running(workspace) as (app, _):
        await settled(app)
        await until(lambda: list(app.status.levels) == BOTH)
        assert app._learning.predictor.packages.uses("Ky") == 1
        assert app._learning.predictor.machine.uses("Println") == 1
        assert app.status.state == "ready"
    async with running(workspace) as (app, _):
        assert await levels(app, workspace) == BOTH


async def test_settings_of_the_editor_switch_them_off_and_never_on(workspace):
    async with running(workspace) as (app, _):
        await until(lambda: app._learning.levels == BOTH)
        assert app.configure({"index": {"packages": False}}) == []
        await until(lambda: app._learning.levels == ["workspace", "machine"])
        assert app.configure({"index": {"packages": False, "standard_libraries": False}}) == []
        await until(lambda: app._learning.levels == ["workspace"] == list(app.status.levels))
    mine = Config(index=IndexConfig(packages=False, standard_libraries=False))
    async with running(workspace, config=mine) as (app, _):
        assert len(app.configure({"index": {"packages": True, "standard_libraries": True}})) == 2
        await settled(app)
        assert await levels(app, workspace) == ["workspace"]
