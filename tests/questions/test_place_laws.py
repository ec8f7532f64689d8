"""Laws of places: what was stored is found wherever typing leads to it, and is what accepting it would have given."""

import os

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from foredraft.questions.place import UP, context, place, prefix, walk, workspace_of
from foredraft.questions.snapshot import Snapshot
from foredraft.text.document import Document, Position

HERE = workspace_of("here")
pieces = st.text(alphabet="ab \t(){}[]'\":,.=é\U0001f600_0", max_size=12)
lines = st.lists(pieces, min_size=1, max_size=30)
newlines = st.sampled_from(["\n", "\r\n"])
many = settings(max_examples=1_000 if os.environ.get("SOAK") else 100)


@st.composite
def places(draw):
    """A document and a cursor in it."""
    text = draw(newlines).join(draw(lines))
    document = Document.of("file:///a", draw(st.sampled_from(["python", "c"])), 1, text)
    return document, document.position(draw(st.integers(0, document.length)))


def keys(document, cursor):
    return [step.key for step in walk("inline", Snapshot(document, cursor), HERE)]


@many
@given(places())
def test_the_first_step_of_the_walk_is_the_place(where):
    document, cursor = where
    found = place("inline", document, cursor)
    assert keys(document, cursor)[0] == found.key(HERE)
    assert found.before + found.after == document.line(cursor.line)
    assert len(found.before) == cursor.column
    assert len(keys(document, cursor)) == min(UP, cursor.line) + 1


@many
@given(places(), pieces)
def test_the_columns_of_a_line_and_what_is_typed_in_it_share_its_key(where, typed):
    document, cursor = where
    assume("\n" not in typed)
    after = document.replaced(cursor, cursor, typed, 2)
    here = Position(cursor.line, cursor.column + len(typed))
    assert keys(document, cursor)[0] == keys(after, here)[0] == keys(after, Position(cursor.line, 0))[0]


@many
@given(places(), pieces)
def test_a_key_says_nothing_of_the_text_and_differs_by_kind_language_and_workspace(where, other):
    document, cursor = where
    found = place("inline", document, cursor)
    key = found.key(HERE)
    assert key.startswith(prefix(HERE)) and len(key) == len(prefix(HERE)) + 32
    assert int(key.removeprefix(prefix(HERE)), 16) >= 0
    assert place("review", document, cursor).key(HERE) != key
    assert found.key(workspace_of("there")) != key
    language = Document.of("file:///a", "other", 1, document.text)
    assert place("inline", language, cursor).key(HERE) != key


@many
@given(places(), st.integers(0, 3))
def test_a_change_of_a_near_line_that_says_something_is_another_place(where, up):
    document, cursor = where
    above = cursor.line - 1 - up
    assume(above >= 0)
    start = Position(above, 0)
    changed = document.replaced(start, start, "zz", 2)
    assert keys(document, cursor)[0] != keys(changed, cursor)[0]


@many
@given(places())
def test_blanks_at_the_ends_of_lines_and_the_kind_of_line_ends_do_not_count(where):
    document, cursor = where
    plain = document.text.replace("\r\n", "\n")
    cursor = Position(cursor.line, 0)
    one = Document.of("file:///b", document.language, 1, plain)
    two = Document.of("file:///b", document.language, 7, plain.replace("\n", " \t\r\n"))
    assert keys(document, cursor) == keys(one, cursor) == keys(two, cursor)


@many
@given(places(), st.lists(pieces, min_size=1, max_size=UP + 1), st.data())
def test_what_was_stored_is_found_all_along_its_typing_and_gives_the_same_text(where, block, data):
    """The heart: a text stored here, some of it typed; the walk leads to it, and what is left is exactly the rest."""
    document, cursor = where
    newline = "\r\n" if "\r\n" in document.text else "\n"
    text = "\n".join(block)
    stored = place("inline", document, cursor)
    typed = data.draw(st.integers(0, len(text)))
    now = document.replaced(cursor, cursor, text[:typed].replace("\n", newline), 2)
    here = now.position(document.offset(cursor) + len(text[:typed].replace("\n", newline)))
    steps = {step.key: step for step in reversed(walk("inline", Snapshot(now, here), HERE))}
    found = walk("inline", Snapshot(now, here), HERE)
    matching = [
        left
        for step in found
        if step.key == stored.key(HERE) and (left := step.left(stored.before, stored.after, text)) is not None
    ]
    assert steps
    assert (text[typed:], typed) in matching
    for rest, length in matching:  # a line that repeats itself may match in two ways, each of them exact
        at = now.offset(here)
        accepted = now.text[:at].replace("\r\n", "\n") + rest
        assert accepted.endswith(stored.before + text) and length + len(rest) == len(text)


@many
@given(places(), pieces, pieces)
def test_what_contradicts_it_is_never_found(where, text, typed):
    document, cursor = where
    assume(not text.startswith(typed))
    stored = place("inline", document, cursor)
    now = document.replaced(cursor, cursor, typed, 2)
    here = Position(cursor.line, cursor.column + len(typed))
    (step, *_) = walk("inline", Snapshot(now, here), HERE)
    left = step.left(stored.before, stored.after, text)
    assert left is None


@many
@given(places(), pieces)
def test_the_surroundings_are_the_same_wherever_in_the_text_the_cursor_is(where, typed):
    document, cursor = where
    before = context(document, cursor.line, cursor.line)
    now = document.replaced(cursor, cursor, f"{typed}\n{typed}\nx", 2)
    assert context(now, cursor.line, cursor.line + 2) == before
