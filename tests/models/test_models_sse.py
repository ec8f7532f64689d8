"""Server-sent events: however the bytes are cut, the same events; nothing lost, nothing twice."""

from hypothesis import example, given
from hypothesis import strategies as st

from foredraft.models.sse import Event, Events

TEXT = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)
NEWLINE = st.sampled_from(["\n", "\r\n", "\r"])
FIELD = st.one_of(
    TEXT.map(lambda text: f"data: {text}"),
    TEXT.map(lambda text: f"data:{text}"),
    TEXT.map(lambda text: f": {text}"),
    st.sampled_from(["event: error", "id: 7", "retry: 10", "data", "nonsense", ""]),
)
STREAM = st.lists(st.tuples(FIELD, NEWLINE).map("".join), max_size=30).map("".join).map(str.encode)


def events(pieces):
    parser = Events()
    found = [event for piece in pieces for event in parser.feed(piece)]
    return found + parser.end()


def cut(data, places):
    places = sorted({min(place, len(data)) for place in places})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


@given(STREAM | st.binary(max_size=80), st.lists(st.integers(0, 200), max_size=12))
@example(b"data: \r\n\ndata: \n", [7, 8])
@example(b"data: a\r\n\r\ndata: b\r\r", [8, 9, 10])
@example("data: 名前\n\n".encode(), [7, 8, 9, 10, 11])
@example(b"\xef\xbb\xbfdata: x\n\n", [1, 2])
def test_how_the_bytes_are_cut_makes_no_difference(data, places):
    assert events(cut(data, places)) == events([data]) == events([data[i : i + 1] for i in range(len(data))])


@given(st.lists(TEXT, max_size=10), NEWLINE, st.booleans())
def test_every_text_comes_once_and_in_order(texts, newline, comments):
    wire = "".join((f": keep-alive{newline}" if comments else "") + f"data: {text}{newline}{newline}" for text in texts)
    assert [event.data for event in events([wire.encode()])] == texts


def test_comments_and_empty_lines_are_nothing():
    assert events([b"\n\n: keep-alive\n\n:\n\n\n"]) == []


def test_an_event_has_a_name_and_several_lines():
    assert events([b"event: error\ndata: {\ndata: }\n\ndata: x\n\n"]) == [Event("{\n}", "error"), Event("x")]


def test_the_last_event_needs_no_empty_line():
    assert events([b"data: [DONE]"]) == [Event("[DONE]")]


def test_what_is_no_utf8_is_replaced():
    assert events([b"data: a\xffb\n\n"]) == [Event("a\ufffdb")]


def test_what_is_held_is_counted():
    parser = Events()
    parser.feed(b"data: " + b"x" * 100)
    assert parser.pending >= 100
