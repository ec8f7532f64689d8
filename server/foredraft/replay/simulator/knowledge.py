"""Files whose final text a model has seen: where in them a prompt's cursor is, and how the model would go on.

How a place is found. The last line that is not blank before the cursor's line is looked up among all lines of the
known files; each line behind a hit is a candidate. One that begins with what stands on the cursor's line comes before
any that does not; then counts how many of the lines further up agree, without a gap, and whether the next line of the
suffix follows soon. Without a hit (the line above is new) every known line that begins with the cursor's line is a
candidate, if there are four characters or more. A chat prompt without any mark of the cursor is aligned with the files,
line by line: the cursor is where the prompt leaves the longest piece of a file and, if it can be, joins it again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from foredraft.replay.simulator.gaps import Gap
from foredraft.text.edit import common

_FAR = 24
"""How many lines above the cursor are compared, and below it looked through."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A cursor in a known file. Greater is likelier. `row` counts from 0, `line` is what stands before the cursor
    there, `rest` what stands behind it on the line; `blank` lines of the file come before `row` and are still to come.
    `there`: the line stands below the cursor already, so nothing is missing.
    """

    fits: bool
    score: int
    file: int
    row: int
    line: str
    rest: str
    blank: int = 0
    there: bool = False


class Knowledge:
    """Some files' final text, of which `share` of the lines are known."""

    def __init__(self, files: Mapping[str, str], share: float, seed: int) -> None:
        self._share, self._seed = share, seed
        self._names = list(files)
        self._files = [text.replace("\r\n", "\n").split("\n") for text in files.values()]
        self._after: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
        everything = []
        for file, lines in enumerate(self._files):
            self._after["",].append((file, -1))
            above = ""
            for row, line in enumerate(lines):
                if line.strip():
                    self._after[line.rstrip(),].append((file, row))
                    self._after[line.rstrip(), above].append((file, row))
                    above = line.rstrip()
                    everything.append((line, file, row))
        self._sorted = sorted(everything, key=lambda one: one[0])

    def find(self, gaps: Iterable[Gap], whole: str = "") -> Place | None:
        """The likeliest place of any of `gaps`; where they lead nowhere, of the text `whole` aligned with the files."""
        found = [place for gap in gaps if (place := self._place(gap)) is not None]
        if not found and whole:
            found = list(self._aligned(whole.replace("\r\n", "\n").split("\n")))
        return max(found, default=None)

    def go_on(self, place: Place, lines: int) -> tuple[str, bool]:
        """How the model goes on there for so many lines, blank ones not counted, and whether all of it is true."""
        if place.there:
            return "", True
        file, row = self._files[place.file], place.row
        text = "\n" * place.blank
        known = place.fits and self._known(place.file, row)
        rest = file[row][len(place.line) :] if known else self._wrong(place)
        behind = place.rest.strip()
        if known and behind and rest.rstrip().endswith(behind):
            return text + rest.rstrip().removesuffix(behind), True
        text += rest
        for _ in range(lines - 1):
            last, row = row, next((at for at in range(row + 1, len(file)) if file[at].strip()), len(file))
            if row == len(file):
                break
            true = self._known(place.file, row)
            known = known and true
            text += "\n" * (row - last) + (file[row] if true else self._other(place.file, row))
        return text, known

    def _place(self, gap: Gap) -> Place | None:
        head = gap.prefix.replace("\r\n", "\n")[-8000:].split("\n")
        line = head.pop()
        above = [one.rstrip() for one in reversed(head) if one.strip()][:_FAR]
        blank = next((count for count, one in enumerate(reversed(head)) if one.strip()), len(head))
        rest, *below = gap.suffix.replace("\r\n", "\n").split("\n", 40)
        follow = next((one.rstrip() for one in below if one.strip()), None)
        best: Place | None = None
        for key in _keys(above):  # many lines are like the one above, few have the same one above that too
            candidates = [
                self._candidate(file, row, line, rest, above, blank, follow) for file, row in self._after.get(key, ())
            ]
            best = max((one for one in candidates if one is not None and (one.fits or one.score)), default=best)
            if best is not None and best.fits:
                return best
        if len(line.strip()) >= 4:
            return max(self._beginning(line, rest, follow), default=best)
        return best or self._start(line, rest, blank, follow)

    def _start(self, line: str, rest: str, blank: int, follow: str | None) -> Place | None:
        """The first line of a file, below something that is none of it: its path, a fence."""
        starts = [self._candidate(file, row, line, rest, [], blank, follow) for file, row in self._after["",]]
        return max((one for one in starts if one is not None and one.fits and one.score), default=None)

    def _candidate(
        self, file: int, row: int, line: str, rest: str, above: list[str], blank: int, follow: str | None
    ) -> Place | None:
        """The line of code behind `row`, if there is one."""
        lines = self._files[file]
        next_row = next((at for at in range(row + 1, len(lines)) if lines[at].strip()), None)
        if next_row is None:
            return None
        to_come = 0 if line.strip() else max(0, next_row - row - 1 - blank)
        if to_come:
            line = ""
        fits = lines[next_row].startswith(line)
        there = not line.strip() and not rest.strip() and lines[next_row].rstrip() == follow
        score = self._agreeing(lines, row, above) + 3 * (there or self._follows(lines, next_row, follow))
        return Place(fits, score, file, next_row, line, rest, to_come, there)

    def _beginning(self, line: str, rest: str, follow: str | None) -> Iterator[Place]:
        """The known lines that begin with `line`."""
        for file, row in self._rows(line):
            yield Place(True, 3 * self._follows(self._files[file], row, follow), file, row, line, rest)

    def _beginning_in(self, file: int, line: str) -> Iterator[str]:
        return (self._files[file][row] for other, row in self._rows(line) if other == file)

    def _rows(self, line: str) -> Iterator[tuple[int, int]]:
        """File and row of the known lines that begin with `line`, the first 1,000 by their text."""
        start = bisect_left(self._sorted, line, key=lambda one: one[0])
        for text, file, row in self._sorted[start : start + 1000]:
            if not text.startswith(line):
                return
            yield file, row

    def _aligned(self, text: list[str]) -> Iterator[Place]:
        """Where `text` leaves a known file within or before a line."""
        for at in range(1, len(text)):
            above = [one.rstrip() for one in reversed(text[max(0, at - _FAR) : at]) if one.strip()]
            for file, row in self._after.get((text[at - 1].rstrip() or "\0",), ()):
                lines = self._files[file]
                if row + 1 >= len(lines) or not lines[row + 1].strip() or lines[row + 1].rstrip() == text[at].rstrip():
                    continue
                column = common(lines[row + 1], text[at])
                follow = next((one.rstrip() for one in text[at + 1 : at + 4] if one.strip()), None)
                joins = self._follows(lines, row + 1, follow)
                score = self._agreeing(lines, row, above) + 10 * joins
                yield Place(True, score, file, row + 1, lines[row + 1][:column], "")

    def _agreeing(self, lines: list[str], row: int, above: list[str]) -> int:
        """How many of the lines from `row` upwards are those `above` the cursor, blank ones aside."""
        count = 0
        while row >= 0 and count < len(above):
            if lines[row].strip():
                if lines[row].rstrip() != above[count]:
                    break
                count += 1
            row -= 1
        return count

    def _follows(self, lines: list[str], row: int, follow: str | None) -> bool:
        return follow is not None and any(one.rstrip() == follow for one in lines[row + 1 : row + 1 + _FAR])

    def _known(self, file: int, row: int) -> bool:
        return Random(f"{self._seed}/{self._names[file]}/{row}").random() < self._share

    def _other(self, file: int, row: int) -> str:
        """Another line of the file: always the same one in the place of the same line."""
        lines, true = self._files[file], self._files[file][row].strip()
        random = Random(f"{self._seed}/{self._names[file]}/{row}/wrong")
        for _ in range(100):
            other = random.choice(lines)
            if other.strip() not in {"", true}:
                return other
        return "pass"

    def _wrong(self, place: Place) -> str:
        """How a model goes on that does not know the line: as another one that begins like it, else with its tail."""
        lines, line = self._files[place.file], place.line
        true = lines[place.row]
        other = self._other(place.file, place.row)
        if other.startswith(line):
            return other[len(line) :]
        alike = [one for one in self._beginning_in(place.file, line) if one not in {line, true}] if line.strip() else []
        if alike:
            return Random(f"{self._seed}/{place.row}/{line}").choice(alike)[len(line) :]
        words = other.strip().split(" ")
        return " ".join(words[len(words) // 2 :]) if line.strip() else other.strip()


def _keys(above: list[str]) -> list[tuple[str, ...]]:
    """What the places below the lines `above` (upwards) are looked up by, the surest first."""
    return [tuple(above[:2]), (above[0],)] if len(above) > 1 else [(above[0] if above else "",)]
