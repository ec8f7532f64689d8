"""Training in a process of its own: it can be ended at any moment, and its memory ends with it.

    python -m foredraft.workspace.apart

One line of JSON on stdin says what to train from, each further one is a file: [name, lines]. Answers are lines of JSON
on stdout, weights and calibration. The process ends with the one that began it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from foredraft.workspace import saved
from foredraft.workspace.learn import arrays_of, names_of
from foredraft.workspace.processes import end_with_parent

COMMAND = (sys.executable, "-P", "-m", "foredraft.workspace.apart")
_LISTEN = 0.2
_IDLE_NICE = 9
_FORGET = 0.03


def train(
    index: Path,
    libraries: Mapping[str, Path],
    files: Iterable[tuple[str, Sequence[str]]],
    budget: int,
    weights: Sequence[float] | None,
    idle: bool,
) -> Generator[Mapping[str, Any] | None]:
    """Train on `files` with these versions of the levels, from `weights`; `idle`: only when the machine has nothing
    else to do. Yields better and better weights and calibrations, and None several times a second. Closed, it ends the
    process. ChildProcessError where that failed."""
    request = {
        "index": os.fspath(index),
        "libraries": {kind: os.fspath(path) for kind, path in libraries.items()},
        "budget": budget,
        "weights": weights,
        "idle": idle,
    }
    env = {name: value for name, value in os.environ.items() if name != "PYTHONMALLOC"}  # it keeps nothing
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(COMMAND, env=env, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdin is not None and process.stdout is not None
        answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        asking = threading.Thread(target=_ask, args=(process.stdin, request, files), name="training asks", daemon=True)
        hearing = threading.Thread(target=_listen, args=(process.stdout, answers), name="training hears", daemon=True)
        threads = asking, hearing
        for thread in threads:
            thread.start()
        try:
            yield from _heard(answers)
            if process.wait():
                raise ChildProcessError(process.returncode)
        finally:
            process.kill()
            for thread in threads:
                thread.join()


def main() -> None:
    """Answer the one request on stdin."""
    end_with_parent(lambda: os._exit(1))
    request = json.loads(sys.stdin.buffer.readline())
    if request["idle"] and hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(_IDLE_NICE)
    from foredraft.predictor import training

    try:
        index = saved.load(Path(request["index"]))
        levels = {kind: saved.load(Path(path)) for kind, path in request["libraries"].items()}
    except FileNotFoundError:
        return  # another process has published newer ones, and trains with them
    if request["idle"]:
        threading.Thread(target=_stay_small, args=([index, *levels.values()],), daemon=True).start()
    libraries = {kind: level.arrays for kind, level in levels.items()}
    arrays, names = arrays_of(index), names_of(index.arrays)
    files = map(json.loads, sys.stdin.buffer)
    for result in training.train(arrays, names, files, request["budget"], request["weights"], libraries):
        said = json.dumps({name: values.tolist() for name, values in result.items()})
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()


def _stay_small(versions: Sequence[saved.Saved]) -> None:
    """What training looks up is spread over all of the levels: within a second, hundreds of megabytes would count as
    this process's memory."""
    while True:
        time.sleep(_FORGET)
        for version in versions:
            saved.forget_pages(version)


def _ask(requests: IO[bytes], request: Mapping[str, Any], files: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Say it all; the process has ended, or was, where it cannot be said."""
    with contextlib.suppress(OSError), requests:
        requests.write(json.dumps(request).encode() + b"\n")
        for file in files:
            requests.write(json.dumps(file).encode() + b"\n")


def _listen(answers: IO[bytes], heard: queue.SimpleQueue[bytes]) -> None:
    for line in answers:
        heard.put(line)
    heard.put(b"")


def _heard(answers: queue.SimpleQueue[bytes]) -> Iterator[Mapping[str, Any] | None]:
    while True:
        try:
            line = answers.get(timeout=_LISTEN)
        except queue.Empty:
            yield None
            continue
        if not line:
            return
        yield {name: array("f", values) for name, values in json.loads(line).items()}


if __name__ == "__main__":
    main()
