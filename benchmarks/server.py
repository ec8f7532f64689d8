"""How fast is the server's edge, against pygls as it comes, in one run on one machine?

    python -m benchmarks.server [--json] [--only WORD]

Both servers get the same bytes from the same client; measurements that are compared are interleaved. Keys of --json,
all times in milliseconds, all ratios Foredraft / stock (less is better):

    answering.foredraft, answering.stock   {p50, p99} of an inlineCompletion round trip while real lines of the standard
                                           library are typed key by key; Foredraft's predictor answers from an index of
                                           that workspace, stock's handler returns a constant. Foredraft's are split:
                                           answering.with_text {p50, p99, count}, answering.empty {p50, p99, count}
    answering.ratio, answering.ratio_with_text           of the p50
    nothing.foredraft, nothing.stock, nothing.ratio      the same round trip for a document that is not open
    change.foredraft, change.stock, change.ratio         one character typed into 10,000 lines, with its barrier request
                                           shared by 50 changes: {per_change} in the middle of three rounds
    blocked.<case>.{p99, worst, probes}    above the idle round trip's p50, of a small request sent every 5 ms while
                                           <case>: open_10k, replace_10k, reformat_10k (each line a change),
                                           index_100k (a workspace of 100,000 lines is learned)
    blocked.idle                           {p50, p99, worst} of that request when nothing happens
    start.foredraft, start.stock, start.ratio            {p50} from spawn to `initialize` answered, 7 interleaved runs

CPU time beside the wall's: answering.cpu {p50, p99} of Foredraft's process for each answer.

With `--only million`, and not without it, a workspace of a million lines of real code is learned (five minutes):

    million.index   cpu_s from nothing until all is learned and trained, server and worker together, wall_s until it is
                    ready, first_answer_s from spawn until something is offered in a new file, peak_mb and after_mb of
                    memory (PSS, both processes), learned {files, lines}
    million.warm    cpu_s of a start with what was saved, after_mb when some files were typed into
    million.question {p50_ms, p99_ms} of CPU time in the server for one answer while real lines are typed
    million.blocked.{index_1m, branch_500}  {p99, worst} as above, while the workspace is learned and while 500 files
                    change at once (cpu_s until they are learned)
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.editor import FOREDRAFT, STOCK, Editor
from benchmarks.figures import Figures, above, probe, spread
from benchmarks.million import million
from benchmarks.processes import own_cpu_ns

_INLINE = "textDocument/inlineCompletion"
_TYPED = ("argparse.py", "configparser.py", "tarfile.py")
_CODE = "    value_{0} = compute(first_{0}, second)  # line {0}\n"


def main() -> int:
    """Measure, print, return 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument(
        "--only", default="", help=f"only the parts whose name holds this word; {', '.join(SLOW)} is measured only so"
    )
    options = parser.parse_args()
    figures: Figures = {}
    with tempfile.TemporaryDirectory(prefix="foredraft-bench-", ignore_cleanup_errors=True) as folder:
        for name, part in (PARTS | SLOW if options.only else PARTS).items():
            if options.only in name:
                figures[name] = part(Path(folder))
    print(json.dumps(figures, indent=1) if options.json else _table(figures))
    return 0


def answering(folder: Path) -> Figures:
    """Round trips while typing, with an index of the standard library."""
    workspace = standard_library(folder / "workspace", 60_000)
    with Editor(FOREDRAFT, folder / "home") as ours, Editor(STOCK, folder / "stock") as stock:
        ours.start(workspace)
        stock.start(workspace)
        _wait_until_indexed(ours)
        with_text: list[float] = []
        empty: list[float] = []
        theirs: list[float] = []
        cpu: list[float] = []
        for number, name in enumerate(_TYPED):
            uri = (workspace / name).as_uri()
            source = (workspace / name).read_text(encoding="utf-8").split("\n")
            keys = list(_keys(source, 250))
            for took, used, result in _type(ours, uri, source, keys):
                cpu.append(used)
                (with_text if (result or {}).get("items") else empty).append(took)
            theirs += [took for took, *_ in _type(stock, f"{uri}{number}", source, keys)]
    mine = with_text + empty
    return {
        "foredraft": spread(mine),
        "cpu": spread(cpu),
        "stock": spread(theirs),
        "with_text": spread(with_text) | {"count": len(with_text)},
        "empty": spread(empty) | {"count": len(empty)},
        "ratio": _ratio(mine, theirs),
        "ratio_with_text": _ratio(with_text, theirs),
    }


def nothing(folder: Path) -> Figures:
    """Round trips where there is nothing to compute."""
    both: dict[str, list[float]] = {"foredraft": [], "stock": []}
    with Editor(FOREDRAFT, folder / "home") as ours, Editor(STOCK, folder / "stock") as stock:
        for editor in (ours, stock):
            editor.start()
        time.sleep(2)
        for _ in range(10):
            for name, editor in (("foredraft", ours), ("stock", stock)):
                params = editor.inline("file:///never.py", 5, 5)
                both[name] += [editor.timed(_INLINE, params)[0] for _ in range(100)]
    return {name: spread(times) for name, times in both.items()} | {"ratio": _ratio(*both.values())}


def change(folder: Path) -> Figures:
    """One character typed into a document of 10,000 lines."""
    both: dict[str, list[float]] = {"foredraft": [], "stock": []}
    uri, text = "file:///large.py", "".join(_CODE.format(number) for number in range(10_000))
    with Editor(FOREDRAFT, folder / "home") as ours, Editor(STOCK, folder / "stock") as stock:
        for editor in (ours, stock):
            editor.start()
            editor.open(uri, text)
        _settle(ours)
        version = 1
        for _ in range(7):
            for name, editor in (("foredraft", ours), ("stock", stock)):
                begin = time.perf_counter()
                for step in range(50):
                    editor.change(uri, version + step + 1, 5_000, step, 5_000, step, "x")
                editor.call(_INLINE, editor.inline("file:///never.py", 0, 0))
                both[name].append((time.perf_counter() - begin) / 50)
            version += 50
    found = {name: {"per_change": round(statistics.median(times) * 1e3, 3)} for name, times in both.items()}
    return found | {"ratio": _ratio(*both.values())}


def blocked(folder: Path) -> Figures:
    """For how long the event loop does not answer while something large happens."""
    text = "".join(_CODE.format(number) for number in range(10_000))
    uri, found = "file:///blocked.py", Figures()
    with Editor(FOREDRAFT, folder / "home") as editor:
        editor.start()
        editor.open("file:///probe.py", "x\n")
        _settle(editor)
        idle = probe(editor, 1.5)
        base = statistics.median(idle)
        found["idle"] = spread(idle) | {"worst": round(max(idle) * 1e3, 2)}
        editor.open(uri, text)
        found["open_10k"] = above(probe(editor, 2.5), base)
        editor.change(uri, 2, 0, 0, 10_000, 0, text.replace("value", "other"))
        found["replace_10k"] = above(probe(editor, 2.5), base)
        lines = [{"start": {"line": n, "character": 0}, "end": {"line": n, "character": 4}} for n in range(10_000)]
        changes = [{"range": at, "text": "\t"} for at in reversed(lines)]
        editor.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": 3}, "contentChanges": changes})
        found["reformat_10k"] = above(probe(editor, 3.5), base)
    workspace = standard_library(folder / "large", 100_000)
    with Editor(FOREDRAFT, folder / "home-large") as editor:
        editor.start(workspace)
        editor.open("file:///probe.py", "x\n")
        editor.call("foredraft/document", {"uri": "file:///probe.py"})
        times, end = [], time.monotonic() + 60
        while time.monotonic() < end and not _ready(editor):
            times += probe(editor, 0.25)
        found["index_100k"] = above(times + probe(editor, 1), base)
    return found


def start(folder: Path) -> Figures:
    """From the birth of the process until `initialize` is answered."""
    both: dict[str, list[float]] = {"foredraft": [], "stock": []}
    for turn in range(8):
        for name, command in (("foredraft", FOREDRAFT), ("stock", STOCK)):
            with Editor(command, folder / name) as editor:
                took = editor.start()
            if turn:  # the first one compiles
                both[name].append(took)
    found = {name: {"p50": round(statistics.median(times) * 1e3, 1)} for name, times in both.items()}
    return found | {"ratio": _ratio(*both.values())}


PARTS: dict[str, Callable[[Path], Figures]] = {
    "answering": answering,
    "nothing": nothing,
    "change": change,
    "blocked": blocked,
    "start": start,
}
SLOW: dict[str, Callable[[Path], Figures]] = {"million": million}
"""Only when asked for by name."""


def standard_library(folder: Path, lines: int) -> Path:
    """A workspace of about `lines` lines, copied from this Python's standard library."""
    root = Path(sysconfig.get_paths()["stdlib"])
    files = [root / name for name in _TYPED]
    files += sorted(path for path in root.rglob("*.py") if not {"site-packages", "test", "tests"} & set(path.parts))
    for path in files:
        target = folder / path.relative_to(root)
        if lines <= 0 or target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        lines -= path.read_bytes().count(b"\n")
    return folder


def _keys(source: list[str], most: int) -> Iterator[tuple[int, int]]:
    """Places, as line and column, whose character will be typed: whole lines of some length, spread over the file."""
    numbers = [number for number, line in enumerate(source) if 20 <= len(line) <= 90]
    left = most
    for number in numbers[:: max(1, len(numbers) // 20)]:
        begin = len(source[number]) - len(source[number].lstrip())
        for column in range(begin, len(source[number])):
            if left > 0:
                yield number, column
                left -= 1


def _type(
    editor: Editor, uri: str, source: list[str], keys: list[tuple[int, int]]
) -> Iterator[tuple[float, float, Any]]:
    """Open the document without the lines to be typed, type them, and time an ask behind each key: seconds of wall and
    of the server's CPU, and the answer."""
    first = dict(reversed(keys))
    editor.open(uri, "\n".join(line[: first[n]] if n in first else line for n, line in enumerate(source)))
    _settle(editor)
    for version, (number, column) in enumerate(keys, 2):
        editor.change(uri, version, number, column, number, column, source[number][column])
        before = own_cpu_ns(editor.process.pid)
        took, result = editor.timed(_INLINE, editor.inline(uri, number, column + 1))
        yield took, (own_cpu_ns(editor.process.pid) - before) / 1e9, result
        time.sleep(0.005)  # what follows a key is done before the next one


def _settle(editor: Editor) -> None:
    """Until it has started and learned what it was given: it answers quickly, many times in a row."""
    quick, end = 0, time.monotonic() + 30
    while quick < 60 and time.monotonic() < end:
        took, _ = editor.timed(_INLINE, editor.inline("file:///never.py", 0, 0))
        quick = quick + 1 if took < 0.004 else 0
        time.sleep(0.02)


def _wait_until_indexed(editor: Editor) -> None:
    end = time.monotonic() + 90
    while not _ready(editor) and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(3)  # the weights that follow the index


def _ready(editor: Editor) -> bool:
    status = editor.call("foredraft/status", None) or {}
    return bool(status.get("state") == "ready" and status.get("indexed", {}).get("lines"))


def _ratio(mine: list[float], theirs: list[float]) -> float | None:
    return round(statistics.median(mine) / statistics.median(theirs), 3) if mine and theirs else None


def _table(figures: Figures) -> str:
    rows = []
    for part, values in figures.items():
        for name, value in values.items():
            said = ", ".join(f"{key} {one}" for key, one in value.items()) if isinstance(value, dict) else value
            rows.append(f"{part:10} {name:16} {said}")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
