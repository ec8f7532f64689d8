"""A file has one name, however it is reached, and no other file has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from foredraft.workspace.names import name_of, path_of, prefixes


def test_a_name_is_the_path_below_the_folder_behind_the_folders_own() -> None:
    one, two = Path("/code/one"), Path("/code/two")
    assert name_of(one / "pkg/a.py", [one]) == "pkg/a.py"
    assert name_of(two / "a.py", [one, two]) == "two/a.py"
    assert name_of(Path("/elsewhere/a.py"), [one, two]) is None
    assert name_of(Path("Untitled-1"), [one]) is None


def test_folders_of_the_same_name_keep_their_files_apart() -> None:
    one, two = Path("/code/one/src"), Path("/code/two/src")
    assert name_of(one / "a.py", [one, two]) == "/code/one/src/a.py"
    assert name_of(two / "a.py", [one, two]) == "/code/two/src/a.py"
    assert len(set(prefixes([one, two, Path("/work")]).values())) == 3


def test_a_link_to_the_folder_changes_no_name(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for folder in ("real", "link"):
        for opened in ("real", "link"):
            assert name_of(tmp_path / opened / "pkg" / "new.py", [tmp_path / folder]) == "pkg/new.py"


@pytest.mark.parametrize(
    ("uri", "path", "on_windows"),
    [
        ("file:///code/a%20b%23.py", "/code/a b#.py", "/code/a b#.py"),
        ("file:///c%3A/code/a.py", "/c:/code/a.py", "c:/code/a.py"),
        ("file://server/share/a.py", "/share/a.py", "//server/share/a.py"),
        ("untitled:Untitled-1", "Untitled-1", "Untitled-1"),
        ("vscode-notebook-cell:/code/a.ipynb#W0sZmlsZQ", "/code/a.ipynb", "/code/a.ipynb"),
        ("vscode-remote://[broken/.env", "vscode-remote://[broken/.env", "vscode-remote://[broken/.env"),
    ],
)
def test_the_path_in_a_uri(uri: str, path: str, on_windows: str) -> None:
    assert path_of(uri, windows=False) == path
    assert path_of(uri, windows=True) == on_windows
