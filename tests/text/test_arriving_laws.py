"""A text that still arrives while the user types on: whatever the order of pieces and keys, the rest is the rest."""

from hypothesis import given
from hypothesis import strategies as st

from foredraft.text.arriving import Arriving
from foredraft.text.edit import Edit

texts = st.text("ab()\n", max_size=10)


@given(texts, st.data())
def test_pieces_and_agreeing_keys_may_come_in_any_order(text, data):
    arriving, come, typed = Arriving.at(5), 0, 0
    while come < len(text) or typed < len(text):
        if come < len(text) and (typed == len(text) or data.draw(st.booleans())):
            end = data.draw(st.integers(come + 1, len(text)))
            arriving = arriving.come(text[come:end])
            come = end
        else:
            arriving = arriving.typed(Edit(5 + typed, 5 + typed, text[typed]))
            typed += 1
        assert arriving.edit.start == 5 + typed
        assert arriving.edit.text == text[typed:come] and arriving.ahead == text[come:typed]
    assert arriving.come("", whole=True) is not None


@given(texts, texts)
def test_what_was_typed_ahead_and_does_not_come_contradicts(ahead, text):
    arriving = Arriving.at(0)
    for at, key in enumerate(ahead):
        arriving = arriving.typed(Edit(at, at, key))
    left = arriving.come(text, whole=True)
    assert (left is not None) == text.startswith(ahead)
    if left is not None:
        assert left.edit == Edit(len(ahead), len(ahead), text[len(ahead) :])


def test_a_contradicting_key_ends_it_and_one_elsewhere_does_not():
    arriving = Arriving.at(4).come("name")
    assert arriving.typed(Edit(4, 4, "x")) is None
    assert arriving.typed(Edit(3, 4, "")) is None, "a deletion before it"
    assert arriving.typed(Edit(0, 0, "ab")).edit == Edit(6, 6, "name")
    assert arriving.typed(Edit(9, 12, "")).edit == Edit(4, 4, "name")


def test_typing_ahead_may_be_taken_back():
    arriving = Arriving.at(4).typed(Edit(4, 4, "ab")).typed(Edit(5, 6, ""))
    assert arriving.ahead == "a" and arriving.edit.start == 5
    assert arriving.come("abc").edit == Edit(5, 5, "bc")
    assert Arriving.at(4).typed(Edit(4, 4, "ab")).typed(Edit(3, 6, "")) is None


def test_a_bracket_that_the_editor_closes_is_typed_along():
    for arriving in (Arriving.at(4), Arriving.at(4).come("(a, b):")):
        left = arriving.typed(Edit(4, 4, "()"))
        left = left.come("(a, b):") if not arriving.edit.text else left
        assert left.edit.start == 5 and left.edit.text == "a, b):"
        for at, key in enumerate("a, b"):
            left = left.typed(Edit(5 + at, 5 + at, key))
        assert left.typed(Edit(9, 10, ")")).edit == Edit(10, 10, ":"), "typed over"


def test_when_all_has_come_typing_beyond_it_contradicts():
    assert Arriving.at(0).come("ab").typed(Edit(0, 0, "abc")).ahead == "c"
    assert Arriving.at(0).come("ab", whole=True).typed(Edit(0, 0, "abc")) is None
