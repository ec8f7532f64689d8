"""What may be shown at a cursor of a file whose predictor knows a small pattern by heart."""

from itertools import pairwise

import pytest

from foredraft.predictor.calibration import Cut
from foredraft.predictor.near import Near
from foredraft.predictor.predictor import Position, Predictor, learn_line
from foredraft.predictor.showing import Showing
from foredraft.questions.inline import choose, offers
from foredraft.questions.suggestion import Reject
from foredraft.session import Session
from foredraft.text import document

KNOWN = [
    "with open(path) as file:",
    "    rows = parse(file.read())",
    "    store.put(rows, size=len(rows))",
    "",
] * 6


@pytest.fixture(scope="module")
def predictor():
    """One that has typed the pattern a few times."""
    made = Predictor()
    for number in (16, 17, 18, 20, 21, 22):
        for _ in made.train(place(KNOWN[:number], 4 if number % 4 else 0), KNOWN[number], number):
            pass
    return made


def place(lines, indent):
    """The place below `lines`, which are all known."""
    near = Near()
    for number in range(len(lines)):
        learn_line(near, lines, number)
    return Position(near, [*lines, ""], len(lines), indent)


def texts_at(predictor, marked, lines=KNOWN[:21], history=None):
    before, after = marked.split("|")
    indent = len(before) - len(before.lstrip())
    found = offers(predictor, place(lines, indent), before, after, len(lines), history)
    return [cut.text for cut, _ in found.rated], found


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("    |", "rows = parse(file.read())"),
        ("    rows|", " = parse(file.read())"),
        ("    rows = pa|", "rse(file.read())"),
        ("    rows = parse(|)", "file.read"),
        ("    rows = parse(file|.read())", None),
        ("    rows = |  # read", "parse(file.read())"),
    ],
)
def test_the_pattern_is_offered_as_far_as_it_fits(predictor, marked, text):
    found, offered = texts_at(predictor, marked)
    assert (text in found) if text else not found
    assert all(longer.startswith(shorter) for shorter, longer in pairwise(found))
    assert all(0 <= rate <= 1 for _, rate in offered.rated)
    assert len(found) == len(set(found)) and all(text.strip() for text in found)


def test_why_others_are_not_offered_is_told(predictor):
    assert Reject.REPEATS_SUFFIX in texts_at(predictor, "    rows = parse(file|.read())")[1].rejected


def test_what_was_just_deleted_is_not_offered(predictor):
    session = Session()
    lines = [*KNOWN[:21], "    rows = parse"]
    session.open("a", "python", 1, "\n".join(lines))
    session.change("a", 2, [(document.Position(21, 11), document.Position(21, 16), "")], 1.0)
    history = session.history("a")
    assert "parse" in texts_at(predictor, "    rows = |")[0]
    found, offered = texts_at(predictor, "    rows = |", history=history)
    assert found == [] and set(offered.rejected) == {Reject.REVERTS}


def test_where_nothing_is_known_nothing_is_offered(predictor):
    assert offers(Predictor(), place([], 0), "x") == offers(Predictor(), place([], 0), "x", "", 7)
    assert offers(Predictor(), place([], 0), "x").rated == []


def test_asking_changes_nothing(predictor):
    assert texts_at(predictor, "    |") == texts_at(predictor, "    |")


def rated(*texts_with_odds):
    return [(Cut(text, odds, number, 1), 0.99) for number, (text, odds) in enumerate(texts_with_odds, 1)]


def shown(before, after, cuts, threshold=0.7):
    found = choose(Showing(), 3, before, after, cuts, threshold)
    return found and found[0]


def test_brackets_that_a_text_opens_are_closed_where_that_is_as_sure():
    sure = rated(("items.append(x", 0.9), ("items.append(x)", 0.89))
    assert shown("", "", sure[:1]) == "items.append(x"
    assert shown("", "", sure) == "items.append(x)"
    assert shown("", "", rated(("f(g(x", 0.9), ("f(g(x)", 0.89), ("f(g(x))", 0.88))) == "f(g(x))"


def test_inside_a_line_it_must_be_surer():
    cuts = [(Cut("size", 0.7, 1, 1), 0.72)]
    assert shown("call(", "", cuts) == "size"
    assert shown("call(", "):", cuts) == "size", "closers and the like do not move the eye"
    assert shown("call(", " other", cuts) is None
    assert shown("call(", " other", [(Cut("size", 0.99, 1, 1), 0.99)]) == "size"


def test_nothing_sure_nothing_shown():
    assert shown("", "", []) is None
    assert shown("", "", [(Cut("items", 0.2, 1, 1), 0.2)]) is None
