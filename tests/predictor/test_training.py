"""Weights trained on a workspace fit it better than the ones everybody starts with."""

from math import log

from predictor_worlds import UNKNOWN

from foredraft.predictor.build import Builder
from foredraft.predictor.calibration import SIZE as CALIBRATION
from foredraft.predictor.far import Far
from foredraft.predictor.lexer import END, depth, lex
from foredraft.predictor.mixing import Mixer
from foredraft.predictor.near import Near
from foredraft.predictor.predictor import Position, Predictor, learn_line
from foredraft.predictor.training import train

FIELDS = ("name", "size", "owner", "colour", "weight", "origin", "state", "price")


def source(kind):
    """A file as one finds in every project: the same shapes with other names."""
    lines = [f"class {kind}:", f'    """One {kind.lower()}."""', ""]
    for field in FIELDS:
        lines += [
            f"    def get_{field}(self) -> str:",
            f'        """The {field} of this {kind.lower()}."""',
            f"        if self._{field} is None:",
            f"            self._{field} = self.store.load({field!r})",
            f"        return self._{field}",
            "",
        ]
    return lines


FILES = [(f"{kind.lower()}.py", source(kind)) for kind in ("Boat", "Car", "Plane", "Train", "Bike")]
NEW = source("Tram")[:27]


def built(files):
    builder = Builder()
    for name, lines in files:
        builder.add(name, lines)
    return builder.arrays(), builder.names


def sureness(predictor, lines):
    """The mean log-probability of what was typed, each line with those above it known."""
    near, total, tokens = Near(), 0.0, 0
    for number, line in enumerate(lines):
        if depth(line) < 0:
            continue
        position = Position(near, lines[:number], number, depth(line))
        walk, before = position.walk.copy(), []
        for token in (*lex(line), END):
            answer = predictor.distribution(position, walk, before, "")
            odds = dict(zip(answer.tokens, answer.odds, strict=True))
            total += log(odds.get(token, odds[UNKNOWN] / 1000))
            tokens += 1
            walk.push(token)
            before.append(token)
        learn_line(near, lines, number)
    return total / tokens


def trained(budget, files=FILES, weights=None):
    arrays, names = built(files)
    return list(train(arrays, names, files, budget, weights))


def predictor_with(state):
    predictor = Predictor() if state is None else Predictor(state["weights"], state["calibration"])
    arrays, names = built(FILES)
    predictor.far = Far(arrays, names)
    return predictor


def test_training_pays_on_a_file_that_it_has_not_seen():
    *_, state = trained(800)
    before, after = sureness(predictor_with(None), NEW), sureness(predictor_with(state), NEW)
    assert after > before + 0.05
    *_, more = trained(800, weights=state["weights"])
    assert sureness(predictor_with(more), NEW) > before + 0.05, "taken up again"


def test_what_it_yields_is_what_a_predictor_takes():
    for state in trained(400):
        assert {name: (values.dtype.name, values.shape) for name, values in state.items()} == {
            "weights": ("float32", (len(Mixer().saved()),)),
            "calibration": ("float32", (CALIBRATION,)),
        }
        Predictor(state["weights"], state["calibration"])


def test_the_budget_ends_it_and_progress_is_told_on_the_way(monkeypatch):
    monkeypatch.setattr("foredraft.predictor.training._USABLE_FROM", 100)
    monkeypatch.setattr("foredraft.predictor.training._PAUSE_TOKENS", 100)
    drawn = []

    def files():
        for name, lines in FILES:
            drawn.append(name)
            yield name, lines

    arrays, names = built(FILES)
    states = list(train(arrays, names, files(), 250, None))
    assert 2 <= len(states) <= 4
    assert len(drawn) < len(FILES), "no more files are read than the budget is good for"


def test_with_nothing_to_learn_nothing_is_yielded():
    assert trained(1_000, []) == []
    assert trained(1_000, [("empty.py", []), ("blank.py", ["", "   "] * 20)]) == []


def test_the_same_files_train_the_same_weights():
    one, other = trained(300), trained(300)
    assert len(one) == len(other)
    assert all((a[name] == b[name]).all() for a, b in zip(one, other, strict=True) for name in a)
