"""Does a document parse worse with one text at the cursor than with another?"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from foredraft.questions.scopes import headers, indentation
from foredraft.text.document import Document, Position

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_ABOVE, _BELOW = 120, 50
"""So many lines around the cursor are parsed, and up to half as many more to begin and end between blocks."""
_CLOSERS = tuple(")]}")
_GRAMMARS = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "javascriptreact": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "typescriptreact": ("tree_sitter_typescript", "language_tsx"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "java": ("tree_sitter_java", "language"),
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
}
"""Module and function of the grammar of each language, by the names editors use."""


def worse(document: Document, cursor: Position, draft: str, refined: str) -> bool:
    """Whether `document` with `refined` at `cursor` has more errors, and longer ones, than with `draft`.

    False for languages without a grammar. Only what is near the cursor is parsed: about a millisecond, and some more
    when a language's grammar is first loaded. Not to be called from several threads.
    """
    parser = _parser(document.language)
    if parser is None or draft == refined:
        return False
    before, after = _around(document.lines(), cursor)
    drafted, found = (_errors(parser, f"{before}{text}{after}") for text in (draft, refined))
    return found[0] > drafted[0] and found[1] > drafted[1]


def _errors(parser: Parser, text: str) -> tuple[int, int]:
    """How many errors there are, things missing included, and how many bytes they span; what is missing counts one."""
    tree = parser.parse(text.encode("utf-8", "replace"))
    count = length = 0
    nodes: list[Node] = [tree.root_node]
    while nodes:
        node = nodes.pop()
        if node.is_error or node.is_missing:
            count += 1
            length += max(1, node.end_byte - node.start_byte)
        if node.has_error:
            nodes += node.children
    return count, length


def _around(lines: Sequence[str], cursor: Position) -> tuple[str, str]:
    """The text before and behind the cursor: from the header of a block on, if need be with the headers of the blocks
    around it, to the end of one."""
    number, column = cursor
    first = _border(lines, number - _ABOVE, -1, max(0, number - _ABOVE - _ABOVE // 2))
    last = _border(lines, number + _BELOW, 1, min(len(lines), number + _BELOW + _BELOW // 2))
    head = sorted({at for block in headers(lines, first) for at in block}) if first else []
    before = [*(lines[at] for at in head), *lines[first:number], lines[number][:column]]
    return "\n".join(before), "\n".join((lines[number][column:], *lines[number + 1 : last]))


def _border(lines: Sequence[str], at: int, step: int, limit: int) -> int:
    """The next line from `at` on that begins at the margin and ends no block; else the limit."""
    if not 0 < at < len(lines):
        return max(0, min(at, len(lines)))
    for number in range(at, limit, step):
        if indentation(lines[number]) == 0 and not lines[number].startswith(_CLOSERS):
            return number
    return limit


@cache
def _parser(language: str) -> Parser | None:
    if language not in _GRAMMARS:
        return None
    from tree_sitter import Language, Parser

    module, function = _GRAMMARS[language]
    return Parser(Language(getattr(importlib.import_module(module), function)()))
