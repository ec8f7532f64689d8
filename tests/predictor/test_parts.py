"""How a new name may go on: with the parts of names that are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictor_worlds import calm

from foredraft.predictor.calibration import GUESSED
from foredraft.predictor.lexer import lex
from foredraft.predictor.near import Near
from foredraft.predictor.parts import Parts
from foredraft.predictor.predictor import Position, Predictor, learn_line


@pytest.mark.parametrize(
    ("names", "letters", "rest"),
    [
        (["open_lines"], "x_li", "nes"),
        (["openLines"], "x_li", "nes"),
        (["open_lines"], "xLi", "nes"),
        (["open_lines"], "read_lines", ""),
        (["open_lines"], "x_l", ""),
        (["open_lines"], "open_", "lines"),
        (["open_lines"], "open_l", "ines"),
        (["open_lines", "limit", "limit_two", "limit_three"], "open_li", "nes"),
        (["open_lines", "limit", "limit_two", "limit_three"], "x_li", "mit"),
        (["if", "while_"], "x_wh", "ile"),
        (["masked\u01c2"], "x_mas", ""),
        ([], "x_li", ""),
    ],
)
def test_what_completes_a_part(names, letters, rest):
    assert Parts(names).rest(letters)[0] == rest


@calm
@given(st.lists(st.text("ab_X9", min_size=1, max_size=12), max_size=8), st.text("ab_X9", max_size=8))
def test_a_share_is_one(names, letters):
    rest, share = Parts(names).rest(letters)
    assert 0 <= share < 1 and (rest == "") == (share == 0)
    assert len(lex(f"a{letters}{rest}")) == 1, "it stays one name"


def test_a_part_of_a_name_that_nobody_knows_is_offered():
    verbs = ("read", "open", "join", "count", "split", "store", "parse", "check")
    lines = [f"    {verb}_lines(text)" for verb in verbs]
    file = Near()
    for number in range(len(lines)):
        learn_line(file, lines, number)
    cuts = Predictor().cuts(Position(file, [*lines, ""], len(lines), 4), "    new_li")
    assert [(cut.text, cut.first) for cut in cuts if cut.first == GUESSED] == [("nes", GUESSED)]
