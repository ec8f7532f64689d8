"""What a worker does all its life: follow who builds, and build as soon as it may.

A builder answers what is reported first. What can wait (libraries, further training) it does in steps while nothing is.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from foredraft.workspace.content import Content
from foredraft.workspace.follow import PASSED_ON, Follower, reports
from foredraft.workspace.learn import Learner
from foredraft.workspace.leftovers import clear_homes
from foredraft.workspace.lock import UNSAVED, Lock
from foredraft.workspace.publisher import Nowhere
from foredraft.workspace.task import Task

_REST_PER_BUILD = 10
"""After a build of a second, the next one waits ten."""
_QUIETS = 5
"""So many times the quiet before changes are read, nothing must happen before what can wait is begun."""
_LONGEST_BURST = 30.0
"""Changes that never pause are learned from now and then all the same."""
_LOOKS_PER_BEAT = 5
_LOOKS_TO_DOZE = 10
"""After so many looks at the folders (one a minute) without a report, memory is worth more than a quick answer."""

Say = Callable[[dict[str, Any]], None]
Inbox = queue.SimpleQueue[dict[str, Any]]


def follow(lock: Lock, task: Task, inbox: Inbox, say: Say) -> None:
    """Tell of what another process builds, until that right is ours."""
    if lock.take():
        return
    follower = Follower(lock.home, say)
    while not lock.take():
        follower.look(lock.holder)
        if paths := _changes(inbox, task.look):
            follower.report(paths)
    follower.look(None)


def build(lock: Lock, task: Task, content: Content, inbox: Inbox, say: Say) -> None:
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
    looks = 0
    while lock.held:
        rested = time.monotonic() + _REST_PER_BUILD * learner.seconds
        paths = _next(lock, learner, inbox, tell)
        looks = 0 if paths else looks + 1
        if looks and looks % _LOOKS_TO_DOZE == 0:
            _try(learner.doze, tell)
        latest = max(rested, time.monotonic() + _LONGEST_BURST)
        while paths and time.monotonic() < latest:
            more = _changes(inbox, max(task.quiet, rested - time.monotonic()))
            if not more:
                break
            paths |= more
        if lock.held:
            _try(lambda: _refresh(learner, paths), tell)  # noqa: B023 (called at once)


def _next(lock: Lock, learner: Learner, inbox: Inbox, say: Say) -> set[Path]:
    """What is reported next, or nothing when it is time to look without. Until then and after a quiet moment what can
    wait is done; nobody waits for that, so there is as much rest as work."""
    end = time.monotonic() + learner.task.rescan
    pause: list[float | None] = [_QUIETS * learner.task.quiet]

    def step() -> None:
        pause[0] = None
        pause[0] = learner.step(lambda: not inbox.empty() or not lock.held)

    paths = _changes(inbox, _QUIETS * learner.task.quiet)
    while not paths and lock.held:
        if pause[0] is not None:
            _try(step, say)
        left = end - time.monotonic()
        if left <= 0:
            break
        paths = _changes(inbox, left if pause[0] is None else pause[0])
    return paths


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
    if paths:
        learner.disturbed()
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
