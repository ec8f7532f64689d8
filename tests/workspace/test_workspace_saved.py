"""What was saved comes back as it was, or not at all."""

from __future__ import annotations

import json
import os
import random
import stat
import subprocess
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.workspace import processes, saved, versions

ARRAYS = {
    "keys": np.arange(50_000, dtype=np.uint32) * 7919,
    "bytes": b"some text, and \x00 more",
    "none": np.zeros(0, np.uint16),
    "wide": np.array([1, 2**63], np.uint64),
    "odds": np.array([0.5, -1.25], np.float32),
}
FACTS = {"files": 3, "lines": 12, "tokens": 99}


def plain(version: saved.Saved) -> dict[str, list[float]]:
    return {name: list(values) for name, values in version.arrays.items()}


EXPECTED = {name: list(values) for name, values in ARRAYS.items()}


def test_round_trip(tmp_path: Path) -> None:
    path = saved.publish(tmp_path / "a/b", "index", ARRAYS, FACTS)
    version = saved.load(path)
    assert plain(version) == EXPECTED
    assert version.facts == FACTS
    assert {name: values.format for name, values in version.arrays.items()} == {
        "keys": "I",
        "bytes": "B",
        "none": "H",
        "wide": "Q",
        "odds": "f",
    }
    assert all(values.readonly or not len(values) for values in version.arrays.values())


@given(st.binary(max_size=300), st.sampled_from("bBhHiIqQfd"))
def test_any_bytes_of_any_format(tmp_path_factory: pytest.TempPathFactory, content: bytes, format_: str) -> None:
    size = array(format_).itemsize
    values = array(format_, content[: len(content) // size * size])
    into = tmp_path_factory.getbasetemp() / "any"
    assert bytes(saved.load(saved.publish(into, "index", {"x": values}, {})).arrays["x"]) == values.tobytes()


def test_what_is_not_a_row_of_plain_numbers_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    for wrong in (np.zeros((2, 2)), np.array(["a"]), np.arange(10)[::2], np.array([True])):
        with pytest.raises(TypeError):
            saved.publish(tmp_path / "x", "index", {"good": b"1", "wrong": wrong}, {})
    assert list((tmp_path / "x").iterdir()) == []


def test_parts_of_one_name_follow_one_another(tmp_path: Path) -> None:
    def parts() -> Iterator[tuple[str, object]]:
        for low in range(0, 50_000, 9_000):
            yield "keys", ARRAYS["keys"][low : low + 9_000]
            yield "bytes", b"xy"

    version = saved.load(saved.publish(tmp_path, "index", parts, FACTS))
    assert plain(version) == {"keys": EXPECTED["keys"], "bytes": list(b"xy" * 6)}
    with pytest.raises(TypeError):
        saved.publish(tmp_path, "index", lambda: [("x", np.zeros(2, np.uint32)), ("x", np.zeros(2, np.uint16))], {})


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_of_a_checked_version_only_what_is_looked_at_is_in_memory(tmp_path: Path) -> None:
    version = saved.load(saved.publish(tmp_path, "index", {"x": bytes(20_000_000)}, {}))
    smaps = Path("/proc/self/smaps").read_text().split("VmFlags")
    (mapping,) = (part for part in smaps if str(version.path / "x.bin") in part)
    assert int(mapping.split("Rss:")[1].split()[0]) < 2_000
    assert bytes(version.arrays["x"][-3:]) == bytes(3)


def test_only_the_user_may_read(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        saved.publish(tmp_path / "cache/index/x", "index", ARRAYS, FACTS)
    finally:
        os.umask(before)
    for path in (tmp_path / "cache").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700


def test_the_newest_counts_and_old_ones_go(tmp_path: Path) -> None:
    for number in range(12):
        saved.publish(tmp_path, "index", {"x": bytes([number])}, {})
    saved.publish(tmp_path, "weights", {"x": b"w"}, {})
    version, damaged = saved.latest(tmp_path, "index")
    assert version is not None and bytes(version.arrays["x"]) == b"\x0b" and not damaged
    assert [path.name for path in saved.versions(tmp_path, "index")] == ["index-12", "index-11"]


def test_a_mapped_version_outlives_its_files(tmp_path: Path) -> None:
    version = saved.load(saved.publish(tmp_path, "index", ARRAYS, FACTS))
    for number in range(4):
        saved.publish(tmp_path, "index", {"x": bytes([number])}, {})
    assert not version.path.exists()
    assert plain(version) == EXPECTED


@pytest.mark.parametrize("seed", range(50))
def test_a_damaged_version_is_moved_aside(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    saved.publish(tmp_path, "index", {"x": b"older"}, {})
    path = saved.publish(tmp_path, "index", ARRAYS, FACTS)
    file = dice.choice(sorted(each for each in path.iterdir() if each.stat().st_size))
    content = bytearray(file.read_bytes())
    match dice.choice(["flip", "cut", "grow", "delete"]):
        case "flip":
            content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        case "cut":
            del content[dice.randrange(len(content)) :]
        case "grow":
            content += b"x"
        case "delete":
            file.unlink()
            content = bytearray()
    if file.exists():
        file.write_bytes(content)
    with pytest.raises(saved.Damaged):
        saved.load(path)
    version, damaged = saved.latest(tmp_path, "index")
    assert damaged and version is not None and bytes(version.arrays["x"]) == b"older"
    assert (tmp_path / "index-2.damaged").is_dir() and not path.exists()
    assert saved.latest(tmp_path, "index")[1] is False


def test_another_release_is_not_damage(tmp_path: Path) -> None:
    path = saved.publish(tmp_path, "index", {"x": b"1"}, {})
    body = json.loads((path / "meta.json").read_text().splitlines()[0]) | {"release": "0.0.0"}
    text = json.dumps(body)
    (path / "meta.json").write_text(f"{text}\n{saved.zlib.crc32(text.encode()):08x}\n")
    assert saved.latest(tmp_path, "index") == (None, False)
    assert path.is_dir()


def test_what_another_predictor_made_is_made_again_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved.publish(tmp_path, "index", {"x": b"1"}, {})
    monkeypatch.setattr(versions, "PREDICTOR", [*versions.PREDICTOR, "another layout"])
    assert saved.latest(tmp_path, "index") == (None, False)
    assert path.is_dir()


def test_nothing_there() -> None:
    assert saved.latest(Path("/nonexistent/x"), "index") == (None, False)
    with pytest.raises(FileNotFoundError):
        saved.load(Path("/nonexistent/index-1"))


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / f".{ended.pid}-{processes.this().mark}-abc").mkdir()
    (tmp_path / f".{os.getppid()}-{processes.this().mark}-abc").mkdir()
    saved.publish(tmp_path, "index", {"x": b"1"}, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f".{os.getppid()}-{processes.this().mark}-abc",
        "index-1",
    ]


def test_many_processes_publish_at_once_and_each_version_is_whole(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from foredraft.workspace import processes, saved, versions
for round in range(15):
    saved.publish(Path(sys.argv[1]), "index", {"a": sys.argv[2].encode() * 5000, "b": sys.argv[2].encode()}, {})
    version, damaged = saved.latest(Path(sys.argv[1]), "index")
    assert not damaged
    assert version is None or bytes(version.arrays["a"]) == bytes(version.arrays["b"]) * 5000
"""
    running = [subprocess.Popen([sys.executable, "-c", script, tmp_path, name]) for name in "xyz"]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".") or "damaged" in path.name]


def test_a_folder_for_each_set_of_folders(tmp_path: Path) -> None:
    one, two = Path("/a"), Path("/b")
    assert saved.home(tmp_path, [one, two]) == saved.home(tmp_path, [two, one])
    assert len({saved.home(tmp_path, each) for each in ([one], [two], [one, two])}) == 3
