"""Edits: apply and between are inverse; rebase carries a draft over what was typed, or says that it does not fit."""

from hypothesis import assume, given
from hypothesis import strategies as st

from foredraft.text.edit import Edit

texts = st.text("ab()\n", max_size=12)


@st.composite
def edits_of(draw, text):
    start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    return Edit(start, end, draw(texts))


@given(texts, texts)
def test_between_leads_from_the_old_text_to_the_new(old, new):
    edit = Edit.between(old, new)
    assert (edit is None) == (old == new)
    if edit is not None:
        assert edit.apply(old) == new
        shared = len(old) - (edit.end - edit.start)
        assert not (edit.text and edit.text[0] == old[edit.start : edit.start + 1] and edit.end > edit.start)
        assert shared + len(edit.text) == len(new)


@given(st.data(), st.text("ab()\n", min_size=1, max_size=12))
def test_disjoint_edits_give_the_same_text_in_both_orders(data, text):
    a, b, c, d = sorted(data.draw(st.integers(0, len(text) - 1)) for _ in range(4))
    both = [Edit(a, b, data.draw(texts)), Edit(c + 1, d + 1, data.draw(texts))]
    one, other = data.draw(st.permutations(both))
    assert one.rebase(other).apply(other.apply(text)) == other.rebase(one).apply(one.apply(text))


@given(st.data(), texts)
def test_typing_on_ends_in_the_same_text_as_accepting(data, text):
    draft = data.draw(edits_of(text))
    typed = Edit(draft.start, draft.start, draft.text[: data.draw(st.integers(0, len(draft.text)))])
    left = draft.rebase(typed)
    assert left.apply(typed.apply(text)) == draft.apply(text)


@given(st.data(), texts)
def test_typing_key_by_key_leaves_nothing(data, text):
    draft = data.draw(edits_of(text))
    assume(draft.start == draft.end)
    at, left = draft.start, draft
    for key in draft.text:
        left = left.rebase(Edit(at, at, key))
        at += 1
    assert left == Edit(at, at, "")


@given(st.data(), texts)
def test_whatever_it_is_rebased_to_is_one_of_the_two_laws(data, text):
    draft, over = data.draw(edits_of(text)), data.draw(edits_of(text))
    left = draft.rebase(over)
    if left is None:
        return
    result = left.apply(over.apply(text))
    if draft.end < over.start or over.end < draft.start:
        assert result == over.rebase(draft).apply(draft.apply(text))
    else:
        assert result == draft.apply(text) or over.empty


def test_what_contradicts_a_draft_ends_it():
    draft = Edit(4, 4, "print(x)")
    assert draft.rebase(Edit(4, 4, "q")) is None
    assert draft.rebase(Edit(3, 4, "")) is None, "a deletion before the cursor"
    assert draft.rebase(Edit(4, 4, "print(x) ")) is None, "typed beyond it"
    assert draft.rebase(Edit(2, 6, "p")) is None
    assert draft.rebase(Edit(4, 9, "p")) is None


def test_a_bracket_closed_by_the_editor_is_typing_on():
    assert Edit(4, 4, "(a, b)").rebase(Edit(4, 4, "()")) == Edit(5, 5, "a, b")
    assert Edit(4, 4, "(a, b):").rebase(Edit(4, 4, "()")) is None
    assert Edit(4, 4, "abc").rebase(Edit(4, 4, "ac")) is None


def test_a_replaced_rest_of_line_is_typed_over():
    assert Edit(4, 8, "name)").rebase(Edit(4, 4, "na")) == Edit(6, 10, "me)")
