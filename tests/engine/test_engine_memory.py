"""What models wrote is found again: after the end of a server, after typing back, never where it was sent away."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from asking_desk import AskingDesk, Says, eventually

from foredraft.config import Config, PrivacyConfig
from foredraft.config.memory import MemoryConfig
from foredraft.engine.recall import Recall, open_recall
from foredraft.memory.disk import Disk
from foredraft.memory.store import Size, Unavailable
from foredraft.models.outgoing import Tier
from foredraft.privacy.outgoing import Clearance
from foredraft.questions.suggestion import Outcome, Stage

LINE = "return total + tax"
TEXT = "def f(total, tax):\n    \n"


def recall(folder, privacy=None, tier=Tier.LOCAL, on_change=lambda: None, back_end=None):
    clearance = Clearance(privacy or PrivacyConfig())
    return Recall(back_end or Disk(folder, 10), "w", clearance, tier, on_change)


@contextlib.asynccontextmanager
async def server(folder, text=TEXT, privacy=None, tier=Tier.LOCAL, **roles):
    """A desk with a memory in `folder`, both closed in the end."""
    desk = AskingDesk(text, **roles)
    memory = desk.answers.recall = recall(folder, privacy, tier)
    assert await memory.opened()
    try:
        yield desk
    finally:
        await desk.answers.drafting.inflight.close()
        await memory.close()


async def drafted(desk, **more):
    answer = await desk.ask(**more)
    await eventually(lambda: desk.flight() is not None and desk.flight().ended)
    return answer


async def test_another_server_answers_from_memory_and_asks_nobody(tmp_path):
    async with server(tmp_path, draft=[Says([LINE])]) as first:
        assert (await drafted(first)).why["memory"]["answer"] == "miss"
    model = Says(["something else"])
    async with server(tmp_path, draft=[model]) as second:
        answer = await second.ask()
        assert answer.suggestions and LINE.startswith(answer.suggestions[0].edits[0].text)
        assert answer.why["memory"] == {"answer": "hit", "found": 1, "kept texts here": 1}
        assert answer.why["answered"].startswith("a") and "still stands" in answer.why["gate"]
        for key in "return":
            second.type(key)
        assert await second.texts() == [" total + tax"]
        assert not model.asked


async def test_a_refinement_is_kept_beside_its_draft(tmp_path):
    roles = {"draft": [Says(["return total"], "fast")], "refine": [Says(["return net(total)"], "better")]}
    async with server(tmp_path, **roles) as first:
        await drafted(first, patient=True)
    async with server(tmp_path, draft=[Says([])]) as second:
        snapshot, found = await second.answers.recall.find(second.snapshot())
        assert found == 2
        assert [(one.stage, one.model, one.edit.text) for one in snapshot.kept] == [
            (Stage.DRAFT, "test/fast", "return total"),
            (Stage.REFINED, "test/better", "return net(total)"),
        ]


async def test_typed_away_and_back_it_is_found(tmp_path):
    model = Says([LINE])
    async with server(tmp_path, draft=[model]) as desk:
        await drafted(desk)
        desk.type("x = 1")
        await desk.ask()
        asked = len(model.asked)
        desk.change(1, 4, 9, "")
        answer = await desk.ask()
        assert answer.why["memory"]["answer"] == "hit" and len(model.asked) == asked
        assert answer.suggestions and LINE.startswith(answer.suggestions[0].edits[0].text)


@pytest.mark.parametrize("from_memory", [False, True])
async def test_sent_away_it_is_not_offered_there_by_the_next_server(tmp_path, from_memory):
    async with server(tmp_path, draft=[Says([LINE])]) as first:
        answer = await drafted(first)
        if not from_memory:
            first.answers.outcome(answer.suggestions[0].id, Outcome.REJECTED)
    if from_memory:
        async with server(tmp_path, draft=[Says([LINE])]) as second:
            second.answers.outcome((await second.ask()).suggestions[0].id, Outcome.REJECTED)
    async with server(tmp_path, draft=[Says(["pass"])]) as last:
        answer = await last.ask()
        assert answer.why["memory"]["answer"] == "miss"
        assert [one.edits[0].text for one in answer.suggestions] in ([], ["pass"])


async def test_sent_away_while_it_is_written_it_is_not_offered_again(tmp_path):
    go = asyncio.Event()

    class Hesitates(Says):
        async def stream(self, outgoing):
            async for chunk in super().stream(outgoing):
                yield chunk
                await go.wait()

    async with server(tmp_path, draft=[Hesitates([LINE + "\n", "    more()"])]) as first:
        answer = await first.ask()
        first.answers.outcome(answer.suggestions[0].id, Outcome.REJECTED)
        go.set()
        await eventually(lambda: first.flight().ended)
    async with server(tmp_path, draft=[Says([])]) as second:
        assert (await second.answers.recall.find(second.snapshot()))[1] == 0


async def test_shown_and_then_accepted_both_count_also_by_servers_that_count_alike(tmp_path):
    for _ in range(2):
        async with server(tmp_path, draft=[Says([LINE])]) as desk:
            ident = (await desk.ask()).suggestions[0].id
            await asyncio.sleep(0)
            await eventually(lambda: desk.flight() is None or desk.flight().ended)
            for what in (Outcome.SHOWN, Outcome.SHOWN, Outcome.ACCEPTED):
                desk.answers.outcome(ident, what)
    async with server(tmp_path, draft=[Says([LINE])]) as desk:
        store = desk.answers.recall._store
        (key,) = await store.keys("place:")
        value = (await store.get([key]))[key].decode()
        assert '{"shown":2,"accepted":2}' in value


async def test_what_privacy_keeps_from_the_tier_of_a_memory_is_neither_kept_nor_looked_up(tmp_path):
    for privacy, tier in (
        (PrivacyConfig(deny=("*.py",)), Tier.LOCAL),
        (PrivacyConfig(rules=({"paths": ("*.py",), "tier": "trusted"},)), Tier.PUBLIC),
    ):
        folder = tmp_path / tier
        async with server(folder, privacy=privacy, tier=tier, draft=[Says([LINE])]) as desk:
            assert (await drafted(desk)).why["memory"]["answer"] == "miss"
            assert (await desk.answers.recall._store.size()).entries == 0
        async with server(folder, draft=[Says([LINE])]) as desk:
            await drafted(desk)
        async with server(folder, privacy=privacy, tier=tier, draft=[Says([LINE])]) as desk:
            assert (await desk.ask()).why["memory"]["answer"] == "miss"


async def test_what_does_not_fit_here_keeps_nobody_from_asking(tmp_path):
    model = Says([LINE])
    async with server(tmp_path, draft=[model]) as desk:
        desk.answers.recall._suggestions.remember(desk.snapshot(), "    \n\n\nclass A: pass", Stage.DRAFT, "test/says")
        answer = await desk.ask()
        assert answer.why["memory"]["answer"] == "miss" and len(model.asked) == 1


class Hangs:
    """A back end that opens and then answers nobody; `patience` as that of Redis."""

    fresh, patience = 1.0, 0.005

    async def open(self):
        return None

    async def read(self, keys):
        await asyncio.sleep(60)

    async def write(self, changes):
        await asyncio.sleep(60)

    async def size(self):
        return Size(0, None)

    async def close(self):
        pass


async def test_a_memory_that_hangs_costs_neither_the_answer_nor_the_end():
    desk = AskingDesk(draft=[Says([LINE])])
    memory = desk.answers.recall = recall(None, back_end=Hangs())
    assert await memory.opened()
    answer = await drafted(desk)
    assert answer.suggestions and answer.why["memory"]["answer"] == "miss"
    async with asyncio.timeout(10):
        await memory.close()


async def test_what_is_wrong_with_it_is_told_and_the_answers_go_on(tmp_path):
    class Fails(Hangs):
        async def open(self):
            raise Unavailable("It cannot be used.")

    changed = []
    memory = recall(None, on_change=lambda: changed.append(memory.trouble), back_end=Fails())
    await eventually(lambda: changed)
    assert changed == ["It cannot be used."] and not await memory.opened()
    desk = AskingDesk(draft=[Says([LINE])])
    desk.answers.recall = memory
    assert (await drafted(desk)).suggestions
    await memory.close()


async def test_switched_off_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert open_recall(Config(memory=MemoryConfig(enabled=False)), [], lambda: None) is None
    memory = open_recall(Config(), [Path("/code")], lambda: None)
    assert memory is not None and await memory.opened()
    await memory.close()
    assert [one.name for one in (tmp_path / "foredraft").iterdir()] == ["memory"]
