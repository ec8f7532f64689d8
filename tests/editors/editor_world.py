"""A small real workspace in which what comes next is certain, and the server that the editors start."""

from __future__ import annotations

import sys
from pathlib import Path

HANDLER = """
def handle_{name}(request, response):
    parameters = request.read_parameters("{name}")
    if not parameters.are_complete():
        return response.refuse("{name}", parameters.missing_names())
    return response.accept("{name}", parameters)
"""
NAMES = ("login", "logout", "search", "update", "delete", "create", "archive", "restore")


def make_workspace(folder: Path) -> Path:
    """A git checkout with two files of handlers that are all alike, and a third that a user is about to go on with."""
    (folder / ".git").mkdir(parents=True)
    (folder / "first.py").write_text("".join(HANDLER.format(name=name) for name in NAMES))
    (folder / "second.py").write_text("".join(HANDLER.format(name=f"{name}_all") for name in NAMES))
    (folder / "third.py").write_text(HANDLER.format(name="merge") + "\n")
    return folder


def installed_server() -> str:
    """The installed command."""
    command = Path(sys.executable).with_name("foredraft")
    assert command.exists(), "the editors start the installed command: `make test-editors` installs it"
    return str(command)
