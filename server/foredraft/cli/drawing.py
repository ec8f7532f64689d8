"""How `foredraft try` looks in a terminal: a progress bar, then a row for each place and a summary."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich import progress
from rich.console import Console
from rich.table import Table
from rich.text import Text

from foredraft.app import Progress, Status

_CURSOR = "│"


@dataclass(frozen=True, slots=True)
class Shown:
    """A place and what came of it. `line` and `column` count from 1; `right` is None where nothing was proposed."""

    line: int
    column: int
    before: str
    really: str
    proposed: str | None
    right: bool | None
    source: str | None
    confidence: float | None
    ms: float


@contextmanager
def progress_bar(hidden: bool) -> Iterator[Callable[[Progress], None]]:
    """A bar on stderr while the index grows; gone afterwards."""
    columns = ("Reading the folder", progress.BarColumn(), progress.MofNCompleteColumn(), "files")
    with progress.Progress(*columns, console=Console(stderr=True), transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=None)
        yield lambda now: bar.update(task, completed=now.done, total=now.total)


def draw(path: Path, known: Status, shown: Sequence[Shown], console: Console | None = None) -> None:
    """Print a row for each place: what is typed, the proposal, the verdict; below it what really follows."""
    console = console or Console(highlight=False)
    console.print(Text.assemble((str(path), "bold"), f": each line below is typed up to the {_CURSOR}"))
    console.print(
        Text(f"Known besides: {known.files:,} files, {known.lines:,} lines ({known.message}).\n", style="dim")
    )
    room = max(12, (console.width - 38) * 3 // 5)
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column(no_wrap=True)
    for one in shown:
        before = _tail(one.before.lstrip(), room)
        proposed = (one.proposed or "").replace("\n", "⏎")
        row = Text.assemble(before, (_CURSOR, "yellow"), (proposed, "italic dim cyan"))
        table.add_row(str(one.line), row, _verdict(one))
        if one.proposed != one.really:
            table.add_row("really", Text.assemble(" " * (len(before) + 1), (one.really, "dim")), "")
    console.print(table)
    console.print(_summary(shown))


def _tail(text: str, room: int) -> str:
    return text if len(text) <= room else f"…{text[1 - room :]}"


def _verdict(one: Shown) -> Text:
    if one.right is None:
        return Text(f"–  silent         {one.ms:6.1f} ms", style="dim")
    mark = ("✓", "green") if one.right else ("✗", "red")
    return Text.assemble(mark, f"  {one.source} {one.confidence:.2f}".ljust(17), (f"{one.ms:6.1f} ms", "dim"))


def _summary(shown: Sequence[Shown]) -> Text:
    if not shown:
        return Text("No line of this file is long enough to be cut in the middle. Try another file.")
    right = [one.right for one in shown if one.right is not None]
    middle = statistics.median(one.ms for one in shown)
    words = f"\n{len(shown)} places: {len(right)} proposals, {sum(right)} of them right; {middle:.1f} ms in the middle."
    return Text(words, style="bold")
