"""Several servers and all levels: each is built by one process, and everybody has it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from library_worlds import go_install, put, venv
from serving import Server, until
from stand_in import CONTENT, LibraryBuilder

from foredraft.workspace import saved, shared
from foredraft.workspace.learn import Learner
from foredraft.workspace.lock import Lock
from foredraft.workspace.task import Task

THEIRS = {"used-1.0": {f"used/m{number}.py": f"x = {number}\n" for number in range(50)}}
GO = {f"strings/s{number}.go": f"package strings // {number}\n" for number in range(50)}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOROOT", os.fspath(go_install(tmp_path / "go", GO)))
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    return workspace(tmp_path / "root")


def workspace(root: Path) -> Path:
    """A workspace of Python and Go with a package."""
    venv(root / ".venv", THEIRS)
    return put(
        root, {"main.go": 'package main\n\nimport "strings"\n', ".gitignore": ".venv\n", "a.py": "import used\n"}
    )


def options(root: Path) -> dict[str, Any]:
    return {"packages": True, "machine": root.parent / "machine", "look": 0.1}


def counting(folder: Path, name: str = "counting") -> tuple[str, ...]:
    """A worker that leaves a mark for every level it begins, and takes its time while there is a file `slow`."""
    script = folder / f"{name}.py"
    script.write_text(
        f"import os, pathlib, sys, time\nsys.path.insert(0, {os.fspath(Path(__file__).parent)!r})\n"
        "from stand_in import CONTENT, LibraryBuilder, serve\n"
        f"folder = pathlib.Path({os.fspath(folder)!r})\n"
        "class Counting(LibraryBuilder):\n"
        "    def add(self, name, lines):\n"
        "        if not self.lines:\n"
        "            with (folder / 'built').open('a') as marks: marks.write(f'{os.getpid()} {name}\\n')\n"
        "        if (folder / 'slow').exists(): time.sleep(0.05)\n"
        "        return super().add(name, lines)\n"
        "serve(CONTENT._replace(library_builder=Counting))\n"
    )
    return sys.executable, os.fspath(script)


def built(folder: Path) -> list[list[str]]:
    marks = folder / "built"
    return [line.split() for line in marks.read_text().splitlines()] if marks.exists() else []


def has_all(server: Server) -> bool:
    return {kind for kind, _ in server.libraries} == {"packages", "machine"} and server.settled and bool(server.weights)


async def test_who_follows_has_every_level_and_builds_none(root: Path, tmp_path: Path) -> None:
    command = counting(tmp_path)
    async with Server(root, command, **options(root)) as first:
        await until(lambda: first.trained)
        async with Server(root, command, **options(root)) as second, Server(root, command, look=0.1) as third:
            await until(lambda: has_all(first) and has_all(second) and third.builders and third.weights)
            assert {pid for pid, _ in built(tmp_path)} == {str(first.pid)} and len(built(tmp_path)) == 2
            assert {kind: bytes(arrays["text"]) for kind, arrays in first.libraries} == {
                kind: bytes(arrays["text"]) for kind, arrays in second.libraries
            }
            assert third.libraries == [], "it did not ask for any"
            (root / "a.py").write_text("nothing = 1\n")
            (root / ".venv/pyvenv.cfg").unlink()
            first.index.changed([root / "a.py"])
            for server in (first, second):
                await until(lambda: server.libraries[-1] == ("packages", {}))  # noqa: B023 (waited for)
    assert first.problems == second.problems == third.problems == []


async def test_who_takes_over_builds_what_the_killed_one_had_begun(root: Path, tmp_path: Path) -> None:
    command = counting(tmp_path)
    (tmp_path / "slow").touch()
    async with Server(root, command, **options(root)) as first:
        await until(lambda: built(tmp_path))
        async with Server(root, command, **options(root)) as second:
            await until(lambda: second.builders)
            os.kill(first.pid, signal.SIGKILL)
            (tmp_path / "slow").unlink()
            await until(lambda: has_all(second) and has_all(first))
            assert sorted(server.index.builder is None for server in (first, second)) == [False, True]


async def test_the_machines_level_is_built_once_for_two_workspaces(root: Path, tmp_path: Path) -> None:
    other = workspace(tmp_path / "other")
    (tmp_path / "slow").touch()
    both = {**options(root), "packages": False}
    async with (
        Server(root, counting(tmp_path), **both) as first,
        Server(other, counting(tmp_path), **{**both, "home": tmp_path / "cache/other"}) as second,
    ):
        await until(lambda: first.libraries and second.libraries)
        assert len(built(tmp_path)) == 1
        assert first.index.builder is second.index.builder is None
        texts = [bytes(server.libraries[0][1]["text"]) for server in (first, second)]
        assert texts[0] == texts[1] != b""
    assert [path.name for path in (tmp_path / "machine").glob("*/m*")] == ["machine-1"]


def test_who_waits_for_the_machines_level_rests_and_builds_it_when_the_other_is_gone(root: Path) -> None:
    said: list[dict[str, Any]] = []
    task = Task((root,), root.parent / "home", machine=root.parent / "machine", look=0.7)
    first = Learner(task, CONTENT._replace(budget=10**6), said.append)
    first.start()
    while first.step(never) is not None:
        pass
    (stamp,) = (root.parent / "machine").iterdir()
    (version,) = saved.versions(stamp, "machine")
    version.rename(root.parent / "elsewhere")
    lock = Lock(stamp)
    assert lock.take()
    second = Learner(task, CONTENT._replace(budget=10**6), said.append)
    second.start()
    said.clear()
    pauses = [second.step(never) for _ in range(20)]
    assert pauses[-3:] == [0.7] * 3 and said == []
    lock.release()
    while second.step(never) is not None:
        pass
    assert [list(message) for message in said] == [["machine"]]


def never() -> bool:
    return False


def test_who_waits_takes_what_the_other_has_finished(root: Path) -> None:
    class Never(LibraryBuilder):
        def add(self, name: str, lines: Any) -> bool:
            raise AssertionError("it is there already")

    task = Task((root,), root.parent / "home", machine=root.parent / "machine")
    first = Learner(task, CONTENT._replace(budget=10**6), lambda _: None)
    first.start()
    while first.step(never) is not None:
        pass
    (stamp,) = (root.parent / "machine").iterdir()
    (version,) = saved.versions(stamp, "machine")
    version.rename(root.parent / "elsewhere")
    lock = Lock(stamp)
    assert lock.take()
    said: list[dict[str, Any]] = []
    second = Learner(
        Task((root,), root.parent / "h2", machine=task.machine), CONTENT._replace(library_builder=Never), said.append
    )
    second.start()
    for _ in range(20):
        second.step(never)
    (root.parent / "elsewhere").rename(version)
    assert lock.held
    while not any("machine" in message for message in said):
        assert second.step(never) is not None
    assert [kind for kind, _ in shared.kept(second.task)] == ["machine"]


def early(folder: Path) -> tuple[str, ...]:
    """A worker that publishes its first file early, and the whole only when there is a file `whole`."""
    script = folder / "early.py"
    script.write_text(
        f"import pathlib, sys, time\nsys.path.insert(0, {os.fspath(Path(__file__).parent)!r})\n"
        "from stand_in import CONTENT, CountingBuilder, serve\n"
        "from foredraft.workspace import learn\n"
        "learn.EARLY_TOKENS = 1\n"
        "class Slow(CountingBuilder):\n"
        "    def add_kept(self, name, kept):\n"
        f"        while self.lines and not pathlib.Path({os.fspath(folder / 'whole')!r}).exists(): time.sleep(0.01)\n"
        "        return super().add_kept(name, kept)\n"
        "serve(CONTENT._replace(builder=Slow))\n"
    )
    return sys.executable, os.fspath(script)


async def test_the_nearest_files_alone_are_never_called_all_of_them(root: Path, tmp_path: Path) -> None:
    """Neither by who follows, nor by one that comes when the builder was killed before it was through."""
    async with Server(root, early(tmp_path)) as first:
        await until(lambda: first.names)
        async with Server(root, early(tmp_path)) as second:
            await until(lambda: second.names and second.builders)
            assert len(second.names[-1]) == 1
            assert not second.settled and not second.trained and second.progress[-1][0] < second.progress[-1][1]
            await second.index._heard({"settled": {"files": 2, "lines": 9, "skipped": {}}})
            assert not second.settled, "what was settled before counts no more"
            (tmp_path / "whole").touch()
            await until(lambda: first.settled and second.settled and second.trained)
            assert len(second.names[-1]) == len(first.names[-1]) == 3
    saved.publish(saved.home(tmp_path / "cache", [root]), "index", *part(root))
    (tmp_path / "whole").unlink()
    async with Server(root, early(tmp_path)) as third:
        await until(lambda: third.names)
        assert third.progress[0] == (1, 2, 9) and not third.settled


def part(root: Path) -> tuple[dict[str, bytes], dict[str, int]]:
    return {"text": b"x", "_names": b"a.py", "_known": b"{}"}, {"files": 1, "total": 2, "lines": 9, "tokens": 1}
