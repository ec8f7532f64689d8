"""Is the editor still there? A pipe can outlive it when some other child of it holds the other end."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

_SECONDS = 3.0


def watch(process_id: int | None, on_gone: Callable[[], None]) -> None:
    """Call `on_gone` when the process ends. One that never was here, as from inside a container, is not watched."""
    if process_id is None or not exists(process_id):
        return

    def look() -> None:
        if exists(process_id):
            loop.call_later(_SECONDS, look)
        else:
            on_gone()

    loop = asyncio.get_running_loop()
    loop.call_later(_SECONDS, look)


def exists(process_id: int) -> bool:
    """Whether a process of that id runs here. On Windows it is never asked: pipes end with the editor there."""
    if sys.platform == "win32" or process_id <= 0:
        return False
    try:
        os.kill(process_id, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return not _ended(process_id)


def _ended(process_id: int) -> bool:
    """Whether it has ended and only waits for somebody to ask how."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return False
    return bool(state) and state[0] in "ZX"
