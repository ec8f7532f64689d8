"""What is deleted of a home: versions that newer ones replaced, and what processes left that are gone. And whole homes
that nobody needs any more."""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections import defaultdict
from pathlib import Path

from foredraft.workspace import processes
from foredraft.workspace.lock import is_free, lock_files
from foredraft.workspace.versions import KINDS, Kind, maker, meta, versions

_KEPT = 2
_UNFINISHED = 3600.0
"""Nothing is written for an hour: what is older was left behind, also by another machine or under a pid used again."""
_OF_OTHERS = 14 * 24 * 3600.0
"""So long a version stays that another release made, which may be started again tomorrow."""
_HOMES = 60 * 24 * 3600.0
_HOME = re.compile(r"[0-9a-f]{24}")


def unfinished_prefix(start: str = ".") -> str:
    """How names begin of what is not finished, or not deleted to its end; nobody reads what is called so."""
    me = processes.this()
    return f"{start}{me.pid}-{me.mark}-"


def clear_unfinished(into: Path, start: str = ".") -> None:
    """Delete what processes left that were killed while they wrote or deleted."""
    me = processes.this()
    for path in into.glob(f"{start}*-*"):
        pid, _, rest = path.name.removeprefix(start).partition("-")
        if pid.isdecimal() and pid.isascii() and int(pid) != me.pid:
            ended = rest.startswith(f"{me.mark}-") and processes.is_gone(me._replace(pid=int(pid)))
            if ended or (start == "." and _age(path) > _UNFINISHED):
                _remove(path)


def collect(into: Path, kind: Kind) -> None:
    """Delete the versions older than the last two. Another release's are left to it while it runs, and for two weeks;
    what is mapped stays valid for its readers."""
    made: dict[str, list[Path]] = defaultdict(list)
    for path in versions(into, kind):
        made[_maker(path)].append(path)
    for path in made.pop(maker(), [])[_KEPT:]:
        delete(path)
    for other, paths in made.items():
        if is_free(into, other):
            for path in paths:
                if _age(path) > _OF_OTHERS:
                    delete(path)
    _clear_locks(into)


def clear_homes(home: Path) -> None:
    """Delete the homes beside this one of which no server made use for two months: their workspaces are gone, or are
    learned by other rules now."""
    for other in home.parent.iterdir() if _HOME.fullmatch(home.name) else ():
        unused = other != home and _HOME.fullmatch(other.name) and _age(other) > _HOMES
        if unused and all(is_free(other, of) for _, of in lock_files(other)):
            delete(other)


def delete(path: Path) -> None:
    """Take a version away: first its name, so that nobody finds half of it. What cannot be deleted stays."""
    gone = path.with_name(f"{unfinished_prefix()}{path.name}")
    with contextlib.suppress(OSError):
        path.rename(gone)
        _remove(gone)


def _clear_locks(into: Path) -> None:
    """Delete the locks of releases of which nothing is left."""
    left = {maker()} | {_maker(path) for kind in KINDS for path in versions(into, kind)}
    for path, other in lock_files(into):
        if other not in left and _age(path) > _OF_OTHERS and is_free(into, other):
            _remove(path)


def _maker(path: Path) -> str:
    """Who made a version; where it does not say so any more, we take care of it."""
    try:
        return maker(meta(path).body)
    except (OSError, ValueError):
        return maker()


def _age(path: Path) -> float:
    try:
        return time.time() - path.lstat().st_mtime
    except OSError:
        return 0.0


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()
