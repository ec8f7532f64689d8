"""Limits: windows that fill and refill, and how each provider states them."""

import asyncio
import re
import time

import pytest
from simulator_client import chat, events, happens, post

from foredraft.replay.simulator import serve
from foredraft.replay.simulator.limits import Allowance, Window
from foredraft.replay.simulator.settings import Limits
from foredraft.replay.simulator.stated import go_duration

FREE = {"requests": {"second": 2, "minute": 3, "day": 1000}, "tokens": {"minute": 8000, "day": 200000}}


class Clock:
    """Time that a test moves."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def world(style, limits, **more):
    models = [{"id": "m", "fim": True}]
    return {
        "answers": {"text": "x" * 40},
        "providers": {"p": {"style": style, "models": models, "limits": limits} | more},
    }


async def ask(simulator, path="/chat/completions", body=None):
    return await post(simulator.base("p") + path, body or chat("m", max_tokens=100))


def limits_in(answer):
    return {name: value for name, value in answer.headers.items() if "limit" in name or name == "retry-after"}


def test_a_fixed_window_gives_all_back_at_its_end():
    window = Window("requests", "minute", 2, refilling=False)
    window.take(1, 100)
    window.take(1, 130)
    assert window.remaining(130) == 0
    assert window.wait(1, 130) == window.reset(130) == 30
    assert window.remaining(160) == 2
    assert window.wait(1, 160) == 0


def test_a_refilling_window_gives_back_a_little_at_a_time():
    window = Window("tokens", "minute", 600, refilling=True)
    window.take(600, 100)
    assert window.wait(10, 100) == pytest.approx(1)
    assert window.remaining(101) == pytest.approx(10)
    assert window.reset(101) == pytest.approx(59)
    assert window.remaining(161) == 600


def test_what_was_reserved_and_not_used_is_given_back():
    allowance = Allowance(Limits.model_validate({"tokens": {"minute": 100}}), "fixed")
    assert allowance.admit(90, 0) is None
    refusal = allowance.admit(20, 1)
    assert refusal is not None
    assert (refusal.window.what, refusal.never, refusal.wait) == ("tokens", False, 59)
    allowance.spend(-80, 2)
    assert allowance.admit(20, 3) is None
    assert allowance.admit(101, 3).never


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.644, "644ms"), (7.66, "7.66s"), (179.56, "2m59.56s"), (60, "1m0s"), (3603, "1h0m3s"), (0, "0ms")],
)
def test_durations_as_go_writes_them(seconds, text):
    assert go_duration(seconds) == text


async def test_groq_states_the_requests_of_the_day_and_the_tokens_of_the_minute():
    clock = Clock()
    async with serve(world("groq", FREE), clock=clock) as simulator:
        first = await ask(simulator)
        assert limits_in(first) == {
            "x-ratelimit-limit-requests": "1000",
            "x-ratelimit-remaining-requests": "999",
            "x-ratelimit-limit-tokens": "8000",
            "x-ratelimit-remaining-tokens": "7898",
            "x-ratelimit-reset-requests": "1m26.4s",
            "x-ratelimit-reset-tokens": "765ms",
        }
        await ask(simulator)
        clock.now += 1
        await ask(simulator)
        clock.now += 1
        refused = await ask(simulator)
        assert refused.status_code == 429
        error = refused.json()["error"]
        assert (error["type"], error["code"]) == ("requests", "rate_limit_exceeded")
        assert "requests per minute (RPM): Limit 3" in error["message"]
        assert refused.headers["retry-after"] == "18"
        clock.now += 18.1
        assert (await ask(simulator)).status_code == 200


async def test_groq_refuses_for_good_what_is_larger_than_the_window():
    async with serve(world("groq", {"tokens": {"minute": 50}})) as simulator:
        answer = await ask(simulator)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "rate_limit_exceeded")
        assert "retry-after" not in answer.headers


async def test_cerebras_states_every_window_in_seconds_and_keeps_what_was_reserved():
    clock = Clock()
    async with serve(world("cerebras", FREE), clock=clock) as simulator:
        await ask(simulator)
        second = await ask(simulator)
        stated = limits_in(second)
        assert stated["x-ratelimit-remaining-requests-minute"] == "1"
        assert stated["x-ratelimit-remaining-tokens-minute"] == str(8000 - 2 * 102)
        assert float(stated["x-ratelimit-reset-requests-day"]) == pytest.approx(86400)
        assert "x-ratelimit-limit-requests-second" not in stated
        clock.now += 2
        await ask(simulator)
        refused = await ask(simulator)
        assert refused.status_code == 429
        assert refused.json()["code"] == "request_quota_exceeded"
        assert "retry-after" not in refused.headers
        assert float(refused.headers["x-ratelimit-reset-requests-minute"]) == pytest.approx(58)


async def test_together_states_seconds_and_mistral_minutes():
    async with serve(world("together", {"requests": {"second": 5}, "tokens": {"second": 500}})) as simulator:
        stated = limits_in(await ask(simulator))
        assert stated == {
            "x-ratelimit-limit": "5",
            "x-ratelimit-remaining": "4",
            "x-ratelimit-reset": "1",
            "x-tokenlimit-limit": "500",
            "x-tokenlimit-remaining": "498",
        }
    async with serve(world("codestral", FREE)) as simulator:
        answer = await ask(simulator, "/fim/completions", {"model": "m", "prompt": "a"})
        assert limits_in(answer)["x-ratelimit-limit-req-minute"] == "3"
        assert limits_in(answer)["x-ratelimit-remaining-tokens-minute"] == "7999"


async def test_moments_instead_of_durations():
    async with serve(world("sambanova", {"requests": {"minute": 1}})) as simulator:
        stated = limits_in(await ask(simulator))
        assert 50 < int(stated["x-ratelimit-reset-requests"]) - time.time() < 62
    async with serve(world("openrouter", {"requests": {"minute": 1}})) as simulator:
        assert limits_in(await ask(simulator)) == {}
        refused = await ask(simulator)
        assert 50_000 < int(refused.headers["x-ratelimit-reset"]) - time.time() * 1000 < 62_000
        assert refused.json()["error"]["code"] == 429


async def test_openai_style_and_those_that_state_nothing():
    async with serve(world("openai", FREE)) as simulator:
        assert limits_in(await ask(simulator))["x-ratelimit-reset-requests"] == "1m0s"
        await ask(simulator)
        refused = await ask(simulator)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    for style, path in (("dashscope", ""), ("deepseek", ""), ("inception", "")):
        async with serve(world(style, {"requests": {"minute": 1}})) as simulator:
            assert limits_in(await ask(simulator, f"{path}/chat/completions")) == {}
            refused = await ask(simulator, f"{path}/chat/completions")
            assert (refused.status_code, limits_in(refused)) == (429, {})


async def test_real_seconds_pass():
    async with serve(world("openai", {"requests": {"second": 1}})) as simulator:
        first, second = await ask(simulator), await ask(simulator)
        assert (first.status_code, second.status_code) == (200, 429)
        await asyncio.sleep(1.05)
        assert (await ask(simulator)).status_code == 200


async def test_each_model_has_its_own_limits():
    scenario = world("groq", {"requests": {"minute": 1}})
    scenario["providers"]["p"]["models"] = [{"id": "m"}, {"id": "n", "limits": {"requests": {"minute": 2}}}]
    async with serve(scenario) as simulator:
        statuses = [(await ask(simulator, body=chat(model))).status_code for model in "mmnnn"]
        assert statuses == [200, 429, 200, 200, 429]


async def test_more_at_once_than_allowed_is_refused_by_a_cloud():
    scenario = world("deepseek", {"concurrent": 1}, faults=[{"do": "stall", "after_tokens": 1, "first": 1}])
    async with serve(scenario) as simulator:
        stalled = asyncio.ensure_future(ask(simulator, body=chat("m", stream=True)))
        await happens(lambda: len(simulator.log) and simulator.log[0].tokens)
        assert (await ask(simulator)).status_code == 429
        stalled.cancel()
        await happens(lambda: simulator.log[0].closed_at)
        assert (await ask(simulator)).status_code == 200


async def test_more_at_once_than_allowed_waits_at_a_local_server():
    scenario = world("ollama", {"queue": 1}, faults=[{"do": "stall", "after_tokens": 1, "first": 1}])
    async with serve(scenario) as simulator:
        body = {"model": "m", "prompt": "a"}
        stalled = asyncio.ensure_future(ask(simulator, "/api/generate", body))
        await happens(lambda: len(simulator.log) and simulator.log[0].tokens)
        waiting = asyncio.ensure_future(ask(simulator, "/api/generate", body))
        await happens(lambda: len(simulator.log) == 2 and simulator.log[1].prompt_tokens)
        over = await ask(simulator, "/api/generate", body)
        assert over.status_code == 503
        assert re.search("maximum pending requests", over.json()["error"])
        stalled.cancel()
        assert (await waiting).status_code == 200


async def test_the_limits_are_stated_in_a_stream_too():
    async with serve(world("groq", FREE)) as simulator:
        answer = await ask(simulator, body=chat("m", stream=True))
        assert events(answer.text)[-1] == "[DONE]"
        assert answer.headers["x-ratelimit-remaining-requests"] == "999"
