"""What a worker does while another process builds: it tells its server what that one publishes, and that one what its
own server reports.

    <home>/changed-<pid>-<random>.json     paths whose files changed; the builder reads it and deletes it

Reports are files because the builder may be anybody's: of another server, another user's session, another container.
They wake it within a second. One that gets lost costs nothing: the builder looks through the folders every minute.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from foredraft.workspace import saved
from foredraft.workspace.lock import Holder, replace
from foredraft.workspace.versions import OF_THE_WORKSPACE, Kind

PASSED_ON = ("progress", "settled", "trained", "packages", "machine")
"""What a builder says to its server that others' servers hear too."""
_MOST_REPORTS = 100
_MOST_BYTES = 1 << 20

Say = Callable[[dict[str, Any]], None]


class Follower:
    """One look after the other at what another process builds in `home`."""

    def __init__(self, home: Path, say: Say) -> None:
        self._home = home
        self._say = say
        self._told: dict[Kind, str] = {}
        self._passed_on: dict[str, Any] = {}
        self._holder: Holder | None = None

    def look(self, holder: Holder | None) -> None:
        """Say what is new: who builds, which versions there are, and how far the builder is. Nothing is said twice."""
        if holder is not None and (self._holder is None or holder.process != self._holder.process):
            self._say({"following": {"pid": holder.process.pid, "host": holder.host, "since": holder.since}})
            self._passed_on.clear()
        self._holder = holder
        for kind in OF_THE_WORKSPACE:
            newest = saved.newest(self._home, kind)
            if newest is not None and self._told.get(kind) != newest[1]:
                self._told[kind] = newest[1]
                self._say({kind: {"path": os.fspath(newest[0]), "identity": newest[1]}})
        # The holder's note was read before the versions: what it calls settled was published by then.
        for name in PASSED_ON:
            fact = holder.facts.get(name) if holder is not None else None
            if fact and self._passed_on.get(name) != fact:
                self._say({name: fact})
            self._passed_on[name] = fact

    def report(self, paths: Iterable[Path]) -> None:
        """Tell the builder of files that changed. Where that cannot be written it finds them by itself, later."""
        try:
            if sum(1 for _ in self._home.glob("changed-*.json")) < _MOST_REPORTS:
                name = f"changed-{os.getpid()}-{secrets.token_hex(4)}.json"
                replace(self._home / name, json.dumps([os.fspath(path) for path in paths]))
        except OSError:
            return


def reports(home: Path) -> list[str]:
    """The paths that other processes reported to the builder since the last call, which is the only one to see them."""
    found: list[str] = []
    for path in home.glob("changed-*.json"):
        with contextlib.suppress(OSError, ValueError, RecursionError):
            content = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else b"[]"
            path.unlink()
            told = json.loads(content)
            found += [each for each in told if isinstance(each, str)] if isinstance(told, list) else []
    return found
