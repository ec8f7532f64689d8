"""What a model wrote is found again wherever it still fits: typed on, typed back, after a restart; and only there."""

from contextlib import asynccontextmanager
from itertools import count

import pytest

from foredraft.memory.disk import Disk
from foredraft.memory.entries import MOST, Entry, decode, encode
from foredraft.memory.store import Store
from foredraft.memory.suggestions import Suggestions
from foredraft.questions.place import workspace_of
from foredraft.questions.snapshot import Snapshot
from foredraft.questions.suggestion import Outcome, Stage
from foredraft.text.document import Document

BODY = "for item in items:\n        if item:\n            found.append(item)\n    return found"
AROUND = "import os\nimport re\n\n\ndef collect(items):\n    found = []\n    {}\n\n\ndef other():\n    pass\n"


def snapshot(text, uri="file:///work/a.py", language="python"):
    at = text.index("|")
    document = Document.of(uri, language, 1, text.replace("|", ""))
    return Snapshot(document, document.position(at))


def around(line):
    return snapshot(AROUND.format(line))


@asynccontextmanager
async def memory(folder, workspace="one", **more):
    store = Store(Disk(folder, 100))
    assert await store.ready(20)
    ticks = count(1_000)
    try:
        yield Suggestions(store, workspace_of(workspace), now=lambda: float(next(ticks)), **more)
    finally:
        await store.close()


async def texts(memory, where):
    return [kept.edit.text for kept in await memory.find(where)]


async def test_it_is_there_after_a_restart(tmp_path):
    async with memory(tmp_path) as one:
        assert one.remember(around("|"), BODY, Stage.DRAFT, "groq/fast", "speed_quality")
        (before,) = await one.find(around("|"))
    async with memory(tmp_path) as one:
        (kept,) = await one.find(around("|"))
    assert kept == before
    assert (kept.edit.text, kept.stage, kept.model, kept.typed) == (BODY, Stage.DRAFT, "groq/fast", 0)
    assert kept.edit.apply(AROUND.format("")) == AROUND.format(BODY)


async def test_it_follows_what_is_typed_along_and_no_further(tmp_path):
    async with memory(tmp_path) as one:
        one.remember(around("|"), BODY, Stage.DRAFT, "m")
        for typed in range(len(BODY)):
            kept = await one.find(around(f"{BODY[:typed]}|"))
            assert [(each.edit.text, each.typed) for each in kept] == [(BODY[typed:], typed)], BODY[:typed]
            assert await texts(one, around(f"{BODY[:typed]}~|")) == []
        assert await texts(one, around(f"{BODY}|")) == []


async def test_typing_back_finds_what_was_asked_for_there_and_not_what_came_later(tmp_path):
    async with memory(tmp_path) as one:
        one.remember(around("re|"), "turn found", Stage.DRAFT, "m")
        one.remember(around("return f|"), "oo", Stage.DRAFT, "m")
        assert await texts(one, around("return f|")) == ["oo", "ound"]
        assert await texts(one, around("ret|")) == ["urn found"]
        assert await texts(one, around("r|")) == []


async def test_what_the_editor_closes_does_not_hide_it(tmp_path):
    async with memory(tmp_path) as one:
        one.remember(around("|"), "print(len(items))", Stage.DRAFT, "m")
        assert await texts(one, around("print(|)")) == ["len(items)"]
        assert await texts(one, around("print(len(|))")) == ["items"]
        one.remember(around("|"), "with open(name) as file:\n        pass", Stage.DRAFT, "m")
        assert await texts(one, around("with open(|)")) == ["name) as file:\n        pass"]
        assert await texts(one, around("with open|)")) == []


async def test_what_stands_right_of_the_cursor_must_still_be_there(tmp_path):
    async with memory(tmp_path) as one:
        one.remember(around("call(|, last)"), "first", Stage.DRAFT, "m")
        assert await texts(one, around("call(fi|, last)")) == ["rst"]
        assert await texts(one, around("call(fi|)")) == []


async def test_a_long_block_is_found_all_the_way_down(tmp_path):
    lines = [f"    value_{number} = step({number})" for number in range(40)]
    block = "\n".join(lines).lstrip()
    async with memory(tmp_path) as one:
        one.remember(around("|"), block, Stage.REFINED, "m")
        for down in range(39):
            written = "\n".join(lines[: down + 1]).lstrip()
            for end in ("\n|", "\n    |", "\n    val|"):
                found = await texts(one, around(written + end))
                assert found[0] == block[len(written + end) - 1 :], (down, end)
            assert await texts(one, around(written + "\nx|")) == []


async def test_line_ends_are_the_documents_own(tmp_path):
    async with memory(tmp_path) as one:
        one.remember(around("|"), BODY.replace("\n", "\r\n"), Stage.DRAFT, "m")
        assert await texts(one, around("for item in |")) == [BODY[12:]]
        there = snapshot(AROUND.format("for item in items:\n|").replace("\n", "\r\n"))
        assert await texts(one, there) == [BODY[19:].replace("\n", "\r\n")]


async def test_other_places_languages_and_workspaces_have_nothing_of_it(tmp_path):
    async with memory(tmp_path) as one, memory(tmp_path, "two") as two:
        here = around("|")
        one.remember(here, BODY, Stage.DRAFT, "m")
        assert await texts(one, here) == [BODY]
        assert await texts(one, snapshot(AROUND.format("|").replace("found = []", "found = {}"))) == []
        assert await texts(one, snapshot(AROUND.format("|").replace("def other", "def another"))) == []
        assert await texts(one, snapshot(AROUND.format("|"), language="ruby")) == []
        assert await texts(two, here) == []
        assert await texts(one, snapshot(AROUND.format("|"), "file:///work/moved.py")) == [BODY]


async def test_far_away_changes_and_blanks_at_line_ends_keep_it(tmp_path):
    async with memory(tmp_path) as one:
        one.remember(around("|"), BODY, Stage.DRAFT, "m")
        above = "x = 1\n" * 50 + AROUND.format("|").replace("found = []", "found = []   ")
        assert await texts(one, snapshot(above)) == [BODY]


async def test_the_best_comes_first(tmp_path):
    async with memory(tmp_path) as one:
        here = around("|")
        elsewhere = snapshot("import sys\n" + AROUND.format("|"))
        one.remember(here, "draft here 1", Stage.DRAFT, "m")
        one.remember(here, "draft here 2", Stage.DRAFT, "m")
        one.remember(elsewhere, "draft elsewhere", Stage.DRAFT, "m")
        one.remember(elsewhere, "refined elsewhere", Stage.REFINED, "m")
        one.remember(here, "refined here", Stage.REFINED, "m")
        order = ["refined here", "refined elsewhere", "draft here 2", "draft here 1", "draft elsewhere"]
        assert await texts(one, here) == order
        (accepted,) = [kept for kept in await one.find(here) if kept.edit.text == "draft here 1"]
        assert one.outcome(accepted.id, Outcome.ACCEPTED, "e1")
        order[2:4] = ["draft here 1", "draft here 2"]
        assert await texts(one, here) == order


async def test_what_was_rejected_is_not_given_here_again(tmp_path):
    async with memory(tmp_path) as one:
        here = around("|")
        one.remember(here, BODY, Stage.DRAFT, "m")
        one.remember(here, "return []", Stage.DRAFT, "m")
        (kept,) = [kept for kept in await one.find(around("for i|")) if kept.edit.text.startswith("tem")]
        assert one.outcome(kept.id, Outcome.REJECTED, "e1")
        assert await texts(one, here) == ["return []"]
        one.remember(around("for|"), BODY[3:], Stage.REFINED, "another")  # the same once more
    async with memory(tmp_path) as one:
        assert await texts(one, here) == ["return []"]
        assert await texts(one, around("for item|")) == []


async def test_an_event_told_twice_counts_once(tmp_path):
    async with memory(tmp_path) as one:
        here = around("|")
        one.remember(here, BODY, Stage.DRAFT, "m")
        (kept,) = await one.find(here)
        one.outcome(kept.id, Outcome.ACCEPTED, "e1")
        for event in ("e2", "e2", "e2"):
            one.outcome(kept.id, Outcome.REJECTED, event)
        assert await texts(one, here) == [BODY]
        one.outcome(kept.id, Outcome.REJECTED, "e3")
        assert await texts(one, here) == []
        assert not one.outcome("unknown", Outcome.ACCEPTED, "e4")


KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq0cHJYPxDZ1k9s7bq0cHJYPxDZ1k9s7bq0cHJYPxDZ1k9s\n"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("|", "password = 'hunter22trombone'\n    connect(password)"),
        ("|", "x = 1\n    api_key = 'sk-ant-REDACTED'"),
        ("password = '|'", "hunter22trombone"),
        ("password = 'hunter22trombone'|", ", 1"),
        ("password = 'hunter22trombone'; |", "connect(password)"),
        (f"key = '''{KEY}|", "MIIEpAIBAAKCAQEA7bq0cHJYPxDZ1k9sMIIEpAIBAAKCAQEA7bq0cHJYPxDZ1k9s"),
    ],
)
async def test_secrets_are_never_stored(tmp_path, line, text):
    async with memory(tmp_path) as one:
        assert not one.remember(around(line), text, Stage.DRAFT, "m")
        assert one.remember(around("|"), "return 1", Stage.DRAFT, "m")
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"return 1" in written
    for secret in (b"hunter22", b"1234567890", b"MIIE"):
        assert secret not in written


async def test_nothing_is_kept_of_nothing(tmp_path):
    async with memory(tmp_path) as one:
        assert not one.remember(around("|"), " \n ", Stage.DRAFT, "m")
        assert not one.remember(around("|"), "x" * 100_000, Stage.DRAFT, "m")
        assert await one.clear() == 0


async def test_a_workspace_is_cleared_alone(tmp_path):
    async with memory(tmp_path) as one, memory(tmp_path, "two") as two:
        for each in (one, two):
            each.remember(around("|"), BODY, Stage.DRAFT, "m")
            each.remember(around("f|"), "oo = 1", Stage.DRAFT, "m")
        await two.find(around("|"))
        assert await one.clear() == 1  # one line
        assert await texts(one, around("|")) == []
    async with memory(tmp_path, "two") as two:
        assert await texts(two, around("|")) == [BODY]


async def test_a_line_keeps_only_so_many_and_those_of_which_something_became(tmp_path):
    async with memory(tmp_path) as one:
        one.remember(around("|"), "the first", Stage.DRAFT, "m")
        (kept,) = await one.find(around("|"))
        one.outcome(kept.id, Outcome.ACCEPTED, "e")
        for number in range(2 * MOST):
            one.remember(around("|"), f"text {number}", Stage.DRAFT, "m")
        found = await texts(one, around("|"))
        assert found[0] == "the first" and "text 0" not in found and f"text {2 * MOST - 1}" in found


ENTRY = Entry("a", "b", "text", Stage.DRAFT, "m", "r", "c", 1.5, ((Outcome.SHOWN, 2),), ("e",))
GOOD = encode([ENTRY])


@pytest.mark.parametrize(
    "value",
    [
        None, b"", b"null", b"[]", b"{}", b"[1]", b"[1, {}]", b"[2, []]", b"[1, [[]]]", b"\xff\xfe", b"[" * 100_000,
        GOOD.replace(b"1.5", b"NaN"), GOOD.replace(b"1.5", b"1e999"), GOOD.replace(b"1.5", b"true"),
        GOOD.replace(b'"draft"', b'"other"'), GOOD.replace(b'"text"', b'""'), GOOD.replace(b'"text"', b"7"),
        GOOD.replace(b'"a"', b'"a\\nb"'), GOOD.replace(b'["e"]', b'"e"'), GOOD.replace(b'"m"', b'"%s"' % (b"m" * 1000)),
    ],
)  # fmt: skip
def test_what_is_no_entry_is_left_out(value):
    assert decode(value) == []


def test_what_is_right_beside_it_stays():
    assert decode(GOOD) == [ENTRY]
    assert decode(GOOD[:-2] + b",7,[]]]") == [ENTRY]
    counted = GOOD.replace(b'"shown":2', b'"shown":-2,"accepted":true,"kept":3,"rejected":1')
    assert decode(counted)[0].outcomes == ((Outcome.REJECTED, 1),)
