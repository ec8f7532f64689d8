"""Bytes leave in order whether the editor reads or not, and the one who writes never waits."""

import contextlib
import os
import threading

import pytest

from foredraft.lsp.frames import frame
from foredraft.lsp.pipes import MOST_UNSENT, Writer, read


@pytest.fixture
def pipe():
    """Both ends of a pipe; the test closes what it closes."""
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        with contextlib.suppress(OSError):
            os.close(end)


def drained(reading, size):
    got = b""
    while len(got) < size and (chunk := os.read(reading, 1 << 20)):
        got += chunk
    return got


def test_who_does_not_read_gets_all_of_it_in_order_later(pipe):
    reading, writing = pipe
    writer = Writer(writing, lambda: None)
    parts = [b"%06d" % number * (1 + number % 1000) for number in range(300)]
    for part in parts:
        writer.write(part)  # more than any pipe holds
    assert drained(reading, sum(map(len, parts))) == b"".join(parts)
    writer.close(30)
    writer.write(b"small again")
    assert drained(reading, 11) == b"small again"


def test_too_much_unsent_holds_back_reading_and_nothing_else(pipe):
    reading, writing = pipe
    asks, editor = os.pipe()
    writer = Writer(writing, lambda: None)
    bodies, ended, first = [], threading.Event(), threading.Event()
    writer.write(b"x" * (MOST_UNSENT + (1 << 20)))

    def take(some):
        bodies.extend(some)
        first.set()

    read(asks, writer, take, ended.set)
    os.write(editor, frame(b"1"))
    assert first.wait(30)  # what was read is handed on; the next look waits for room
    os.write(editor, frame(b"2"))
    assert bodies == [b"1"]
    drained(reading, MOST_UNSENT + (1 << 20))
    os.close(editor)
    assert ended.wait(30) and bodies == [b"1", b"2"]
    os.close(asks)


def test_a_reader_that_is_gone_is_told_once_and_writing_goes_on(pipe):
    reading, writing = pipe
    told = []
    writer = Writer(writing, lambda: told.append("gone"))
    os.close(reading)
    for size in (1, 100_000, 1):
        writer.write(b"x" * size)
        writer.close(30)
    writer.wait_for_room()
    assert told == ["gone"]


def test_what_is_no_protocol_ends_the_reading(pipe):
    reading, writing = pipe
    ended, bodies = threading.Event(), []
    read(reading, Writer(writing, lambda: None), bodies.extend, ended.set)
    os.write(writing, b"x" * 40_000)
    assert ended.wait(30) and not bodies
