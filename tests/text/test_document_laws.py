"""A document stays equal to a plain string, whatever is done to it, and shares what stayed the same."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foredraft.text import block
from foredraft.text.document import Document, Position
from foredraft.text.draft import Draft

EOL = re.compile(r"\r\n|\n|\r")
ALPHABET = "ab \t(é漢😀\n\n\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
texts = st.lists(st.sampled_from([*ALPHABET, "\r\n", "\r\n"]), max_size=60).map("".join)
whole = st.integers(-2, 40)
places = st.tuples(whole, whole).map(lambda both: Position(*both))
changes = st.lists(st.tuples(places, places, texts), max_size=12)


@pytest.fixture(params=[1, 7, 8192], autouse=True, ids="{} characters a block".format)
def _block_size(request, monkeypatch):
    monkeypatch.setattr(block, "TARGET", request.param)
    monkeypatch.setattr("foredraft.text.document.TARGET", request.param)


def document(text):
    return Document.of("file:///a.py", "python", 1, text)


def plain_offset(text, position):
    lines = EOL.split(text)
    begins = [0] + [end.end() for end in EOL.finditer(text)]
    if position.line >= len(lines):
        return len(text)
    if position.line < 0:
        return 0
    return begins[position.line] + max(0, min(position.column, len(lines[position.line])))


def plain_replaced(text, start, end, new):
    return text[: plain_offset(text, min(start, end))] + new + text[plain_offset(text, max(start, end)) :]


@settings(max_examples=150, deadline=None)
@given(text=texts, changes=changes)
def test_follows_a_plain_string(text, changes):
    now = document(text)
    for version, (start, end, new) in enumerate(changes, 2):
        now, text = now.replaced(start, end, new, version), plain_replaced(text, start, end, new)
        assert (now.text, now.version) == (text, version)
        assert list(now.lines()) == EOL.split(text)
        assert now.line_count == len(EOL.split(text))
        assert [now.line(number) for number in range(-1, now.line_count + 1)] == ["", *EOL.split(text), ""]
        assert all(one.lines == other.lines for one, other in zip(now.blocks, now.blocks, strict=True))
        assert [part.count for part in now.blocks] == [len(part.lines) for part in now.blocks]
    assert now == Document.of("file:///a.py", "python", len(changes) + 1, text)


@settings(max_examples=150, deadline=None)
@given(text=texts, changes=changes)
def test_a_draft_follows_a_plain_string_too(text, changes):
    draft = Draft(document(text))
    for start, end, new in changes:
        if start.line != end.line or not draft.replace_in_ascii(start.line, start.column, end.column, new):
            draft.replace(start, end, new)
        text = plain_replaced(text, start, end, new)
        assert draft.text == text
        assert [draft.line(number) for number in range(-1, draft.line_count + 1)] == ["", *EOL.split(text), ""]


@settings(max_examples=150, deadline=None)
@given(text=texts, place=places)
def test_offsets_are_those_of_the_plain_string(text, place):
    assert document(text).offset(place) == plain_offset(text, place)


@settings(max_examples=150, deadline=None)
@given(text=texts, offset=st.integers(-2, 70))
def test_a_position_leads_back_to_its_offset(text, offset):
    found = document(text).position(offset)
    back = plain_offset(text, found)
    wanted = max(0, min(offset, len(text)))
    inside_a_line_end = text[wanted - 1 : wanted + 1] == "\r\n" if wanted else False
    assert back == wanted - inside_a_line_end


@settings(max_examples=150, deadline=None)
@given(text=texts, start=places, end=places, new=texts)
def test_lines_left_alone_are_the_same_objects(text, start, end, new):
    before = document(text)
    lines = before.lines()
    after = before.replaced(start, end, new, 2)
    head = len(EOL.split(text[: plain_offset(text, min(start, end))])) - 2
    tail = len(EOL.split(text[plain_offset(text, max(start, end)) :])) - 2
    assert all(one is other for one, other in zip(lines[: max(0, head)], after.lines(), strict=False))
    if tail > 0:
        assert all(one is other for one, other in zip(lines[-tail:], after.lines()[-tail:], strict=True))
    prefix, suffix = before.common(after)
    assert prefix >= min(head, len(after.lines())) and prefix + suffix <= min(len(lines), len(after.lines()))
    assert list(lines[:prefix]) == list(after.lines()[:prefix])
    assert list(lines[len(lines) - suffix :]) == list(after.lines()[len(after.lines()) - suffix :])


def test_nothing_of_the_text_shows_in_its_repr():
    assert "password" not in repr(document("password = 1\n"))


def test_a_version_before_stays_what_it_was():
    before = document("one\ntwo\n")
    before.replaced(Position(0, 0), Position(1, 0), "", 2)
    assert (before.text, before.version, before.lines()) == ("one\ntwo\n", 1, ("one", "two", ""))


def test_only_the_touched_block_is_new():
    before = document("value = compute(first, second)\n" * 10_000)
    after = before.replaced(Position(5_000, 3), Position(5_000, 3), "x", 2)
    assert len(set(map(id, after.blocks)) - set(map(id, before.blocks))) <= 2
    assert before.common(after) == (5_000, 5_000)
