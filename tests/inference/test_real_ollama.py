"""A real Ollama with real small weights: what its models answer, load, refuse and stop doing."""

import asyncio
import contextlib
import os
import signal
import time
from contextlib import aclosing

import pytest
from inference_world import ollama

from foredraft.errors import Failure, ModelFailed
from foredraft.models.catalogue import connect, provider
from foredraft.models.client import open_client
from foredraft.models.listing import ask_listing
from foredraft.models.model import Finish, Use
from foredraft.models.ollama_host import OllamaHost
from foredraft.models.outgoing import Outgoing, Tier
from foredraft.models.tokens import Tokens
from foredraft.questions.prompt import Chat, Excerpt, Fim, Message, Prompt

pytestmark = pytest.mark.inference
CONTEXT = 1024
GAP = Fim("def add(a, b):\n    return a + b\n\ndef sub(a, b):\n    ", "\n\nprint(sub(2, 1))\n", "a.py", "python")
TALK = Chat((Message("user", "Count from one to twenty in words."),))
STORY = Chat((Message("user", "Tell a very long story."),))
"""800 tokens and more."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = ollama(tmp_path_factory.mktemp("ollama"), OLLAMA_MAX_LOADED_MODELS="1")
    yield server
    server.stop()


@pytest.fixture
async def client():
    async with open_client(120) as client:
        yield client


@pytest.fixture
def source(server):
    ids = ("smollm2", "smollm2-fim", "smollm2-b")
    models = [{"id": each, "context": CONTEXT} for each in ids]
    return provider("local", {"style": "ollama", "urls": [server.url], "models": models})


@pytest.fixture
async def models(source, client):
    listing = await ask_listing(source, None, client)
    return {each.facts.id: each for each in connect(source, None, client, Tokens(), listing)}


def ask(body=TALK, max_tokens=12, stop=()):
    return Outgoing(Prompt(body, max_tokens, stop), Tier.LOCAL)


async def said(model, outgoing):
    async with aclosing(model.stream(outgoing)) as chunks:
        return [chunk async for chunk in chunks]


async def begun(model, outgoing, event):
    async with aclosing(model.stream(outgoing)) as chunks:
        async for chunk in chunks:
            if chunk.text:
                event.set()


@contextlib.asynccontextmanager
async def generating(model, outgoing):
    """While it generates: the task that reads it."""
    event = asyncio.Event()
    task = asyncio.create_task(begun(model, outgoing, event))
    try:
        await asyncio.wait_for(event.wait(), 120)
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, ModelFailed):
            await task


async def idle(server):
    """Wait until its runners use no CPU for a while; that is a failure if it does not happen soon."""
    end = time.monotonic() + 20
    while True:
        before = server.cpu_seconds()
        await asyncio.sleep(0.5)
        if server.cpu_seconds() - before < 0.06:
            return
        assert time.monotonic() < end, "it still computes"


async def test_its_list_says_what_each_can(models):
    assert {name: model.facts.use for name, model in models.items()} == {
        "smollm2": Use.CHAT,
        "smollm2-fim": Use.SUFFIX,
        "smollm2-b": Use.CHAT,
    }
    assert {model.facts.context for model in models.values()} == {CONTEXT}
    assert {model.facts.tier for model in models.values()} == {Tier.LOCAL}


async def test_with_no_models_named_all_that_it_has_are_meant(server, client):
    source = provider("ollama", {"url": server.url})
    listing = await ask_listing(source, None, client)
    found = connect(source, None, client, Tokens(), listing)
    assert {each.facts.name for each in found} == {"ollama/smollm2", "ollama/smollm2-fim", "ollama/smollm2-b"}
    assert {each.facts.context for each in found} == {8192}


async def test_a_model_that_is_not_there_leaves(server, client):
    source = provider("local", {"style": "ollama", "url": server.url, "models": ["nope", "smollm2"]})
    listing = await ask_listing(source, None, client)
    assert listing.gone(source.models) == ("nope",)
    assert [each.facts.id for each in connect(source, None, client, Tokens(), listing)] == ["smollm2"]
    unlisted = {each.facts.id: each for each in connect(source, None, client, Tokens())}
    with pytest.raises(ModelFailed) as failed:
        await said(unlisted["nope"], ask())
    assert failed.value.failure is Failure.GONE


async def test_a_conversation(models):
    chunks = await said(models["smollm2"], ask())
    assert "".join(chunk.text for chunk in chunks).strip()
    assert len(chunks) > 3
    assert chunks[-1].finish is Finish.LENGTH
    assert chunks[-1].usage.completion == 12
    assert chunks[-1].usage.prompt > 5


async def test_a_gap_with_a_suffix(models):
    chunks = await said(models["smollm2-fim"], ask(GAP, stop=("\n\n",)))
    assert chunks[-1].finish in (Finish.STOP, Finish.LENGTH)
    assert chunks[-1].usage is None or chunks[-1].usage.prompt > 20


async def test_a_gap_with_a_suffix_and_other_files(models):
    body = Fim(GAP.prefix, "", "a.py", "python", (Excerpt("b.py", "X = 1\n" * 30),), "-a\n+b\n")
    chunks = await said(models["smollm2-fim"], ask(body, 4))
    assert chunks[-1].usage.prompt > 120


async def test_a_suffix_where_the_template_takes_none(server, client):
    models = [{"id": "smollm2", "context": CONTEXT, "use": "suffix"}]
    source = provider("local", {"style": "ollama", "url": server.url, "models": models})
    (model,) = connect(source, None, client, Tokens())
    with pytest.raises(ModelFailed) as failed:
        await said(model, ask(GAP))
    assert failed.value.failure is Failure.UNABLE


async def test_a_gap_by_the_markers_of_a_family(server, client):
    """Raw: no template. The weights know no markers; that the prompt arrives as it is can be told from its tokens."""
    models = [{"id": "smollm2", "context": CONTEXT, "use": "tokens", "family": "qwen-coder"}]
    source = provider("local", {"style": "ollama", "url": server.url, "models": models})
    (model,) = connect(source, None, client, Tokens())
    short = (await said(model, ask(Fim("x", "", "a.py", "python"), 2)))[-1].usage.prompt
    assert 15 < short < 40  # three markers in pieces; a template alone has more
    assert "".join(chunk.text for chunk in await said(model, ask(GAP, 6)))


async def test_a_prompt_that_is_too_long_is_noticed_before_it_is_sent(models):
    long = Chat((Message("user", "x = compute(y)\n" * 400),))
    began = time.monotonic()
    with pytest.raises(ModelFailed) as failed:
        await said(models["smollm2"], ask(long))
    assert failed.value.failure is Failure.TOO_LARGE
    assert time.monotonic() - began < 1


async def test_a_prompt_that_was_taken_for_shorter_is_refused_and_not_cut(models):
    """Each of these is two tokens to the model: an estimate by characters is far off."""
    dense = Chat((Message("user", "ΞΨ" * 700),))
    tokens = Tokens()
    tokens.estimate = lambda text, family: 10
    models["smollm2"]._tokens = tokens
    with pytest.raises(ModelFailed) as failed:
        await said(models["smollm2"], ask(dense))
    assert failed.value.failure is Failure.TOO_LARGE


@pytest.mark.parametrize("name", ["smollm2", "smollm2-fim"])
async def test_cancelling_stops_the_cpu(models, server, name):
    body = STORY if name == "smollm2" else Fim("Once upon a time there was a dragon. It", "\n", "a.txt", "plaintext")
    async with generating(models[name], ask(body, 800)) as task:
        before = server.cpu_seconds()
        await asyncio.sleep(0.5)
        assert server.cpu_seconds() > before + 0.06, "it computes as long as somebody listens"
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])
        await idle(server)


async def test_a_stop_text_of_ours_stops_the_cpu(models, server):
    async with aclosing(models["smollm2"].stream(ask(STORY, 800, ("dragon", "e")))) as chunks:
        found = [chunk async for chunk in chunks]
    assert "e" not in "".join(chunk.text for chunk in found)
    assert found[-1].finish is Finish.STOP
    await idle(server)


async def test_a_request_waits_for_the_one_before_and_goes_on_when_that_is_closed(models, server):
    async with generating(models["smollm2"], ask(STORY, 800)) as task:
        second = asyncio.create_task(said(models["smollm2"], ask(TALK, 2)))
        done, _ = await asyncio.wait([second], timeout=1.0)
        assert not done, "with one slot a stale request blocks"
        task.cancel()
        chunks = await asyncio.wait_for(second, 60)
        assert chunks[-1].usage.completion == 2


async def test_loading_ahead_and_letting_go(models, server, client, source):
    host = OllamaHost("local", server.url, None, client)
    model = models["smollm2-b"]
    await model.preload()
    (loaded,) = await host.loaded()
    assert loaded.id.startswith("smollm2-b")
    assert loaded.context == CONTEXT
    (runner,) = [pid for pid, _ in server.runners()]
    await said(model, ask(TALK, 2))
    assert [pid for pid, _ in server.runners()] == [runner], "a request has the options it was loaded with"
    await model.unload()
    end = time.monotonic() + 20
    while await host.loaded():
        assert time.monotonic() < end
        await asyncio.sleep(0.1)


async def test_a_second_model_takes_the_place_of_the_first(models, server, client):
    host = OllamaHost("local", server.url, None, client)
    await said(models["smollm2"], ask(TALK, 2))
    await said(models["smollm2-b"], ask(TALK, 2))
    assert [each.id.partition(":")[0] for each in await host.loaded()] == ["smollm2-b"]


async def test_a_runner_killed_in_mid_stream(models, server):
    model = models["smollm2"]
    with pytest.raises(ModelFailed) as failed:
        async with aclosing(model.stream(ask(STORY, 800))) as chunks:
            async for chunk in chunks:
                if chunk.text:
                    for pid, _ in server.runners():
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
    assert failed.value.failure in (Failure.OVERLOADED, Failure.UNREACHABLE)
    assert (await said(model, ask(TALK, 2)))[-1].usage.completion == 2, "it is loaded again"


async def test_several_hosts(server, client, source):
    models = [{"id": "smollm2", "context": CONTEXT}]
    urls = ["http://127.0.0.1:9", server.url]
    both = provider("local", {"style": "ollama", "urls": urls, "models": models})
    listing = await ask_listing(both, None, client)
    (model,) = connect(both, None, client, Tokens(), listing)
    assert (await said(model, ask(TALK, 2)))[-1].usage.completion == 2
    (unlisted,) = connect(both, None, client, Tokens())
    assert (await said(unlisted, ask(TALK, 2)))[-1].usage.completion == 2, "the next host answers"


async def test_the_openai_surface(server, client):
    models = [{"id": "smollm2", "context": CONTEXT}]
    source = provider("other", {"style": "openai", "url": f"{server.url}/v1", "models": models, "tier": "local"})
    (model,) = connect(source, None, client, Tokens())
    chunks = await said(model, ask(TALK, 4))
    assert chunks[-1].usage.completion == 4
    assert chunks[-1].finish is Finish.LENGTH


async def test_after_a_restart_it_works_again(tmp_path, client):
    server = ollama(tmp_path)
    try:
        source = provider(
            "local", {"style": "ollama", "url": server.url, "models": [{"id": "smollm2", "context": 512}]}
        )
        (model,) = connect(source, None, client, Tokens())
        assert await said(model, ask(TALK, 2))
        server.stop()
        with pytest.raises(ModelFailed) as failed:
            await said(model, ask(TALK, 2))
        assert failed.value.failure is Failure.UNREACHABLE
        server.start()
        assert await said(model, ask(TALK, 2))
    finally:
        server.stop()


async def test_an_ollama_that_does_not_answer_this_name(models, client):
    async def rename(request):
        request.headers["host"] = "example.com"

    client.event_hooks = {"request": [rename]}
    with pytest.raises(ModelFailed) as failed:
        await said(models["smollm2"], ask())
    assert failed.value.failure is Failure.KEY
    assert "OLLAMA_ORIGINS" in str(failed.value)
