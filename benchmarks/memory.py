"""How long does the memory take, with a million entries in it?

    python -m benchmarks.memory [--entries 1000000] [--redis URL] [--folder PATH]

Prints one JSON object. Times in microseconds unless the name says otherwise: p50, p99 and worst of what passed (with
other processes' time in it), and `cpu`, the same of this thread's CPU time.

    fill        entries per second, written behind in batches, and the size on disk (mb, bytes_per_entry)
    open_ms     from nothing until the first look-up can be answered, in a new process with a warm file cache
    hit, miss   `Suggestions.find` where something was kept, and where nothing was: the walk over nine lines, their
                reads from disk and what is left of each text; nothing of it is in the process yet
    typing      the same for each further key in a line that was looked up before
    walk        the keys alone
    remember    one text of three lines, as the loop feels it: it is written behind
    flush_ms    until 100 such texts are on disk
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from foredraft.memory.disk import Disk
from foredraft.memory.redis import Redis
from foredraft.memory.store import BackEnd, Store
from foredraft.memory.suggestions import Suggestions
from foredraft.privacy.secrets import mask_lines
from foredraft.questions.place import walk, workspace_of
from foredraft.questions.snapshot import Snapshot
from foredraft.questions.suggestion import Stage
from foredraft.text.document import Document, Position

_MAX_MB = 4_000
_TEXT = "for name, value in sorted(settings.items()):\n        if value is not None:\n            known[name] = value"
_OPEN = """
import asyncio, sys, time
from pathlib import Path
from foredraft.memory.disk import Disk
from foredraft.memory.store import Store
async def main():
    begun = time.perf_counter()
    store = Store(Disk(Path(sys.argv[1]), 4_000))
    await store.ready(60)
    await store.get(["place:nothing"])
    print((time.perf_counter() - begun) * 1e3)
    await store.close()
asyncio.run(main())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--redis", default="", help="measure a Redis at this address instead of the disk")
    parser.add_argument("--folder", default="", help="where the database is made, and stays for the next run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="foredraft-bench-") as temporary:
        folder = Path(options.folder or temporary)
        print(json.dumps(asyncio.run(measure(folder, options.entries, options.redis)), indent=1))


async def measure(folder: Path, entries: int, redis: str) -> dict[str, Any]:
    """All figures, by name."""

    def back_end() -> BackEnd:
        return Redis.at(redis) if redis else Disk(folder, _MAX_MB)

    mask_lines(["password = 'warm'"])
    store = Store(back_end(), lambda message: print(message, file=sys.stderr))
    if not await store.ready(60):
        raise SystemExit("the memory cannot be opened")
    told: dict[str, Any] = {"fill": await _fill(store, entries)}
    if not redis:
        opens = [_opened(folder) for _ in range(5)]
        told["open_ms"] = {"p50": round(statistics.median(opens), 1), "worst": round(max(opens), 1)}
    await store.close()
    store = Store(back_end())
    await store.ready(60)
    told |= await _looked_up(store, entries)
    told |= await _remembered(store)
    await store.close()
    return told


async def _fill(store: Store, entries: int) -> dict[str, float]:
    """Every place is another one: its line above has its number."""
    known = (await store.size()).entries
    memory, begun = _suggestions(store), time.perf_counter()
    for number in range(known, entries):
        memory.remember(_at(number), _TEXT, Stage.DRAFT, "groq/openai/gpt-oss-20b", "speed_quality")
        if number % 1000 == 999:
            await store.flush()
    await store.flush()
    seconds, size = time.perf_counter() - begun, await store.size()
    told: dict[str, float] = {"entries": size.entries}
    if known < entries:
        told["per_second"] = round((entries - known) / seconds)
    if size.bytes is not None:
        told |= {"mb": round(size.bytes / 2**20, 1), "bytes_per_entry": round(size.bytes / size.entries)}
    return told


async def _looked_up(store: Store, entries: int) -> dict[str, Any]:
    memory, dice = _suggestions(store), random.Random(5)
    hits = [_at(dice.randrange(entries)) for _ in range(5_000)]
    misses = [_at(entries + number) for number in range(5_000)]
    for warm in range(100):
        await memory.find(_at(entries * 2 + warm))
    told: dict[str, Any] = {}
    told["hit"], found = await _timed(memory.find, hits)
    told["hit"]["found"] = sum(map(bool, found)) / len(found)
    told["miss"], found = await _timed(memory.find, misses)
    typed = [_at(entries // 2, _TEXT[:length]) for length in range(1, 40)] * 100
    told["typing"], _ = await _timed(memory.find, typed)

    async def keys(snapshot: Snapshot) -> object:
        return walk("inline", snapshot, "workspace")

    told["walk"], _ = await _timed(keys, hits)
    return told


async def _remembered(store: Store) -> dict[str, Any]:
    memory, times, cpu, flushes = _suggestions(store), [], [], []
    for batch in range(20):
        for number in range(100):
            snapshot = _at(10**8 + batch * 100 + number)
            begun, worked = time.perf_counter(), time.thread_time()
            memory.remember(snapshot, _TEXT, Stage.DRAFT, "groq/openai/gpt-oss-20b", "speed_quality")
            cpu.append(time.thread_time() - worked)
            times.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        await store.flush()
        flushes.append((time.perf_counter() - begun) * 1e3)
    return {
        "remember": {**_spread(times), "cpu": _spread(cpu)},
        "flush_ms": {"p50": round(statistics.median(flushes), 1)},
    }


async def _timed(
    work: Callable[[Snapshot], Awaitable[Any]], snapshots: Sequence[Snapshot]
) -> tuple[dict[str, Any], list[Any]]:
    times, cpu, results = [], [], []
    for snapshot in snapshots:
        snapshot.document.lines()
        begun, worked = time.perf_counter(), time.thread_time()
        results.append(await work(snapshot))
        cpu.append(time.thread_time() - worked)
        times.append(time.perf_counter() - begun)
    return {**_spread(times), "cpu": _spread(cpu)}, results


def _spread(times: list[float]) -> dict[str, Any]:
    ordered = sorted(times)
    at = {"p50": len(ordered) // 2, "p99": len(ordered) * 99 // 100, "worst": -1}
    return {name: round(ordered[index] * 1e6, 1) for name, index in at.items()}


def _opened(folder: Path) -> float:
    done = subprocess.run([sys.executable, "-c", _OPEN, folder], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _suggestions(store: Store) -> Suggestions:
    return Suggestions(store, workspace_of("benchmark"))


def _at(number: int, typed: str = "") -> Snapshot:
    head = f"import os\n\n\nclass Settings{number}:\n    known: dict[str, str]\n\n"
    above = f"{head}    def update_{number}(self, settings):\n        known = self.known_{number}\n        {typed}"
    text = f"{above}\n        return known\n\n    def clear(self):\n        self.known.clear()\n"
    document = Document.of("file:///settings.py", "python", 1, text)
    line = above.count("\n")
    return Snapshot(document, Position(line, len(document.line(line))))


if __name__ == "__main__":
    main()
