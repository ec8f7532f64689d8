"""What is deleted of a home, by whom and when; and what is left to others."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from foredraft.workspace import leftovers, processes, saved, versions
from foredraft.workspace.lock import Lock

OLD = 15 * 24 * 3600


def publish_as(release: str, home: Path, patch: pytest.MonkeyPatch, kind: saved.Kind = "index") -> Path:
    with patch.context() as patched:
        patched.setattr(versions, "__version__", release)
        return saved.publish(home, kind, {"x": release.encode()}, {})


def age(path: Path) -> None:
    long_ago = time.time() - OLD
    os.utime(path, (long_ago, long_ago))


def test_two_releases_keep_their_own_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(8):
        publish_as("1" if number % 2 else "2", tmp_path, monkeypatch)
    assert [path.name for path in saved.versions(tmp_path, "index")] == ["index-8", "index-7", "index-6", "index-5"]
    for release in ("1", "2"):
        with monkeypatch.context() as patched:
            patched.setattr(versions, "__version__", release)
            version, damaged = saved.latest(tmp_path, "index")
            assert version is not None and bytes(version.arrays["x"]) == release.encode() and not damaged
            assert saved.newest(tmp_path, "index") == (version.path, version.identity)


def test_another_releases_versions_go_when_they_are_old_and_it_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, young = publish_as("old", tmp_path, monkeypatch), publish_as("young", tmp_path, monkeypatch)
    running = publish_as("running", tmp_path, monkeypatch)
    with monkeypatch.context() as patched:
        patched.setattr(versions, "__version__", "running")
        lock = Lock(tmp_path)
        assert lock.take()
    for path in (old, running, *tmp_path.glob("builder-*")):
        age(path)
    saved.publish(tmp_path, "index", {"x": b"ours"}, {})
    assert not old.exists() and young.is_dir() and running.is_dir()
    lock.release()
    assert list(tmp_path.glob("builder-*.lock"))
    saved.publish(tmp_path, "index", {"x": b"ours"}, {})
    assert not running.exists()
    saved.publish(tmp_path, "weights", {"x": b"ours"}, {})
    assert not list(tmp_path.glob("builder-*")), "nor is its lock left"


def test_what_does_not_say_who_made_it_does_not_pile_up(tmp_path: Path) -> None:
    for _ in range(6):
        (saved.publish(tmp_path, "index", {"x": b"1"}, {}) / "meta.json").write_bytes(b"half")
    assert len(saved.versions(tmp_path, "index")) == 2


def test_leftovers_of_other_machines_go_after_an_hour(tmp_path: Path) -> None:
    names = {"old": f".{os.getpid() + 1}-ffffffff-a", "young": f".{os.getpid() + 1}-ffffffff-b"}
    for name in names.values():
        (tmp_path / name).mkdir()
    (tmp_path / names["old"] / "keys.bin").write_bytes(b"1" * 100)
    age(tmp_path / names["old"])
    (tmp_path / f".{os.getpid()}-x").mkdir()
    (tmp_path / ".hidden-file").write_text("")
    leftovers.clear_unfinished(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [names["young"], f".{os.getpid()}-x", ".hidden-file"]
    )


def test_temporary_folders_of_killed_workers_go_with_the_next_one(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    mark = processes.this().mark
    for name in (f"foredraft-{ended.pid}-{mark}-x", f"foredraft-{os.getppid()}-{mark}-x", "foredraft-7-ffffffff-x"):
        (tmp_path / name).mkdir()
        age(tmp_path / name)
    leftovers.clear_unfinished(tmp_path, "foredraft-")
    assert not (tmp_path / f"foredraft-{ended.pid}-{mark}-x").exists() and len(list(tmp_path.iterdir())) == 2


def test_homes_that_no_server_used_for_long_go_unless_one_runs(tmp_path: Path) -> None:
    homes = {name: saved.home(tmp_path, [Path(name)]) for name in ("/mine", "/unused", "/running", "/used")}
    for home in homes.values():
        saved.publish(home, "index", {"x": b"1"}, {})
    lock = Lock(homes["/running"])
    assert lock.take()
    (homes["/mine"].parent / "something else").mkdir()
    for path in homes["/mine"].parent.iterdir():
        if path != homes["/used"]:
            os.utime(path, (1, 1))
    leftovers.clear_homes(homes["/mine"])
    left = {path.name for path in homes["/mine"].parent.iterdir()}
    assert left == {homes[name].name for name in ("/mine", "/running", "/used")} | {"something else"}
    leftovers.clear_homes(tmp_path / "a home of another kind")
    lock.release()


def test_a_reader_never_takes_a_version_that_is_being_deleted_for_damaged(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from foredraft.workspace import saved
for round in range(60):
    saved.publish(Path(sys.argv[1]), "index", {str(name): b"1" * 1000 for name in range(20)}, {})
"""
    running = subprocess.Popen([sys.executable, "-c", script, tmp_path])
    loads = 0
    while running.poll() is None:
        for path in saved.versions(tmp_path, "index")[::-1]:
            try:
                saved.load(path)
                loads += 1
            except FileNotFoundError:
                continue
    assert running.wait() == 0 and loads
    assert [path.name for path in saved.versions(tmp_path, "index")] == ["index-60", "index-59"]


def test_a_home_that_is_deleted_while_a_version_is_written_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[Path] = []

    def written(path: Path, values: object) -> tuple[str, int, int]:
        if not deleted:
            deleted.append(path)
            shutil.rmtree(tmp_path / "cache")
        return real(path, values)

    real = saved._write
    monkeypatch.setattr(saved, "_write", written)
    path = saved.publish(tmp_path / "cache/home", "index", {"x": b"1"}, {})
    assert deleted and bytes(saved.load(path).arrays["x"]) == b"1"
