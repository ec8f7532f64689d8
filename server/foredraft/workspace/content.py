"""What the predictor gives to the workspace's work: how files are kept, learned and trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class Shelf(Protocol):
    """What `predictor.shelf.Shelf` promises: files in little memory, so that none is read twice."""

    @property
    def full(self) -> bool: ...
    def put(self, lines: Sequence[str], /) -> Any: ...
    def lines(self, kept: Any, /) -> list[str]: ...


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
    """What `predictor.training.train` promises."""

    def __call__(
        self,
        arrays: Mapping[str, Any],
        names: Sequence[str],
        files: Iterable[tuple[str, Sequence[str]]],
        budget: int,
        weights: Iterable[float] | None,
        /,
    ) -> Iterator[Mapping[str, Any]]: ...


class Content(NamedTuple):
    """The predictor's part of the work. `tidy` gives back what building and training have remembered,
    `library_builder` makes the levels of packages and standard libraries."""

    shelf: Callable[[], Shelf]
    builder: Callable[[Any], Builder]
    train: Train
    budget: int
    tidy: Callable[[], None]
    library_builder: Callable[[], LibraryBuilder]
