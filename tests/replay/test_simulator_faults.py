"""What goes wrong on command, and hang-ups."""

import asyncio
import time

import httpx
import pytest
from simulator_client import Wire, chat, events, get, happens, lines, post, said

from foredraft.replay.simulator import serve

TEXT = "größer = äöü + ßßß"


def world(style, *faults, **more):
    provider = {"style": style, "models": [{"id": "m", "fim": True}], "faults": list(faults)} | more
    return {"answers": {"text": TEXT}, "providers": {"p": provider}}


async def stream(simulator, path="/chat/completions", **more):
    return await post(simulator.base("p") + path, chat("m", stream=True, **more))


@pytest.mark.parametrize(
    ("style", "status", "find"),
    [
        ("groq", 429, lambda body: body["error"]["code"] == "rate_limit_exceeded"),
        ("groq", 413, lambda body: body["error"]["type"] == "tokens"),
        ("groq", 498, lambda body: body["error"]["code"] == "capacity_exceeded"),
        ("groq", 503, lambda body: body["error"]["message"] == "Service Unavailable"),
        ("cerebras", 402, lambda body: body["code"] == "payment_required"),
        ("deepseek", 402, lambda body: body["error"]["message"] == "Insufficient Balance"),
        ("deepseek", 422, lambda body: body["error"]["type"] == "invalid_request_error"),
        ("dashscope", 403, lambda body: body["error"]["code"] == "Arrearage" and body["request_id"]),
        ("together", 503, lambda body: body["error"]["type"] == "service_unavailable"),
        ("sambanova", 429, lambda body: "exceed rate limit" in body["error"]["message"]),
        ("openrouter", 502, lambda body: body["error"]["code"] == 502),
        ("codestral", 404, lambda body: body["object"] == "error" and body["code"] == "1500"),
        ("codestral", 422, lambda body: body["detail"][0]["loc"] == ["body"]),
        ("inception", 429, lambda body: body["error"]["code"] == "rate_limit_reached"),
        ("vllm", 404, lambda body: body["error"]["type"] == "NotFoundError"),
        ("llamacpp", 500, lambda body: body["error"]["code"] == 500),
        ("ollama", 503, lambda body: "server busy" in body["error"]["message"]),
        ("openai", 400, lambda body: body["error"]["type"] == "invalid_request_error"),
        ("lmstudio", 500, lambda body: body["error"]["message"]),
    ],
)
async def test_a_status_in_the_providers_own_envelope(style, status, find):
    async with serve(world(style, {"do": "status", "status": status})) as simulator:
        answer = await stream(simulator, "/v1/chat/completions" if style == "ollama" else "/chat/completions")
        assert answer.status_code == status
        assert find(answer.json())
        assert "retry-after" not in answer.headers
        assert (simulator.log[0].status, simulator.log[0].fault) == (status, "status")


async def test_a_429_may_say_when():
    for said_so, sent in ((7, "7.0"), ("Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT")):
        fault = {"do": "status", "status": 429, "retry_after": said_so}
        async with serve(world("groq", fault)) as simulator:
            assert (await stream(simulator)).headers["retry-after"].startswith(sent.removesuffix(".0"))


@pytest.mark.parametrize("style", ["groq", "dashscope", "deepseek", "cerebras", "codestral", "vllm", "llamacpp"])
async def test_a_wrong_key_and_none(style):
    async with serve(world(style, key="right")) as simulator:
        url = simulator.base("p") + "/chat/completions"
        statuses = [(await post(url, chat("m"), key)).status_code for key in (None, "wrong", "right")]
        assert statuses == [401, 401, 200]
        assert (await get(simulator.base("p") + "/models")).status_code == 401


async def test_an_unknown_model():
    async with serve(world("groq")) as simulator:
        answer = await post(simulator.base("p") + "/chat/completions", chat("gone"))
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


@pytest.mark.parametrize("status", [200, 502])
async def test_a_page_from_a_proxy(status):
    async with serve(world("groq", {"do": "html", "status": status, "endpoint": "any"})) as simulator:
        for answer in (await stream(simulator), await get(simulator.base("p") + "/models")):
            assert answer.status_code == status
            assert answer.headers["content-type"].startswith("text/html")
            assert "<html>" in answer.text


async def test_reset_before_the_headers_and_in_mid_stream():
    faults = {"do": "reset", "first": 1}, {"do": "reset", "after_tokens": 2}
    async with serve(world("groq", *faults)) as simulator:
        with pytest.raises(httpx.ReadError):
            await stream(simulator)
        assert (simulator.log[0].status, simulator.log[0].tokens) == (0, 0)
        wire = await Wire.post(simulator.base("p") + "/chat/completions", chat("m", stream=True))
        await wire.until(TEXT[:4].encode())
        with pytest.raises(ConnectionResetError):
            await wire.rest()
        entry = simulator.log[1]
        assert (entry.status, entry.tokens, entry.finished, entry.closed_at) == (200, 2, False, None)


async def test_an_end_that_comes_too_early():
    async with serve(world("groq", {"do": "close", "after_tokens": 1})) as simulator:
        with pytest.raises(httpx.RemoteProtocolError):
            await stream(simulator)
        with pytest.raises(httpx.RemoteProtocolError):
            await post(simulator.base("p") + "/chat/completions", chat("m"))


async def test_a_stall_for_a_time_and_forever():
    faults = {"do": "stall", "after_tokens": 1, "seconds": 0.2, "first": 1}, {"do": "stall", "after_tokens": 1}
    async with serve(world("groq", *faults)) as simulator:
        start = time.monotonic()
        assert said(events((await stream(simulator)).text)) == TEXT
        assert time.monotonic() - start >= 0.2
        wire = await Wire.post(simulator.base("p") + "/chat/completions", chat("m", stream=True))
        await wire.until(TEXT[:4].encode())
        await asyncio.sleep(0.1)
        assert simulator.log[1].tokens == 1
        wire.hang_up()
        await happens(lambda: simulator.log[1].closed_at)


async def test_a_stall_before_the_headers():
    async with serve(world("groq", {"do": "stall"})) as simulator:
        wire = await Wire.post(simulator.base("p") + "/chat/completions", chat("m", stream=True))
        await happens(lambda: len(simulator.log) and simulator.log[0].fault == "stall")
        assert simulator.log[0].status == 0
        wire.hang_up()
        await happens(lambda: simulator.log[0].closed_at)


async def test_garbage_instead_of_an_answer_and_within_one():
    faults = {"do": "garbage", "first": 1}, {"do": "garbage", "after_tokens": 1}
    async with serve(world("groq", *faults)) as simulator:
        with pytest.raises(httpx.RemoteProtocolError):
            await stream(simulator)
        answer = await stream(simulator)
        assert b"\x00\xff\xfe" in answer.content


@pytest.mark.parametrize(
    ("style", "path", "find"),
    [
        ("groq", "/chat/completions", 'event: error\ndata: {"error"'),
        ("cerebras", "/chat/completions", '"status_code":500'),
        ("openrouter", "/chat/completions", '"finish_reason":"error"'),
        ("llamacpp", "/v1/chat/completions", '"code":500'),
        ("ollama", "/api/chat", '{"error":"an error was encountered'),
    ],
)
async def test_an_error_inside_a_stream_that_began_well(style, path, find):
    async with serve(world(style, {"do": "error", "after_tokens": 1})) as simulator:
        answer = await stream(simulator, path)
        assert answer.status_code == 200
        assert find in answer.text
        assert "[DONE]" not in answer.text
        assert not simulator.log[0].finished


async def test_comments_keep_a_stream_alive_and_blank_lines_an_answer():
    async with serve(world("deepseek", {"do": "keep-alive", "seconds": 0.05})) as simulator:
        answer = await stream(simulator)
        assert answer.text.startswith(": keep-alive\n\n" * 3)
        assert said(events(answer.text)) == TEXT
        whole = await post(simulator.base("p") + "/chat/completions", chat("m"))
        assert whole.text.startswith("\n\n\n{")
        assert whole.json()["choices"][0]["message"]["content"] == TEXT


async def test_empty_choices_in_between():
    async with serve(world("groq", {"do": "empty-choices"})) as simulator:
        chunks = events((await stream(simulator)).text)
        assert sum(chunk != "[DONE]" and not chunk["choices"] for chunk in chunks) == 5
        assert said(chunks) == TEXT
    async with serve(world("ollama", {"do": "empty-choices"})) as simulator:
        answer = await post(simulator.base("p") + "/api/generate", {"model": "m", "prompt": "a"})
        assert "".join(one.get("response", "") for one in lines(answer.text)) == TEXT


async def test_characters_cut_between_two_writes():
    async with serve(world("groq", {"do": "split-characters"})) as simulator:
        wire = await Wire.post(simulator.base("p") + "/chat/completions", chat("m", stream=True))
        data = await wire.until(b"0\r\n\r\n")
        wire.hang_up()
        assert b"\xc3\r\n" in data  # a chunk ends within a character
        assert said(events((await stream(simulator)).text)) == TEXT


async def test_a_character_of_which_the_end_never_comes():
    async with serve(world("groq", {"do": "truncated-utf8", "after_tokens": 1})) as simulator:
        content = (await stream(simulator)).content
        assert content.endswith(b'"content":"\xc3')
        with pytest.raises(UnicodeDecodeError):
            content.decode()
        whole = await post(simulator.base("p") + "/chat/completions", chat("m"))
        assert whole.content.endswith(b"\xc3")


async def test_ollama_without_memory_and_models_that_do_not_load():
    faults = {"do": "out-of-memory", "first": 1}, {"do": "load-fails", "first": 1}
    async with serve(world("ollama", *faults)) as simulator:
        url, body = simulator.base("p") + "/api/generate", {"model": "m", "prompt": "a"}
        memory, load, well = [await post(url, body) for _ in range(3)]
        assert (memory.status_code, load.status_code, well.status_code) == (500, 500, 200)
        assert "more system memory" in memory.json()["error"]
        assert "terminated" in load.json()["error"]
    async with serve(world("llamacpp", {"do": "load-fails"})) as simulator:
        answer = await post(simulator.base("p") + "/completion", {"prompt": "a"})
        assert (answer.status_code, answer.json()["error"]["message"]) == (503, "Loading model")


async def test_a_slow_load_counts_and_a_hang_up_leaves_nothing_loaded():
    async with serve(world("ollama", {"do": "slow-load", "seconds": 0.2, "first": 2})) as simulator:
        base = simulator.base("p")
        answer = await post(f"{base}/api/generate", {"model": "m", "prompt": "a", "stream": False})
        assert answer.json()["load_duration"] == 200_000_000
        wire = await Wire.post(f"{base}/api/generate", {"model": "m", "prompt": "a"})
        await happens(lambda: len(simulator.log) == 2 and simulator.log[1].prompt_tokens)
        wire.hang_up()
        await happens(lambda: simulator.log[1].closed_at)
        assert (await get(f"{base}/api/ps")).json() == {"models": []}


async def test_when_a_fault_holds():
    now = [0.0]
    faults = (
        {"do": "status", "status": 500, "every": 3},
        {"do": "status", "status": 502, "model": "n"},
        {"do": "status", "status": 503, "from": 10, "to": 20},
    )
    scenario = world("groq", *faults)
    scenario["providers"]["p"]["models"] = [{"id": "m"}, {"id": "n"}]
    async with serve(scenario, clock=lambda: now[0]) as simulator:
        url = simulator.base("p") + "/chat/completions"
        statuses = [(await post(url, chat(model))).status_code for model in "mnm"]
        now[0] = 10.0
        statuses.append((await post(url, chat("m"))).status_code)
        now[0] = 20.0
        statuses.append((await post(url, chat("m"))).status_code)
        assert statuses == [200, 502, 500, 503, 200]


async def test_a_share_of_requests_fails_and_the_same_ones_again():
    async def run(seed):
        scenario = world("groq", {"do": "status", "status": 503, "share": 0.3}) | {"seed": seed}
        async with serve(scenario) as simulator:
            async with httpx.AsyncClient(verify=False) as client:
                for _ in range(200):
                    await client.post(simulator.base("p") + "/chat/completions", json=chat("m"))
            return [entry.status for entry in simulator.log]

    first, again, other = await run(1), await run(1), await run(2)
    assert first == again
    assert first != other
    assert 40 <= first.count(503) <= 80


async def test_a_client_that_hangs_up_is_noticed_and_the_generation_stops():
    latency = {"tokens_per_second": 20}
    async with serve(world("groq", latency=latency)) as simulator:
        wire = await Wire.post(simulator.base("p") + "/chat/completions", chat("m", stream=True))
        await wire.until(TEXT[4:8].encode())
        before = time.monotonic()
        wire.hang_up()
        await happens(lambda: simulator.log[0].closed_at)
        entry = simulator.log[0]
        assert entry.closed_at - before < 1
        assert entry.closed_after == pytest.approx(entry.closed_at - entry.last_byte_at)
        await asyncio.sleep(0.2)
        assert 2 <= entry.tokens < 5
        assert not entry.finished
        assert entry.ended_at is not None


async def test_an_orderly_goodbye_is_a_hang_up_too():
    async with serve(world("ollama", latency={"tokens_per_second": 5})) as simulator:
        url = simulator.base("p") + "/api/generate"
        async with (
            httpx.AsyncClient(verify=False) as client,
            client.stream("POST", url, json={"model": "m", "prompt": "a"}) as answer,
        ):
            async for _ in answer.aiter_lines():
                break
        await happens(lambda: simulator.log[0].closed_at)
        assert simulator.log[0].tokens < 5


async def test_llama_server_works_on_for_nobody_unless_it_streams():
    async with serve(world("llamacpp", latency={"tokens_per_second": 20})) as simulator:
        wire = await Wire.post(simulator.base("p") + "/completion", {"prompt": "a"})
        await happens(lambda: len(simulator.log) and simulator.log[0].tokens)
        wire.hang_up()
        await happens(lambda: simulator.log[0].closed_at)
        await happens(lambda: simulator.log[0].ended_at)
        assert simulator.log[0].tokens == 5


async def test_a_provider_that_is_down_refuses_and_comes_back():
    now = [0.0]
    async with serve(world("groq", down={"from": 0, "to": 10}), clock=lambda: now[0]) as simulator:
        url = simulator.base("p") + "/chat/completions"
        assert not url.startswith(simulator.url)
        with pytest.raises(httpx.ConnectError):
            await post(url, chat("m"))
        with pytest.raises(httpx.ReadError):
            await post(f"{simulator.url}/p/openai/v1/chat/completions", chat("m"))
        now[0] = 10.0
        async with asyncio.timeout(20):
            while True:
                try:
                    assert (await post(url, chat("m"))).status_code == 200
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.01)
        now[0] = 5.0
        async with asyncio.timeout(20):
            while True:
                try:
                    await post(url, chat("m"))
                except (httpx.ConnectError, httpx.ReadError):
                    break
        assert [entry.status for entry in simulator.log][:1] == [200]
