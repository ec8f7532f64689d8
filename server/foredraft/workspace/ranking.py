"""What of other places is most worth knowing at a cursor: definitions of the names in reach, code like that around it,
places that were just edited or visited."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from foredraft.questions.prompt import Excerpt
from foredraft.questions.scopes import headers, imports, indentation
from foredraft.workspace.definitions import definitions, family_of, outline
from foredraft.workspace.likeness import WINDOW, alike, words

_ABOVE, _BELOW = 20, 6
_FAR = 40
"""What is nearer than so many lines a model is shown anyway."""
_MOST_PLACES = 6
"""A name with more definitions says little."""
_MOST_NAMES = 40
_MOST_OF_A_FILE = 3
_LONGEST = 20
_LEAST_LIKENESS, _LIKENESS_COUNTS = 0.15, 6
"""What follows code that looks alike is what mostly comes next: it holds more of it than definitions do."""
_SHOWN = 3
"""So many of the lines that look alike are told, then what follows them."""
_HALF_LIFE = 120.0
_NAME = re.compile(r"[A-Za-z_]\w{2,}")
_NO_NAMES = frozenset(
    """
    and async await break case catch class const continue def default del elif else enum except export extends
    false final finally for from func function global impl implements import in interface is lambda let match
    mut new nil none nonlocal not null or package pass private protected pub public raise range return self
    static str string struct super switch this throw true try type typeof undefined use var void where while
    with yield False None True int bool float list dict set tuple any object number boolean len print
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Opened:
    """An open document as it may be told of. `seen`: when, in seconds, its user was last in `line`; 0 for never."""

    path: str
    lines: Sequence[str]
    defined: Mapping[str, Sequence[int]]
    line: int = 0
    seen: float = 0.0


@dataclass(frozen=True, slots=True)
class Known:
    """What there is beside the open documents: where a name is defined, the files beside one, a file's masked lines,
    and what a file is called."""

    find: Callable[[str, int], Sequence[tuple[str, int]]]
    beside: Callable[[str], Sequence[str]]
    lines: Callable[[str], Sequence[str]]
    name: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Candidate:
    score: float
    path: str
    numbers: Sequence[int]


def defined_in(path: str, lines: Sequence[str]) -> dict[str, list[int]]:
    """Name → lines of what a file defines."""
    found: dict[str, list[int]] = {}
    for name, line in definitions(path, "\n".join(lines)):
        found.setdefault(name, []).append(line)
    return found


def names_near(lines: Sequence[str], number: int) -> dict[str, float]:
    """The names around line `number` and how near they are, 0 to 1."""
    weights: dict[str, float] = {}
    for at in range(max(0, number - _ABOVE), min(len(lines), number + _BELOW + 1)):
        weight = 1 / (1 + abs(number - at) / 4)
        for name in _NAME.findall(lines[at]):
            if name not in _NO_NAMES and weight > weights.get(name, 0):
                weights[name] = weight
    return weights


def ranked(
    here: Opened, number: int, others: Sequence[Opened], known: Known, most: int, rest: Callable[[], None]
) -> tuple[Excerpt, ...]:
    """The most worth knowing at line `number` of `here`, best first; `rest` is called between two files."""
    opened = {one.path: one for one in (here, *others)}

    def lines_of(path: str) -> Sequence[str]:
        rest()
        return opened[path].lines if path in opened else known.lines(path)

    found = [*_symbols(here, number, opened, known, lines_of), *_alike(here, number, others, known, lines_of)]
    newest = max((one.seen for one in others), default=0.0)
    for one in others:
        if one.seen > 0:
            near = range(max(0, one.line - 4), min(len(one.lines), one.line + 8))
            found.append(_Candidate(0.5 * 0.5 ** ((newest - one.seen) / _HALF_LIFE), one.path, near))
    return tuple(_best(found, lines_of, known.name, most))


def _symbols(
    here: Opened,
    number: int,
    opened: Mapping[str, Opened],
    known: Known,
    lines_of: Callable[[str], Sequence[str]],
) -> Iterator[_Candidate]:
    """Definitions of what is used near the cursor or imported, elsewhere or far up or down in the same file."""
    imported = {
        name
        for block in imports(here.lines, len(here.lines))
        for at in block
        for name in _NAME.findall(here.lines[at])
        if name not in _NO_NAMES
    }
    wanted = names_near(here.lines, number)
    for name, weight in list(wanted.items()):
        if name in imported:
            wanted[name] = weight + 0.5
        elif name[0].islower() and (class_name := _as_class(name)) not in wanted:
            wanted[class_name] = 0.6 * weight
    wanted = {**dict.fromkeys(imported, 0.25), **wanted}
    for block in headers(here.lines, number):
        if number - block[0] > _FAR and "class" in here.lines[block[0]]:
            yield _Candidate(0.8, here.path, outline(here.path, here.lines, block[0]))
    for name in sorted(wanted, key=lambda each: (-wanted[each], each))[:_MOST_NAMES]:
        places = _places(name, here, opened, known)
        if any(path == here.path for path, _ in places):
            places = [(path, line) for path, line in places if path == here.path and abs(line - number) > _FAR]
        for path, line in places:
            lines = lines_of(path)
            line = _still_there(name, path, lines, line)
            if line >= 0:
                score = wanted[name] / len(places) ** 0.5 * _nearness(path, here.path, imported)
                yield _Candidate(score, path, outline(path, lines, line))


def _places(name: str, here: Opened, opened: Mapping[str, Opened], known: Known) -> list[tuple[str, int]]:
    family = family_of(here.path)
    places = [(path, line) for path, one in opened.items() for line in one.defined.get(name, ())]
    places += [place for place in known.find(name, 2 * _MOST_PLACES) if place[0] not in opened]
    places = [place for place in places if family_of(place[0]) == family]
    return places if len(places) <= _MOST_PLACES else []


def _still_there(name: str, path: str, lines: Sequence[str], line: int) -> int:
    """The line of the definition, where the file has changed since; -1 if it is gone."""
    if line < len(lines) and re.search(rf"\b{re.escape(name)}\b", lines[line]):
        return line
    return next(iter(defined_in(path, lines).get(name, ())), -1)


def _nearness(path: str, here: str, imported: set[str]) -> float:
    """How much a file's place speaks for it: it is imported, it lies beside this one, it is a test."""
    there = PurePath(path)
    worth = 1.5 if there.stem in imported or there.parent.name in imported or path == here else 1.0
    worth *= 1.3 if there.parent == PurePath(here).parent else 1.0
    return worth * (0.5 if "test" in path.rpartition(os.sep)[2] and "test" not in here else 1.0)


def _alike(
    here: Opened, number: int, others: Sequence[Opened], known: Known, lines_of: Callable[[str], Sequence[str]]
) -> Iterator[_Candidate]:
    """Of each file beside this one or open, and of this one far from the cursor, what follows the lines that look most
    like those above the cursor."""
    wanted = words(here.lines[max(0, number - WINDOW) : number])
    family = family_of(here.path)
    paths = dict.fromkeys((here.path, *(one.path for one in others), *known.beside(here.path)))
    for path in paths:
        if family is not None and family_of(path) != family:
            continue
        lines = lines_of(path)
        found = [
            (likeness, line)
            for likeness, line in alike(wanted, lines)
            if likeness >= _LEAST_LIKENESS and (path != here.path or abs(line - number) > _FAR)
        ]
        if found:
            likeness, line = max(found)
            yield _Candidate(
                _LIKENESS_COUNTS * likeness, path, _to_border(lines, min(line + WINDOW - _SHOWN, len(lines) - 1))
            )


def _to_border(lines: Sequence[str], first: int) -> range:
    """Some lines from `first` on, to where the next definition at the margin begins."""
    last = min(len(lines), first + _LONGEST)
    for number in range(first + WINDOW, last):
        if indentation(lines[number]) == 0 and not lines[number - 1].strip():
            return range(first, number - 1)
    return range(first, last)


def _best(
    found: list[_Candidate], lines_of: Callable[[str], Sequence[str]], name: Callable[[str], str], most: int
) -> Iterator[Excerpt]:
    """The best candidates, none of which tells what a better one told."""
    told: dict[str, set[int]] = {}
    times: dict[str, int] = {}
    for one in sorted(found, key=lambda each: (-each.score, each.path, each.numbers[0])):
        seen = told.setdefault(one.path, set())
        if times.get(one.path, 0) >= _MOST_OF_A_FILE or seen.intersection(one.numbers) or not most:
            continue
        lines = lines_of(one.path)
        text = "\n".join(lines[number] for number in one.numbers if number < len(lines)).rstrip()
        if text.strip() and name(one.path):
            seen.update(one.numbers)
            times[one.path] = times.get(one.path, 0) + 1
            most -= 1
            yield Excerpt(name(one.path), text)


def _as_class(name: str) -> str:
    """`http_client` as `HttpClient`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
