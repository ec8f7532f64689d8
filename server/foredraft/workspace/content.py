"""What the predictor gives to the workspace's work: how files are kept, learned and trained on."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol


class Shelf(Protocol):
    """What `predictor.shelf.Shelf` promises: files in little memory, so that none is read twice."""

    @property
    def full(self) -> bool: ...
    def put(self, lines: Sequence[str], /) -> Any: ...
    def lines(self, kept: Any, /) -> list[str]: ...
    def slim(self, kept: Any, /) -> None: ...


class Builder(Protocol):
    """What `predictor.build.Builder` promises."""

    tokens: int
    lines: int

    def add_kept(self, name: str, kept: Any, /) -> bool: ...
    def parts(self) -> Iterable[tuple[str, Any]]: ...


class LibraryBuilder(Protocol):
    """What `predictor.build.Builder(lean=True)` promises."""

    tokens: int
    lines: int

    def add(self, name: str, lines: Sequence[str], /) -> bool: ...
    def parts(self) -> Iterable[tuple[str, Any]]: ...


class Train(Protocol):
    """What `apart.train` promises: (index, libraries, files, budget, weights, idle) → better and better weights and
    calibrations, and now and then None."""

    def __call__(
        self,
        index: Path,
        libraries: Mapping[str, Path],
        files: Iterable[tuple[str, Sequence[str]]],
        budget: int,
        weights: Sequence[float] | None,
        idle: bool,
        /,
    ) -> Generator[Mapping[str, Any] | None]: ...


class Content(NamedTuple):
    """The predictor's part of the work. `tidy` gives back what building and training have remembered,
    `library_builder` makes the levels of packages and standard libraries."""

    shelf: Callable[[], Shelf]
    builder: Callable[[Any], Builder]
    train: Train
    budget: int
    tidy: Callable[[], None]
    library_builder: Callable[[], LibraryBuilder]
