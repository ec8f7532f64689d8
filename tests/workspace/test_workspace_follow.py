"""Several servers, one workspace: one of their workers builds, and all of them serve what it publishes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving import Server, until

from foredraft.workspace import saved
from foredraft.workspace.follow import Follower, reports
from foredraft.workspace.lock import Holder
from foredraft.workspace.processes import this
from foredraft.workspace.publisher import DAMAGED

BOTH = ["a.py", "pkg/b.py"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name in BOTH:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"x = '{name}'\n")
    return root


def home(root: Path) -> Path:
    return saved.home(root.parent / "cache", [root])


def knows(server: Server, name: str) -> bool:
    return bool(server.names) and name in server.names[-1]


async def learned(server: Server) -> None:
    await until(lambda: server.settled and server.weights and server.trained)


async def test_the_second_server_serves_what_the_first_ones_worker_builds(root: Path) -> None:
    async with Server(root) as first, Server(root) as second:
        await learned(first)
        await learned(second)
        followers = [server for server in (first, second) if server.index.builder is not None]
        builders = [server for server in (first, second) if server.index.builder is None]
        assert [server.index.builder for server in followers] == [builders[0].pid]
        assert first.names == second.names == [BOTH]
        assert first.weights[-1] == second.weights[-1] == [4.0, 2.0]
        assert (second.index.files, second.index.lines) == (2, 4)
    assert [path.name for path in saved.versions(home(root), "index")] == ["index-1"], "it was built once"
    assert first.problems == second.problems == []
    assert not list(home(root).glob("builder-*.json")), "who ends says so"


async def test_what_a_followers_editor_reports_reaches_the_builder(root: Path) -> None:
    async with Server(root) as first:
        await learned(first)
        async with Server(root) as second:
            await until(lambda: second.builders)
            facts = (root / "a.py").stat()
            (root / "a.py").write_text("y = 'a.py'\n")  # neither time nor size tell: only the report does
            os.utime(root / "a.py", ns=(facts.st_atime_ns, facts.st_mtime_ns))
            second.index.changed([root / "a.py"])
            for server in (first, second):
                await until(lambda: b"y = 'a.py'" in bytes(server.arrays[-1]["text"]))  # noqa: B023 (waited for)
            (root / "new.py").write_text("z = 1\n")
            second.index.changed([root / "new.py"])
            await until(lambda: knows(first, "new.py") and knows(second, "new.py") and second.index.files == 3)
    assert not list(home(root).glob("changed-*"))


async def test_when_the_building_server_is_closed_another_takes_over(root: Path) -> None:
    async with Server(root) as second, Server(root, home=home(root)) as third:
        await until(lambda: second.index._process is not None and third.index._process is not None)
        await learned(second)
        await learned(third)
        first, left = (second, third) if second.index.builder is None else (third, second)
        await first.index.close()
        await until(lambda: left.builders and left.index.builder is None)
        (root / "new.py").write_text("z = 1\n")
        left.index.changed([root / "new.py"])
        await until(lambda: knows(left, "new.py"))
        assert left.problems == [] and not left.index.degraded


async def test_a_killed_builder_is_replaced_and_its_server_follows(root: Path) -> None:
    async with Server(root) as first:
        await learned(first)
        async with Server(root) as second, Server(root) as third:
            servers = [first, second, third]
            for server in (second, third):
                await until(lambda: server.builders)  # noqa: B023 (waited for)
            os.kill(first.pid, signal.SIGKILL)
            await until(lambda: sorted(server.index.builder is None for server in (second, third)) == [False, True])
            await until(lambda: first.index.builder is not None)
            (root / "new.py").write_text("z = 1\n")
            first.index.changed([root / "new.py"])
            await until(lambda: all(knows(server, "new.py") for server in servers))
            assert sum(server.index.builder is None for server in servers) == 1
    assert [server.problems for server in servers] == [[], [], []]


async def test_one_that_hangs_is_replaced_and_follows_when_it_wakes(root: Path) -> None:
    async with Server(root, look=0.02) as first:
        await learned(first)
        async with Server(root, look=0.02) as second:
            await until(lambda: second.builders)
            pid = first.pid
            os.kill(pid, signal.SIGSTOP)
            try:
                await until(lambda: second.builders[-1] is None)
            finally:
                os.kill(pid, signal.SIGCONT)
            await until(lambda: first.builders and first.index.builder == second.pid)
            assert first.pid == pid


async def test_a_home_that_is_deleted_is_built_again_while_everyone_goes_on(root: Path) -> None:
    async with Server(root) as first:
        await learned(first)
        async with Server(root) as second:
            await until(lambda: second.builders)
            shutil.rmtree(root.parent / "cache")
            assert bytes(second.arrays[0]["text"]) == bytes(first.arrays[0]["text"]) != b""
            await until(lambda: saved.latest(home(root), "index")[0] is not None)
            (root / "new.py").write_text("z = 1\n")
            for server in (first, second):
                server.index.changed([root / "new.py"])
            await until(lambda: knows(first, "new.py") and knows(second, "new.py"))
    for server in (first, second):
        assert set(server.problems) <= {DAMAGED}  # who looks while it is half deleted says so


async def test_what_a_follower_finds_damaged_is_said_once_and_the_version_before_serves(root: Path) -> None:
    async with Server(root) as first:
        await learned(first)
        async with Server(root) as second:
            await until(lambda: second.builders)
            pid = second.pid
            saved.publish(home(root), "index", {"text": b"1", "_names": b"", "_known": b"{}"}, {"files": 0, "lines": 0})
            bad = saved.publish(home(root), "weights", {"weights": b"1", "calibration": b""}, {"done": 0, "tokens": 0})
            await until(lambda: second.names[-1] == [])
            (bad / "weights.bin").write_bytes(b"2")
            second.index._handed_on.clear()
            await second.index._heard({"weights": {"path": os.fspath(bad)}})
            assert second.problems == [DAMAGED] and second.pid == pid
            assert not bad.exists()


def slow(tmp_path: Path) -> tuple[str, ...]:
    """A worker that builds for as long as there is no file `go`."""
    script = tmp_path / "slow.py"
    script.write_text(
        f"import pathlib, sys, time\nsys.path.insert(0, {os.fspath(Path(__file__).parent)!r})\n"
        "from stand_in import CONTENT, CountingBuilder, serve\n"
        "class Slow(CountingBuilder):\n"
        "    def parts(self):\n"
        f"        while not pathlib.Path({os.fspath(tmp_path / 'go')!r}).exists(): time.sleep(0.01)\n"
        "        return super().parts()\n"
        "serve(CONTENT._replace(builder=Slow))\n"
    )
    return sys.executable, os.fspath(script)


async def test_a_server_that_comes_while_the_first_build_is_under_way_waits_for_it(root: Path, tmp_path: Path) -> None:
    async with Server(root, slow(tmp_path)) as first:
        await until(lambda: list(home(root).glob("builder-*.json")))
        async with Server(root) as second:
            await until(lambda: second.builders == [first.pid])
            assert second.names == [] and not second.settled and not second.trained
            (tmp_path / "go").touch()
            await learned(second)
            assert second.names == first.names == [BOTH]


async def test_servers_come_and_go_and_are_killed_and_the_index_is_right_in_the_end(root: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(Server(root)) for _ in range(3)]
        for number in range(6):
            await until(lambda: all(server.index._process is not None for server in servers))
            (root / f"new{number}.py").write_text("z = 1\n")
            servers[number % 3].index.changed([root / f"new{number}.py"])
            with contextlib.suppress(ProcessLookupError):  # the last one's end is not noticed yet
                os.kill(servers[(number + 1) % 3].pid, signal.SIGKILL)
            if number == 3:
                await servers.pop().index.close()
                servers.append(await stack.enter_async_context(Server(root)))
            await asyncio.sleep(0)
        (root / "last.py").write_text("z = 1\n")
        await until(lambda: _tell_all(servers, root / "last.py") or all(knows(each, "last.py") for each in servers))
        assert all(len(server.names[-1]) == 9 for server in servers)
    files = [path.name for path in home(root).iterdir()]
    assert len([name for name in files if name.startswith(("index-", "weights-"))]) <= 4


def _tell_all(servers: list[Server], path: Path) -> None:
    for server in servers:
        server.index.changed([path])


def test_nothing_is_said_twice(tmp_path: Path) -> None:
    said: list[dict[str, Any]] = []
    follower = Follower(tmp_path, said.append)
    follower.look(None)
    assert said == []
    holder = Holder(this(), "here", 1.0, {"settled": {"files": 1}, "trained": True, "more": 1})
    path = saved.publish(tmp_path, "index", {"x": np.zeros(3, np.uint8)}, {})
    for _ in range(3):
        follower.look(holder)
    assert said == [
        {"following": {"pid": os.getpid(), "host": "here", "since": 1.0}},
        {"index": {"path": os.fspath(path), "identity": saved.load(path).identity}},
        {"settled": {"files": 1}},
        {"trained": True},
    ]
    (path / "meta.json").write_text("half")
    follower.look(holder)
    assert len(said) == 4


def test_what_a_builder_says_again_after_a_rebuild_is_passed_on_again(tmp_path: Path) -> None:
    said: list[dict[str, Any]] = []
    follower = Follower(tmp_path, said.append)
    settled, progress = {"files": 1, "lines": 2}, {"done": 1, "total": 2}
    for facts in (
        {"settled": settled},
        {"progress": progress, "settled": None},
        {"progress": None, "settled": settled},
    ):
        for _ in range(2):
            follower.look(Holder(this(), "here", 1.0, facts))
    assert said[1:] == [{"settled": settled}, {"progress": progress}, {"settled": settled}]


def test_reports_are_read_once_and_nothing_in_their_folder_does_harm(tmp_path: Path) -> None:
    follower = Follower(tmp_path, lambda _: None)
    follower.report([Path("/a/b.py"), Path("/a/\udcff.py")])
    follower.report([Path("/a/c.py")])
    (tmp_path / "changed-1-half.json").write_text('["/a')
    (tmp_path / "changed-1-other.json").write_text(json.dumps({"paths": [1]}))
    (tmp_path / "changed-1-numbers.json").write_text("[1, null]")
    (tmp_path / "changed-1-huge.json").write_text(json.dumps(["/x"] * 300_000))
    (tmp_path / "changed-1-deep.json").write_text("[" * 200_000)
    (tmp_path / "changed-1-folder.json").mkdir()
    assert sorted(reports(tmp_path)) == ["/a/b.py", "/a/c.py", "/a/\udcff.py"]
    assert reports(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == ["changed-1-folder.json"]


def test_reports_that_nobody_reads_do_not_pile_up(tmp_path: Path) -> None:
    follower = Follower(tmp_path, lambda _: None)
    for number in range(300):
        follower.report([Path(f"/a/{number}.py")])
    assert len(list(tmp_path.iterdir())) == 100
    Follower(tmp_path / "gone", lambda _: None).report([Path("/a")])
