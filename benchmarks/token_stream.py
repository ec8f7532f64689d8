"""A source file as the literature's token stream, in lines that the predictor reads as they are.

Python goes through `tokenize`: comments dropped, NEWLINE, INDENT and DEDENT as tokens, strings over 20 characters
masked. Other languages through one plain lexer: newline tokens, comments dropped, long strings masked. Inside a line
the tokens stand between unit separators, and `as_tokens` makes the predictor's lexer read just that.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

from foredraft.predictor import lexer

IN, OUT = "\u21e5", "\u21e4"
"""INDENT and DEDENT."""
WIDTH = 4
_BETWEEN = "\x1f"
_LONGEST_STRING = 20
_MASK = '"..."'
_DROPPED = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER, tokenize.INDENT, tokenize.DEDENT}
_PREFIX = re.compile(r"([A-Za-z]+)(['\"].*)", re.DOTALL)
_PLAIN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)"
    r"|(?P<word>[^\W\d]\w*|\d[\w.]*)|(?P<sign>=>|->|:=|==|!=|<=|>=|&&|\|\||\+\+|--|::|\.\.\.|[^\w\s])|(?P<end>\n)",
    re.DOTALL,
)


@contextmanager
def as_tokens() -> Iterator[None]:
    """Inside, the predictor takes lines for tokens between separators."""
    token, longest = lexer._TOKEN, lexer._LONGEST_LINE
    lexer._TOKEN, lexer._LONGEST_LINE = re.compile(f"[^{_BETWEEN}]+"), 1 << 30
    lexer.lex.cache_clear()
    try:
        yield
    finally:
        lexer._TOKEN, lexer._LONGEST_LINE = token, longest
        lexer.lex.cache_clear()


def stream_lines(name: str, text: str) -> list[str]:
    """The lines of a file's stream, their indentation in steps of `WIDTH`; [] where the file cannot be read so."""
    if PurePath(name).suffix == ".py":
        try:
            return list(_python(text))
        except (tokenize.TokenError, SyntaxError):
            return []
    return list(_plain(text))


def _python(text: str) -> Iterator[str]:
    level, line = 0, []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.INDENT:
            level += 1
        elif token.type == tokenize.DEDENT:
            level -= 1
        elif token.type == tokenize.NEWLINE:
            if line:
                yield " " * WIDTH * level + _BETWEEN.join(line)
            line = []
        elif token.type not in _DROPPED and token.string:
            line.append(_string(token.string) if token.type == tokenize.STRING else token.string)


def _plain(text: str) -> Iterator[str]:
    line: list[str] = []
    for found in _PLAIN.finditer(text + "\n"):
        if found.lastgroup == "end":
            if line:
                yield _BETWEEN.join(line)
            line = []
        elif found.lastgroup == "string":
            line.append(_string(found[0]))
        elif found.lastgroup != "comment":
            line.append(found[0])


def _string(text: str) -> str:
    """Masked if long; a prefix moves behind the quote, so that a string never begins like a name."""
    if len(text) > _LONGEST_STRING:
        return _MASK
    prefixed = _PREFIX.fullmatch(text)
    return prefixed[2][0] + prefixed[1] + prefixed[2] if prefixed else text
