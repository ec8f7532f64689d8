"""A small real workspace in which what comes next is certain, and where the editors are."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HANDLER = """
def handle_{name}(request, response):
    parameters = request.read_parameters("{name}")
    if not parameters.are_complete():
        return response.refuse("{name}", parameters.missing_names())
    return response.accept("{name}", parameters)
"""
NAMES = ("login", "logout", "search", "update", "delete", "create", "archive", "restore")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A git checkout with two files of handlers that are all alike, and a third that a user is about to go on with."""
    folder = tmp_path / "workspace"
    (folder / ".git").mkdir(parents=True)
    (folder / "first.py").write_text("".join(HANDLER.format(name=name) for name in NAMES))
    (folder / "second.py").write_text("".join(HANDLER.format(name=f"{name}_all") for name in NAMES))
    (folder / "third.py").write_text(HANDLER.format(name="merge") + "\n")
    return folder


@pytest.fixture
def private_env(tmp_path: Path) -> dict[str, str]:
    """An environment in which editor and server keep their files in a folder of this test."""
    home = tmp_path / "home"
    home.mkdir()
    names = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FOREDRAFT_")}
    return {**kept, **dict.fromkeys(names, str(home)), "TMPDIR": str(tmp_path)}


@pytest.fixture
def server() -> str:
    """The installed command that the editors start."""
    command = Path(sys.executable).with_name("foredraft")
    assert command.exists(), "the editors start the installed command: `make test-editors` installs it"
    return str(command)


@pytest.fixture
def nvim() -> str:
    found = os.environ.get("NVIM") or shutil.which("nvim")
    assert found, "no Neovim: `make test-neovim` fetches one"
    return found
