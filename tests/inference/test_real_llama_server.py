"""A real llama-server: /infill, its context, cancelling, conversations, and its end in the middle of an answer."""

import asyncio
import signal
import time
from contextlib import aclosing

import httpx
import pytest
from inference_world import llama_server

from foredraft.errors import Failure, ModelFailed
from foredraft.models.catalogue import connect, provider
from foredraft.models.client import open_client
from foredraft.models.listing import ask_listing
from foredraft.models.model import Finish
from foredraft.models.outgoing import Outgoing, Tier
from foredraft.models.tokens import Tokens
from foredraft.questions.prompt import Chat, Excerpt, Fim, Message, Prompt

pytestmark = pytest.mark.inference
GAP = Fim("def add(a, b):\n    return a + b\n\ndef sub(a, b):\n    ", "\n\nprint(sub(2, 1))\n", "a.py", "python")
TALK = Chat((Message("user", "Count from one to twenty in words."),))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = llama_server(tmp_path_factory.mktemp("llama"))
    yield server
    server.stop()


@pytest.fixture
async def client():
    async with open_client(120) as client:
        yield client


def filling(server, client, use="infill", **more):
    models = [{"id": "smollm2", "use": use, "context": 65536, **more}]
    source = provider("llamacpp", {"url": f"{server.url}/v1", "models": models})
    return connect(source, None, client, Tokens())[0]


def ask(body=GAP, max_tokens=12, stop=()):
    return Outgoing(Prompt(body, max_tokens, stop), Tier.LOCAL)


async def said(model, outgoing):
    async with aclosing(model.stream(outgoing)) as chunks:
        return [chunk async for chunk in chunks]


def busy(server):
    (slot,) = httpx.get(f"{server.url}/slots", trust_env=False).json()
    return slot["is_processing"]


async def test_infill(server, client):
    model = filling(server, client)
    chunks = await said(model, ask())
    assert chunks[-1].finish in (Finish.STOP, Finish.LENGTH)
    assert chunks[-1].usage.prompt > 30
    again = await said(model, ask())
    assert again[-1].usage.cached > 20


async def test_other_files_go_along(server, client):
    alone = (await said(filling(server, client), ask(GAP, 2)))[-1].usage.prompt
    files = (Excerpt("b.py", "X = compute(1)\n" * 10), Excerpt("c.py", "Y = 2\n"))
    wide = Fim(GAP.prefix, GAP.suffix, "a.py", "python", files, "-a\n+b\n")
    assert (await said(filling(server, client), ask(wide, 2)))[-1].usage.prompt > alone + 50


async def test_files_that_do_not_fit_are_left_out(server, client):
    files = (Excerpt("b.py", "X = compute(1)\n" * 10), Excerpt("c.py", "Y = 2\n" * 4000))
    wide = Fim(GAP.prefix, GAP.suffix, "a.py", "python", files)
    assert 80 < (await said(filling(server, client), ask(wide, 2)))[-1].usage.prompt < 400


async def test_a_prompt_longer_than_its_context_is_noticed(server, client):
    """The config says a larger context than the server has: its own word counts."""
    long = Fim("x = compute(y)\n" * 400, "", "a.py", "python")
    with pytest.raises(ModelFailed) as failed:
        await said(filling(server, client), ask(long))
    assert failed.value.failure is Failure.TOO_LARGE


async def test_a_prompt_near_its_context_is_counted_by_the_server(server, client):
    dense = Fim("ΞΨ" * 400, "", "a.py", "python")
    count = len(httpx.post(f"{server.url}/tokenize", json={"content": "ΞΨ" * 400}, trust_env=False).json()["tokens"])
    assert count > 1024
    with pytest.raises(ModelFailed) as failed:
        await said(filling(server, client), ask(dense))
    assert failed.value.failure is Failure.TOO_LARGE


async def test_weights_without_fim_tokens(tmp_path, client):
    server = llama_server(tmp_path, "smollm2.gguf", 512)
    try:
        model = filling(server, client)
        with pytest.raises(ModelFailed) as failed:
            await said(model, ask())
        assert failed.value.failure is Failure.UNABLE
        assert (await said(model, ask(TALK, 3)))[-1].usage.completion == 3, "it can converse"
    finally:
        server.stop()


async def test_a_conversation_and_its_continuation(server, client):
    model = filling(server, client)
    assert model.facts.continues
    begun = Chat((*TALK.messages, Message("assistant", "One, two, three, four, five,")))
    text = "".join(chunk.text for chunk in await said(model, ask(begun, 4)))
    assert text.startswith(" six")


async def test_a_raw_prompt(server, client):
    model = filling(server, client, "tokens", family="qwen-coder")
    chunks = await said(model, ask(GAP, 4))
    assert chunks[-1].usage.prompt > 30


@pytest.mark.parametrize("body", [GAP, TALK], ids=["infill", "chat"])
async def test_closing_stops_the_work(server, client, body):
    model = filling(server, client)
    long = ask(Chat((Message("user", "Tell a very long story."),)) if body is TALK else GAP, 700)
    async with aclosing(model.stream(long)) as chunks:
        async for chunk in chunks:
            if chunk.text:
                break
    end = time.monotonic() + 10
    while busy(server):
        assert time.monotonic() < end, "it still generates"
        await asyncio.sleep(0.02)


async def test_it_is_killed_in_mid_stream_and_works_again_after_a_restart(tmp_path, client):
    server = llama_server(tmp_path, context=1024)
    try:
        model = filling(server, client)
        with pytest.raises(ModelFailed) as failed:
            async with aclosing(model.stream(ask(Chat((Message("user", "Tell a story."),)), 700))) as chunks:
                async for chunk in chunks:
                    if chunk.text:
                        server.stop(signal.SIGKILL)
        assert failed.value.failure is Failure.UNREACHABLE
        with pytest.raises(ModelFailed) as failed:
            await said(model, ask())
        assert failed.value.failure is Failure.UNREACHABLE
        server.start()
        assert (await said(model, ask(GAP, 2)))[-1].finish
    finally:
        server.stop()


async def test_its_list_states_the_context(server, client):
    source = provider("llamacpp", {"url": f"{server.url}/v1"})
    listing = await ask_listing(source, None, client)
    (model,) = connect(source, None, client, Tokens(), listing)
    assert model.facts.context == 1024
