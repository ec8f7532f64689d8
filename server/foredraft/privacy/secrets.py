"""Lines without their secrets: what looks like a key, a token or a password is replaced before anything is learned."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from pathlib import PurePosixPath

from foredraft.predictor.lexer import MASKED

PLACEHOLDER = MASKED
"""Stands in the place of each secret's characters."""

_KEYWORDS = ("secret", "passw", "pwd", "_pass", "key", "token", "auth", "credential", "contrase")
_NAMED_VALUE = re.compile(
    r"(?:secret|pass|pwd|key|token|auth|credential|contrase)\S*?\s*(?:[:=!]|\(\"|\s[\"'`])", re.IGNORECASE
)
_RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_DIGIT = re.compile(r"\d")
_PLAIN_SUFFIXES = frozenset(
    (".yml", ".yaml", ".ini", ".cfg", ".conf", ".config", ".toml", ".properties", ".tf", ".hcl", ".sh", ".bash", ".zsh")
)
_KEY_BEGINS = re.compile(r"-----BEGIN[A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|PuTTY-User-Key-File-")
_KEY_ENDS = re.compile(r"-----END[A-Z0-9 ]*PRIVATE KEY")
_KEY_MATERIAL = re.compile(r"[\s\"'`+,#/*>|\\(]*(?:\w[\w-]*: .*|(?:[A-Za-z0-9+/=]+(?:\\[nr])*)?)[\s\"'`+,;)\\]*$")
_KEY_RUN = re.compile(r"[A-Za-z0-9+/=]{8,}|(?<![\w-])[A-Za-z0-9+/]+={1,2}")
_LONGEST = 10_000
_WINDOW, _OVERLAP = 2_000, 500


def mask(line: str, plain: bool = False) -> str:
    """The line with each secret's characters replaced by `PLACEHOLDER`; quotes and everything else stay.

    `plain` says that values need no quotes here (YAML, INI, shell): then `password: hunter2` is masked too.
    Of a line over 10,000 characters, which nobody typed, nothing stays. An ordinary line costs about two
    microseconds; a suspicious one is looked into once and then remembered.
    """
    if len(line) > _LONGEST:
        return PLACEHOLDER
    return _masked(line, plain) if _is_suspicious(line) else line


def spans(line: str, plain: bool = False) -> tuple[tuple[int, int], ...]:
    """Where in the line, (start, end), the characters stand that `mask` replaces; in order, none overlapping."""
    if len(line) > _LONGEST:
        return ((0, len(line)),)
    return _places_of_secrets(line, plain) if _is_suspicious(line) else ()


def is_plain(name: str) -> bool:
    """Whether values need no quotes in files of this name: YAML, INI, shell."""
    return PurePosixPath(name).suffix.lower() in _PLAIN_SUFFIXES


def spans_lines(text: str) -> bool:
    """Whether a key of several lines may begin in `text`, which may be many lines; quick."""
    return "PRIVATE KEY" in text or "PuTTY-User" in text


def mask_lines(lines: Sequence[str], name: str = "") -> list[str]:
    """All lines of one file masked, keys that span several lines too. `name` is the file's, for its kind."""
    plain = is_plain(name)
    text = "\n".join(lines)
    masked = list(lines)
    for number in _worth_a_look(lines, text):
        masked[number] = mask(lines[number], plain)
    if spans_lines(text):
        for number in key_lines(lines, (number for number, line in enumerate(lines) if spans_lines(line))):
            masked[number] = mask_key(lines[number])
    return masked


def key_lines(lines: Sequence[str], begins: Iterable[int]) -> set[int]:
    """The numbers of the lines inside of private keys; `begins` are those in which one may begin."""
    found: set[int] = set()
    for begin in begins:
        if begin in found or not _KEY_BEGINS.search(lines[begin]) or _KEY_ENDS.search(lines[begin]):
            continue
        for number in range(begin + 1, len(lines)):
            if _KEY_ENDS.search(lines[number]) or not _KEY_MATERIAL.match(lines[number]):
                break
            found.add(number)
    return found


def key_lines_above(lines: Sequence[str], end: int) -> set[int]:
    """The numbers of the lines inside of the private key that ends in line `end` of a text that may begin within it."""
    found: set[int] = set()
    if _KEY_ENDS.search(lines[end]) and not _KEY_BEGINS.search(lines[end]):
        for number in range(end - 1, -1, -1):
            if _KEY_BEGINS.search(lines[number]) or not _KEY_MATERIAL.match(lines[number]):
                break
            found.add(number)
    return found


def mask_key(line: str) -> str:
    """A line from the inside of a private key, masked."""
    return _KEY_RUN.sub(PLACEHOLDER, line)


def _worth_a_look(lines: Sequence[str], text: str) -> Iterable[int]:
    """The numbers of lines, among them all that `mask` would change. `text` is the lines joined: searched as a whole it
    takes a fraction of the time."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter became two, so that places in one are not places in the other
        return range(len(lines))
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    places = [found.start() for found in _RUN.finditer(text) if _DIGIT.search(found[0])]
    places += chain(_places(text, "://"), _places(text, "PRIVATE KEY"))
    for word in _KEYWORDS:
        places += _places(lowered, word)
    found = {bisect_right(starts, place) - 1 for place in places}
    return found.union(number for number, line in enumerate(lines) if len(line) > _LONGEST)


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _is_suspicious(line: str) -> bool:
    if _RUN.search(line) is not None and any(_DIGIT.search(run) for run in _RUN.findall(line)):
        return True
    lowered = line.lower()
    if any(word in lowered for word in _KEYWORDS) and _NAMED_VALUE.search(line) is not None:
        return True
    return ("://" in line and "@" in line) or "PRIVATE KEY" in line


@lru_cache(maxsize=20_000)
def _masked(line: str, plain: bool) -> str:
    done: list[str] = []
    at = 0
    for start, end in _places_of_secrets(line, plain):
        done += line[at:start], PLACEHOLDER
        at = end
    return "".join(done) + line[at:]


@lru_cache(maxsize=2_000)
def _places_of_secrets(line: str, plain: bool) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    at = 0
    for start, end in sorted(_spans(line, plain)):
        if end > at:
            # Two secrets that overlap become one word.
            found.append((start, end) if start >= at else (found.pop()[0], end))
            at = end
    return tuple(found)


def _spans(line: str, plain: bool) -> Iterator[tuple[int, int]]:
    from foredraft.privacy import detectors  # 0.2 s: only where a line is suspicious

    begins = _KEY_BEGINS.search(line)
    if begins:
        yield from (found.span() for found in _KEY_RUN.finditer(line, begins.end()) if not _in_marker(line, found))
    for start in range(0, len(line), _WINDOW):
        # A long line in overlapping windows: some of the expressions take quadratic time.
        low = max(0, start - _OVERLAP)
        for first, last in detectors.spans(line[low : start + _WINDOW + _OVERLAP], plain):
            yield low + first, low + last


def _in_marker(line: str, found: re.Match[str]) -> bool:
    return line.startswith("-----", found.end()) or line[: found.start()].endswith(("-----", "-----END "))
