"""Where is a name defined? Told by the look of lines, and kept for a whole workspace in a few bytes a definition."""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from zlib import crc32

import numpy as np

from foredraft.questions.scopes import indentation

MOST = 500_000
"""Definitions of one workspace; of more files the later ones are left out."""
_MOST_FILES = _MOST_LINES = 0xFFFF
_KIND = r"(?:def|class|fn|func|fun|function|interface|struct|enum|trait|module|object|protocol|record|type)"
_ANY = rf"^[ \t]*(?:[a-z]+(?:\([^)\n]*\))?[ \t]+){{0,4}}{_KIND}[ \t]+(?:self\.)?([A-Za-z_]\w*)"
_FORMS: Mapping[str, str] = {
    "python": r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|^([A-Za-z_]\w*)[ \t]*(?::[^=\n]*)?=(?!=)",
    "script": (
        r"^[ \t]*(?:export[ \t]+)?(?:default[ \t]+)?(?:declare[ \t]+)?(?:abstract[ \t]+)?(?:async[ \t]+)?"
        r"(?:function\*?|class|interface|type|enum|namespace)[ \t]+(\w+)|^(?:export[ \t]+)?(?:const|let|var)[ \t]+(\w+)"
        r"|^[ \t]+(?:(?:public|private|protected|static|async|get|set|readonly)[ \t]+)*(?!if|for|while|switch|catch)"
        r"(#?\w+)\([^\n;]*\)[^\n;]*\{$"
    ),
    "go": r"^func[ \t]+(?:\([^)\n]*\)[ \t]*)?(\w+)|^type[ \t]+(\w+)|^(?:var|const)[ \t]+(\w+)",
    "rust": (
        r"^[ \t]*(?:pub(?:\([^)\n]*\))?[ \t]+)?(?:(?:async|unsafe|const|extern)[ \t]+)*"
        r"(?:fn|struct|enum|trait|type|mod|const|static|macro_rules!)[ \t]+(\w+)"
    ),
    "java": (
        r"^[ \t]*(?:\w+[ \t]+)*(?:class|interface|enum|record)[ \t]+(\w+)"
        r"|^[ \t]+(?:(?:public|protected|private|static|final|abstract|synchronized|default)[ \t]+)+[^=;(\n]*?(\w+)\("
    ),
    "c": (
        r"^(?:typedef[ \t]+)?(?:struct|class|enum|union|namespace)[ \t]+(\w+)[^;\n]*$|^#[ \t]*define[ \t]+(\w+)"
        r"|^[A-Za-z_][\w:<>,&* \t]*[ \t*&](?:\w+::)*(~?\w+)\([^;\n]*$"
    ),
}
_FAMILIES: Mapping[str, str] = {
    **dict.fromkeys((".py", ".pyi", ".pyw"), "python"),
    **dict.fromkeys((".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte"), "script"),
    **dict.fromkeys((".go",), "go"),
    **dict.fromkeys((".rs",), "rust"),
    **dict.fromkeys((".java",), "java"),
    **dict.fromkeys((".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh"), "c"),
    **dict.fromkeys((".rb", ".php", ".kt", ".kts", ".swift", ".scala", ".cs", ".lua", ".ex", ".exs", ".dart"), "any"),
}
_PATTERNS = {family: re.compile(form, re.MULTILINE) for family, form in (*_FORMS.items(), ("any", _ANY))}
_LONGEST = 20


def family_of(path: str) -> str | None:
    """Which files look alike: one name for those whose definitions are found in the same way; None: not told."""
    return _FAMILIES.get(os.path.splitext(path)[1].lower())  # noqa: PTH122 (a str, for speed)


def definitions(path: str, text: str) -> Iterator[tuple[str, int]]:
    """(name, line) of what a file of this name defines, in the order of its lines."""
    family = family_of(path)
    if family is None:
        return
    at = line = 0
    for found in _PATTERNS[family].finditer(text):
        line += text.count("\n", at, found.end())
        at = found.end()
        name = found[found.lastindex or 0]
        if line > _MOST_LINES:
            return
        if len(name) > 1 and name != "__init__":
            yield name, line


def body(lines: Sequence[str], number: int) -> range:
    """The lines of the definition that begins at `number`, by indentation; not more than 20."""
    width = indentation(lines[number])
    end = number + 1
    while end < min(len(lines), number + _LONGEST):
        stands = indentation(lines[end])
        if 0 <= stands <= width and lines[end].lstrip()[0] not in ")]}":
            break
        end += 1
        if stands == width and lines[end - 1].lstrip()[:1] == "}":
            break
    while end > number + 1 and not lines[end - 1].strip():
        end -= 1
    return range(number, end)


def outline(path: str, lines: Sequence[str], number: int) -> list[int]:
    """The lines worth knowing of the definition at `number`: of a function its beginning, of a class the first lines of
    what it defines, not more than 20 in all."""
    inner = _PATTERNS.get(family_of(path) or "")
    width, chosen = indentation(lines[number]), list(body(lines, number))
    if inner is None or not re.search(r"\b(?:class|interface|struct|trait|impl|enum)\b", lines[number]):
        return chosen
    members, at = [number], number + 1
    while at < len(lines) and len(members) < _LONGEST:
        stands = indentation(lines[at])
        if 0 <= stands <= width and lines[at].lstrip()[0] not in ")]}":
            break
        if stands > width and inner.match(lines[at]):
            members.append(at)
        at += 1
    return members if len(chosen) == _LONGEST and len(members) > 1 else chosen


class Table:
    """Names of definitions and where they are, by a hash: whoever looks a name up looks at the line too.

    Eight bytes a definition: a workspace of a million lines has about a hundred thousand.
    """

    def __init__(self, entries: array[int] = array("Q")) -> None:  # noqa: B008 - it is only read
        """`entries`: what `entry` makes of each definition, in any order."""
        self._entries = np.sort(np.frombuffer(entries, np.uint64)) if entries else np.empty(0, np.uint64)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, name: str, most: int) -> list[tuple[int, int]]:
        """(file, line) of up to `most` definitions; none where there are more, which says that the name says little."""
        first = int(np.searchsorted(self._entries, np.uint64(_key(name) << 32)))
        last = int(np.searchsorted(self._entries, np.uint64(_key(name) + 1 << 32)))
        if last - first > most:
            return []
        return [(int(each) >> 16 & _MOST_FILES, int(each) & _MOST_LINES) for each in self._entries[first:last]]


def entry(name: str, file: int, line: int) -> int:
    """A definition as a table keeps it: the name's hash, the file's number, the line; of numbers over 65,535 neither
    can be kept."""
    return _key(name) << 32 | file << 16 | line


def _key(name: str) -> int:
    return crc32(name.encode("utf-8", "surrogatepass")) & 0x7FFFFFFF
