"""`foredraft key`, and `--config FILE` for the server as for every command."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
import select
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import keyring
import keyring.backend
import pytest

from foredraft.cli.main import main
from foredraft.config.keys import KNOWN_VARIABLES, Key
from foredraft.lsp import logs

FOREDRAFT = [sys.executable, "-m", "foredraft"]
MADE_UP = "gsk-made-up-9876543210"


class Drawer(keyring.backend.KeyringBackend):
    """A keyring in this process: what an operating system's would keep."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[f"{service}/{username}"] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[f"{service}/{username}"]


@pytest.fixture
def drawer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The system's keyring; the user's own folders are elsewhere, and no key is in the environment."""
    for name in ("HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("FOREDRAFT_CONFIG", *chain.from_iterable(KNOWN_VARIABLES.values())):
        monkeypatch.delenv(name, raising=False)
    before, drawer = keyring.get_keyring(), Drawer()
    keyring.set_keyring(drawer)
    yield drawer
    keyring.set_keyring(before)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """`run("key", "list", stdin="")` -> (exit code, stdout, stderr)."""

    def run_(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main(arguments)
        return code, *capsys.readouterr()

    return run_


def test_a_key_is_read_from_stdin_kept_listed_and_deleted(run, drawer: Drawer):
    code, out, err = run("key", "set", "groq", stdin=f"{MADE_UP}\n")
    assert (code, err) == (0, "")
    assert drawer.kept == {"foredraft/groq": MADE_UP}
    assert "providers: {groq: {}}" in out
    told = json.loads(run("key", "list", "--json")[1])
    assert set(told) == {"keys", "problems"}
    assert {"provider": "groq", "variables": ["GROQ_API_KEY"], "in": "keyring"} in told["keys"]
    assert run("key", "delete", "groq")[0] == 0
    assert drawer.kept == {}
    assert run("key", "delete", "groq") == (1, "", "the keyring has no key of groq\n")


def test_a_key_is_asked_for_at_a_terminal_and_not_shown(tmp_path: Path):
    """Where there is no keyring it is not kept, and that is said."""
    outer, inner = pty.openpty()
    env = {**os.environ, "HOME": str(tmp_path), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    asking = subprocess.Popen(
        [*FOREDRAFT, "key", "set", "groq"],
        stdin=inner,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
        start_new_session=True,
    )
    try:
        asked = asking.stderr.read(len("Key of groq:"))  # what is typed before it asks does not count
        time.sleep(0.5)
        os.write(outer, f"{MADE_UP}\n".encode())
        out, err = asking.communicate(timeout=60)
        shown = os.read(outer, 1000) if select.select([outer], [], [], 0)[0] else b""
    finally:
        asking.kill()
        asking.wait()
        os.close(inner)
        os.close(outer)
    assert (asking.returncode, asked) == (1, b"Key of groq:")
    assert b"the keyring cannot be used: this system has none" in err
    assert MADE_UP.encode() not in out + err + shown


def test_the_environment_counts_first_and_a_config_names_its_own(run, drawer: Drawer, tmp_path: Path, monkeypatch):
    (tmp_path / "mine.yml").write_text("providers: {mine: {url: https://mine.example.com, key_env: MY_KEY}, bare: {}}")
    monkeypatch.setenv("MY_KEY", MADE_UP)
    drawer.kept["foredraft/groq"] = MADE_UP
    code, out, err = run("--config", str(tmp_path / "mine.yml"), "key", "list")
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    assert ["mine", "environment", "MY_KEY"] in rows
    assert ["groq", "keyring", "GROQ_API_KEY"] in rows
    assert ["bare", "none"] in rows
    assert MADE_UP not in out


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("key", "set", "groq", MADE_UP), "", "not on the command line"),
        (("key", "set", "no such name"), MADE_UP, "A provider's name is made of small letters"),
        (("key", "set", "groq"), "", "That is not kept: a key is one word of printable ASCII characters."),
        (("key", "set", "groq"), "two words", "That is not kept: a key is one word of printable ASCII characters."),
        (("key", "set"), "", "Missing argument 'PROVIDER'"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(run, drawer: Drawer, arguments, stdin, said):
    code, out, err = run(*arguments, stdin=stdin)
    assert (code, out, drawer.kept) == (2, "", {})
    assert said in err
    assert MADE_UP not in err


def test_one_config_file_for_any_command(run, drawer: Drawer, tmp_path: Path, monkeypatch):
    (tmp_path / "mine.yml").write_text("inline: {soft_deadline_ms: 123}\nroles: {draft: [groq/x]}\n")
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("--config", "mine.yml", "config")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert code == 0
    assert lines[0] == f"# {tmp_path / 'mine.yml'}"
    assert {"inline.soft_deadline_ms: 123 # file", 'roles.draft: ["groq/x"] # file', "providers: {} # default"} < set(
        lines
    )


@pytest.mark.parametrize("arguments", [["--config", "F"], ["--config", "F", "--stdio"], ["--stdio", "--config", "F"]])
def test_the_server_with_a_config_file_starts_without_the_command_line(arguments, tmp_path: Path):
    program = (
        "import os, sys, foredraft.__main__ as main, foredraft.lsp.serve as serve\n"
        "serve.serve = lambda: print({'typer', 'pydantic'} & set(sys.modules), os.environ['FOREDRAFT_CONFIG'])\n"
        "main.main()"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert said.stdout == f"set() {tmp_path / 'F'}\n", said.stderr


def test_no_key_is_logged(capsys: pytest.CaptureFixture[str]):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.quiet()
        Key(MADE_UP)
        logging.getLogger("elsewhere").warning("sent %s", MADE_UP)
        try:
            raise ValueError(MADE_UP)
        except ValueError:
            logging.getLogger("elsewhere").exception("failed")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    said = capsys.readouterr().err
    assert "sent <key>" in said and "ValueError: <key>" in said
    assert MADE_UP not in said
