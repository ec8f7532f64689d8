"""How many characters does the predictor save? Added lines of real commits, typed again.

    python -m benchmarks.typing REPO [--commits N] [--json]

The newest N non-merge commits (of the last 400) that touch at most 5 source files of the repository's main language
and add at most 120 lines. The parent tree is indexed without the changed files; a changed file is known without its
added lines. Added lines are typed in order, indentation given; lines under 3 characters or not ASCII are left out. At
every position the shipped code is asked what to show.

*Shown*: a text that differs from the one last shown in that line. *Accepted*: the whole shown text, 2 characters or
more, is a right beginning of the rest of the line; it is accepted at once. *Saved*: the sum of (length - 1) of what
was accepted, over the characters typed.

The machine's level, the standard library of the repository's language, is that of this machine, as in the editor. The
weights start from nothing: they are trained on the oldest parent tree, then go on learning from what is typed, as in
the editor.

JSON: `saved` at `acceptance` (0.65, interpolated over the threshold; where the curve does not reach that far, its
nearest end), `default` (the same two at the shipped threshold), `curve` [{threshold, saved, acceptance, shown}],
`characters`, `commits`, `seconds` (CPU).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks.git_history import Change, History
from benchmarks.libraries import level
from foredraft.config import Config
from foredraft.predictor.build import Builder, ReadFile, read_file
from foredraft.predictor.far import Far
from foredraft.predictor.lexer import depth
from foredraft.predictor.near import Near
from foredraft.predictor.predictor import Position, Predictor, learn_line
from foredraft.predictor.showing import Habit, Rated, Showing
from foredraft.predictor.training import BUDGET, train
from foredraft.questions.inline import choose, offers
from foredraft.text.edit import Edit
from foredraft.workspace.standard import standard_library

THRESHOLDS = (0.35, 0.45, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
AIM = 0.65


class Policy:
    """What one threshold would have shown and saved."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._habit = Habit()
        self.shown = self.accepted = self.saved = 0

    def replay(self, number: int, indent: str, body: str, rated: Sequence[Sequence[Rated]]) -> None:
        """Type one line; `rated[column]` are the cuts and their rates there."""
        showing, column, last = Showing(self._habit), 0, ""
        live: Edit | None = None
        rate = 0.0
        while column < len(body):
            before = indent + body[:column]
            left = (live.text, rate) if live is not None and live.text else None
            chosen = choose(showing, number, before, "", rated[column], self.threshold, left)
            if chosen is not None:
                text, rate = chosen
                live = Edit(column, column, text)
                if before + text != last:
                    self.shown += 1
                    last = before + text
                if body.startswith(text, column):
                    self.accepted += 1
                    self.saved += len(text) - 1
                    column += len(text)
                    showing.settled()
                    live = None
                    continue
            if live is not None:
                live = live.rebase(Edit(column, column, body[column]))
            column += 1

    def row(self, characters: int) -> dict[str, float]:
        return {
            "threshold": self.threshold,
            "saved": round(self.saved / max(1, characters), 4),
            "acceptance": round(self.accepted / max(1, self.shown), 4),
            "shown": self.shown,
        }


def measure(repo: Path, commits: int) -> dict[str, object]:
    """Replay the newest fitting commits of a repository, oldest first."""
    began = time.process_time()
    history = History(repo)
    chosen = history.choose(commits)
    if not chosen:
        raise SystemExit(f"{repo}: no commit fits")
    shipped = Config().predictor.threshold
    policies = [Policy(threshold) for threshold in (*THRESHOLDS, shipped)]
    predictor: Predictor | None = None
    read: dict[str, ReadFile] = {}
    characters = 0
    machine = level(standard_library(history.suffixes, repo))
    for commit in reversed(chosen):
        changes = history.changes(commit)
        changed = {change.path for change in changes}
        builder = Builder()
        tree = [(name, sha) for name, sha in history.tree(commit + "^") if name not in changed]
        for name, sha in tree:
            if sha not in read:
                read[sha] = read_file(history.lines(sha))
            builder.add_read(name, read[sha])
        arrays = builder.arrays()
        if predictor is None:
            state: dict[str, object] = {}
            for latest in train(arrays, builder.names, _shuffled(history, tree), BUDGET, None, machine):
                state = dict(latest)
            predictor = Predictor(state.get("weights"), state.get("calibration"))  # type: ignore[arg-type]
            predictor.machine = Far(machine["machine"]) if machine else None
        predictor.far = Far(arrays, builder.names)
        for change in changes:
            characters += _type(predictor, change, policies)
    curve = [policy.row(characters) for policy in policies[:-1]]
    saved, acceptance = _at(curve, AIM)
    return {
        "saved": round(saved, 4),
        "acceptance": round(acceptance, 4),
        "default": policies[-1].row(characters),
        "curve": curve,
        "characters": characters,
        "commits": len(chosen),
        "seconds": round(time.process_time() - began, 1),
    }


def _type(predictor: Predictor, change: Change, policies: Sequence[Policy]) -> int:
    """Type the added lines of one file; the number of characters typed."""
    added = set(change.added)
    lines = [line for number, line in enumerate(change.after) if number not in added]
    file = Near()
    for number in range(len(lines)):
        learn_line(file, lines, number)
    characters = 0
    for number in change.added:
        line = change.after[number]
        body = line.strip()
        lines.insert(number, line)
        if len(body) >= 3 and line.isascii():
            indent = line[: len(line) - len(line.lstrip())]
            position = Position(file, lines, number, depth(line))
            offered = [offers(predictor, position, indent + body[:column]) for column in range(len(body))]
            for policy in policies:
                policy.replay(number, indent, body, [each.rated for each in offered])
            characters += len(body)
            for column, each in enumerate(offered):
                predictor.calibrate(each.cuts, body[column:])
            for _ in predictor.train(position, line, number):
                pass
        learn_line(file, lines, number)
        predictor.remember(lines, number)
    return characters


def _shuffled(history: History, tree: Sequence[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    for name, sha in sorted(tree, key=lambda item: item[1]):
        yield name, history.lines(sha)


def _at(curve: Sequence[dict[str, float]], aim: float) -> tuple[float, float]:
    """(saved, acceptance) where the curve crosses `aim`; its nearest end where it does not."""
    rows = sorted(curve, key=lambda row: row["threshold"])
    for low, high in pairwise(rows):
        if low["acceptance"] <= aim <= high["acceptance"]:
            span = high["acceptance"] - low["acceptance"]
            share = (aim - low["acceptance"]) / span if span else 0.0
            return low["saved"] + share * (high["saved"] - low["saved"]), aim
    nearest = rows[0] if rows[0]["acceptance"] > aim else rows[-1]
    return nearest["saved"], nearest["acceptance"]


def _table(report: dict[str, object]) -> str:
    rows = [
        f"{row['threshold']:9.2f} {row['saved']:7.1%} {row['acceptance']:11.1%} {row['shown']:7d}"
        for row in report["curve"]
    ]  # type: ignore[attr-defined]
    head = f"{report['saved']:.1%} of {report['characters']} characters saved at {report['acceptance']:.1%} acceptance"
    default = report["default"]
    said = f"as shipped: {default['saved']:.1%} at {default['acceptance']:.1%}"  # type: ignore[index]
    return "\n".join([head, said, "threshold   saved  acceptance   shown", *rows])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks.typing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repo", type=Path)
    parser.add_argument("--commits", type=int, default=40)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args(arguments)
    report = measure(options.repo, options.commits)
    print(json.dumps(report) if options.as_json else _table(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
