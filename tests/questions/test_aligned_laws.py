"""Laws of the aligner: whatever a chat model puts around the answer, the answer comes out; however it is cut up."""

from __future__ import annotations

import pytest
from dressings import DATA, DRESSINGS, same, tasks
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from foredraft.questions.aligned import Aligner

TASKS = list(tasks(DATA / "humaneval_infilling_sample.jsonl.gz"))
ROUGH = {"moved left", "moved left in a fence"}
"""Of these a few cannot be undone: what was moved left may as well have ended its block."""

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta", "count", "total", "item", "value", "result", "node"])
NUMBERS = st.integers(0, 99).map(str)
TERMS = NAMES | NUMBERS | st.builds("{}.{}".format, NAMES, NAMES) | st.builds("{}({})".format, NAMES, NAMES)
STATEMENTS = (
    st.builds("{} = {} + {}".format, NAMES, TERMS, TERMS)
    | st.builds("{}({}, {})".format, NAMES, TERMS, TERMS)
    | st.builds("return {} * {}".format, TERMS, TERMS)
)


@st.composite
def blocks(draw, unit="    ", depth=1):
    """Lines of a body at one depth, with deeper ones in it."""
    lines = []
    for statement in draw(st.lists(STATEMENTS, min_size=1, max_size=4)):
        lines.append(unit * depth + statement)
        if draw(st.booleans()) and depth < 3:
            lines.append(f"{unit * depth}if {draw(NAMES)} > {draw(NUMBERS)}:")
            lines.append(unit * (depth + 1) + draw(STATEMENTS))
    return lines


@st.composite
def places(draw):
    """(prefix, middle, suffix): a function with a cursor in it, at the indentation of a line or within it; each line
    is there once, so that an echo is told from what is meant."""
    unit = draw(st.sampled_from(["    ", "  ", "\t"]))
    lines = [f"def {draw(NAMES)}({draw(NAMES)}):", *draw(blocks(unit)), *draw(blocks(unit)), f"{unit}return None"]
    assume(len({line.strip() for line in lines}) == len(lines))
    first = draw(st.integers(1, len(lines) - 2))
    last = draw(st.integers(first, min(first + 3, len(lines) - 2)))
    line = lines[first]
    lead = len(line) - len(line.lstrip())
    words = [at for at, sign in enumerate(line) if sign == " " and at > lead + 5]
    column = draw(st.sampled_from([lead, lead, *(at + 1 for at in words)]))
    above = "\n".join(("import os", "", *lines[:first], ""))
    assume(line[column:].strip())
    middle = "\n".join((line[column:], *lines[first + 1 : last + 1]))
    return above + line[:column], middle, "\n" + "\n".join((*lines[last + 1 :], ""))


def read(reply: str, prefix: str, suffix: str, sizes: list[int] | None = None) -> str:
    aligner = Aligner(prefix, suffix, "python")
    given_out, at = "", 0
    for size in sizes or [len(reply)]:
        now = aligner.feed(reply[at : at + size])
        assert now.startswith(given_out), "what was given out is taken back"
        given_out, at = now, at + size
    aligner.feed(reply[at:])
    whole = aligner.end()
    assert whole.startswith(given_out)
    return whole


@pytest.mark.parametrize("name", sorted(DRESSINGS))
def test_real_answers_come_out_of_whatever_is_put_around_them(name):
    wrong = [
        (prefix[-80:], middle, found)
        for prefix, middle, suffix in TASKS
        if not same(found := read(DRESSINGS[name](prefix, middle, suffix), prefix, suffix), middle, prefix)
    ]
    assert len(wrong) <= (0.04 if name in ROUGH else 0.01) * len(TASKS), wrong[:3]


@settings(deadline=None, max_examples=150)
@given(places(), st.sampled_from(sorted(DRESSINGS.keys() - ROUGH)))
def test_the_answer_comes_out(place, name):
    prefix, middle, suffix = place
    reply = DRESSINGS[name](prefix, middle, suffix)
    assert read(reply, prefix, suffix).rstrip() == middle.rstrip()


@settings(deadline=None, max_examples=150)
@given(places(), st.sampled_from(sorted(DRESSINGS)), st.lists(st.integers(1, 9), max_size=60))
def test_however_a_reply_is_cut_up_it_says_the_same(place, name, sizes):
    prefix, middle, suffix = place
    reply = DRESSINGS[name](prefix, middle, suffix)
    assert read(reply, prefix, suffix, sizes) == read(reply, prefix, suffix)
    assert read(reply, prefix, suffix, [1] * len(reply)) == read(reply, prefix, suffix)


PIECES = st.sampled_from(
    [
        *(
            "```",
            "`",
            "~~~",
            "\n",
            "\n\n",
            "\r\n",
            "\r",
            " ",
            "    ",
            "\t",
            "<think>",
            "</think>",
            "<|cursor|>",
            "<|im_end|>",
        ),
        *(
            "<fim_",
            "middle>",
            "Sure!",
            "Here is the code:",
            "This adds the value.",
            "return x",
            "def f(a):",
            "x = 1",
            "}",
        ),
        *(
            "python",
            ")",
            '"""',
            "# note",
            "<insertion>",
            "</insertion>",
            "masked",
            "\u01c2",
            "a",
            "I",
            "The",
            "- ",
            "[PRE",
        ),
    ]
)


@settings(deadline=None, max_examples=400)
@given(
    st.lists(PIECES, max_size=14).map("".join),
    st.lists(PIECES, max_size=6).map("".join),
    st.lists(PIECES, max_size=4).map("".join),
    st.lists(st.integers(1, 6), max_size=30),
)
def test_whatever_is_said_nothing_is_taken_back(reply, prefix, suffix, sizes):
    assert read(reply, prefix, suffix, sizes) == read(reply, prefix, suffix)
