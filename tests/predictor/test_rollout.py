"""A rollout: one text that grows cut by cut, the way the line would be read if it were typed."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictor_worlds import UNKNOWN, after, calm, files, lines, predictor_of

from foredraft.predictor.calibration import INSIDE
from foredraft.predictor.lexer import END, lex, split_typed
from foredraft.predictor.mixing import Distribution
from foredraft.predictor.rollout import roll_out

LOOP = ("for item in items:", "    handle(item)", "for item in items:", "    handle(item)", "for item in items:")


def distribution(odds):
    """These candidates, and the unknown one with what is left."""
    left = max(0.0, 1 - sum(odds.values()))
    return Distribution([*odds, UNKNOWN], [[] for _ in range(len(odds) + 1)], [*odds.values(), left], 3, 0)


def scripted(*steps):
    """Asked in turn, it answers with these (token, probability)."""
    told = iter(steps)

    def ask(walk, tokens, typed):
        token, odds = next(told)
        return distribution({token: odds})

    return ask


def rolled(*steps, typed="", tokens=()):
    _, position = predictor_of()
    return roll_out(after(position, tokens), list(tokens), typed, scripted(*steps))


def shown(cuts):
    return [(cut.text, round(cut.odds, 6), cut.tokens, cut.place, cut.ends) for cut in cuts]


def test_the_text_grows_and_the_odds_multiply_until_the_line_ends():
    assert shown(rolled(("x", 0.9), (" =", 0.8), (END, 0.9))) == [
        ("x", 0.9, 1, 0, False),
        ("x =", 0.72, 2, 0, True),
    ]


def test_it_stops_where_it_does_not_know_on():
    assert shown(rolled(("x", 0.9), (UNKNOWN, 0.9))) == [("x", 0.9, 1, 0, False)]
    assert rolled((UNKNOWN, 0.9)) == [] and rolled((END, 0.99)) == [] and rolled(("x", 0.01)) == []


def test_what_likely_names_share_is_a_cut_of_its_own():
    answers = iter([{"test_one": 0.3, "test_two": 0.3, "return": 0.35}, {"x": 0.01}])
    _, position = predictor_of()
    cuts = roll_out(position.walk, [], "", lambda *asked: distribution(next(answers)))
    assert [(cut.text, round(cut.odds, 6), cut.last) for cut in cuts] == [("test_", 0.6, INSIDE), ("return", 0.35, 2)]


def test_a_name_is_as_sure_as_all_that_go_on_from_it():
    answers = iter([{"request": 0.5, "requests": 0.3}, {"x": 0.01}])
    _, position = predictor_of()
    cuts = roll_out(position.walk, [], "", lambda *asked: distribution(next(answers)))
    assert [(cut.text, round(cut.odds, 6)) for cut in cuts] == [("request", 0.8)]


@pytest.mark.parametrize(
    ("names", "typed", "part"),
    [
        (("read_line", "read_file"), "", "read_"),
        (("readLine", "readFile"), "", "read"),
        (("HTTPClient", "HTTPServer"), "HT", ""),
        (("_private_one", "_private_two"), "", "_private_"),
        (("__init__", "__repr__"), "", ""),
        (("read_line", "read_file"), "read_", ""),
        ((" read_line", " read_file"), " re", " read_"),
        (("one", "two"), "", ""),
        (("(", "(("), "", ""),
    ],
)
def test_the_parts_of_a_name(names, typed, part):
    beginning, share = distribution(dict.fromkeys(names, 0.4)).beginning(typed)
    assert (beginning, round(share, 6)) == ((part, 0.8) if part else ("", 0))


@pytest.mark.parametrize(
    ("tokens", "typed", "place"),
    [
        ((), "", 0),
        (("(",), "", 1),
        (("a",), "  ", 1),
        ((), "f", 2),
        (("a",), " f", 2),
        (("a",), "fo", 3),
        ((), "foo", 3),
    ],
)
def test_the_place_of_a_cut(tokens, typed, place):
    token = f"{typed}o"
    assert [cut.place for cut in rolled((token, 0.9), ("(", 0.9), (END, 0.9), typed=typed, tokens=tokens)] == [
        place
    ] * 2


def test_what_is_typed_is_not_said_again():
    assert [cut.text for cut in rolled((" foo", 0.9), ("(", 0.9), (END, 0.9), typed=" fo")] == ["o", "o("]
    assert [cut.text for cut in rolled(("foo", 0.9), ("(", 0.9), (END, 0.9), typed="foo")] == ["("]


def test_it_ends_however_sure_the_model_is():
    cuts = rolled(*[(" again", 1.0)] * 100)
    assert len(cuts) < 40 and len(cuts[-1].text) < 200
    assert len(rolled(*[("a" * 500, 1.0)] * 100)[-1].text) <= 1000


def test_line_and_walk_are_left_as_they_are():
    _, position = predictor_of()
    walk, tokens = after(position, ("a",)), ["a"]
    keys = walk.keys()
    roll_out(walk, tokens, "", scripted((" b", 0.9), (END, 0.9)))
    assert tokens == ["a"] and walk.keys() == keys


@calm
@given(files, lines)
def test_each_cut_extends_the_one_before(known, before):
    predictor, position = predictor_of(*known)
    cuts = predictor.cuts(position, before)
    for part in (cut for cut in cuts if cut.last == INSIDE):
        whole = [cut for cut in cuts if cut.last != INSIDE and cut.tokens < part.tokens]
        assert not whole or (part.text.startswith(whole[-1].text) and part.odds <= whole[-1].odds + 1e-9)
    for shorter, longer in pairwise([cut for cut in cuts if cut.last != INSIDE]):
        assert longer.text.startswith(shorter.text) and longer.text != shorter.text
        assert longer.odds <= shorter.odds + 1e-9 and longer.tokens > shorter.tokens and not shorter.ends
    for cut in cuts:
        assert cut.text and "\n" not in cut.text and 0 < cut.odds <= 1 + 1e-9 and cut.tokens >= 1
        assert cut.place == cuts[0].place and 0 <= predictor.rate(cut) <= 1


@calm
@given(files, lines)
def test_the_same_place_rolls_out_the_same_text(known, before):
    answers = []
    for _ in range(2):
        predictor, position = predictor_of(*known)
        answers.append([predictor.cuts(position, before) for _ in range(2)])
    assert answers[0][0] == answers[0][1] == answers[1][0] == answers[1][1]


@calm
@given(st.integers(0, len(LOOP[0])))
def test_a_line_that_stands_there_often_is_known_from_any_column(column):
    predictor, position = predictor_of(*LOOP)
    line = "    handle(item)"
    position = type(position)(position.file, [*LOOP, ""], len(LOOP), 4)
    before = line[:column]
    texts = [cut.text for cut in predictor.cuts(position, before)]
    assert (line[max(4, column) :] in texts) == (column < len(line)) or (column < 4 and "handle(item)" in texts)


@calm
@given(st.integers(1, 17))
def test_typing_along_a_cut_leads_to_the_same_end(column):
    predictor, position = predictor_of(*LOOP)
    line = "for item in items:"
    assert line in [before + cut.text for before in [line[:column]] for cut in predictor.cuts(position, before)]


@calm
@given(files, lines)
def test_accepted_it_is_read_token_by_token_as_it_was_predicted(known, before):
    predictor, position = predictor_of(*known)
    finished, begun = split_typed(before)
    pushed = []

    def ask(walk, tokens, typed):
        pushed[:] = tokens
        return predictor.distribution(position, walk, tokens, typed)

    cuts = roll_out(after(position, finished), list(finished), begun, ask)
    for cut in (cut for cut in cuts if cut.last != INSIDE):
        read = lex(before + cut.text)
        assert read == tuple(pushed[: len(read)]) or len(before + cut.text) > 150
