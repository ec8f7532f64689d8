"""What do files import? Counted from their lines, cheaply and without parsing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from foredraft.workspace.languages import Language, language_of

_PYTHON = re.compile(r"\s*(?:from\s+([A-Za-z_][\w.]*)\s+import\s+\(?(.*)|import\s+([A-Za-z_].*))")
_JAVASCRIPT = re.compile(r"(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*[\"']([@\w][^\"'\s]*)[\"']")
_GO = re.compile(r"\s*(?:import\s+)?(?:[\w.]+\s+)?\"([\w./~-]+)\"\s*$")
_RUST = re.compile(r"\s*(?:pub(?:\([^)]*\))?\s+)?(?:use|extern\s+crate)\s+(?:::)?([A-Za-z_][\w:]*)")
_JAVA = re.compile(r"\s*import\s+(?:static\s+)?([A-Za-z_][\w.]*)")
_WORD = re.compile(r"[A-Za-z_]\w*")
_LONGEST = 300


class Imports:
    """How often each module is imported. A module is a path with `/` in every language: `django/db/models`,
    `@scope/name/part`, `golang.org/x/text/language`, `tokio/sync/mpsc`, `java/util/List`."""

    def __init__(self) -> None:
        self._exactly: Counter[str] = Counter()
        self._below: Counter[str] = Counter()

    def read(self, name: str, lines: Sequence[str]) -> None:
        """Count the imports of one file, by the language that its name tells."""
        language = language_of(name)
        if language is None:
            return
        for line in lines:
            if len(line) <= _LONGEST:
                for module in _imported(language, line):
                    self._exactly[module] += 1
                    at = len(module)
                    while at > 0:
                        self._below[module[:at]] += 1
                        at = module.rfind("/", 0, at)

    def exactly(self, module: str) -> int:
        """How often just this module is imported."""
        return self._exactly[module]

    def within(self, module: str) -> int:
        """How often the module or anything below it is imported."""
        return self._below[module]


def _imported(language: Language, line: str) -> Iterator[str]:
    if language == "python":
        if "import" in line and (found := _PYTHON.match(line)):
            yield from _python(found)
    elif language == "javascript":
        if "'" in line or '"' in line:
            yield from (name.removeprefix("node:").rstrip("/") for name in _JAVASCRIPT.findall(line))
    elif language == "go":
        if '"' in line and (found := _GO.match(line)):
            yield found[1].strip("/")
    elif language == "rust":
        if ("use" in line or "extern" in line) and (found := _RUST.match(line)):
            yield found[1].rstrip(":").replace("::", "/")
    elif "import" in line and (found := _JAVA.match(line)):
        yield found[1].rstrip(".").replace(".", "/")


def _python(found: re.Match[str]) -> Iterator[str]:
    """`from a.b import c, d` may mean modules a.b.c and a.b.d, or what is in a.b."""
    if found[1] is None:
        for part in found[3].split(","):
            name = part.split()[0] if part.split() else ""
            if _WORD.match(name):
                yield name.strip(".").replace(".", "/")
        return
    module = found[1].strip(".").replace(".", "/")
    yield module
    for part in found[2].split(","):
        if name := _WORD.match(part.strip()):
            yield f"{module}/{name[0]}"
