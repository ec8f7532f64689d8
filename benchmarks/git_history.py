"""What a git history says was typed: commits, the files they changed and the lines they added."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

FAMILIES = (
    (".py",), (".go",), (".ts", ".tsx"), (".js", ".jsx", ".mjs"), (".rs",), (".java",), (".c", ".h"),
    (".cc", ".cpp", ".hpp"), (".cs",), (".rb",), (".php",), (".kt",), (".swift",), (".lua",), (".scala",),
)  # fmt: skip
_MOST_FILES, _MOST_LINES, _LOOKED_AT = 5, 120, 400
_LARGEST = 1_000_000
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")
_EOL = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Change:
    """One file of one commit: its lines afterwards, and which of them were added (from 0)."""

    path: str
    after: list[str]
    added: list[int]


class History:
    """A git repository, bare or not, read through git itself; nothing of it is run."""

    def __init__(self, repo: Path) -> None:
        self._repo = repo
        names = self._git("ls-tree", "-r", "--name-only", "HEAD").splitlines()
        counts = Counter(PurePosixPath(name).suffix for name in names)
        self.suffixes = max(FAMILIES, key=lambda family: sum(counts[suffix] for suffix in family))

    def choose(self, most: int) -> list[str]:
        """The newest non-merge commits, newest first, that add some and at most 120 lines in at most 5 source files."""
        newest = self._git("rev-list", "--no-merges", f"-{_LOOKED_AT}", "HEAD").split()
        globs = [f"*{suffix}" for suffix in self.suffixes]  # a clone may lack the blobs of other files
        stats = "--numstat", "--format=commit %H %P", "--no-renames"
        log = self._git("log", "--no-walk=unsorted", *stats, *newest, "--", *globs)
        chosen: list[str] = []
        for block in log.split("commit ")[1:]:
            head, _, stat = block.partition("\n")
            rows = [row.split("\t") for row in stat.splitlines() if row.count("\t") == 2]
            rows = [row for row in rows if row[2].endswith(self.suffixes) and row[0] != "-"]
            added = sum(int(row[0]) for row in rows)
            if len(head.split()) > 1 and 0 < len(rows) <= _MOST_FILES and 0 < added <= _MOST_LINES:
                chosen.append(head.split()[0])
            if len(chosen) == most:
                break
        return chosen

    def changes(self, commit: str) -> list[Change]:
        """The source files that the commit added lines to."""
        globs = [f"*{suffix}" for suffix in self.suffixes]
        diff = self._git("diff", "-U0", "--no-renames", "--no-color", f"{commit}^", commit, "--", *globs)
        found = []
        for part in re.split(r"^diff --git .*\n", diff, flags=re.MULTILINE)[1:]:
            target = re.search(r"^\+\+\+ b/(.*)$", part, flags=re.MULTILINE)
            if target is None:
                continue
            added: list[int] = []
            for row in part.splitlines():
                if hunk := _HUNK.match(row):
                    start, count = int(hunk[1]) - 1, int(hunk[2] or 1)
                    added += range(start, start + count)
            after = self._text(f"{commit}:{target[1]}").split("\n")
            if added:
                found.append(Change(target[1], [line.removesuffix("\r") for line in after], added))
        return found

    def tree(self, commit: str) -> list[tuple[str, str]]:
        """(path, blob) of the source files of a commit."""
        rows = self._git("ls-tree", "-r", "-l", commit).splitlines()
        found = []
        for row in rows:
            fields, _, path = row.partition("\t")
            _, kind, sha, size = fields.split()
            if kind == "blob" and path.endswith(self.suffixes) and int(size) <= _LARGEST:
                found.append((path, sha))
        return found

    def lines(self, sha: str) -> list[str]:
        """The lines of a blob."""
        return _EOL.split(self._text(sha))

    def _text(self, name: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self._repo), "cat-file", "blob", name],
            capture_output=True,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return done.stdout.decode("utf-8", "replace")

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(self._repo), *arguments], capture_output=True, check=True, stdin=subprocess.DEVNULL
        )
        return done.stdout.decode("utf-8", "replace")
