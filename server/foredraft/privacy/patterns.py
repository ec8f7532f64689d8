"""Whether one ignore file's lines, as git reads them, speak of a path."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import NamedTuple

from pathspec import GitIgnoreSpec
from pathspec.pattern import RegexPattern

_CLASS = re.compile(r"\[:(\w+):\]")
_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "digit": "0-9", "lower": "a-z", "upper": "A-Z", "xdigit": "0-9A-Fa-f",
    "blank": " \t", "space": " \t\v\f", "punct": "!-.:-@^-`{-~", "print": " -.0-~", "graph": "!-.0-~",
}  # fmt: skip


class _Rule(NamedTuple):
    ignores: bool
    folders_only: bool
    inside: bool  # `a/**` speaks of what is in the folder, not of the folder
    regex: re.Pattern[str] | None  # None: every path


class Patterns:
    """The lines of one ignore file. A line that git would discard is left out."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules = [rule for line in lines if (rule := _rule(line)) is not None]
        self._rules.reverse()

    def __bool__(self) -> bool:
        return bool(self._rules)

    def verdict(self, relative: str, is_folder: bool) -> bool | None:
        """True: ignored; False: taken back by a `!` line; None: no line speaks of it.

        `relative` is the path from the ignore file's folder, with `/` and without one at its end. Only the path itself
        is judged: what a line says of a folder above is asked there, since git does not go into ignored folders.
        """
        relative = _byte_by_byte(relative)
        marked = relative + "/" if is_folder else relative
        for ignores, folders_only, inside, regex in self._rules:
            if folders_only and not is_folder:
                continue
            if regex is None:
                return ignores
            match = regex.search(relative if inside else marked)
            # pathspec's expressions also match what is below a named folder; then they end before the path does.
            if match is not None and (inside or match.end() == len(marked)):
                return ignores
        return None


def _rule(line: str) -> _Rule | None:
    line = _without_trailing_spaces(_byte_by_byte(line.rstrip("\r\n")))
    if not line or line.startswith("#"):
        return None
    ignores = not line.startswith("!")
    body = line if ignores else line[1:]
    folders_only = body.endswith("/")
    body = body[:-1] if folders_only else body
    if not body or body.endswith("/"):
        return None
    if _matches_everything(body):
        return _Rule(ignores, folders_only, False, None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # re warns of sets such as `[[a]`, which git allows
            patterns = list(GitIgnoreSpec.from_lines([_literal_start(_plain_sets(body))]).patterns)
    except (ValueError, re.error):
        return None
    if len(patterns) != 1 or not isinstance(patterns[0], RegexPattern):
        return None
    regex = patterns[0].regex
    if regex is None or patterns[0].include is None:
        return None
    return _Rule(ignores, folders_only, body.endswith("/**"), regex)


def _byte_by_byte(text: str) -> str:
    """A character for each byte, since git's `?` and `[!a]` stand for one byte."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def _literal_start(body: str) -> str:
    """After our own `!`, a second one (or a `#`) is an ordinary character."""
    return "\\" + body if body[0] in "!#" else body


def _plain_sets(body: str) -> str:
    return _CLASS.sub(lambda found: _CLASSES.get(found[1], ""), body) if "[:" in body else body


def _matches_everything(body: str) -> bool:
    if body in {"*", "**", "/**"}:
        return True
    *folders, last = body.removeprefix("/").split("/")
    return bool(folders) and set(folders) == {"**"} and last in {"*", "**"}


def _without_trailing_spaces(line: str) -> str:
    kept = line.rstrip(" ")
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return kept + " " if backslashes % 2 and len(kept) < len(line) else kept
