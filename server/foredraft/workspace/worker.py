"""The one worker process: reads requests, learns the workspace beside the user, says what it published.

    python -m foredraft.workspace.worker

Requests are lines of JSON on stdin: first {"index": task}, then any number of {"changed": [paths]}. Answers are lines
of JSON on stdout: {"progress": …}, {"index": …}, {"weights": …}, {"settled": …},
{"trained": …}, {"packages": …}, {"machine": …}, {"problem": …}. The process ends when
stdin does, which the system sees to however its server ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import queue
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from foredraft.workspace.content import Content
from foredraft.workspace.learn import Learner
from foredraft.workspace.task import Task

_NICE = 10
_LOOK_FOR_PARENT = 0.5
_REST_PER_BUILD = 10
"""After a build of a second, the next one waits ten."""
_LONGEST_BURST = 30.0
"""Changes that never pause are learned from now and then all the same."""


def main() -> None:
    """Serve stdin and stdout until stdin ends."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(_NICE)
    from foredraft.predictor.build import Builder
    from foredraft.predictor.shelf import Shelf, clear_caches
    from foredraft.predictor.training import BUDGET, train

    def tidy() -> None:
        clear_caches()
        _give_back()

    serve(Content(Shelf, lambda shelf: Builder(shelf=shelf), train, BUDGET, tidy, lambda: Builder(lean=True)))


def serve(content: Content) -> None:
    """The worker's life, with any predictor. Never returns."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        sys.stdout = sys.stderr  # What anything prints must not stand between the answers.
        temporary: list[str] = []
        inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        end = _ender(temporary)
        threading.Thread(target=_read, args=(sys.stdin.buffer, inbox, end), daemon=True).start()
        threading.Thread(target=_watch_parent, args=(os.getppid(), end), daemon=True).start()

        def say(message: dict[str, Any]) -> None:
            temporary.extend(filter(None, [message.get("temporary")]))
            try:
                answers.write(json.dumps(message).encode() + b"\n")
                answers.flush()
            except OSError:
                end()

        _work(Learner(Task.from_json(inbox.get()["index"]), content, say), inbox, say)


def _work(learner: Learner, inbox: queue.SimpleQueue[dict[str, Any]], say: Callable[[dict[str, Any]], None]) -> None:
    task = learner.task
    _try(learner.start, say)
    while True:
        rested = time.monotonic() + _REST_PER_BUILD * learner.seconds
        paths = _next(learner, inbox, say)
        latest = max(rested, time.monotonic() + _LONGEST_BURST)
        while paths and time.monotonic() < latest:
            more = _changes(inbox, max(task.quiet, rested - time.monotonic()))
            if not more:
                break
            paths |= more
        _try(lambda: _refresh(learner, paths), say)  # noqa: B023 (called at once)


def _next(
    learner: Learner, inbox: queue.SimpleQueue[dict[str, Any]], say: Callable[[dict[str, Any]], None]
) -> set[Path]:
    """What is reported next. Until something is, and after a quiet moment, libraries are learned; nobody waits for
    those, so there is as much rest as work."""
    learning = [True]

    def step() -> None:
        learning[0] = False
        learning[0] = learner.step()

    paths = _changes(inbox, learner.task.quiet)
    while not paths and learning[0]:
        began = time.monotonic()
        _try(step, say)
        paths = _changes(inbox, time.monotonic() - began)
    return paths or _changes(inbox, learner.task.rescan)


def _refresh(learner: Learner, paths: set[Path]) -> None:
    """Paths were reported, or, where there are none, nothing was for so long that it is time to look."""
    concerned = learner.concerns(paths)
    if concerned or not paths:
        learner.refresh(concerned)


def _changes(inbox: queue.SimpleQueue[dict[str, Any]], seconds: float) -> set[Path]:
    """What was reported within so many seconds: empty where nothing was."""
    try:
        return set(map(Path, inbox.get(timeout=max(0.0, seconds)).get("changed", ())))
    except queue.Empty:
        return set()


def _give_back() -> None:
    """What was freed between what is kept goes back to the system: after a million lines, more than 100 MB."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError, TypeError):  # other systems do it by themselves, or not at all
        ctypes.CDLL(None).malloc_trim(0)


def _try(work: Callable[[], None], say: Callable[[dict[str, Any]], None]) -> None:
    """Whatever goes wrong is said and the worker lives on. No exception's message is passed on: it may quote code."""
    try:
        work()
    except Exception as problem:
        place = ""
        for frame in _frames(problem):
            place = frame
        say({"problem": f"The workspace could not be learned: {type(problem).__name__} in {place}"})


def _frames(problem: BaseException) -> Iterator[str]:
    frame = problem.__traceback__
    while frame is not None:
        yield f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}"
        frame = frame.tb_next


def _read(requests: BinaryIO, inbox: queue.SimpleQueue[dict[str, Any]], end: Callable[[], None]) -> None:
    for line in requests:
        with contextlib.suppress(ValueError):
            inbox.put(json.loads(line))
    end()


def _watch_parent(parent: int, end: Callable[[], None]) -> None:
    """For the case that another process holds the other end of stdin."""
    while os.getppid() == parent:
        time.sleep(_LOOK_FOR_PARENT)
    end()


def _ender(temporary: list[str]) -> Callable[[], None]:
    def end() -> None:
        for folder in temporary:
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    return end


if __name__ == "__main__":
    main()
