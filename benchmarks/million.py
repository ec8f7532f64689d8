"""A workspace of a million lines: what learning it costs, and what the user feels of it.

The lines are those of this Python's standard library and installed packages; where they do not suffice, the same files
again with other names in them. Three servers: one learns the workspace from nothing, one starts with what the first
has saved and is typed into, one is probed for how long its event loop does not answer.
"""

from __future__ import annotations

import keyword
import re
import statistics
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.editor import FOREDRAFT, Editor
from benchmarks.figures import Figures, above, probe, spread
from benchmarks.processes import Peak, cpu_seconds, memory_mb, own_cpu_ns

LINES = 1_030_000
"""Of which about a million are learned: some files are generated, or hold data."""
_LARGEST_FILE = 500_000
_PATIENCE = 300.0
_CHANGED = 500
_INLINE = "textDocument/inlineCompletion"
_BEGUN = (
    "import o",
    "from __future__ import ",
    "if __name__ == ",
    "def __init__(",
    "raise Value",
    "for key, value in ",
)
_NAME = re.compile(r"\b[^\W\d]\w{3,}\b")


def million(folder: Path, lines: int = LINES) -> Figures:
    """All figures; takes some five minutes."""
    workspace = real_code(folder / "million", lines)
    found = _cold(folder, workspace)
    found |= _warm(folder, workspace)
    found["blocked"] = {"index_1m": _blocked_while_indexing(folder, workspace)} | found.pop("branch")
    return found


def real_code(folder: Path, lines: int) -> Path:
    """A workspace of `lines` lines of Python as people write it."""
    left, copy = lines, 0
    while left > 0:
        for place, text in _sources():
            if left <= 0:
                break
            target = folder / f"part{copy}" / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((_renamed(text, copy) if copy else text).encode())
            left -= text.count("\n")
        copy += 1
    return folder


def _sources() -> Iterator[tuple[str, str]]:
    paths = sysconfig.get_paths()
    for name in ("stdlib", "purelib"):
        root = Path(paths[name])
        for path in sorted(root.rglob("*.py")):
            inside = path.relative_to(root)
            if path.stat().st_size < _LARGEST_FILE and (name == "purelib" or "site-packages" not in inside.parts):
                text = path.read_bytes().decode("utf-8", "replace")
                yield f"{name}/{inside}", text


def _renamed(text: str, copy: int) -> str:
    return _NAME.sub(lambda found: found[0] if keyword.iskeyword(found[0]) else f"{found[0]}_{'x' * copy}", text)


def _cold(folder: Path, workspace: Path) -> Figures:
    with Editor(FOREDRAFT, folder / "home-million") as editor, Peak(editor.process.pid) as peak:
        first: float | None = None
        editor.start(workspace)
        editor.open(_new(workspace), "\n")
        for turn in _until_ready(editor):
            if first is None and _answers(editor, _new(workspace), turn):
                first = time.perf_counter() - editor.born
        took = time.perf_counter() - editor.born
        cpu = _until_idle(editor)
        status = editor.call("foredraft/status", None)
        after = memory_mb(editor.process.pid)
    index = {"cpu_s": round(cpu, 1), "wall_s": round(took, 1), "first_answer_s": first and round(first, 1)}
    return {"index": index | {"peak_mb": round(peak.mb), "after_mb": round(after), "learned": status["indexed"]}}


def _warm(folder: Path, workspace: Path) -> Figures:
    with Editor(FOREDRAFT, folder / "home-million") as editor:
        editor.start(workspace)
        for _ in _until_ready(editor):
            pass
        warm = {"cpu_s": round(_until_idle(editor), 2)}
        asked = list(_questions(editor, workspace))
        warm["after_mb"] = round(memory_mb(editor.process.pid))
        branch = {"branch_500": _blocked_by_branch(editor, workspace)}
    return {"warm": warm, "question": {f"{name}_ms": value for name, value in spread(asked).items()}, "branch": branch}


def _questions(editor: Editor, workspace: Path) -> Iterator[float]:
    """Seconds of CPU time in the server for each answer while lines of real files are typed."""
    for name in ("argparse.py", "configparser.py", "tarfile.py"):
        path = workspace / "part0" / "stdlib" / name
        source = path.read_text().split("\n")
        typed = [number for number, line in enumerate(source) if 20 <= len(line) <= 90][40::40][:8]
        uri, version = path.as_uri(), 1
        editor.open(uri, "\n".join("" if number in typed else line for number, line in enumerate(source)))
        time.sleep(3)
        for number in typed:
            for column, sign in enumerate(source[number]):
                version += 1
                editor.change(uri, version, number, column, number, column, sign)
                time.sleep(0.02)
                before = own_cpu_ns(editor.process.pid)
                editor.call(_INLINE, editor.inline(uri, number, column + 1))
                yield (own_cpu_ns(editor.process.pid) - before) / 1e9


def _blocked_while_indexing(folder: Path, workspace: Path) -> Figures:
    with Editor(FOREDRAFT, folder / "home-million-probed") as editor:
        editor.start(workspace)
        editor.open("file:///probe.py", "x\n")
        times: list[float] = []
        for _ in _until_ready(editor, pause=0.0):
            times += probe(editor, 0.5)
        return above(times, statistics.median(probe(editor, 2)))


def _blocked_by_branch(editor: Editor, workspace: Path) -> Figures:
    """500 files change at once; probed until they are learned."""
    editor.open("file:///probe.py", "x\n")
    idle = statistics.median(probe(editor, 2))
    before = cpu_seconds(editor.process.pid)
    changed = sorted(workspace.rglob("*.py"))[:: max(1, len(list(workspace.rglob("*.py"))) // _CHANGED)][:_CHANGED]
    for path in changed:
        with path.open("a") as file:
            file.write("branch_of_the_day = another_branch(branch_of_the_day)\n")
    changes = [{"uri": path.as_uri(), "type": 2} for path in changed]
    editor.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    times: list[float] = []
    begun = False
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        times += probe(editor, 0.5)
        state = (editor.call("foredraft/status", None) or {}).get("state")
        begun = begun or state == "indexing"
        if begun and state == "ready":
            break
    times += probe(editor, 1)
    return above(times, idle) | {"cpu_s": round(cpu_seconds(editor.process.pid) - before, 1)}


def _until_ready(editor: Editor, pause: float = 0.25) -> Iterator[int]:
    """A turn every now and then until everything is learned."""
    end, turn = time.monotonic() + _PATIENCE, 0
    while time.monotonic() < end:
        status = editor.call("foredraft/status", None) or {}
        if status.get("state") == "ready" and status.get("indexed", {}).get("lines"):
            return
        yield turn
        turn += 1
        time.sleep(pause)
    raise TimeoutError(f"not learned within {_PATIENCE:.0f} s")


def _until_idle(editor: Editor) -> float:
    """Seconds of CPU that it took until nothing more is done: after it is ready, training goes on for a while."""
    before, end = -1.0, time.monotonic() + _PATIENCE
    while (now := cpu_seconds(editor.process.pid)) - before > 0.1 and time.monotonic() < end:
        before = now
        time.sleep(3)
    return now


def _new(workspace: Path) -> str:
    return (workspace / "part0" / "stdlib" / "written_just_now.py").as_uri()


def _answers(editor: Editor, uri: str, turn: int) -> bool:
    """Whether anything is offered behind a line's beginning in a file that holds nothing else."""
    text = _BEGUN[turn % len(_BEGUN)]
    editor.change(uri, turn + 2, 0, 0, 1, 0, text + "\n")
    return bool((editor.call(_INLINE, editor.inline(uri, 0, len(text))) or {}).get("items"))
