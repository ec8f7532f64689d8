"""Disks that are full, must not be written or lose what was on them: real file systems, and real workers upon them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from serving import STAND_IN, Server, until

from foredraft.workspace import saved
from foredraft.workspace.index import COMMAND
from foredraft.workspace.publisher import DAMAGED, NOWHERE, UNSAVED

NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.py").write_text("x = 1\n" * 20_000)
    return root


def home(root: Path) -> Path:
    return saved.home(root.parent / "cache", [root])


def mounted(*mounts: str, command: tuple[str, ...] = STAND_IN) -> tuple[str, ...]:
    """A worker that sees other file systems, also where the tests are root and may write everywhere."""
    whole = (*NAMESPACE, "sh", "-ec", f'{"; ".join(mounts)}; exec "$@"', "sh", *command)
    if subprocess.run([*whole[: -len(command)], "true"], capture_output=True).returncode:
        pytest.skip("this user may mount nothing")
    return whole


def limited(blocks: int, command: tuple[str, ...] = STAND_IN) -> tuple[str, ...]:
    """A worker that can write no file of more than so many half kilobytes."""
    return ("sh", "-ec", f'ulimit -f {blocks}; exec "$@"', "sh", *command)


def text_of(server: Server) -> bytes:
    return bytes(server.arrays[-1]["text"])


async def test_on_a_full_disk_it_is_served_from_elsewhere_and_said_once(root: Path) -> None:
    home(root).mkdir(parents=True)
    tiny = mounted(f"mount -t tmpfs -o size=64k tmpfs {home(root)}")
    async with Server(root, tiny, rescan=0.2) as server:
        await until(lambda: server.settled and server.trained)
        assert text_of(server) == b"x = 1\n" * 20_000
        (root / "b.py").write_text("y = 2\n")
        await until(lambda: server.names[-1] == ["a.py", "b.py"])
        temporary = set(server.index._temporary)
        assert server.problems == [f"{UNSAVED}No space left on device"] and len(temporary) == 1
    assert not Path(temporary.pop()).exists() and not server.index.degraded


async def test_a_disk_that_is_full_everywhere_is_said_once_and_the_last_index_serves(root: Path) -> None:
    async with Server(root) as server:
        await until(lambda: server.settled and server.weights)
    (root / "b.py").write_text("y = 2\n")
    async with Server(root, limited(16), rescan=0.1) as server:
        await until(lambda: server.problems)
        told = len(server.progress)
        await until(lambda: server.index._process is not None)
        (root / "c.py").write_text("z = 3\n")
        server.index.changed([root / "c.py"])
        assert server.problems == [f"{NOWHERE}File too large"]
        assert server.names == [["a.py"]] and text_of(server) == b"x = 1\n" * 20_000 and server.weights
        assert not server.settled and len(server.progress) >= told
    assert not server.index.degraded
    left = [path.name for path in home(root).iterdir() if path.name.startswith(".")]
    assert not left, "nothing half written stays"
    async with Server(root) as server:
        await until(lambda: server.names[-1:] == [["a.py", "b.py", "c.py"]])
    assert server.problems == []


async def test_a_home_on_a_disk_that_must_not_be_written(root: Path, tmp_path: Path) -> None:
    async with Server(root) as server:
        await until(lambda: server.settled and server.weights)
    cache = tmp_path / "cache"
    read_only = mounted(f"mount --bind {cache} {cache}", f"mount -o remount,bind,ro {cache}")
    (root / "b.py").write_text("y = 2\n")
    for _ in range(2):  # two servers: neither waits for the other, which could give it nothing
        async with Server(root, read_only) as server:
            assert server.names == [["a.py"]]
            await until(lambda: server.settled)
            assert server.names[-1] == ["a.py", "b.py"]
            assert server.problems == [f"{UNSAVED}Read-only file system"]
    assert [path.name for path in saved.versions(home(root), "index")] == ["index-1"]


async def test_two_servers_on_a_full_disk_learn_each_for_itself(root: Path) -> None:
    async with Server(root, limited(100)) as first:
        (root / "small.py").write_text("y = 2\n")
        await until(lambda: first.problems)
        async with Server(root) as second:  # this one's disk has room
            await until(lambda: second.settled)
            assert second.names[-1] == ["a.py", "small.py"]


async def test_versions_deleted_while_they_are_mapped_are_built_again(root: Path) -> None:
    async with Server(root, rescan=0.1) as server:
        await until(lambda: server.settled and server.weights)
        for path in saved.versions(home(root), "index"):
            shutil.rmtree(path)
        assert text_of(server) == b"x = 1\n" * 20_000
        await until(lambda: saved.latest(home(root), "index")[0] is not None)
        assert server.problems == []


def wreck_nothing(version: Path) -> None:
    (version / "meta.json").unlink()


def wreck_meta(version: Path) -> None:
    (version / "meta.json").write_bytes(os.urandom(300))


def wreck_half(version: Path) -> None:
    for path in version.iterdir():
        os.truncate(path, path.stat().st_size // 2)


def wreck_array(version: Path) -> None:
    (version / "text.bin").write_bytes(b"\x00" * (version / "text.bin").stat().st_size)


def wreck_kind(version: Path) -> None:
    shutil.rmtree(version)
    version.write_text("a file")


def wreck_folder(version: Path) -> None:
    (version / "text.bin").unlink()
    (version / "text.bin").mkdir()


@pytest.mark.parametrize("wreck", [wreck_nothing, wreck_meta, wreck_half, wreck_array, wreck_kind, wreck_folder])
async def test_a_version_that_is_not_what_was_written(root: Path, wreck: Any) -> None:
    async with Server(root) as server:
        await until(lambda: server.settled and server.weights)
    wreck(home(root) / "index-1")
    async with Server(root) as first, Server(root) as second:
        for server in (first, second):
            await until(lambda: server.settled and server.names)  # noqa: B023 (waited for)
            assert text_of(server) == b"x = 1\n" * 20_000
    assert first.problems + second.problems in ([DAMAGED], [DAMAGED, DAMAGED])
    async with Server(root) as again:
        assert again.names == [["a.py"]]
    assert again.problems == []


@pytest.mark.parametrize("release", ["0.0.0", "99.0.0"])
async def test_a_version_of_an_older_or_newer_release_is_passed_over_and_left(root: Path, release: str) -> None:
    script = (
        "import sys\nfrom foredraft.workspace import saved, versions\nfrom pathlib import Path\n"
        f"versions.__version__ = {release!r}\n"
        "saved.publish(Path(sys.argv[1]), 'index', {'from': b'elsewhere'}, {'other': 1})\n"
    )
    subprocess.run([sys.executable, "-c", script, home(root)], check=True)
    async with Server(root) as server:
        assert server.names == []
        await until(lambda: server.settled)
        assert server.names == [["a.py"]]
    assert server.problems == []
    assert [path.name for path in saved.versions(home(root), "index")] == ["index-2", "index-1"]


async def test_the_real_worker_on_a_full_disk(root: Path) -> None:
    (root / "a.py").write_text("def total(values):\n    return sum(values)\n" * 300)
    home(root).mkdir(parents=True)
    tiny = mounted(f"mount -t tmpfs -o size=16k tmpfs {home(root)}", command=COMMAND)
    async with Server(root, tiny) as server:
        await until(lambda: server.names and server.weights and server.trained)
        assert server.names == [["a.py"]] and server.problems == [f"{UNSAVED}No space left on device"]
