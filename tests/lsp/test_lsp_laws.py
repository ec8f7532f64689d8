"""Laws of the edge's small parts: frames, columns, and that each request is answered once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.lsp.convert import column, units
from foredraft.lsp.frames import Frames, frame
from foredraft.lsp.requests import Requests

lines = st.text(st.sampled_from("ab é漢\u2028😀𝔘\ud800"), max_size=12)


@given(st.lists(st.binary(max_size=40), max_size=6), st.data())
def test_frames_are_found_however_the_bytes_arrive(bodies, data):
    stream = b"".join(frame(body) for body in bodies)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    frames, found = Frames(), []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += frames.feed(stream[begin:end])
    assert found == bodies


def test_headers_of_any_case_and_order_are_read():
    found = Frames().feed(b"content-type: x\r\ncontent-LENGTH:2\r\n\r\n{}Content-Length: 1\n\n5")
    assert found == [b"{}", b"5"]


def test_a_header_without_a_length_is_passed_over():
    assert Frames().feed(b"Nothing: here\r\n\r\nContent-Length: 2\r\n\r\n{}") == [b"{}"]


def test_what_is_no_protocol_at_all_is_not_read_for_ever():
    with pytest.raises(ValueError, match="no header"):
        Frames().feed(b"x" * 100_000)


@given(lines)
def test_columns_lead_to_units_and_back(line):
    for place in range(len(line) + 1):
        assert column(line, units(line, place)) == place


@given(lines, st.integers(-3, 40))
def test_a_column_is_never_inside_a_character_and_never_beyond_the_line(line, wire):
    found = column(line, wire)
    assert 0 <= found <= len(line)
    assert units(line, found) <= max(0, wire)
    assert found == len(line) or units(line, found + 1) > max(0, wire)


@given(st.lists(st.sampled_from(["start", "other", "cancel", "supersede", "tick", "all"]), max_size=30))
def test_each_request_is_answered_exactly_once(steps):
    async def run():
        sent, idents = [], []
        requests = Requests(sent.append)

        async def work(ticks):
            for _ in range(ticks):
                await asyncio.sleep(0)
            if ticks == 2:
                raise ValueError
            return {"items": ticks}

        for number, step in enumerate(steps):
            if step in ("start", "other"):
                idents.append(number)
                requests.start(number, "m", work(number % 4), ("u", "m") if step == "start" else None)
            elif step == "cancel" and idents:
                requests.cancel(idents[-1])
            elif step == "supersede":
                requests.supersede("u", {"m"})
            elif step == "all":
                requests.cancel_all()
            else:
                await asyncio.sleep(0)
        for _ in range(8):
            await asyncio.sleep(0)
        assert sorted(message["id"] for message in sent) == idents

    asyncio.run(run())
