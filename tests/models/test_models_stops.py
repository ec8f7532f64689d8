"""Stop texts on a stream: however it is cut, the text before the first that is complete."""

from hypothesis import given
from hypothesis import strategies as st

from foredraft.models.stops import Stops

LETTERS = st.text("abc\n", max_size=30)


def stopped(pieces, stops):
    cutter = Stops(stops)
    text = "".join(cutter.feed(piece) for piece in pieces)
    return text + cutter.rest(), cutter.hit


@given(LETTERS, st.lists(st.text("abc\n", min_size=1, max_size=4), max_size=4), st.lists(st.integers(0, 30)))
def test_how_the_text_is_cut_makes_no_difference(text, stops, places):
    places = sorted({min(place, len(text)) for place in places})
    pieces = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
    whole = stopped([text], stops)
    assert stopped(pieces, stops) == stopped(list(text), stops) == whole
    assert text.startswith(whole[0])
    assert whole[1] == any(stop in text for stop in stops)
    assert not any(stop in whole[0] for stop in stops)


@given(LETTERS)
def test_without_stops_nothing_is_held_back(text):
    assert Stops(()).feed(text) == text


def test_only_what_may_be_the_beginning_of_a_stop_is_held_back():
    cutter = Stops(("<|end|>",))
    assert [cutter.feed(piece) for piece in ("ab<", "|en", "x<|end|>never")] == ["ab", "", "<|enx"]
    assert cutter.hit
    assert cutter.feed("more") == ""
