"""What has been learned of one open file, line by line, and what is still to be learned of it.

The work comes as generators that pause after every line or token, so that whoever owns the clock can cut it into
slices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from foredraft.predictor.calibration import Cut
from foredraft.predictor.lexer import depth
from foredraft.predictor.near import Learned, Near, read_line
from foredraft.predictor.predictor import Position, Predictor
from foredraft.text.document import Document

MOST_TOKENS = 40_000
"""Of larger files the lines nearest the cursor are learned: about 2 kB of memory a line."""

_EDIT_LINES = 40
"""A change of more lines than this is no typing: a reformatted file, another branch."""

_GLANCES = 256
_LONGEST_GLANCE = 400
"""Characters left of a cursor; nobody writes longer lines by hand, and each glance keeps its own."""

_BLANK = Learned.blank()
_END = object()


class OpenFile:
    """One file that is open in the editor: its level, and which of its lines that level knows.

    `moved` counts up with every change that other lines may be affected by; what is remembered about a place is
    worthless after that.
    """

    def __init__(self, name: str | None) -> None:
        self.name = name
        self.near = Near()
        self.moved = 0
        self._document: Document | None = None
        self._lines: Sequence[str] = ()
        self._learned: list[Learned | None] = []
        self._typed: list[bool] = []
        self._stale: list[Learned] = []
        self._cut_out: list[Learned] = []
        self._open_lines = 0
        self._tokens = 0
        self._glances: list[tuple[str, list[Cut]]] = []
        self._finishing: Iterator[None] = iter(())

    @property
    def lines(self) -> Sequence[str]:
        """The lines as they may be learned."""
        return self._lines

    @property
    def pending(self) -> bool:
        """Whether any line is still to be learned or forgotten."""
        return bool(self._stale or self._cut_out) or self._open_lines > 0

    def change(self, document: Document, lines: Sequence[str], cursor: int) -> None:
        """The file is `document` now, and `lines` are its lines as they may be learned. Nothing is learned here;
        `work` does that."""
        start, end = document.common(self._document) if self._document is not None else (0, 0)
        upto_old, upto_new = len(self._learned) - end, document.line_count - end
        typed = self._document is not None and upto_new - start <= _EDIT_LINES
        self._document, self._lines = document, lines
        if start == upto_old == upto_new:
            return
        gone = self._learned[start:upto_old]
        known_gone = [known for known in gone if known is not None and known is not _BLANK]
        self._stale += known_gone
        if typed and len(gone) <= _EDIT_LINES and upto_old - start > upto_new - start:
            self._cut_out += known_gone
        self._open_lines += upto_new - start - sum(known is None for known in gone)
        self._learned[start:upto_old] = [None] * (upto_new - start)
        self._typed[start:upto_old] = [typed] * (upto_new - start)
        if not start == cursor == upto_old - 1 == upto_new - 1:
            self.moved += 1

    def position(self, number: int, indent: int) -> Position:
        """The place in line `number`, to be predicted with an indentation of `indent`."""
        return Position(self.near, self._lines, min(number, len(self._lines)), indent)

    def leave_out(self, number: int) -> None:
        """Line `number` is about to be predicted: what it taught is forgotten first."""
        if number < len(self._learned) and (known := self._learned[number]) is not None:
            self._learned[number] = None
            self._open_lines += 1
            if known is not _BLANK:
                self._forget(known)
                self.moved += 1

    def glanced(self, before: str, cuts: list[Cut]) -> None:
        """`cuts` were predicted behind `before`: the finished line will tell which were right."""
        if cuts and len(before) <= _LONGEST_GLANCE:
            self._glances.append((before, cuts))
            if len(self._glances) > _GLANCES:
                del self._glances[0]

    def work(self, predictor: Predictor, cursor: int) -> Iterator[None]:
        """Forget what is gone, then learn what is new, nearest to line `cursor` first; that line itself is still
        being written."""
        while self._stale:
            self._forget(self._stale.pop())
            self.moved += 1
            yield
        while self._cut_out:
            predictor.recall(self._cut_out.pop(0))
            yield
        yield from self._finished()
        spared = cursor < len(self._learned) and self._learned[cursor] is None
        farthest = self._inwards(cursor)
        for number in self._outwards(cursor):
            if self._open_lines <= spared:
                return
            if number < 0:
                yield
                continue
            while self._tokens > MOST_TOKENS:
                far = next(farthest, cursor)
                if abs(far - cursor) <= abs(number - cursor):
                    return
                self.leave_out(far)
                yield
            if self._typed[number]:
                self._finishing = self._finish(predictor, number)
                yield from self._finished()
            learned = read_line(self._lines, number)
            self._learned[number] = _BLANK if learned is None else learned
            self._open_lines -= 1
            if learned is not None:
                self.near.learn(learned)
                self._tokens += len(learned.tokens)
                self.moved += 1
            yield

    def _outwards(self, cursor: int) -> Iterator[int]:
        """Lines to learn from `cursor` outwards; -1 now and then where there is nothing to do."""
        learned = self._learned
        for distance in range(1, max(cursor, len(learned) - cursor) + 1):
            for number in (cursor - distance, cursor + distance):
                if 0 <= number < len(learned) and learned[number] is None:
                    yield number
            if distance % 512 == 0:
                yield -1

    def _inwards(self, cursor: int) -> Iterator[int]:
        """Learned lines from the farthest to `cursor`."""
        learned = self._learned
        for distance in range(max(cursor, len(learned) - cursor), 0, -1):
            for number in (cursor - distance, cursor + distance):
                if 0 <= number < len(learned) and learned[number] not in (None, _BLANK):
                    yield number

    def _finished(self) -> Iterator[None]:
        """Go on with the line that is being finished, also where a key has broken off the work at it."""
        for _ in self._finishing:  # no `yield from`, which would end it together with this generator
            yield

    def _finish(self, predictor: Predictor, number: int) -> Iterator[None]:
        """The user has written line `number`: what it teaches beyond its words."""
        self._typed[number] = False
        lines, line = self._lines, self._lines[number]
        indent = depth(line)
        if indent < 0:
            return
        for before, cuts in self._glances:
            if line.startswith(before):
                predictor.calibrate(cuts, line[len(before) :])
        self._glances.clear()
        position = Position(self.near, lines, number, indent)
        steps = predictor.train(position, line, number)
        while True:
            if predictor.far is not None:
                # at each step: between two of them other files are asked about
                predictor.far.mask(self.name, self.near)
            if next(steps, _END) is _END:
                break
            yield
        predictor.remember(lines, number)

    def _forget(self, known: Learned) -> None:
        self.near.forget(known)
        self._tokens -= len(known.tokens)
