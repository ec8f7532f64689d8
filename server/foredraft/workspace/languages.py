"""Which language a file is written in, by its name, and which of them a workspace is really made of."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

Language = Literal["python", "javascript", "go", "rust", "java"]

SUFFIXES: Mapping[Language, tuple[str, ...]] = {
    "python": (".py", ".pyi", ".pyw"),
    "javascript": (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte"),
    "go": (".go",),
    "rust": (".rs",),
    "java": (".java",),
}
"""The languages whose libraries are known; TypeScript and JavaScript share theirs."""
_LANGUAGES: Mapping[str, Language] = {suffix: name for name, suffixes in SUFFIXES.items() for suffix in suffixes}
_OTHERS = frozenset(
    (
        *(".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".cs", ".fs", ".vb", ".rb", ".php", ".kt", ".kts", ".scala"),
        *(".swift", ".m", ".mm", ".lua", ".ex", ".exs", ".erl", ".hs", ".ml", ".jl", ".r", ".dart", ".zig", ".clj"),
    )
)
_REAL_SHARE = 0.1


def language_of(name: str) -> Language | None:
    """The language of a file of this name, where its libraries are known."""
    return _LANGUAGES.get(os.path.splitext(name)[1].lower())  # noqa: PTH122 (a str, for speed)


def main_languages(files: Iterable[tuple[str, int]]) -> list[Language]:
    """Of files (name, size) those languages that make up a tenth or more of the code, the largest first."""
    sizes: Counter[Language] = Counter()
    others = 0
    for name, size in files:
        language = language_of(name)
        if language is not None:
            sizes[language] += size
        elif os.path.splitext(name)[1].lower() in _OTHERS:  # noqa: PTH122 (a str, for speed)
            others += size
    least = _REAL_SHARE * (sizes.total() + others)
    return [language for language, size in sizes.most_common() if size and size >= least]
