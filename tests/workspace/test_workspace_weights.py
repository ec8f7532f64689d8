"""When weights are trained, on what and how often; and the process in which they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stand_in import CONTENT

from foredraft.predictor import build
from foredraft.predictor.training import train as train_here
from foredraft.workspace import apart, saved
from foredraft.workspace.learn import KNOWN, NAMES
from foredraft.workspace.publisher import Publisher
from foredraft.workspace.weights import ROUNDS, Matter, Weights

LINES = [f"    {left}.append({right}.{name}(self, {number}))" for number, left in enumerate("abcdef") for right, name in
         (("boat", "sail"), ("car", "drive"), ("plane", "fly"))] * 30  # fmt: skip
FILES = [("a.py", LINES), ("b.py", LINES[::-1])]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A version of a workspace in two tiers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "FULL_TOKENS", 1)
        builder = build.Builder()
        for name, lines in FILES:
            assert builder.add(name, lines)
        own = {NAMES: b"a.py\0b.py", KNOWN: b"{}"}
        return saved.publish(tmp_path / "home", "index", {**own, **builder.arrays()}, {})


def library(folder: Path) -> Path:
    builder = build.Builder(lean=True)
    builder.add("boat.py", LINES)
    return saved.publish(folder, "packages", builder.arrays(), {})


class Trainer:
    """Stands in for training: remembers what it was asked, and answers a few times."""

    def __init__(self, answers: Sequence[float | None] = (1.0, None, 2.0)) -> None:
        self.asked: list[tuple[list[str], dict[str, Path], list[float] | None, bool]] = []
        self.ended = 0
        self._answers = answers

    def __call__(
        self,
        index: Path,
        libraries: Mapping[str, Path],
        files: Iterable[tuple[str, Sequence[str]]],
        budget: int,
        weights: Sequence[float] | None,
        idle: bool,
    ) -> Generator[Mapping[str, Any] | None]:
        self.asked.append(([name for name, _ in files], dict(libraries), weights and list(weights), idle))
        try:
            for each in self._answers:
                arrays = {"weights": np.array([each or 0], np.float32), "calibration": np.zeros(0, np.float32)}
                yield None if each is None else arrays
        finally:
            self.ended += 1


def matter(tokens: int = 10**6, levels: str = "", libraries: Mapping[str, Path] | None = None) -> Matter:
    sample = lambda round_: [(f"{name}{round_}", ["x"]) for name in "ab"]  # noqa: E731
    return Matter(Path("index-1"), tokens, frozenset(levels.split()), libraries or {}, sample)


def weights(home: Path, trainer: Trainer) -> tuple[Weights, list[dict[str, Any]]]:
    said: list[dict[str, Any]] = []
    content = CONTENT._replace(train=trainer, budget=1000)
    return Weights(content, Publisher(home, said.append), said.append), said


def never() -> bool:
    return False


def facts(home: Path) -> Any:
    version, _ = saved.latest(home, "weights")
    assert version is not None
    return {**version.facts, "weights": list(version.arrays["weights"])}


def test_first_without_a_level_then_with_each_that_comes_and_a_warm_start_trains_no_more(tmp_path: Path) -> None:
    trainer = Trainer()
    cold, said = weights(tmp_path, trainer)
    cold.first(matter(100))
    assert facts(tmp_path) == {"done": True, "tokens": 100, "levels": [], "rounds": 0, "weights": [2.0]}
    assert cold.more(matter(100), 5.0, never) is None and len(trainer.asked) == 1
    packages = {"packages": Path("packages-1")}
    assert cold.more(matter(100, "packages rest", packages), 5.0, never) == 5.0
    assert trainer.asked[1] == (["a0", "b0"], packages, [2.0], True)
    assert facts(tmp_path)["levels"] == ["packages", "rest"]
    assert len(said) == 2
    warm, said = weights(tmp_path, trainer)
    warm.first(matter(110, "packages rest", packages))
    for levels in ("packages rest", "packages", ""):
        assert warm.more(matter(110, levels), 5.0, never) is None
    assert len(trainer.asked) == 2 and said == []
    assert warm.more(matter(110, "packages machine"), 5.0, never) == 5.0
    assert facts(tmp_path)["levels"] == ["machine", "packages", "rest"]


def test_a_workspace_that_has_grown_is_trained_from_the_beginning(tmp_path: Path) -> None:
    trainer = Trainer()
    first, _ = weights(tmp_path, trainer)
    first.first(matter(10**6, "rest"))
    assert first.more(matter(10**6, "rest"), 5.0, never) == 5.0
    assert first.more(matter(10**6, "rest"), 5.0, never) == 5.0
    assert facts(tmp_path)["rounds"] == 1
    first.first(matter(2 * 10**6, "rest"))
    assert facts(tmp_path) == {"done": True, "tokens": 2 * 10**6, "levels": ["rest"], "rounds": 0, "weights": [2.0]}
    assert [idle for *_, idle in trainer.asked] == [False, True, False]


def test_further_rounds_each_on_other_files_after_a_while_of_quiet_and_not_for_ever(tmp_path: Path) -> None:
    trainer = Trainer()
    cold, _ = weights(tmp_path, trainer)
    cold.first(matter())
    for round_ in range(1, ROUNDS + 1):
        assert cold.more(matter(), 5.0, never) == 5.0
        assert facts(tmp_path)["rounds"] == round_ - 1, "it waits first"
        assert cold.more(matter(), 5.0, never) == 5.0
        assert facts(tmp_path)["rounds"] == round_
    assert cold.more(matter(), 5.0, never) is None
    assert [files for files, *_ in trainer.asked] == [[f"a{round_}", f"b{round_}"] for round_ in range(ROUNDS + 1)]
    warm, _ = weights(tmp_path, trainer)
    warm.first(matter())
    assert warm.more(matter(), 5.0, never) is None


def test_a_disturbance_begins_the_quiet_anew(tmp_path: Path) -> None:
    trainer = Trainer()
    cold, _ = weights(tmp_path, trainer)
    cold.first(matter())
    for _ in range(3):
        assert cold.more(matter(), 5.0, never) == 5.0
        cold.rested = False
    assert len(trainer.asked) == 1


def test_a_round_is_given_up_without_a_trace_as_soon_as_there_is_something_to_do(tmp_path: Path) -> None:
    trainer = Trainer([None] * 1000)
    cold, said = weights(tmp_path, Trainer())
    cold.first(matter())
    said.clear()
    cold, said = weights(tmp_path, trainer)
    cold.first(matter())
    cold.more(matter(), 5.0, never)
    assert cold.more(matter(), 5.0, lambda: True) == 0.0
    assert trainer.ended == 1 and said == [] and facts(tmp_path)["rounds"] == 0
    assert cold.more(matter(), 5.0, lambda: True) == 0.0, "it is still due"


def test_nothing_to_learn_is_tried_once_and_no_more(tmp_path: Path) -> None:
    trainer = Trainer([])
    cold, said = weights(tmp_path, trainer)
    cold.first(matter())
    assert cold.more(matter(levels="rest"), 5.0, never) is None and said == []


def test_in_its_process_it_trains_as_here(index: Path, tmp_path: Path) -> None:
    packages = library(tmp_path / "library")
    for libraries in ({}, {"packages": packages}):
        results = [each for each in apart.train(index, libraries, FILES, 900, None, False) if each is not None]
        version = saved.load(index)
        arrays = {name: values for name, values in version.arrays.items() if name[0] != "_"}
        levels = {kind: saved.load(path).arrays for kind, path in libraries.items()}
        here = list(train_here(arrays, ["a.py", "b.py"], FILES, 900, None, levels))
        assert [list(each["weights"]) for each in results] == [each["weights"].tolist() for each in here]
        assert list(results[-1]["calibration"]) == here[-1]["calibration"].tolist()


def test_it_goes_on_from_weights_and_ends_with_what_there_is_to_learn(index: Path) -> None:
    first = [each for each in apart.train(index, {}, FILES, 900, None, False) if each is not None][-1]
    further = [each for each in apart.train(index, {}, FILES, 900, list(first["weights"]), True) if each is not None]
    assert list(further[-1]["weights"]) != list(first["weights"])
    assert [each for each in apart.train(index, {}, [], 900, None, False) if each is not None] == []


def test_closed_it_ends_its_process_within_a_second_however_much_there_is_to_do(index: Path) -> None:
    def endless() -> Iterable[tuple[str, list[str]]]:
        while True:
            yield "a.py", LINES

    training = apart.train(index, {}, endless(), 10**9, None, True)
    assert next(training) is None
    began = time.monotonic()
    training.close()
    assert time.monotonic() - began < 1.0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("training")]


def test_of_a_version_that_is_gone_nothing_is_learned(index: Path) -> None:
    assert [each for each in apart.train(index.with_name("index-9"), {}, FILES, 900, None, False) if each] == []


def test_a_process_that_fails_says_so_without_quoting_code(index: Path) -> None:
    with pytest.raises(ChildProcessError) as caught:
        list(apart.train(index, {}, FILES, 900, [1.0], False))
    assert "append" not in str(caught.value)
