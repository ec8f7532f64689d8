"""The commands as a user runs them: what they print, and with which exit code they end."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from foredraft import __version__
from foredraft.cli.main import main

FOREDRAFT = [sys.executable, "-m", "foredraft"]
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


def test_version(run):
    assert run("--version") == (0, f"foredraft {__version__}\n", "")


def test_help_names_every_command_and_teaches(run):
    code, out, _ = run("--help")
    assert code == 0
    for word in ("try", "ask", "config", "--stdio", "language server"):
        assert word in out
    assert "foredraft ask src/app.py:40:17 --why" in " ".join(run("ask", "--help")[1].split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "none.py:1:1"], "There is no file none.py. Give a place as FILE:LINE:COL, for example app.py:12:9."),
        (["try", "none.py"], "There is no file none.py."),
        (["ask"], "Missing argument"),
        (["nonsense"], "No such command"),
        (["ask", "--nonsense", "x"], "No such option"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_says_what_is_wrong(run, arguments, said):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_a_line_beyond_the_end(run, workspace):
    file = workspace / "handlers" / "first.py"
    code, _, err = run("ask", f"{file}:999:1")
    assert (code, "has no line 999: its lines are 1 to" in err) == (2, True)


def test_config_shows_what_counts_and_where_it_comes_from(run, workspace, tmp_path, monkeypatch):
    file = tmp_path / "mine.yml"
    file.write_text("predictor:\n  threshold: 0.8\n")
    monkeypatch.setenv("FOREDRAFT_CONFIG", str(file))
    monkeypatch.setenv("FOREDRAFT_INDEX__MAX_FILES", "7")
    code, out, err = run("config")
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == f"# {file}"
    assert {
        "predictor.threshold: 0.8 # file",
        "index.max_files: 7 # environment",
        "inline.enabled: true # default",
    } < set(lines)


def test_config_with_a_mistake_ends_with_1_and_names_the_line(run, workspace, tmp_path, monkeypatch):
    file = tmp_path / "mine.yml"
    file.write_text("predictor:\n  treshold: 0.8\n")
    monkeypatch.setenv("FOREDRAFT_CONFIG", str(file))
    code, out, err = run("config")
    assert code == 1
    assert f"{file}:2: predictor.treshold is no option; did you mean predictor.threshold?" in err
    assert "predictor.threshold: 0.55" in out


def test_ask_answers_as_json(run, workspace):
    file = workspace / "handlers" / "first.py"
    code, out, err = run("ask", f"{file}:3:20", "--json")
    answer = json.loads(out)
    assert (code, err) == (0, "")
    assert set(answer) == {"suggestions", "ms"}
    assert all(set(one) == {"text", "source", "confidence"} for one in answer["suggestions"])
    assert "why" in json.loads(run("ask", f"{file}:3:20", "--json", "--why")[1])


def test_ask_completes_what_is_certain(run, workspace):
    file = workspace / "handlers" / "third.py"
    typed = "def handle_merge(request, response):\n    parameters = request.read_par"
    file.write_text(typed)
    code, out, _ = run("ask", f"{file}:2", "--json")
    suggestions = json.loads(out)["suggestions"]
    assert code == 0
    assert suggestions, "it has seen this line sixteen times"
    assert suggestions[0]["text"].startswith("ameters(")
    assert suggestions[0]["source"] == "predictor"
    assert "ameters(" in run("ask", f"{file}:2")[1]


def test_ask_says_nothing_about_a_file_that_holds_secrets(run, workspace):
    file = workspace / ".env"
    file.write_text("PASSWORD=one\nPASSWORD=one\nPASSWORD=one\nPASS")
    answer = json.loads(run("ask", f"{file}:4", "--json", "--why")[1])
    assert answer["suggestions"] == []
    assert "secrets" in json.dumps(answer["why"])


def test_try_shows_places_of_a_file_and_judges_them(run, workspace):
    file = workspace / "handlers" / "first.py"
    code, out, _ = run("try", file, "--json")
    told = json.loads(out)
    assert code == 0
    assert told["file"] == str(file)
    assert 4 <= len(told["places"]) <= 8
    lines = file.read_text().splitlines()
    for place in told["places"]:
        line, column = place["line"] - 1, place["column"] - 1
        assert place["before"] + place["really"] == lines[line]
        assert len(place["before"]) == column
        if place["proposed"] is not None:
            rest = "\n".join([place["really"], *lines[line + 1 :]])
            assert place["right"] == rest.startswith(place["proposed"])
    assert any(place["right"] for place in told["places"]), "each of these lines stands there many times"


def test_try_in_a_terminal(run, workspace):
    file = workspace / "handlers" / "first.py"
    code, out, _ = run("try", f"{file}:3")
    assert code == 0
    assert "1 places:" in out or "1 place:" in out
    assert "parameters = " in out


def serve(arguments: list[str], **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*FOREDRAFT, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env={**os.environ, **env}
    )


@pytest.mark.parametrize("arguments", [[], ["--stdio"], ["--config", "none.yml"], ["--config", "none.yml", "--stdio"]])
def test_without_a_command_it_serves(workspace, arguments):
    """Its stdin is at its end, so it leaves at once, with the code for an editor that vanished."""
    served = serve(arguments)
    assert (served.returncode, served.stdout) == (1, b""), served.stderr


def test_at_a_terminal_it_says_what_it_is_instead_of_waiting(workspace):
    outer, inner = pty.openpty()
    try:
        said = subprocess.run(FOREDRAFT, stdin=inner, capture_output=True, timeout=60)
    finally:
        os.close(inner)
        os.close(outer)
    assert (said.returncode, said.stdout) == (2, b"")
    assert b"`foredraft try`" in said.stderr
    assert len(said.stderr.splitlines()) == 2


def test_serving_imports_nothing_of_the_command_line():
    program = (
        "import sys, foredraft.__main__, foredraft.lsp.serve; print({'typer', 'rich', 'pydantic'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "set()\n"


def test_config_as_json_says_where_each_value_came_from(run, monkeypatch):
    monkeypatch.setenv("FOREDRAFT_PREDICTOR__THRESHOLD", "0.8")
    code, out, _ = run("config", "--json")
    told = json.loads(out)
    assert code == 0 and told["problems"] == [] and told["blocked"] == ""
    assert told["options"]["predictor.threshold"] == {"value": 0.8, "origin": "environment"}
    assert told["options"]["inline.enabled"]["origin"] == "default"
