"""A small workspace in which what comes next is certain, and the command line in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from foredraft.cli.main import main

HANDLER = """
def handle_{name}(request, response):
    parameters = request.read_parameters("{name}")
    if not parameters.are_complete():
        return response.refuse("{name}", parameters.missing_names())
    return response.accept("{name}", parameters)
"""
NAMES = ("login", "logout", "search", "update", "delete", "create", "archive", "restore")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git checkout with two files of handlers that are all alike; the user's own folders are elsewhere."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("FOREDRAFT_CONFIG", raising=False)
    folder = tmp_path / "workspace"
    (folder / ".git").mkdir(parents=True)
    (folder / "handlers").mkdir()
    (folder / "handlers" / "first.py").write_text("".join(HANDLER.format(name=name) for name in NAMES))
    (folder / "handlers" / "second.py").write_text("".join(HANDLER.format(name=f"{name}_all") for name in NAMES))
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    """`run("ask", place)` -> (exit code, stdout, stderr)."""

    def run_(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run_
