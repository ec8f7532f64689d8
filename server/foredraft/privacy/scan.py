"""Texts without their secrets, quickly: of a text that was seen before, only lines that are new are looked into."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from foredraft.privacy.secrets import PLACEHOLDER, key_lines, key_lines_above, mask, mask_key, spans, spans_lines

K = TypeVar("K")
_Masking = Callable[[str, bool], str]

_MOST_LINES, _MOST_TEXTS = 50_000, 500
_QUOTES = re.compile("[\"'`]")
_HEADER = re.compile(r"\+\+\+ (?:b/)?([^\t\n]*)")


class Scan:
    """Masks what is about to be sent. `plain`, everywhere: values need no quotes in files of this kind."""

    def __init__(self) -> None:
        self._lines: dict[tuple[_Masking, bool], dict[str, str]] = {}
        self._texts: dict[tuple[str, bool], str] = {}

    def text(self, text: str, plain: bool) -> str:
        """A whole text masked; one that was seen lately costs nothing."""
        known = self._texts.get((text, plain))
        if known is None:
            masked, _ = self._masked(text.split("\n"), plain, mask)
            known = _kept(self._texts, (text, plain), "\n".join(masked), _MOST_TEXTS)
        return known

    def gap(self, prefix: str, suffix: str, plain: bool) -> tuple[str, str] | None:
        """What stands before and behind a cursor, masked; None where the cursor is within or at the end of a secret."""
        before, after = prefix.split("\n"), suffix.split("\n")
        left, right, at = before[-1], after[0], len(before) - 1
        masked, in_keys = self._masked([*before[:-1], left + right, *after[1:]], plain, mask)
        if at in in_keys or _is_in_secret(left, right, plain):
            return None
        if masked[at] != left + right:
            left, right = _apart(left, right, plain)
        return "\n".join([*masked[:at], left]), "\n".join([right, *masked[at + 1 :]])

    def diff(self, text: str, plain: bool) -> str:
        """A diff masked; it may hold lines as they were while a secret was typed."""
        lines = text.split("\n")
        marks = [line[:1] if line[:1] in ("+", "-", " ") else "" for line in lines]
        bodies = [line[len(mark) :] for line, mark in zip(lines, marks, strict=True)]
        masked, _ = self._masked(bodies, plain, _mask_unfinished)
        return "\n".join(map(str.__add__, marks, masked))

    def _masked(self, lines: list[str], plain: bool, masking: _Masking) -> tuple[list[str], set[int]]:
        """The lines masked, and the numbers of those that are within private keys."""
        seen = self._lines.setdefault((masking, plain), {})
        masked = [
            known if (known := seen.get(line)) is not None else _kept(seen, line, masking(line, plain), _MOST_LINES)
            for line in lines
        ]
        inside: set[int] = set()
        if spans_lines("\n".join(lines)):
            telling = [number for number, line in enumerate(lines) if spans_lines(line)]
            inside = key_lines(lines, telling).union(*(key_lines_above(lines, number) for number in telling))
        for number in inside:
            masked[number] = mask_key(lines[number])
        return masked, inside


def sections(diff: str) -> Iterator[tuple[str, str]]:
    """(path, text) of each part of a diff that is about one file; the path is empty where no header names it."""
    path = ""
    lines: list[str] = []
    for line in diff.split("\n"):
        begun = lines[-1:] and lines[-1].startswith("--- ")
        found = _HEADER.match(line) if begun else None
        if found is not None:
            header = lines.pop()
            if lines:
                yield path, "\n".join(lines)
            path, lines = found[1], [header]
        lines.append(line)
    yield path, "\n".join(lines)


def _kept(known: dict[K, str], key: K, value: str, most: int) -> str:
    """The value, remembered from now on."""
    if len(known) >= most:
        known.clear()
    known[key] = value
    return value


def _is_in_secret(left: str, right: str, plain: bool) -> bool:
    """Whether a cursor between the two is within a secret or at its end, where the user may be typing it."""
    at = len(left)
    places = [*spans(left + right, plain), *spans(left + _open_quote(left), plain)]
    return any(start < at <= end for start, end in places)


def _apart(left: str, right: str, plain: bool) -> tuple[str, str]:
    """Both parts of a line masked, where no secret reaches from one into the other."""
    line, at, done = left + right, 0, ["", ""]
    for start, end in spans(line, plain):
        part = start >= len(left)
        if part and at < len(left):
            done[0] += left[at:]
            at = len(left)
        done[part] += line[at:start] + PLACEHOLDER
        at = end
    if at < len(left):
        return done[0] + left[at:], right
    return done[0], done[1] + line[at:]


def _mask_unfinished(line: str, plain: bool) -> str:
    masked = mask(line, plain)
    if masked != line or not (quote := _open_quote(line)):
        return masked
    return mask(line + quote, plain).removesuffix(quote)


def _open_quote(line: str) -> str:
    """The quote that would close the last string that was begun in the line; empty if there is none."""
    quotes = _QUOTES.findall(line)
    return quotes[-1] if quotes and quotes.count(quotes[-1]) % 2 else ""
