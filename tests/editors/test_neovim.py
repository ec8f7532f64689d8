"""A real Neovim with our plugin and our server: typing brings ghost text, Tab puts it in, everything else stays Tab."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from pathlib import Path

import pynvim
import pytest
from editor_world import installed_server, make_workspace

pytestmark = [
    pytest.mark.editor,
    # pynvim leaves its own event loop and pipes to the garbage collector
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pynvim"),
]

HERE = Path(__file__).parent
GHOST = """
local space = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
local marks = space and vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true }) or {}
local text = {}
for _, mark in ipairs(marks) do
  for _, part in ipairs(mark[4].virt_text or {}) do text[#text + 1] = part[1] end
  for _, line in ipairs(mark[4].virt_lines or {}) do text[#text + 1] = '\\n' .. line[1][1] end
end
return table.concat(text)
"""


class Editor:
    """Neovim in insert mode as a user has it; every wait is for something that is seen."""

    def __init__(self, nvim: pynvim.Nvim) -> None:
        self.nvim = nvim

    def lua(self, code: str, *arguments: object) -> object:
        return self.nvim.exec_lua(code, *arguments)

    def type(self, keys: str) -> None:
        self.nvim.input(keys)

    def wait(self, what: str, look, seconds: float = 60):
        end = time.monotonic() + seconds
        while not (seen := look()):
            assert time.monotonic() < end, f"{what} did not come; messages: {self.nvim.command_output('messages')}"
            time.sleep(0.02)
        return seen

    def ready(self) -> None:
        self.wait("the server", lambda: self.lua("return require('foredraft').status()") == "ready")

    def ghost(self) -> str:
        return self.lua(GHOST)

    def lines(self) -> list[str]:
        return self.nvim.current.buffer[:]

    def line(self) -> str:
        return self.nvim.current.line


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return make_workspace(tmp_path / "workspace")


@pytest.fixture
def edit(private_env, monkeypatch):
    """`edit(path)` opens a file and returns the editor once the server is ready; it is quit with the test."""
    nvim = os.environ.get("NVIM") or shutil.which("nvim")
    assert nvim, "no Neovim: `make test-neovim` fetches one"
    for name, value in private_env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FOREDRAFT_CHECKOUT", str(HERE.parents[1]))
    monkeypatch.setenv("FOREDRAFT_SERVER", installed_server())
    opened = []

    def open_(path: Path) -> Editor:
        monkeypatch.chdir(path.parent)
        argv = [nvim, "--embed", "--headless", "-u", str(HERE / "neovim_init.lua"), "-i", "NONE", str(path)]
        editor = Editor(pynvim.attach("child", argv=argv))
        opened.append(editor)
        editor.ready()
        return editor

    yield open_
    for editor in opened:
        with contextlib.suppress(OSError, EOFError):
            editor.nvim.quit("qa!")
        editor.nvim.close()


def typed_until_ghost(editor: Editor, line: str, enough: int) -> str:
    """Type a line letter by letter, as a user does who looks for ghost text after `enough` letters; returns it."""
    for letter in line[:enough]:
        editor.type(letter.replace("<", "<lt>"))
    return editor.wait(f"ghost text after {line[:enough]!r}", editor.ghost)


def test_typing_shows_ghost_text_and_tab_accepts_it(edit, workspace):
    editor = edit(workspace / "third.py")
    editor.type("Go")
    editor.type("def handle_split(request, response):<CR>")
    line = "    parameters = request.read_parameters("
    editor.wait("the next line", lambda: len(editor.lines()) > 8)
    ghost = typed_until_ghost(editor, line.lstrip(), 8)
    assert line.lstrip()[8:].startswith(ghost.partition("\n")[0]) or ghost.startswith(line.lstrip()[8:])
    before = editor.line()
    editor.type("<Tab>")
    editor.wait("the accepted text", lambda: editor.line() != before or len(editor.lines()) > 9)
    assert "\n".join(editor.lines()).endswith(before + ghost)
    assert "\t" not in "".join(editor.lines())


def test_tab_is_a_tab_where_nothing_is_shown(edit, workspace):
    path = workspace / "empty.txt"
    path.write_text("")
    editor = edit(path)
    editor.type("i<Tab>x")
    editor.wait("the tab", lambda: editor.line().endswith("x"))
    assert editor.line() == "\tx"


def test_letters_typed_into_the_ghost_text_are_not_repeated(edit, workspace):
    """Neovim asks 200 ms after a key; what is accepted within them must be joined with the letters of that time."""
    editor = edit(workspace / "third.py")
    editor.type("Go")
    editor.type("    parameters = req")
    ghost = editor.wait("ghost text", editor.ghost)
    editor.lua("vim.api.nvim_input(...)", ghost[0] + "<Tab>")
    editor.wait("the accepted text", lambda: len(editor.line()) > len("    parameters = req") + 1)
    assert editor.line() == "    parameters = req" + ghost.partition("\n")[0]


def test_ghost_text_that_was_contradicted_is_not_accepted(edit, workspace):
    editor = edit(workspace / "third.py")
    editor.type("Go")
    editor.type("    parameters = req")
    editor.wait("ghost text", editor.ghost)
    editor.lua("vim.api.nvim_input(...)", "0<Tab>")
    editor.wait("the tab", lambda: editor.line() > "    parameters = req0")
    assert editor.line().rstrip() == "    parameters = req0"


def test_the_status_is_there_for_a_status_line(edit, workspace):
    editor = edit(workspace / "first.py")
    status = editor.lua("return vim.g.foredraft_status")
    assert status["state"] == "ready"
    editor.wait("the count of files", lambda: editor.lua("return (vim.g.foredraft_status.indexed or {}).files") == 3)
