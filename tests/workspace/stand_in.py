"""A predictor that only counts, for tests of what surrounds the predictor. As a script: a worker process with it."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from foredraft.workspace.content import Content
from foredraft.workspace.worker import serve

MOST_FILES = 1_000


class Texts:
    """A shelf that keeps the text."""

    full = False

    def put(self, lines: Sequence[str]) -> str:
        return "\n".join(lines)

    def lines(self, kept: str) -> list[str]:
        return kept.split("\n")

    def slim(self, kept: str) -> None: ...


class CountingBuilder:
    """Its one array is the text of all files."""

    def __init__(self, shelf: Texts) -> None:
        self.tokens = 0
        self.lines = 0
        self._files: list[str] = []

    def add_kept(self, name: str, kept: str) -> bool:
        if len(self._files) >= MOST_FILES:
            return False
        self._files.append(kept)
        lines = kept.split("\n")
        self.lines += len(lines)
        self.tokens += sum(len(line.split()) for line in lines)
        return True

    def parts(self) -> Iterator[tuple[str, Any]]:
        text = "\0".join(self._files).encode("utf-8", "surrogatepass")
        yield "text", np.frombuffer(text, dtype=np.uint8)
        yield "sizes", np.array(list(map(len, self._files)), np.uint64)


class LibraryBuilder(CountingBuilder):
    """The same without a shelf."""

    def __init__(self) -> None:
        super().__init__(Texts())

    def add(self, name: str, lines: Sequence[str]) -> bool:
        return self.add_kept(name, "\n".join(lines))


def train(
    index: Path,
    libraries: Mapping[str, Path],
    files: Iterable[tuple[str, Sequence[str]]],
    budget: int,
    weights: Sequence[float] | None,
    idle: bool,
) -> Generator[dict[str, Any] | None]:
    lines = sum(len(each) for _, each in files)
    for step in (1, 2):
        yield {"weights": np.array([lines, step], np.float32), "calibration": np.zeros(0, np.float32)}


CONTENT = Content(Texts, CountingBuilder, train, 100, lambda: None, LibraryBuilder)

if __name__ == "__main__":
    serve(CONTENT)
