"""A server's worker process: reads requests, learns the workspace beside the user, says what was published.

    python -m foredraft.workspace.worker

Requests are lines of JSON on stdin: first {"index": task}, then any number of {"changed": [paths]}. Answers are lines
of JSON on stdout: {"building": …} or {"following": …}, {"progress": …}, {"index": …}, {"weights": …}, {"settled": …},
{"trained": …}, {"packages": …}, {"machine": …}, {"problem": …}. The process ends when stdin does, which the system sees
to however its server ends.

Of several servers' workers for one index, one builds it and the others follow that one; when it goes, another builds.
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
from collections.abc import Callable
from typing import Any, BinaryIO

from foredraft.workspace.content import Content
from foredraft.workspace.life import Inbox, build, follow
from foredraft.workspace.lock import Lock
from foredraft.workspace.processes import end_with_parent
from foredraft.workspace.task import Task

_NICE = 10


def main() -> None:
    """Serve stdin and stdout until stdin ends."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(_NICE)
    from foredraft.predictor.build import Builder
    from foredraft.predictor.shelf import Shelf, clear_caches
    from foredraft.predictor.training import BUDGET
    from foredraft.workspace.apart import train

    def tidy() -> None:
        clear_caches()
        _give_back()

    serve(Content(Shelf, lambda shelf: Builder(shelf=shelf), train, BUDGET, tidy, lambda: Builder(lean=True)))


def serve(content: Content) -> None:
    """The worker's life, with any predictor. Never returns."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        sys.stdout = sys.stderr  # What anything prints must not stand between the answers.
        inbox: Inbox = queue.SimpleQueue()
        leave: list[Callable[[], None]] = []
        end = _ender(leave)
        threading.Thread(target=_read, args=(sys.stdin.buffer, inbox, end), daemon=True).start()
        end_with_parent(end)

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
            follow(lock, task, inbox, say)
            build(lock, task, content, inbox, say)


def _give_back() -> None:
    """What was freed between what is kept goes back to the system: after a million lines, more than 100 MB."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError, TypeError):  # other systems do it by themselves, or not at all
        ctypes.CDLL(None).malloc_trim(0)


def _read(requests: BinaryIO, inbox: Inbox, end: Callable[[], None]) -> None:
    for line in requests:
        with contextlib.suppress(ValueError):
            inbox.put(json.loads(line))
    end()


def _ender(leave: list[Callable[[], None]]) -> Callable[[], None]:
    def end() -> None:
        for last in leave:
            last()
        os._exit(0)

    return end


if __name__ == "__main__":
    main()
