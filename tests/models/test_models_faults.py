"""What goes wrong at a provider, against the simulator: the right kind, the stated wait, no secret in a message."""

import asyncio
import time
from contextlib import aclosing

import pytest
from wire_world import GAP, KEY, TALK, TEXT, ask, failure, said, world

from foredraft.errors import Failure, ModelFailed
from foredraft.models.client import open_client
from foredraft.models.openai_style import OpenAiStyle
from foredraft.models.outgoing import Tier
from foredraft.models.tokens import Tokens

CLOUDS = ["groq", "dashscope", "deepseek", "together", "cerebras", "sambanova", "openrouter", "codestral", "inception"]
LOCALS = ["vllm", "lmstudio", "llamacpp", "ollama"]


def broken(name, *faults, **more):
    return {"providers": {name: {"models": [{"id": "m"}], "faults": list(faults), **more}}}


async def fails(name, fault, **more):
    async with world(broken(name, fault, **more)) as here:
        return await failure(here.model(name, "m", context=4096), ask(TALK))


@pytest.mark.parametrize("name", CLOUDS)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Failure.BAD_REQUEST), (401, Failure.KEY), (402, Failure.QUOTA), (403, Failure.KEY), (404, Failure.GONE),
        (408, Failure.OVERLOADED), (429, Failure.RATE), (500, Failure.OVERLOADED), (502, Failure.OVERLOADED),
        (503, Failure.OVERLOADED), (504, Failure.OVERLOADED),
    ],
)  # fmt: skip
async def test_statuses(name, status, kind):
    found = await fails(name, {"do": "status", "status": status})
    unpaid = name == "dashscope" and status == 403  # its usual reason
    assert found.failure is (Failure.QUOTA if unpaid else kind), str(found)


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("groq", 413, Failure.TOO_LARGE), ("groq", 498, Failure.OVERLOADED), ("groq", 422, Failure.BAD_REQUEST),
        ("llamacpp", 501, Failure.UNABLE), ("llamacpp", 503, Failure.OVERLOADED), ("ollama", 404, Failure.GONE),
        ("ollama", 503, Failure.OVERLOADED), ("ollama", 500, Failure.OVERLOADED), ("vllm", 404, Failure.GONE),
    ],
)  # fmt: skip
async def test_statuses_of_some(name, status, kind):
    assert (await fails(name, {"do": "status", "status": status})).failure is kind


@pytest.mark.parametrize("name", [*CLOUDS, *LOCALS])
@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        ({"do": "html"}, {Failure.GARBLED, Failure.OVERLOADED}),
        ({"do": "html", "status": 200}, {Failure.GARBLED}),
        ({"do": "html", "status": 403}, {Failure.GARBLED, Failure.KEY}),
        ({"do": "reset"}, {Failure.UNREACHABLE}),
        ({"do": "reset", "after_tokens": 2}, {Failure.UNREACHABLE}),
        ({"do": "close", "after_tokens": 2}, {Failure.UNREACHABLE}),
        ({"do": "garbage", "after_tokens": 1}, {Failure.GARBLED}),
        ({"do": "error", "after_tokens": 2}, {Failure.OVERLOADED}),
    ],
    ids=lambda each: str(each.get("do", "")) if isinstance(each, dict) else "",
)
async def test_broken_answers(name, fault, kinds):
    found = await fails(name, fault)
    assert found.failure in kinds, str(found)


@pytest.mark.parametrize("name", [*CLOUDS, "vllm", "lmstudio", "llamacpp"])
@pytest.mark.parametrize(
    "fault",
    [{"do": "keep-alive", "seconds": 0.05}, {"do": "empty-choices"}, {"do": "split-characters"}],
    ids=lambda fault: fault["do"],
)
async def test_what_does_no_harm(name, fault):
    async with world(broken(name, fault)) as here:
        assert (await said(here.model(name, "m", context=4096), ask(TALK))).text == TEXT


@pytest.mark.parametrize("name", ["groq", "vllm"])
async def test_half_a_character_at_the_end(name):
    async with world(broken(name, {"do": "truncated-utf8", "after_tokens": 2})) as here:
        model, text = here.model(name, "m", context=4096), ""
        with pytest.raises(ModelFailed):
            async with aclosing(model.stream(ask(TALK))) as chunks:
                async for chunk in chunks:
                    text += chunk.text
        assert TEXT.startswith(text.rstrip("\ufffd"))


@pytest.mark.parametrize("name", ["groq", "cerebras", "codestral"])
async def test_a_stated_wait(name):
    found = await fails(name, {"do": "status", "status": 429, "retry_after": 7})
    assert (found.failure, found.wait) == (Failure.RATE, 7)


async def test_a_stated_wait_as_a_date():
    found = await fails("groq", {"do": "status", "status": 503, "retry_after": "Wed, 21 Oct 2099 07:28:00 GMT"})
    assert found.failure is Failure.OVERLOADED
    assert found.wait > 1e9


async def test_the_day_is_used_up():
    async with world(broken("groq", limits={"requests": {"day": 1}})) as here:
        model = here.model("groq", "m")
        await said(model, ask(TALK))
        found = await failure(model, ask(TALK))
        assert found.failure is Failure.QUOTA
        assert found.wait > 60


async def test_the_minute_is_used_up():
    async with world(broken("groq", limits={"requests": {"minute": 1}})) as here:
        model = here.model("groq", "m")
        await said(model, ask(TALK))
        found = await failure(model, ask(TALK))
        assert found.failure is Failure.RATE
        assert 0 < found.wait <= 60


@pytest.mark.parametrize("name", [*CLOUDS, "vllm", "llamacpp"])
async def test_a_wrong_key(name):
    async with world(broken(name, key="another")) as here:
        found = await failure(here.model(name, "m"), ask(TALK))
        assert found.failure is Failure.KEY
        assert KEY not in str(found)


@pytest.mark.parametrize("name", [*CLOUDS, "vllm", "lmstudio", "ollama"])
async def test_an_unknown_model(name):
    async with world(broken(name)) as here:
        assert (await failure(here.model(name, "nope", context=4096), ask(TALK))).failure is Failure.GONE


@pytest.mark.parametrize("name", ["groq", "deepseek", "together", "vllm", "llamacpp", "ollama"])
async def test_a_prompt_that_is_too_long(name):
    scenario = {"providers": {name: {"models": [{"id": "m", "context": 40, "fim": True}]}}}
    async with world(scenario) as here:
        long = ask(type(TALK)((type(TALK.messages[0])("user", "größe = 1\n" * 200),)))
        assert (await failure(here.model(name, "m", context=40960), long)).failure is Failure.TOO_LARGE


@pytest.mark.parametrize("name", ["llamacpp", "vllm", "ollama", "cerebras"])
async def test_a_gap_that_it_cannot_fill(name):
    use = {"llamacpp": "infill", "ollama": "suffix", "vllm": "suffix", "cerebras": "suffix"}[name]
    async with world(broken(name)) as here:
        assert (await failure(here.model(name, "m", use=use, context=4096), ask(GAP))).failure is Failure.UNABLE


async def test_a_gap_for_a_model_that_only_converses():
    async with world(broken("groq")) as here:
        assert (await failure(here.model("groq", "m"), ask(GAP))).failure is Failure.UNABLE
        assert len(here.simulator.log) == 0


@pytest.mark.parametrize("fault", ["out-of-memory", "load-fails"])
async def test_an_ollama_that_cannot_load(fault):
    found = await fails("ollama", {"do": fault})
    assert found.failure is Failure.OVERLOADED
    assert "could not be loaded" in str(found)


@pytest.mark.parametrize("name", ["groq", "ollama"])
async def test_nobody_there(name):
    async with world(broken(name, down=True)) as here:
        assert (await failure(here.model(name, "m", context=4096), ask(TALK))).failure is Failure.UNREACHABLE


async def test_a_stall_ends_with_the_clients_own_patience():
    async with world(broken("groq", {"do": "stall", "after_tokens": 1})) as here, open_client(0.3) as client:
        model = here.model("groq", "m")
        hasty = OpenAiStyle(model.facts, model._url, model._dialect, KEY, client, Tokens())
        assert (await failure(hasty, ask(TALK))).failure is Failure.STALLED


@pytest.mark.parametrize("name", ["groq", "ollama"])
async def test_a_prompt_for_a_more_trusted_tier_is_not_sent(name):
    async with world(broken(name)) as here:
        source = here.source(name, {"id": "m", "context": 4096}, tier="public")
        model = here.model(name, "m", source=source)
        assert (await failure(model, ask(TALK, tier=Tier.LOCAL))).failure is Failure.FORBIDDEN
        assert len(here.simulator.log) == 0


SLOW = {"latency": {"tokens_per_second": 20}, "answers": {"text": "word " * 400}}


@pytest.mark.parametrize("name", [*CLOUDS, *LOCALS])
@pytest.mark.parametrize("how", ["close", "cancel"])
async def test_closing_and_cancelling_close_the_socket(name, how):
    async with world({**broken(name), **SLOW}) as here:
        model = here.model(name, "m", context=4096)
        chunks = model.stream(ask(TALK, max_tokens=400))
        seen = asyncio.Event()

        async def read():
            async with aclosing(chunks):
                async for chunk in chunks:
                    if chunk.text:
                        seen.set()
                        if how == "close":
                            return

        task = asyncio.create_task(read())
        await asyncio.wait_for(seen.wait(), 10)
        if how == "cancel":
            task.cancel()
        began = time.monotonic()
        await asyncio.wait([task])
        while here.last.closed_at is None:
            assert time.monotonic() - began < 10
            await asyncio.sleep(0.005)
        assert not here.last.finished
        assert here.last.closed_at - began < 2


@pytest.mark.parametrize("name", ["groq", "ollama"])
async def test_cancelling_before_the_first_byte(name):
    async with world({**broken(name), "latency": {"first_token_ms": 60000}}) as here:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await said(here.model(name, "m", context=4096), ask(TALK))
        began = time.monotonic()
        while here.last.closed_at is None:
            assert time.monotonic() - began < 10
            await asyncio.sleep(0.005)


async def test_a_stop_text_ends_the_work():
    async with world(
        {**broken("groq"), "latency": {"tokens_per_second": 20}, "answers": {"text": "ab; " * 400}}
    ) as here:
        stops = ("1", "2", "3", "4", "; ab")
        answer = await said(here.model("groq", "m"), ask(TALK, max_tokens=400, stop=stops))
        assert answer.text == "ab"
        began = time.monotonic()
        while here.last.closed_at is None:
            assert time.monotonic() - began < 10
            await asyncio.sleep(0.005)
