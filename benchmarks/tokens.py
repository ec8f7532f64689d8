"""How well is the next token predicted? A project's files in path order, every token asked.

    python -m benchmarks.tokens FOLDER [--json] [--every N] [--unseen]

The setting of the nested, dynamic n-gram models (Hellendoorn & Devanbu 2017): all other files of the project are
known; the file under test is forgotten first, then learned behind the cursor. `mrr_past` knows nothing else of it,
`mrr` also what stands below the line being written. The machine's level is the standard library of the language. The
stream is that of `token_stream.py`. The weights start from nothing: trained on the project's files as shipped, then
learned online. `--every N` asks every Nth file only.

The training types lines of those files again, the file under test among them, so its weights know a little of what is
asked. With `--unseen` they do not: they are trained on the files that are not asked; where all are, those of every
other file are trained on the files between.

JSON: `mrr` (MRR@10), `mrr_past`, `identifiers_top1`, `identifiers_top1_past`, `identifiers_mrr`, `top1`, `tokens`,
`seconds` (CPU).
"""

from __future__ import annotations

import argparse
import json
import keyword
import sys
import time
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks.git_history import FAMILIES
from benchmarks.libraries import level
from benchmarks.token_stream import IN, OUT, WIDTH, as_tokens, stream_lines
from foredraft.predictor.build import Builder, ReadFile
from foredraft.predictor.contexts import Walk
from foredraft.predictor.far import Far
from foredraft.predictor.features import UNKNOWN
from foredraft.predictor.lexer import END, KINDS, depth, lex
from foredraft.predictor.near import Learned, Near, flat_keys
from foredraft.predictor.predictor import Position, Predictor
from foredraft.predictor.surroundings import Surroundings, next_line, step
from foredraft.predictor.training import BUDGET, train
from foredraft.workspace.standard import standard_library

_RANKS = 10
_SKIPPED = {".git", "node_modules", "site-packages", ".venv", "venv", "__pycache__"}


class Ranks:
    """Reciprocal ranks of the true tokens, and of the names among them."""

    def __init__(self) -> None:
        self.tokens = self.names = 0
        self.sum = self.names_sum = 0.0
        self.first = self.names_first = 0

    def add(self, token: str, rank: int | None) -> None:
        value = 1.0 / rank if rank is not None else 0.0
        self.tokens += 1
        self.sum += value
        self.first += rank == 1
        if KINDS[token] in (1, 2) and not keyword.iskeyword(token):
            self.names += 1
            self.names_sum += value
            self.names_first += rank == 1


def measure(folder: Path, every: int = 1, unseen: bool = False) -> dict[str, object]:
    """Both passes over a project."""
    began = time.process_time()
    with as_tokens():
        family, files = _read(folder)
        if not files:
            raise SystemExit(f"{folder}: no source file")
        builder = Builder()
        for name, lines in files.items():
            builder.add_read(name, _read_file(lines))
        arrays = builder.arrays()
        machine = level(standard_library(family, folder), _read_library_file)
        ranks = {False: Ranks(), True: Ranks()}
        for asked, trained in _shares(list(files), every, unseen):
            state: Mapping[str, object] = {}
            sample = [(name, files[name]) for name in trained]
            for latest in train(arrays, builder.names, sample, BUDGET, None, machine):
                state = latest
            for below in (False, True):
                predictor = Predictor(state.get("weights"), state.get("calibration"))  # type: ignore[arg-type]
                predictor.far = Far(arrays, builder.names)
                predictor.machine = Far(machine["machine"]) if machine else None
                for name in asked:
                    predictor.far.mask(name, _whole(files[name]))
                    _predict(predictor, files[name], below, ranks[below])
    whole, past = ranks[True], ranks[False]
    return {
        "mrr": round(whole.sum / whole.tokens, 4),
        "mrr_past": round(past.sum / past.tokens, 4),
        "identifiers_top1": round(whole.names_first / max(1, whole.names), 4),
        "identifiers_top1_past": round(past.names_first / max(1, past.names), 4),
        "identifiers_mrr": round(whole.names_sum / max(1, whole.names), 4),
        "top1": round(whole.first / whole.tokens, 4),
        "tokens": whole.tokens,
        "seconds": round(time.process_time() - began, 1),
    }


def _shares(names: list[str], every: int, unseen: bool) -> list[tuple[list[str], list[str]]]:
    """The files asked, and those whose training goes before."""
    asked = names[::every]
    if not unseen:
        return [(asked, names)]
    if every > 1:
        left_out = set(asked)
        return [(asked, [name for name in names if name not in left_out])]
    return [(names[::2], names[1::2]), (names[1::2], names[::2])]


def _whole(lines: Sequence[str]) -> Near:
    """What a file holds, to be left out of what the project knows."""
    file = Near()
    for number in range(len(lines)):
        file.learn(_learned(lines, number))
    return file


def _predict(predictor: Predictor, lines: Sequence[str], below: bool, ranks: Ranks) -> None:
    """Every token of one file, in order; with `below` what follows the line is known."""
    file = Near()
    learned = [_learned(lines, number) for number in range(len(lines))] if below else []
    for each in learned:
        file.learn(each)
    for number, line in enumerate(lines):
        if below:
            file.forget(learned[number])
        seen = lines if below else lines[: number + 1]
        for position, token in _steps(file, seen, number):
            _ask(predictor, position, position.walk, [], token, ranks)
        position = Position(file, seen, number, depth(line))
        walk, before = position.walk.copy(), list[str]()
        for token in (*lex(line), END):
            _ask(predictor, position, walk, before, token, ranks)
            walk.push(token)
            before.append(token)
        file.learn(_learned(seen, number))
        predictor.remember(seen, number)


def _ask(predictor: Predictor, position: Position, walk: Walk, before: list[str], token: str, ranks: Ranks) -> None:
    answer = predictor.distribution(position, walk, before, "")
    rank = None
    if token in answer.tokens:
        odds = answer.odds[answer.tokens.index(token)]
        unknown = answer.odds[answer.tokens.index(UNKNOWN)]
        rank = 1 + sum(other > odds for other in answer.odds) - (unknown > odds)
    ranks.add(token, rank if rank is not None and rank <= _RANKS else None)
    predictor.mixer.learn(answer, token)


def _steps(file: Near, lines: Sequence[str], number: int) -> Iterator[tuple[Position, str]]:
    """The INDENT or DEDENT tokens before a line, each with its place."""
    for width, token in _widths(lines, number):
        yield Position(file, lines, number, width), token


def _widths(lines: Sequence[str], number: int) -> Iterator[tuple[int, str]]:
    width, goal = depth(lines[number - 1]) if number else 0, depth(lines[number])
    while width != goal:
        yield width, IN if width < goal else OUT
        width += WIDTH if width < goal else -WIDTH


def _learned(lines: Sequence[str], number: int) -> Learned:
    keys, steps = array("I"), []
    beneath = next_line(lines, number)
    for width, token in _widths(lines, number):
        keys.extend(Walk(Surroundings(lines, number, width, beneath)).keys())
        steps.append(token)
    tokens = lex(lines[number])
    keys.extend(flat_keys(Surroundings(lines, number, depth(lines[number]), beneath), tokens))
    return Learned(keys, (*steps, *tokens))


def _read_file(lines: Sequence[str]) -> ReadFile:
    keys, tokens = array("I"), list[str]()
    for number in range(len(lines)):
        learned = _learned(lines, number)
        keys.extend(learned.keys)
        tokens += [*learned.tokens, END]
    return ReadFile(keys, tokens, len(lines), _line_ends(lines))


def _read_library_file(name: str, lines: Sequence[str]) -> ReadFile:
    streamed = stream_lines(name, "\n".join(lines) + "\n")
    tokens = [token for line in streamed for token in (*lex(line), END)]
    return ReadFile(array("I"), tokens, len(streamed), _line_ends(streamed))


def _line_ends(lines: Sequence[str]) -> bytes:
    widths = [depth(line) for line in lines]
    return bytes([*(step(above, below) for above, below in pairwise(widths)), 0][: len(lines)])


def _read(folder: Path) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """The suffixes of the folder's main language; name → lines of the stream of each of its files, in path order."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _SKIPPED & set(path.parts)]
    family = max(FAMILIES, key=lambda family: sum(path.suffix in family for path in paths))
    found = {}
    for path in paths:
        if path.suffix in family:
            lines = stream_lines(path.name, path.read_text(encoding="utf-8", errors="replace"))
            if lines:
                found[path.relative_to(folder).as_posix()] = lines
    return family, found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, return 0."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.tokens", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="ask every Nth file only (default 1)")
    parser.add_argument("--unseen", action="store_true", help="train on other files than those asked")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args(arguments)
    report = measure(options.folder, options.every, options.unseen)
    print(json.dumps(report) if options.as_json else "\n".join(f"{name:22} {value}" for name, value in report.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
