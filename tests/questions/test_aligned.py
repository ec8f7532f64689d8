"""Replies of chat models and what becomes of each at its cursor (`|` in the document)."""

from __future__ import annotations

import pytest

from foredraft.predictor.lexer import MASKED
from foredraft.questions.aligned import Aligner, Reply
from foredraft.questions.suggestion import Reject

ALIGNED = [
    # (document, reply, text at the cursor)
    # nothing to do
    ("x = |", "f(a)", "f(a)"),
    ("def f():\n    |", "return 1\n", "return 1"),
    ("def f():|", "\n    return 1", "\n    return 1"),
    # thoughts that never end are no answer
    ("x = |", "<think>\nThe user wants", ""),
    ("x = |", "<thinking>hm</thinking>\n1", "1"),
    # a sentence and nothing else is no answer, unless sentences are wanted here
    ("x = |", "I cannot complete this without more context.", ""),
    ("# |", "Count the words of the text.", "Count the words of the text."),
    ('def f():\n    """|', 'Return the sum of all.\n    """', 'Return the sum of all.\n    """'),
    # in one line
    ("x = |", "```f(a)```", "f(a)"),
    ("x = |", "`f(a)`", "f(a)"),
    ("x = `a` + |", "`f(a)`", "`f(a)`"),
    ("x = |", "The missing part is:\n\n```\nf(a)\n```", "f(a)"),
    # a fence in a fence
    ('def f():\n    """\n    |', "````python\n```\nx\n```\n````", "```\n    x\n    ```"),
    # what is being typed is said again
    ("    retu|", "return x", "rn x"),
    ("x = foo.ba|", "foo.bar(1)", "r(1)"),
    ("total = sum(a, |", "sum(a, b)", "b)"),
    ("@|", "@property", "property"),
    ('def f():\n    """|', '"""Say it."""', 'Say it."""'),
    # the block anew that the cursor is in, otherwise than it stands there
    ("def f(a):\n    x = 1\n    total = |", "def f(a):\n    y = 2\n    total = a + x", "a + x"),
    ("class A:\n    def f(a):\n        |", "def f(a):\n    return a.x", "return a.x"),
    # what stands right of the cursor and below it
    ("f(|)", "a, b)", "a, b"),
    ('f("|")', 'text")', "text"),
    ("f(|, timeout=3)", "a, timeout=3)\nprint(a)", "a"),
    ("if (x) {\n    |\n}\nnext();", "f(x);\n}\nnext();\nmore();", "f(x);"),
    ("if (x) {\n    |\n}", "f(x);\n}", "f(x);"),
    ("if (x) {\n    |\n}", "if (y) {\n        f(x);\n    }\n}", "if (y) {\n        f(x);\n    }"),
    # indentation
    ("def f():\n    |", "    x = 1\n    return x", "x = 1\n    return x"),
    ("def f():\n    |", "x = 1\nreturn x", "x = 1\n    return x"),
    ("def f():\n    |", "if x:\n    return x\nreturn 1", "if x:\n        return x\n    return 1"),
    ("def f():\n    if a:\n        |", "return x\n    return 1", "return x\n    return 1"),
    ("def f():\n|", "return 1", "    return 1"),
    ("def f():\n|", "    return 1", "    return 1"),
    ("def f():\n    return 1|", "    return 2", "\n    return 2"),
    ("x = 1|", "  # note", "  # note"),
    ("func f() {\n\t|\n}", "if x {\n    return\n}", "if x {\n\t\treturn\n\t}"),
    ("switch (x) {\n    |\n}", "case 1:\n        f();\n        break;", "case 1:\n        f();\n        break;"),
    # an explanation below
    ("def f():\n    |", "return 1\n\nThis returns the first number.", "return 1"),
    ("def f():\n    |", "return 1\n\n**Explanation**: one is first.", "return 1"),
    ("def f():\n    |", "return 1\n\n\ndef g():\n    pass", "return 1\n\n\ndef g():\n    pass"),
]


@pytest.mark.parametrize(("marked", "reply", "text"), ALIGNED)
def test_aligned(marked, reply, text):
    assert read(marked, [reply]) == text
    assert read(marked, list(reply)) == text


@pytest.mark.parametrize(
    ("prefix", "reply"),
    [
        # what looks like a greeting or a fence only once more of it is there
        ("", "IHere is the code:\n"),
        ("", "``` }``````"),
        ("", "`x`\n<fim_masked"),
        ("", "*Note: a"),
        ("f(", "foo(\r\nSure!*\n</insertion>*:Sure!"),
        ("<think>masked", "Here is the code:This adds the value.\n\n</think>- )"),
        ("# ", "This adds the value to it.\n\n```python\nx\n```"),
        ("Here is the code:\n", "}\nHere is the code:a **"),
    ],
)
def test_what_was_given_out_stays_whatever_follows(prefix, reply):
    assert read(f"{prefix}|", list(reply)) == read(f"{prefix}|", [reply])


@pytest.mark.parametrize(
    ("marked", "reply", "text"),
    [
        ("x = f(|", "a, b)\n```\nThis calls it.", "a, b)"),
        ("def f():\n    |", "return 1\n", "return 1"),
        ("def f():\n    |", "return 1```", "return 1"),
    ],
)
def test_what_goes_on_from_the_cursors_line_in_an_open_fence(marked, reply, text):
    assert read(marked, list(reply), Reply.CONTINUED) == text


@pytest.mark.parametrize(
    ("marked", "reply", "text"),
    [
        ("x = |", "Sure, this is a name\n```\n", "Sure, this is a name\n```"),
        ("x = |", "f(a)<|fim_pad|>\nmore", "f(a)"),
        ("    a|\n    b = 2\n    c = 3", " = 1\n    b = 2\n    c = 3\n    d = 4", " = 1"),
    ],
)
def test_of_what_is_filled_in_only_markers_and_the_suffix_are_taken_off(marked, reply, text):
    assert read(marked, list(reply), Reply.FILLED) == text


def test_the_place_of_a_secret_is_never_given_out():
    aligner = Aligner("key = ", "")
    assert aligner.feed(f"'a' + '{MASKED[:3]}") == "'a' + '"
    assert aligner.feed(f"{MASKED[3:]}'") == "'a' + '"
    assert aligner.rejected is Reject.MASKED
    assert aligner.enough
    assert aligner.feed("more") == aligner.end() == "'a' + '"


def test_text_is_given_out_as_soon_as_nothing_can_change_it():
    aligner = Aligner("def f(numbers):\n    total = ", "\n    return total\n", "python")
    assert aligner.feed("len") == "len"
    assert aligner.feed("(numb") == "len(numb"
    assert not aligner.enough


@pytest.mark.parametrize(
    "reply", ["```\nsum(a)\n```\n", "sum(a)\n    b = 2\n    return total\n\nx", "sum(a)<|endoftext|>"]
)
def test_once_nothing_more_can_come_there_is_no_need_to_listen(reply):
    aligner = Aligner("def f(a):\n    total = ", "\n    b = 2\n    return total\n", "python")
    assert aligner.feed(reply) == "sum(a)"
    assert aligner.enough


def test_a_text_for_people_keeps_its_sentences_and_fences():
    reply = "The server reads one file.\n\n```sh\nmake try\n```"
    aligner = Aligner("# Use\n\n", "", "markdown")
    aligner.feed(reply)
    assert aligner.end() == reply


def read(marked, pieces, reply=Reply.CHAT):
    aligner = Aligner(*marked.split("|"), reply=reply)
    for piece in pieces:
        aligner.feed(piece)
    return aligner.end()
