"""What is not learned of the files that others wrote."""

from __future__ import annotations

from pathlib import Path

from foredraft.privacy.deny_list import DenyList
from foredraft.privacy.ignore import IgnoreRules
from foredraft.workspace.inside import Inside
from foredraft.workspace.task import Task


class Forbidden:
    """What no library's file may be: the names that hold secrets, the user's deny globs, and the user's own ignore
    files. What git ignores may: there packages are."""

    def __init__(self, task: Task) -> None:
        folders = Inside(task.folders).folders
        self._deny = DenyList(task.deny, (*task.folders, *folders))
        self._rules = [IgnoreRules(folder) for folder in folders]

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, Path):
            return False
        return path in self._deny or any(rule.ignored_by_user(path) for rule in self._rules)
