"""Which process is this, and does that one still run? Asked about what processes left in folders they share."""

from __future__ import annotations

import hashlib
import os
import platform
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

_LOOK_FOR_PARENT = 0.3


class Process(NamedTuple):
    """A process as another one, perhaps on another machine, can tell it from its own."""

    pid: int
    kernel: str
    """The running system it lives in: another one after a reboot, the same in all containers of a machine."""
    space: str
    """Where in that system its pid counts: containers number their own."""

    @property
    def mark(self) -> str:
        """For names of files: two processes whose pids can be compared have the same."""
        return hashlib.sha256(f"{self.kernel} {self.space}".encode()).hexdigest()[:8]


def this() -> Process:
    """The process that asks."""
    return Process(os.getpid(), *_where())


def is_gone(process: Process) -> bool:
    """Whether it has certainly ended; False also where that cannot be told from here."""
    return process[1:] == this()[1:] and not _is_running(process.pid)


def end_with_parent(end: Callable[[], None]) -> None:
    """Call `end`, on a thread, as soon as the process that started this one is gone: also where yet another process
    holds the other ends of its pipes."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_FOR_PARENT)
        end()

    threading.Thread(target=watch, daemon=True).start()


@cache
def _where() -> tuple[str, str]:
    try:
        kernel = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return kernel, os.readlink("/proc/self/ns/pid")  # noqa: PTH115 (no path)
    except OSError:
        return platform.node(), ""


def _is_running(pid: int) -> bool:
    if os.name != "posix":
        return True  # On Windows os.kill would end it.
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
