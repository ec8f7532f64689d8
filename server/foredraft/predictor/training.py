"""The weights learned from the workspace's own files: no weights are shipped.

A run of lines is taken out of a file as if it had not been written yet, then typed again in order, with the rest of
the file known: what the user will do next. Each line moves the weights, then the calibration, and is learned before
the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from foredraft.predictor.entries import Array
from foredraft.predictor.far import Far
from foredraft.predictor.lexer import depth, lex
from foredraft.predictor.near import Near
from foredraft.predictor.predictor import Position, Predictor, learn_line

BUDGET = 16_000
"""Tokens of a first training: about half a minute of one core, at the lowest priority."""

_CALIBRATED_FROM = 2_000
"""Tokens after which odds mean enough to be calibrated."""

_USABLE_FROM = 6_000
_PAUSE_TOKENS = 4_000
"""The first weights worth showing something with come after so many tokens, better ones after every so many more."""

_LINES_OF_A_FILE = 3_000
_GLANCES = 4
"""Places in a line whose rollouts are calibrated: its start and three others."""


def train(
    arrays: Mapping[str, Any],
    names: Sequence[str],
    files: Iterable[tuple[str, Sequence[str]]],
    budget: int,
    weights: Iterable[float] | None = None,
    libraries: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[dict[str, Array]]:
    """Train on `files` (name in `names`, masked lines) until `budget` tokens were typed.

    `libraries` are the arrays of further levels, "packages" and "machine".

    Yields {"weights", "calibration"} (float32) as soon as they are usable, then better ones; the last is the result.
    Nothing is yielded where there is nothing to learn.
    """
    import numpy as np

    predictor = Predictor(weights)
    predictor.far = Far(arrays, names)
    for kind, level in (libraries or {}).items():
        setattr(predictor, kind, Far(level))
    done, chance = 0, 1
    pause = _USABLE_FROM

    def state() -> dict[str, Array]:
        return {
            "weights": np.array(predictor.mixer.saved(), dtype=np.float32),
            "calibration": np.array(predictor.calibration.saved(), dtype=np.float32),
        }

    for name, lines in files:
        typed_again = list(lines[:_LINES_OF_A_FILE])
        own = Near()
        for number in range(len(typed_again)):
            learn_line(own, typed_again, number)
        predictor.far.mask(name, own)
        for typed in _type_again(predictor, typed_again, done, chance):
            done += typed
            if done >= pause:
                pause = done + _PAUSE_TOKENS
                yield state()
            if done >= budget:
                break
        chance += 7919
        if done >= budget:
            break
    if done:
        yield state()


def _run_length(chance: int) -> int:
    """Half of what is typed is a line or a few, the other half new blocks of code."""
    return 1 + (chance >> 8) % 4 if chance & 32 else 5 + (chance >> 8) % 30


def _type_again(predictor: Predictor, lines: list[str], done: int, chance: int) -> Iterator[int]:
    """Runs of lines forgotten and typed again; yields the tokens of each line. `done`: the tokens before this file."""
    file = Near()
    learned = [learn_line(file, lines, number) for number in range(len(lines))]
    start = 0
    while start < len(lines):
        chance = (chance * 1103515245 + 12345) & 0x7FFFFFFF
        size, gap = _run_length(chance), 2 + (chance >> 16) % 12
        start += gap
        end = min(len(lines), start + size)
        gone = lines[start:end]
        for known in learned[start:end]:
            if known is not None:
                file.forget(known)
        view = [*lines[:start], "", *lines[end:]]
        for number, line in enumerate(gone, start):
            view[number] = line
            width = depth(line)
            if width >= 0:
                tokens = _type_line(predictor, file, view, number, done >= _CALIBRATED_FROM, chance + number)
                done += tokens
                yield tokens
            view.insert(number + 1, "")
        start = end


def _type_line(predictor: Predictor, file: Near, view: list[str], number: int, calibrated: bool, seed: int) -> int:
    line = view[number]
    body = line.lstrip(" \t")
    indent = line[: len(line) - len(body)]
    position = Position(file, view, number, depth(line))
    if calibrated:
        for part in range(_GLANCES):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            column = (seed >> 8) % len(body) if part else 0
            predictor.calibrate(predictor.cuts(position, indent + body[:column]), body[column:])
    for _ in predictor.train(position, line, seed):
        pass
    learn_line(file, view, number)
    predictor.remember(view, number)
    return len(lex(line)) + 1
