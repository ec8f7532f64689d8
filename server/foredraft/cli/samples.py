"""Which places of a real file are worth showing: code lines, cut in the middle of a word, spread over the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from foredraft.text.document import Document

_WORD = re.compile(r"\w+")
_COMMENTS = ("#", "//", "/*", "*", '"', "'", "--", "`")
_CODE = re.compile(r"[=(\[{;]|:$|^import |^from ")
_TYPED = 2  # letters of the cut word that are already typed


@dataclass(frozen=True, slots=True)
class Sample:
    """A line of which only the part before `column` is typed yet. Both count from 0."""

    line: int
    column: int


def samples(lines: Sequence[str], count: int) -> list[Sample]:
    """At most `count` places, the most telling one of each part of the file, in order.

    Telling is where the rest of the line uses words that the file uses elsewhere too: there is something to know.
    """
    prose = _prose(lines)
    known = Counter(word for line in lines for word in set(_WORD.findall(line)))
    best: dict[int, tuple[int, Sample]] = {}
    for number, line in enumerate(lines):
        sample = sample_of(number, line)
        if sample is None or number in prose:
            continue
        words = {word for word in _WORD.findall(line[sample.column - _TYPED :]) if len(word) > 2 and known[word] > 1}
        part = number * count // len(lines)
        if words and (part not in best or len(words) > best[part][0]):
            best[part] = (len(words), sample)
    return [sample for _, sample in best.values()]


def sample_of(number: int, line: str) -> Sample | None:
    """Where to cut a line: inside the first long word of its second third; None if it is no code or too short."""
    code = line.strip()
    if len(code) < 16 or code.startswith(_COMMENTS) or not _CODE.search(code):
        return None
    begin = len(line) - len(line.lstrip()) + len(code) // 3
    for word in _WORD.finditer(line, begin):
        whole = word.start() == 0 or not re.match(r"\w", line[word.start() - 1])
        if whole and len(word[0]) > _TYPED + 1 and word.start() + _TYPED < len(line) - 5:
            return Sample(number, word.start() + _TYPED)
    return None


def _prose(lines: Sequence[str]) -> set[int]:
    """The numbers of lines inside a text in triple quotes, as far as counting quotes can tell."""
    inside, found = False, set()
    for number, line in enumerate(lines):
        if inside:
            found.add(number)
        if line.count('"""') % 2:
            inside = not inside
    return found


def cut(document: Document, places: Iterable[Sample]) -> Document:
    """The document as if the rest of each of those lines had not been typed yet."""
    columns = {sample.line: sample.column for sample in places}
    lines = (line[: columns.get(number)] for number, line in enumerate(document.lines()))
    return Document.of(document.uri, document.language, document.version, "\n".join(lines))


def follows(document: Document, place: Sample, lines: int = 20) -> str:
    """What really stands after the place, to the end of its line and a few lines more."""
    rest = document.line(place.line)[place.column :]
    return "\n".join([rest, *document.lines()[place.line + 1 : place.line + lines]])
