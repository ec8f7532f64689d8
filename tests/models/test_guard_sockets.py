"""The guards around real wire formats on real sockets: what providers do, and that an answer comes all the same."""

import asyncio
import time
from contextlib import aclosing, asynccontextmanager

import pytest
from wire_world import ask, world

from foredraft.errors import Failure, ModelFailed
from foredraft.models.deadlines import Deadlines
from foredraft.models.guarded import GuardOptions, Guards
from foredraft.models.tokens import Tokens
from foredraft.questions.prompt import Chat, Message

TALK = Chat((Message("user", "Complete: def f():\n    "),))
GROQ, DEEPSEEK, TOGETHER = "openai/gpt-oss-20b", "deepseek-flash", "openai/gpt-oss-120b"
OLLAMA = "qwen2.5-coder:1.5b-base"
QUICK = {"first_token_ms": 20, "sigma": 0.2, "tokens_per_second": 2000}


@asynccontextmanager
async def guarded(providers, deadlines=None, latency=QUICK):
    """A world whose models have guards: `(world, guards, model(name, id), records)`."""
    async with world(
        {"latency": latency, "seed": 3, "answers": {"text": "return 42"}, "providers": providers}
    ) as there:
        records = []
        guards = Guards(Tokens().estimate, records.append)
        options = GuardOptions(deadlines or Deadlines(2.0, 5.0))

        def model(name, model_id):
            return guards.around(there.model(name, model_id, use="chat"), "draft", options)

        yield there, guards, model, records


async def said(model, outgoing=None):
    text = ""
    try:
        async with aclosing(model.stream(outgoing or ask(TALK, 24))) as chunks:
            async for chunk in chunks:
                text += chunk.text
    except ModelFailed as failed:
        return text, failed
    return text, None


async def settled(condition):
    """Until it holds: what a socket does is seen a moment later."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("retry_after", [1.5, None])
async def test_nothing_is_sent_during_a_rest(retry_after):
    fault = {"do": "status", "status": 429, "first": 1} | ({"retry_after": retry_after} if retry_after else {})
    async with guarded({"deepseek": {"faults": [fault]}}) as (there, guards, model, records):
        one = model("deepseek", DEEPSEEK)
        failed = (await said(one))[1]
        told = time.monotonic()
        assert (failed.failure, failed.wait) == (Failure.RATE, retry_after)
        wait = retry_after or guards.rests.ready_in(one.facts)
        assert wait >= 1.5
        while time.monotonic() < told + 1.5 + 0.3:
            text, refused = await said(one)
            assert refused is None or refused.failure is Failure.FORBIDDEN
            if refused is None:
                break
            await asyncio.sleep(0.01)
        if retry_after:
            assert text == "return 42"
            first, second = there.simulator.log
            assert second.at - first.at >= retry_after
        else:
            assert len(there.simulator.log) == 1
            assert guards.rests.resting()[0].failure is Failure.RATE
        assert [each.outcome for each in records] == ["rate", *(["ok"] if retry_after else [])]


async def test_a_reset_in_mid_stream_keeps_what_came_and_rests_the_model():
    faults = [{"do": "reset", "after_tokens": 2, "first": 1}]
    slow = {**QUICK, "tokens_per_second": 50}
    async with guarded({"deepseek": {"faults": faults}}, latency=slow) as (_, guards, model, records):
        text, failed = await said(model("deepseek", DEEPSEEK))
        assert text and "return 42".startswith(text)
        assert failed.failure is Failure.UNREACHABLE
        (rest,) = guards.rests.resting()
        assert rest.name == f"deepseek/{DEEPSEEK}"
        (record,) = records
        assert record.outcome == "unreachable" and record.prompt > 0 and record.completion > 0 and record.estimated


async def test_a_stall_is_cut_at_its_deadline_and_its_socket_closed():
    faults = [{"do": "stall", "after_tokens": 0, "first": 1}]
    async with guarded({"deepseek": {"faults": faults}}, Deadlines(0.5, 5.0)) as (there, _, model, records):
        begun = time.monotonic()
        failed = (await said(model("deepseek", DEEPSEEK)))[1]
        assert failed.failure is Failure.STALLED
        assert time.monotonic() - begun >= 0.5
        await settled(lambda: there.last.closed_at is not None)
        assert records[0].outcome == "stalled"


async def test_the_next_answers_past_the_patience_and_the_late_ones_socket_is_closed():
    slow = {"first_token_ms": 30_000}
    providers = {"deepseek": {"latency": slow}, "ollama": {}}
    async with guarded(providers) as (there, guards, model, records):
        both = guards.hedged([model("deepseek", DEEPSEEK), model("ollama", OLLAMA)], 0.2)
        stream = both.stream(ask(TALK, 24))
        chunk = await anext(stream)
        assert chunk.model == f"ollama/{OLLAMA}"
        late = next(each for each in there.simulator.log if each.provider == "deepseek")
        await settled(lambda: late.closed_at is not None)
        await stream.aclose()
        assert sorted(each.provider for each in records) == ["deepseek", "ollama"]


async def test_leaving_a_race_closes_all_sockets():
    providers = {"deepseek": {"latency": {"first_token_ms": 30_000}}, "groq": {"latency": {"first_token_ms": 30_000}}}
    async with guarded(providers) as (there, guards, model, _):
        both = guards.hedged([model("deepseek", DEEPSEEK), model("groq", GROQ)], 0.1)
        task = asyncio.create_task(said(both))
        await settled(lambda: len(there.simulator.log) == 2)
        task.cancel()
        await asyncio.wait({task})
        await settled(lambda: all(each.closed_at is not None for each in there.simulator.log))


UNWELL = [
    {"do": "status", "status": 503, "share": 0.06},
    {"do": "status", "status": 429, "retry_after": 2, "share": 0.0638},
    {"do": "reset", "share": 0.0682},
    {"do": "stall", "after_tokens": 1, "share": 0.0732},
    {"do": "error", "after_tokens": 2, "share": 0.0789},
]


@pytest.mark.parametrize(
    "clouds",
    [
        {"groq": {"faults": UNWELL}, "deepseek": {"faults": UNWELL}},
        {"groq": {"down": True}, "deepseek": {}},
        {"groq": {"faults": [{"do": "stall", "after_tokens": 0}]}, "deepseek": {}},
        {"groq": {"down": True}, "deepseek": {"faults": [{"do": "status", "status": 402}]}},
        {
            "groq": {"faults": [{"do": "html", "status": 200}]},
            "deepseek": {"faults": [{"do": "status", "status": 401}]},
        },
    ],
    ids=["each fails 30 %", "one is down", "one is silent", "down and unpaid", "a proxy and a wrong key"],
)
async def test_somebody_answers_every_ask_within_a_second(clouds):
    async with guarded({**clouds, "ollama": {}}) as (there, guards, model, _):
        await said(model("ollama", OLLAMA))  # it is warm
        models = [model("groq", GROQ), model("deepseek", DEEPSEEK), model("ollama", OLLAMA)]
        took = []
        for _ in range(40):
            begun = time.monotonic()
            async with aclosing(guards.hedged(models, 0.4).stream(ask(TALK, 24))) as chunks:
                async for chunk in chunks:
                    if chunk.text:
                        took.append(time.monotonic() - begun)
                        break
            await asyncio.sleep(0.02)
        assert len(took) == 40
        assert sorted(took)[-3] < 1.0  # a busy machine may be late once or twice
        assert len(there.simulator.log) <= 1.5 * 41


async def test_a_free_plan_refuses_nothing_that_could_be_known():
    plan = {"requests": {"second": 3}, "tokens": {"second": 400}}
    async with guarded({"together": {"limits": plan}, "ollama": {}}) as (there, guards, model, records):
        models = [model("together", TOGETHER), model("ollama", OLLAMA)]
        end = time.monotonic() + 4.0
        while time.monotonic() < end:
            text, failed = await said(guards.hedged(models, 0.4))
            assert failed is None and text
            await asyncio.sleep(0.02)
        sent = [each for each in there.simulator.log if each.provider == "together"]
        refused = [each for each in sent if each.status == 429]
        assert len(sent) - len(refused) >= 4
        assert len(refused) <= 1
        assert sum(each.outcome == "rate" for each in records) == len(refused)
