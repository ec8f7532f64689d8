"""What processes cost, as the kernel counts it: CPU time and memory, of a server and its worker together."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from types import TracebackType

_TICKS = os.sysconf("SC_CLK_TCK")
_SAMPLES = 0.25


def family(pid: int) -> list[int]:
    """The process, its children and theirs."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # it ended between two looks
            found += [each for child in task.read_text().split() for each in family(int(child))]
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, of its children and theirs, and of those that they have waited for."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / _TICKS


def own_cpu_ns(pid: int) -> int:
    """Nanoseconds that the threads of one process have run."""
    return sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def memory_mb(pid: int) -> float:
    """Resident memory of a process and its children; what several share is divided among them (PSS)."""
    total = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


class Peak:
    """The most memory that a server and its worker took within the `with` block."""

    def __init__(self, pid: int) -> None:
        self.mb = 0.0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_SAMPLES):
            try:
                self.mb = max(self.mb, memory_mb(self._pid))
            except (OSError, StopIteration):
                continue  # a worker that ends between two looks
