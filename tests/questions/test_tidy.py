"""Texts made fit for their place: `before|after`, the text, and what may be shown of it."""

import pytest

from foredraft.questions.suggestion import Reject
from foredraft.questions.tidy import fitted, open_brackets, reverts
from foredraft.session import Session
from foredraft.text.document import Position

BREAKS, REPEATS, TOGETHER = Reject.BREAKS_BRACKETS, Reject.REPEATS_SUFFIX, Reject.GROWS_TOGETHER

FITTED = [
    # nothing stands in the way
    ("x = |", "call(a, b)", "call(a, b)"),
    ("|", "return None", "return None"),
    ("call(a|", ", b)", ", b)"),
    ("x = |", "call(a,", "call(a,"),
    # the editor has closed the bracket already
    ("call(|)", "a, b)", "a, b"),
    ("call(|)", "a, b", "a, b"),
    ("call(|):", "a, b):", "a, b"),
    ("call(|);", "a, b);", "a, b"),
    ("call([|])", "a, b])", "a, b"),
    ("call([|])", "a], b)", "a"),
    ("call(|)", ")", BREAKS),
    ("d = {|}", '"a": 1}', '"a": 1'),
    # and the quote
    ('print("|")', 'hello")', "hello"),
    ("x = '|'", "a.b'", "a.b"),
    ('x = "|"', '"', REPEATS),
    # what stands right of the cursor is not said again
    ("def |(self):", "run(self):", "run"),
    ("x = |  # why", "1  # why", "1"),
    ("x = | + b", "a + b", "a"),
    ("x = |b", "b", REPEATS),
    ("x = |   ", "a", "a"),
    ("return |value", "value", REPEATS),
    ("import |, sys", "os, sys", "os"),
    # nor becomes one word with it
    ("call(|append)", "data", TOGETHER),
    ("call(|append)", "self", TOGETHER),
    ("call(|append)", "self, ", "self, "),
    ("re|ry.x", "gistry", "gist"),
    ("call(|2)", "a", TOGETHER),
    # closing brackets without their opening ones
    ("x = a|", ")", BREAKS),
    ("x = a|", " + b) + c", " + b"),
    ("x = (a|", "] + b", BREAKS),
    ("x = (a|", " + b] + c)", " + b"),
    ("x = {a|", ")}", BREAKS),
    ("x = a|", "[1]) + c", "[1]"),
    # a line that begins with closers ends what began far above
    ("|", ")", ")"),
    ("|", "})", "})"),
    ("    |", "]),", "]),"),
    ("}|", ")", ")"),
    ("}|", " else {", " else {"),
    ("x|", "})", BREAKS),
    # brackets in quotes are words
    ("x = |", '"(" + a', '"(" + a'),
    ("print('(', |", "a)", "a)"),
    ("it's (|", "a)", "a)"),
    # nothing to say
    ("x|", "", BREAKS),
    ("x|", "  ", BREAKS),
]


@pytest.mark.parametrize(("marked", "text", "expected"), FITTED)
def test_fitted(marked, text, expected):
    before, after = marked.split("|")
    assert fitted(text, before, after) == expected


@pytest.mark.parametrize(
    ("marked", "text", "open_above", "expected"),
    [
        ("    b|", ")", 1, ")"),
        ("    b|", "))", 1, ")"),
        ("    b|", "))", 2, "))"),
        ("    call(b|", "))", 1, "))"),
        ("    b|)", ")", 1, REPEATS),
        ("    b|", ") + c)", 1, ") + c"),
        ("    b|", ")", 0, BREAKS),
    ],
)
def test_brackets_left_open_above_may_be_closed(marked, text, open_above, expected):
    before, after = marked.split("|")
    assert fitted(text, before, after, open_above) == expected


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("", ""),
        ("f(a[1], {", "({"),
        ("f(a) + g(", "("),
        (")(", "("),
        ("(]", "("),
        ('f("(["', "("),
        ("don't (", "("),
        ("'(' '['", ""),
    ],
)
def test_open_brackets(text, opened):
    assert open_brackets(text) == opened


REVERTED = [
    # (marked text, edits as (from column, to column, inserted), text, whether it undoes the user)
    ("x = value|", [(4, 9, "")], "value", True),
    ("x = value|", [(4, 9, "")], "value + 1", True),
    ("x = value|", [(4, 9, "")], "val", True),
    ("x = value|", [(4, 9, "")], "other", False),
    ("x = abc|", [(6, 7, ""), (5, 6, ""), (4, 5, "")], "abc", True),
    ("x = abc|", [(6, 7, ""), (5, 6, ""), (4, 5, "")], "abd", False),
    ("x = abc|", [(6, 7, "")], "c", True),
    ("x = abc|", [(6, 7, ""), (6, 6, "d")], "c", False),
    ("x = abc|", [(7, 7, "d")], "d", False),
    ("x = abc|", [], "c", False),
]


@pytest.mark.parametrize(("marked", "edits", "text", "expected"), REVERTED)
def test_what_the_user_deleted_is_not_put_back(marked, edits, text, expected):
    assert reverts(text, *after_edits(marked, edits)) is expected


def test_what_was_deleted_elsewhere_may_be_typed_here():
    line, column, history = after_edits("x = value|", [(4, 9, "")])
    assert reverts("value", line, column, history)
    assert not reverts("value", line + 1, column, history)
    assert not reverts("value", line, 0, history)


def after_edits(marked, edits):
    """Line, column and history after these edits in the second line of a document."""
    session = Session()
    session.open("a", "python", 1, "first\n" + marked.replace("|", ""))
    column = marked.index("|")
    for version, (start, end, text) in enumerate(edits, 2):
        session.change("a", version, [(Position(1, start), Position(1, end), text)], float(version) / 10)
        column = start + len(text)
    return 1, column, session.history("a")
