"""What of a model's text may be offered at its place: `|` in the document is the cursor."""

from __future__ import annotations

import pytest

from foredraft.predictor.lexer import MASKED
from foredraft.questions.fit import fit
from foredraft.questions.suggestion import Reject
from foredraft.session import Session
from foredraft.text.document import Document, Position

FITTING = [
    # (document, text, what may be offered)
    ("x = |", "f(a)", "f(a)"),
    ("x = |", "", Reject.EMPTY),
    ("x = |", " \n\n", Reject.EMPTY),
    ("key = |", f"'{MASKED}'", Reject.MASKED),
    # the end of the block
    ("def f():\n    |", "x = 1\n    return x\n\n\ndef g():\n    pass", "x = 1\n    return x"),
    ("def f():\n    if a:\n        |", "return 1\n    return 2", "return 1"),
    ("def f():\n    |", "if a:\n        return 1\n    return 2", "if a:\n        return 1\n    return 2"),
    ("def f():|", "\n    return 1\n\nf()", "\n    return 1"),
    ("    return 1|", "\n\ndef f():\n    return 2\n", "\n\ndef f():\n    return 2"),
    ("    def f():|", "\n        return 1\n\nf()", "\n        return 1"),
    ("def f():\n|", "    return 1\n\nf()", "    return 1"),
    ("if (a) {\n    |\n}", "f();\n    g();\n}\nh();", "f();\n    g();"),
    # brackets
    ("f(|)", "a, b)", "a, b"),
    ("f(|)", "a, b)\n    g(c)", "a, b"),
    ("f(|)", "\n    a,\n    b,\n", "\n    a,\n    b,"),
    ("f(|)", "\n    a,\n    b,\n)", "\n    a,\n    b,"),
    ("x = |", "[\n    a,\n    b,\n]", "[\n    a,\n    b,\n]"),
    ("x = |", "a\ny = b)\nz = c", "a"),
    ("f(\n    a,\n    |", "b,\n    c)", "b,\n    c)"),
    ("f(\n    a,\n    |", "b,\n    c))", "b,"),
    ('print("|")', 'text")', "text"),
    ('"""\n1) one\n|', "2) two\n3) three", "2) two\n3) three"),
    # what stands right of the cursor or below it
    ("f(|, timeout=3)", "a, timeout=3)\nprint(a)", "a"),
    ("x = | + c", "a\ny = b", "a"),
    ("a = 1\n|\nb = 2\nc = 3\n", "x = 1\nb = 2\nc = 3\nd = 4", "x = 1"),
    ("a = 1\n|\nb = 22\n", "b = 22", Reject.REPEATS_SUFFIX),
    ("return |value", "value", Reject.REPEATS_SUFFIX),
    # round in circles
    ("|", "f(a)\nf(a)\nf(a)\nf(a)", "f(a)"),
    ("|", "f(a)\ng(b)\nf(a)\ng(b)\nf(a)\ng(b)\n", "f(a)\ng(b)"),
    ("f(a)\n|", "f(a)\nf(a)\nf(a)", Reject.REPEATS_ITSELF),
    ("x = |", "call and call and call and call and call and call and done", "call and done"),
    ("|", "}\n}\n}", "}"),
    ("x = |", "[0, 0, 0, 0, 0, 0, 0]", "[0, 0, 0, 0, 0, 0, 0]"),
]


@pytest.mark.parametrize(("marked", "text", "expected"), FITTING)
def test_fit(marked, text, expected):
    assert fit(text, *place(marked)) == expected


@pytest.mark.parametrize(
    ("marked", "text", "expected"),
    [
        ("|", "a = 1\nb = va", "a = 1"),
        ("|", "x = foo.ba", "x = foo"),
        ("|", "x = foo(", "x = foo("),
        ("|", "val", Reject.EMPTY),
    ],
)
def test_what_was_broken_off_ends_before_its_last_part(marked, text, expected):
    assert fit(text, *place(marked), cut=True) == expected


def test_what_the_user_just_deleted_is_not_put_back():
    session = Session()
    session.open("a", "python", 1, "x = value")
    session.change("a", 2, [(Position(0, 4), Position(0, 9), "")], 1.0)
    document, history = session.documents["a"], session.history("a")
    assert fit("value", document, Position(0, 4), history) is Reject.REVERTS
    assert fit("value + 1\ny = 2", document, Position(0, 4), history) is Reject.REVERTS
    assert fit("other", document, Position(0, 4), history) == "other"


def test_it_comes_with_the_documents_line_ends():
    document = Document.of("a", "python", 1, "def f():\r\n    \r\n")
    assert fit("x = 1\n    return x", document, Position(1, 4)) == "x = 1\r\n    return x"


def place(marked):
    before, after = marked.split("|")
    document = Document.of("a", "python", 1, before + after)
    return document, Position(before.count("\n"), len(before.rpartition("\n")[2]))
