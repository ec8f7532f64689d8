"""The index as the server has it: real worker processes, killed, damaged and waited for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from serving import LIMIT, STAND_IN, Server, is_running, until

from foredraft.workspace import saved
from foredraft.workspace.index import COMMAND
from foredraft.workspace.publisher import DAMAGED
from foredraft.workspace.watch import matters, outermost


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name in ("a.py", "pkg/b.py"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"x = '{name}'\n")
    return root


async def test_cold_then_warm(root: Path) -> None:
    async with Server(root) as cold:
        assert cold.names == []
        await until(lambda: cold.settled and cold.weights)
        assert cold.names == [["a.py", "pkg/b.py"]]
        assert sorted(cold.arrays[0]) == ["sizes", "text"]
        assert (cold.index.files, cold.index.lines) == (2, 4)
    async with Server(root) as warm:
        assert warm.names == [["a.py", "pkg/b.py"]]  # before any worker
        assert warm.weights == [[4.0, 2.0]]
        await until(lambda: warm.settled)
        assert len(warm.names) == 1
    assert cold.problems == warm.problems == []


async def test_edits_are_followed_and_a_burst_is_one_rebuild(root: Path) -> None:
    async with Server(root, quiet=0.5) as server:
        await until(lambda: server.settled and server.weights)
        paths = [root / f"new{number}.py" for number in range(500)]
        for path in paths:
            path.write_text("y = 1\n")
            server.index.changed([path])
        await until(lambda: len(server.names) > 1)
        assert len(server.names[-1]) == 502
        (root / "a.py").unlink()
        server.index.changed([root / "a.py"])
        await until(lambda: len(server.names) > 2)
        assert len(server.names[-1]) == 501


async def test_editors_that_do_not_tell_are_served_too(root: Path) -> None:
    async with Server(root, rescan=0.1) as server:
        await until(lambda: server.settled)
        (root / "new.py").write_text("y = 1\n")
        await until(lambda: any("new.py" in names for names in server.names))


async def test_a_killed_worker_is_started_anew(root: Path) -> None:
    async with Server(root) as server:
        await until(lambda: server.settled and server.weights)
        before = server.pid
        os.kill(before, signal.SIGKILL)
        await until(lambda: server.index._process is not None and server.pid != before)
        server.progress.clear()
        (root / "new.py").write_text("y = 1\n")
        server.index.changed([root / "new.py"])
        await until(lambda: any("new.py" in names for names in server.names))
    assert not server.index.degraded and server.problems == []


@pytest.mark.parametrize(
    "command",
    [
        ("/nonexistent/python",),
        (sys.executable, "-c", "raise SystemExit(3)"),
        (sys.executable, "-c", "print('no json', flush=True); input()"),
        (sys.executable, "-c", "print('[]', flush=True); input()"),
    ],
)
async def test_a_worker_that_never_lives_is_given_up_and_said_once(
    root: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("foredraft.workspace.index._PAUSES", (0.01, 0.01, 0.01))
    async with Server(root, command) as server:
        await until(lambda: server.index.degraded)
        server.index.changed([root / "a.py"])
    assert len(server.problems) == 1


async def test_closing_ends_the_worker_even_one_that_does_not_listen(root: Path) -> None:
    deaf = (sys.executable, "-c", "import signal, time\nsignal.signal(15, signal.SIG_IGN)\ntime.sleep(600)")
    for command in (STAND_IN, deaf):
        async with Server(root, command) as server:
            await until(lambda: server.index._process is not None)
            pid = server.pid
        assert not is_running(pid)
        count = len(server.progress)
        await asyncio.sleep(0)
        assert len(server.progress) == count


async def test_closing_before_anything_and_twice(root: Path) -> None:
    server = Server(root)
    await server.index.close()
    await server.index.start()
    await server.index.close()
    await server.index.close()


async def test_damage_is_said_once_and_mended(root: Path) -> None:
    async with Server(root) as server:
        await until(lambda: server.settled and server.weights)
    for kind in ("index", "weights"):
        for version in saved.versions(saved.home(root.parent / "cache", [root]), kind):
            (version / "meta.json").write_bytes(b"half writ")
    async with Server(root) as server:
        assert server.names == []
        await until(lambda: server.settled and server.weights)
        assert server.names == [["a.py", "pkg/b.py"]]
    assert server.problems == [DAMAGED]


async def test_without_a_place_to_save_the_index_is_there_and_nothing_is_left(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with Server(root, home=tmp_path / "file/home") as server:
        await until(lambda: server.settled and server.weights)
        assert server.names == [["a.py", "pkg/b.py"]]
        temporary = set(server.index._temporary)
    assert len(server.problems) == 1 and len(temporary) == 1
    assert not any(Path(folder).exists() for folder in temporary)
    assert bytes(server.arrays[0]["text"])  # mapped for as long as it is needed


PARENT = """
import asyncio, sys
from pathlib import Path
from foredraft.workspace.index import Index
from foredraft.workspace.task import Task

async def main():
    index = Index(
        Task((Path(sys.argv[1]),), Path(sys.argv[2])), command=sys.argv[3:],
        on_index=lambda *_: None, on_weights=lambda *_: None, on_trained=lambda: None,
        on_library=lambda *_: None, on_progress=lambda *_: print("settled", flush=True), on_problem=lambda _: None,
    )
    await index.start()
    while index._process is None:
        await asyncio.sleep(0.01)
    print(index._process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("busy", [False, True])
def test_the_worker_ends_when_its_server_is_killed(root: Path, tmp_path: Path, busy: bool) -> None:
    command = STAND_IN
    if busy:
        script = tmp_path / "busy.py"
        script.write_text(
            f"import sys\nsys.path.insert(0, {os.fspath(Path(__file__).parent)!r})\n"
            "from stand_in import CONTENT, CountingBuilder, serve\n"
            "class Busy(CountingBuilder):\n"
            "    def parts(self):\n"
            "        while True: sum(range(1000))\n"
            "serve(CONTENT._replace(builder=Busy))\n"
        )
        command = (sys.executable, os.fspath(script))
    parent = subprocess.Popen([sys.executable, "-c", PARENT, root, tmp_path / "home", *command], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent, contextlib.suppress(ProcessLookupError):
        worker = int(parent.stdout.readline())
        if not busy:
            assert parent.stdout.readline() == b"settled\n"
        assert is_running(worker)
        parent.kill()
        parent.wait()
        asyncio.run(until(lambda: not is_running(worker)))


async def test_the_real_predictor_is_learned_in_a_process_that_gives_way(root: Path) -> None:
    (root / "long.py").write_text("def total(values):\n    return sum(values)\n" * 30)
    async with Server(root, COMMAND) as server:
        await until(lambda: server.names)
        assert os.getpriority(os.PRIO_PROCESS, server.pid) >= 10
        assert server.names == [["a.py", "long.py", "pkg/b.py"]]
        assert all(isinstance(values, memoryview) for values in server.arrays[0].values())
        await until(lambda: server.weights)


def test_the_server_never_imports_numpy_for_it() -> None:
    script = "import sys, foredraft.workspace.index; print('numpy' in sys.modules, 'detect_secrets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_workspace_that_brings_modules_of_its_own_has_no_say(root: Path, tmp_path: Path) -> None:
    for name in ("json", "numpy", "foredraft"):
        (root / f"{name}.py").write_text(f"open({os.fspath(tmp_path / 'ran')!r}, 'w')")
    subprocess.run(COMMAND, cwd=root, input=b"", check=True, timeout=LIMIT)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in ("a.py", "new/deep/b.ts", ".gitignore", "build/x.py")),
        *((name, False) for name in (".env", "node_modules/a/b.js", ".git/HEAD", "id_rsa", "../elsewhere.py")),
    ],
)
def test_which_changes_wake_the_worker(name: str, expected: bool) -> None:
    root = Path("/home/me/project")
    assert matters(Path(os.path.normpath(root / name)), [root]) is expected


def test_folders_inside_others_are_not_walked_twice() -> None:
    assert outermost([Path("/b"), Path("/a/b"), Path("/a"), Path("/a")]) == (Path("/a"), Path("/b"))


async def test_closed_while_a_worker_that_fell_silent_is_waited_for_none_is_started_again(root: Path) -> None:
    """It was, and where that one was sound the closing waited for its end."""
    starts = root.parent / "starts"
    silent = (
        f"import os, time; open({os.fspath(starts)!r}, 'a').write('x'); time.sleep(0.3); os.close(1); time.sleep(60)"
    )
    async with asyncio.timeout(LIMIT), Server(root, (sys.executable, "-c", silent)) as server:
        await until(lambda: server.index._process is not None)
        await until(lambda: server.index._process is None)
        before = starts.read_text()
    assert starts.read_text() == before


async def test_of_very_many_changed_paths_some_are_looked_at_and_all_are_learned(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from foredraft.workspace import index

    looked_at: list[Path] = []
    monkeypatch.setattr(index, "matters", lambda path, _: looked_at.append(path) or True)
    async with Server(root) as server:
        await until(lambda: server.settled and server.weights)
        paths = [root / f"new{number}.py" for number in range(990)]
        for path in paths:
            path.write_text("y = 1\n")
        server.index.changed(path for path in paths)
        await until(lambda: server.index.files == 992)
    assert 0 < len(looked_at) <= 400
