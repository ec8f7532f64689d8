"""How a line of any language is cut into tokens.

A token keeps the blanks before it (` foo`), because the answer needs them; contexts look at the bare token (`foo`),
because otherwise the two would split the counts. Strings and comments are ordinary words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar
from zlib import crc32

V = TypeVar("V")

END = "\n"
"""The token after the last one of a line."""

MASKED = "masked\u01c2"
"""Stands where a secret stood: one word, which nobody writes, and which is never predicted."""

_MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    r"\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711-\u07f3\u07fd\u0816-\u082d\u0859-\u085b\u0898-\u08e1"
    r"\u08e3-\u0963\u0981-\u0df3\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ecd\u0f18\u0f19\u0f35\u0f37\u0f39\u0f3e-\u0f84"
    r"\u0f86-\u0fbc\u0fc6\u102b-\u103e\u1056-\u109d\u135d-\u135f\u1712-\u1734\u1752-\u17d3\u17dd\u180b-\u180d"
    r"\u180f-\u193b\u1a17-\u1a1b\u1a55-\u1a7f\u1ab0-\u1b44\u1b6b-\u1b73\u1b80-\u1bf3\u1c24-\u1c37\u1cd0-\u1cd2"
    r"\u1cd4-\u1dff\u20d0-\u20f0\u2cef-\u2cf1\u2d7f-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\ua672\ua674-\ua67d"
    r"\ua69e-\ua6f1\ua802-\ua827\ua82c\ua880-\ua8c5\ua8e0-\ua8f1\ua8ff-\ua92d\ua947-\ua953\ua980-\ua9c0"
    r"\ua9e5-\uaa4d\uaa7b-\uaac1\uaaeb-\uaaef\uaaf5\uaaf6\uabe3-\uabea\uabec\uabed\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f"
)
"""Ranges of marks that combine with the letter before them, which `\\w` leaves out: without them names in Devanagari,
Thai, Tamil, decomposed Latin and others would fall apart."""
_SIGN = rf"[\w{_MARKS}\u00b7\u200c\u200d]"
_TOKEN = re.compile(rf"[ \t]*(?:[^\W\d]{_SIGN}*|\d+|[^\w\s])")
_WORD_SIGN = re.compile(_SIGN)
_NO_WORD = re.compile(rf"\d+|(?!\w){_SIGN}")
_LETTER = re.compile(r"\w")
_LONGEST_LINE = 2_000
_MOST_WORDS = 1 << 18
_BLANKS = " \t"

_KEYWORDS = frozenset(
    """
    and as assert async await break case catch class const continue def default defer del do elif else enum except
    export extends false finally fn for from func function go if impl implements import in interface is lambda let
    loop match mod mut new nil none not null or package pass private protected pub public raise range return self
    static struct super switch this throw true try type use var void where while with yield False None True
    """.split()  # noqa: SIM905 - ninety quoted words would be harder to read
)


@lru_cache(maxsize=1 << 16)
def lex(line: str) -> tuple[str, ...]:
    """The tokens of a line, its indentation left out. Of a line over 2,000 characters only the beginning is read."""
    return tuple(_TOKEN.findall(line[:_LONGEST_LINE].strip(_BLANKS)))


@lru_cache(maxsize=1 << 16)
def depth(line: str) -> int:
    """The width of a line's indentation, a tab counted as four; -1 for a blank line."""
    body = line.lstrip(_BLANKS)
    if not body or body.isspace():
        return -1
    blanks = line[: len(line) - len(body)]
    return len(blanks) + 3 * blanks.count("\t")


def split_typed(before: str) -> tuple[tuple[str, ...], str]:
    """What stands left of the cursor as finished tokens and the begun one (blanks and the letters typed so far, may
    be empty)."""
    body = before.lstrip(_BLANKS)
    if len(body) > _LONGEST_LINE:
        body = body[-_LONGEST_LINE:]
    start = len(body)
    while start and _WORD_SIGN.match(body, start - 1):  # backwards: a search for `\w*$` takes quadratic time
        start -= 1
    while (no_word := _NO_WORD.match(body, start)) and no_word.end() < len(body):
        start = no_word.end()  # the word behind a number, or behind marks that follow no letter, is a token of its own
    if start < len(body) and not body[start].isdecimal() and not _LETTER.match(body, start):
        start = len(body)
    start = len(body[:start].rstrip(_BLANKS))
    return tuple(_TOKEN.findall(body[:start])), body[start:]


def bare(token: str) -> str:
    """The token without the blanks before it."""
    return token.lstrip(_BLANKS)


class Memo(dict[str, V]):
    """Word → what `make` makes of it, worked out once; bounded, because a server lives for weeks."""

    def __init__(self, make: Callable[[str], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, word: str) -> V:
        if len(self) >= _MOST_WORDS:
            self.clear()
        value = self[word] = self._make(word)
        return value


def _fingerprint(token: str) -> int:
    return crc32(token.lstrip(_BLANKS).encode("utf-8", "surrogatepass")) or 1


def _kind(token: str) -> int:
    word = token.lstrip(_BLANKS)
    if word in ("", END):
        return 0
    if word in _KEYWORDS:
        return 2
    first = word[0]
    if first == "_" or first.isalpha():
        return 1
    if first.isdigit():
        return 3
    if first in "([{":
        return 4
    if first in ")]}":
        return 5
    return 6 if first in ",;:." else 7


FINGERPRINTS = Memo(_fingerprint)
"""Token → 32-bit hash of the bare token, the same in every process."""
KINDS = Memo(_kind)
"""Token → 0 end of line, 1 name, 2 keyword, 3 number, 4 opening, 5 closing, 6 separator, 7 other punctuation."""
