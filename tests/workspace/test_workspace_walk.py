"""What is found in a folder, what is left out, and that nothing in it does harm."""

from __future__ import annotations

import os
import socket
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.workspace.kinds import Skip
from foredraft.workspace.reading import lines_of, read
from foredraft.workspace.walk import walk


def put(root: Path, name: str, content: str | bytes = "x = 1\n") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def found(root: Path, **options: int) -> tuple[list[str], Counter[Skip]]:
    skipped: Counter[Skip] = Counter()
    return [os.path.relpath(each.path, root) for each in walk(root, skipped=skipped, **options)], skipped  # type: ignore[arg-type]


def test_files_come_folder_by_folder_with_size_and_time(tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "sub/c.py", "sub/deep/d.py", "z/e.py", ".github/f.yml"):
        put(tmp_path, name)
    names, skipped = found(tmp_path)
    assert names == ["a.py", "b.py", ".github/f.yml", "sub/c.py", "sub/deep/d.py", "z/e.py"]
    assert not skipped
    first = next(walk(tmp_path))
    facts = (tmp_path / "a.py").stat()
    assert (first.size, first.modified_ns) == (facts.st_size, facts.st_mtime_ns)


def test_other_peoples_and_machines_folders(tmp_path: Path) -> None:
    for name in ("node_modules/x/i.js", ".git/config", "__pycache__/a.py", "env39/bin/a.py", "env39/pyvenv.cfg"):
        put(tmp_path, name)
    put(tmp_path, "out/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55")
    put(tmp_path, "out/a.py")
    put(tmp_path, "build/a.py")
    put(tmp_path, "own/build/a.py")
    put(tmp_path, ".gitignore", "/build/\n*.log\n")
    put(tmp_path, "x.log")
    names, skipped = found(tmp_path)
    assert names == [".gitignore", "own/build/a.py"]
    assert skipped == {Skip.IGNORED: 5}


def test_what_names_and_sizes_say(tmp_path: Path) -> None:
    for name in (".env", "id_rsa", "a.pem", ".ssh/config", "logo.png", "lib.min.js", "uv.lock", "package-lock.json"):
        put(tmp_path, name)
    put(tmp_path, "table.csv")
    put(tmp_path, "big.json", b"[1,\n" * 30_000)
    put(tmp_path, "small.json", "{}")
    with put(tmp_path, "huge.py").open("r+b") as file:
        file.truncate(100_000_000)
    names, skipped = found(tmp_path)
    assert names == ["small.json"]
    assert skipped == {Skip.DENIED: 4, Skip.BINARY: 1, Skip.GENERATED: 3, Skip.DATA: 2, Skip.TOO_LARGE: 1}


def test_links_are_never_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    put(root, "a/real.py")
    put(tmp_path, "outside/secret.py")
    (root / "a/loop").symlink_to(root, target_is_directory=True)
    (root / "self").symlink_to(root / "self")
    (root / "twice.py").symlink_to(root / "a/real.py")
    (root / "out").symlink_to(tmp_path / "outside", target_is_directory=True)
    (root / "gone.py").symlink_to(root / "nothing.py")
    names, skipped = found(root)
    assert names == ["a/real.py"]
    assert skipped == {Skip.LINK: 5}


def test_pipes_and_sockets_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock.py")
        names, skipped = found(tmp_path)
    assert names == []
    assert skipped == {Skip.SPECIAL: 2}
    assert read(str(tmp_path / "pipe.py")) is Skip.SPECIAL


def test_at_most_so_many_files(tmp_path: Path) -> None:
    for number in range(10):
        put(tmp_path, f"{number}.py")
    names, skipped = found(tmp_path, max_files=4)
    assert len(names) == 4
    assert skipped == {Skip.TOO_MANY: 6}


def test_a_folder_that_vanishes_during_the_walk(tmp_path: Path) -> None:
    for name in ("a/x.py", "b/x.py", "c/x.py"):
        put(tmp_path, name)
    skipped: Counter[Skip] = Counter()
    passing = walk(tmp_path, skipped=skipped)
    assert os.path.relpath(next(passing).path, tmp_path) == "a/x.py"
    (tmp_path / "b/x.py").unlink()
    (tmp_path / "b").rmdir()
    assert [os.path.relpath(each.path, tmp_path) for each in passing] == ["c/x.py"]
    assert skipped == {Skip.UNREADABLE: 1}
    assert list(walk(tmp_path / "nowhere")) == []


def test_a_very_deep_tree_and_a_name_that_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "/".join(["d"] * 200)
    monkeypatch.chdir(tmp_path)
    for _ in range(200):  # pytest's own clearing up goes no deeper than about 900
        Path("d").mkdir()
        monkeypatch.chdir("d")
    Path("x.py").write_text("x = 1")
    monkeypatch.undo()
    odd = os.fsdecode(b"caf\xe9.py")
    put(tmp_path, odd)
    names, _ = found(tmp_path)
    assert names == [odd, f"{deep}/x.py"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("# ä\nx = 1\n".encode(), "# ä\nx = 1\n"),
        ("\ufeffx = 1".encode(), "x = 1"),
        ("x = 'ä'".encode("utf-16"), "x = 'ä'"),
        (b"\xfe\xff" + "x = 'ä'".encode("utf-16-be"), "x = 'ä'"),
        ("x = 'ä'".encode("utf-32"), "x = 'ä'"),
        ("# Grüße aus Köln\nx = 1".encode("latin-1"), "# Grüße aus Köln\nx = 1"),
        ("# ä\n".encode() + "# Köln is on the Rhine\n".encode("latin-1"), "# Ã¤\n# Köln is on the Rhine\n"),
        (b"", ""),
        (b"x = 1\x00", Skip.BINARY),
        (bytes(range(128, 256)) * 9, Skip.BINARY),
        (b"\x01\x02\x03" * 90, Skip.BINARY),
        (b"\xff\xfe" + b"x", Skip.BINARY),
        (b"var a=1;" * 2_000, Skip.MINIFIED),
        (b"x = 1\n" * 2_000 + b"y" * 6_000, Skip.MINIFIED),
        (b"# Code generated by protoc. DO NOT EDIT.\n" + b"x = 1\n" * 3_000, Skip.GENERATED),
    ],
)
def test_reading(tmp_path: Path, content: bytes, expected: str | Skip) -> None:
    assert read(str(put(tmp_path, "x.py", content))) == expected


def test_a_small_generated_file_is_worth_learning(tmp_path: Path) -> None:
    assert isinstance(read(str(put(tmp_path, "x.py", "# Generated by hand, DO NOT EDIT\nx = 1\n"))), str)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    huge = put(tmp_path, "huge.py")
    with huge.open("r+b") as file:
        file.truncate(100_000_000)
    assert read(str(huge)) is Skip.TOO_LARGE
    assert read(str(tmp_path / "gone.py")) is Skip.UNREADABLE
    assert read(str(tmp_path)) is Skip.UNREADABLE
    (tmp_path / "link.py").symlink_to(tmp_path / "link.py")
    assert read(str(tmp_path / "link.py")) is Skip.UNREADABLE
    assert read(str(tmp_path / "a\x00b")) is Skip.UNREADABLE


@given(st.binary(max_size=400))
def test_no_bytes_do_harm(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.py"
    path.write_bytes(content)
    text = read(str(path))
    assert isinstance(text, (str, Skip))
    if isinstance(text, str):
        assert "\n".join(lines_of(text)) == text.replace("\r\n", "\n").replace("\r", "\n")
