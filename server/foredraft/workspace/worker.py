"""A server's worker process: reads requests, learns the workspace beside the user, says what was published.

    python -m foredraft.workspace.worker

Requests are lines of JSON on stdin: first {"index": task}, then any number of {"changed": [paths]}. Answers are lines
of JSON on stdout: {"building": …} or {"following": …}, {"progress": …}, {"index": …}, {"weights": …}, {"settled": …},
{"trained": …}, {"problem": …}. The process ends when stdin does, which the system sees to however its server ends.

Of several servers' workers for one index, one builds it and the others follow that one; when it goes, another builds.
"""

from __future__ import annotations

import contextlib
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

from foredraft.workspace.follow import PASSED_ON, Follower, reports
from foredraft.workspace.learn import Content, Learner
from foredraft.workspace.leftovers import clear_homes
from foredraft.workspace.lock import UNSAVED, Lock
from foredraft.workspace.shelf import Nowhere
from foredraft.workspace.task import Task

_NICE = 10
_LOOK_FOR_PARENT = 0.5
_REST_PER_BUILD = 10
"""After a build of a second, the next one waits ten."""
_LONGEST_BURST = 30.0
"""Changes that never pause are learned from now and then all the same."""
_LOOKS_PER_BEAT = 5

Say = Callable[[dict[str, Any]], None]
Inbox = queue.SimpleQueue[dict[str, Any]]


def main() -> None:
    """Serve stdin and stdout until stdin ends."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(_NICE)
    from foredraft.predictor.build import Builder
    from foredraft.predictor.training import BUDGET, train

    serve(Content(Builder, train, BUDGET))


def serve(content: Content) -> None:
    """The worker's life, with any predictor. Never returns."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        sys.stdout = sys.stderr  # What anything prints must not stand between the answers.
        inbox: Inbox = queue.SimpleQueue()
        leave: list[Callable[[], None]] = []
        end = _ender(leave)
        threading.Thread(target=_read, args=(sys.stdin.buffer, inbox, end), daemon=True).start()
        threading.Thread(target=_watch_parent, args=(os.getppid(), end), daemon=True).start()

        def say(message: dict[str, Any]) -> None:
            if folder := message.get("temporary"):
                leave.append(lambda: shutil.rmtree(folder, ignore_errors=True))
            try:
                answers.write(json.dumps(message).encode() + b"\n")
                answers.flush()
            except OSError:
                end()

        task = Task.from_json(inbox.get()["index"])
        lock = Lock(task.home)
        leave.append(lock.release)
        while True:
            _follow(lock, task, inbox, say)
            _build(lock, task, content, inbox, say)


def _follow(lock: Lock, task: Task, inbox: Inbox, say: Say) -> None:
    """Tell of what another process builds, until that right is ours."""
    if lock.take():
        return
    follower = Follower(lock.home, say)
    while not lock.take():
        follower.look(lock.holder)
        if paths := _changes(inbox, task.look):
            follower.report(paths)
    follower.look(None)


def _build(lock: Lock, task: Task, content: Content, inbox: Inbox, say: Say) -> None:
    """Keep the index up to date for as long as the lock is ours."""

    def tell(message: dict[str, Any]) -> None:
        facts: dict[str, Any] = {name: message[name] for name in PASSED_ON if name in message}
        if "progress" in message or "settled" in message:  # one of the two holds
            facts = {"progress": None, "settled": None, **facts}
        if "temporary" in message:
            facts[UNSAVED] = True
        if facts:
            lock.tell(facts)
        say(message)

    say({"building": True})
    threading.Thread(target=_keep, args=(lock, task, inbox), daemon=True).start()
    learner = Learner(task, content, tell)
    _try(learner.start, tell)
    with contextlib.suppress(OSError):
        clear_homes(lock.home)
    while lock.held:
        rested = time.monotonic() + _REST_PER_BUILD * learner.seconds
        paths = _changes(inbox, task.rescan)
        latest = max(rested, time.monotonic() + _LONGEST_BURST)
        while paths and time.monotonic() < latest:
            more = _changes(inbox, max(task.quiet, rested - time.monotonic()))
            if not more:
                break
            paths |= more
        if lock.held:
            _try(lambda: _refresh(learner, paths), tell)  # noqa: B023 (called at once)


def _keep(lock: Lock, task: Task, inbox: Inbox) -> None:
    """Beside the building: the heartbeat, and what those who follow report."""
    looks = 0
    while looks % _LOOKS_PER_BEAT or lock.keep():
        looks += 1
        if paths := reports(lock.home):
            inbox.put({"changed": paths})
        time.sleep(task.look)
    inbox.put({})


def _refresh(learner: Learner, paths: set[Path]) -> None:
    """Paths were reported, or, where there are none, nothing was for so long that it is time to look."""
    concerned = learner.concerns(paths)
    if concerned or not paths:
        learner.refresh(concerned)


def _changes(inbox: Inbox, seconds: float) -> set[Path]:
    """What was reported within so many seconds: empty where nothing was."""
    try:
        return set(map(Path, inbox.get(timeout=max(0.0, seconds)).get("changed", ())))
    except queue.Empty:
        return set()


def _try(work: Callable[[], None], say: Say) -> None:
    """Whatever goes wrong is said and the worker lives on. No exception's message is passed on: it may quote code."""
    try:
        work()
    except Nowhere as problem:
        say({"problem": str(problem), "temporary": None})
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


def _read(requests: BinaryIO, inbox: Inbox, end: Callable[[], None]) -> None:
    for line in requests:
        with contextlib.suppress(ValueError):
            inbox.put(json.loads(line))
    end()


def _watch_parent(parent: int, end: Callable[[], None]) -> None:
    """For the case that another process holds the other end of stdin."""
    while os.getppid() == parent:
        time.sleep(_LOOK_FOR_PARENT)
    end()


def _ender(leave: list[Callable[[], None]]) -> Callable[[], None]:
    def end() -> None:
        for last in leave:
            last()
        os._exit(0)

    return end


if __name__ == "__main__":
    main()
