"""A place as users write it, and what they are told when there is no such place."""

from __future__ import annotations

from pathlib import Path

import pytest

from foredraft.cli.place import folder_of, parse
from foredraft.errors import UsageError
from foredraft.text.document import Position


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_text("first\nsecond line\n")
    return path


@pytest.mark.parametrize(
    ("suffix", "cursor"),
    [("", (2, 0)), (":1", (0, 5)), (":2:1", (1, 0)), (":2:12", (1, 11)), (":3:1", (2, 0))],
)
def test_lines_and_columns_count_from_1(file, suffix, cursor):
    place = parse(f"{file}{suffix}")
    assert place.cursor() == Position(*cursor)
    assert (place.path, place.document.language) == (file, "python")
    assert place.document.uri == file.as_uri()


@pytest.mark.parametrize(
    ("suffix", "said"),
    [
        (":4", "has no line 4: its lines are 1 to 3."),
        (":0:1", "has no line 0"),
        (":2:13", "has no column 13: its columns are 1 to 12, the end of the line."),
        (":1:0", "has no column 0"),
        (":x:1", "FILE:LINE:COL"),
        (":1:2:3", "FILE:LINE:COL"),
        ("c", "There is no file"),
    ],
)
def test_what_is_no_place_is_told_with_what_would_be_one(file, suffix, said):
    with pytest.raises(UsageError, match=said):
        parse(f"{file}{suffix}")


def test_what_cannot_be_read_is_told(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8 text"):
        parse(str(tmp_path / "picture.png"))
    with pytest.raises(UsageError, match="is a folder"):
        parse(str(tmp_path))


def test_a_name_with_colons_is_a_name_if_there_is_such_a_file(tmp_path):
    path = tmp_path / "a.py:3"
    path.write_text("x")
    assert parse(str(path)).path == path
    assert parse(f"{path}:1:2").cursor() == Position(0, 1)


def test_the_folder_is_the_git_checkout_or_the_files_own(tmp_path, monkeypatch):
    inner = tmp_path / "repo" / "src"
    inner.mkdir(parents=True)
    assert folder_of(inner / "a.py") == inner
    (tmp_path / "repo" / ".git").mkdir()
    assert folder_of(inner / "a.py") == tmp_path / "repo"


def test_a_whole_home_or_disk_is_never_indexed(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert folder_of(tmp_path / "a.py") is None
    assert folder_of(Path("/a.py")) is None
