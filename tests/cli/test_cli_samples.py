"""Which places `foredraft try` shows, and that nothing of the answer is left in the document it asks about."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import foredraft
from foredraft.cli.samples import Sample, cut, follows, sample_of, samples
from foredraft.text.document import Document

SOURCE = (Path(foredraft.__file__).parent / "session.py").read_text()


def document(text: str) -> Document:
    return Document.of("file:///a.py", "python", 1, text)


def test_a_real_file_has_eight_places_spread_over_it():
    lines = document(SOURCE).lines()
    places = samples(lines, 8)
    assert len(places) == 8
    assert [place.line * 8 // len(lines) for place in places] == list(range(8))


def test_a_line_is_cut_two_letters_into_a_word():
    line = "    total = compute(first, second)"
    found = sample_of(0, line)
    assert found is not None
    assert line[: found.column] == "    total = compute(fi"


def test_comments_prose_and_short_lines_are_left_out():
    for line in (
        "",
        "x = 1",
        "# a comment = that is long enough",
        "'a text (in quotes) that is long'",
        "plain words only here",
    ):
        assert sample_of(0, line) is None
    text = '''def f(argument):
    """Says (at length) what it = does.

    argument: (something) long enough for the argument = here.
    """
'''
    assert [place.line for place in samples(text.split("\n"), 6)] == [0]


def test_the_rest_of_every_chosen_line_is_gone():
    original = document("alpha = beta(gamma)\nplain\ndelta = beta(epsilon)\n")
    places = [Sample(0, 9), Sample(2, 10)]
    assert cut(original, places).text == "alpha = b\nplain\ndelta = be\n"
    assert follows(original, places[0]).startswith("eta(gamma)\nplain\n")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"))), st.integers(1, 9))
def test_places_lie_inside_their_lines(lines: list[str], count: int):
    places = samples(lines, count)
    assert len(places) <= count
    assert all(0 < place.column < len(lines[place.line]) for place in places)
