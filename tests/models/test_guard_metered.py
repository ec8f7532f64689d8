"""Every call is told once, with what it cost and how it ended; and that tells how quick a model is."""

import asyncio

import pytest
from guard_worlds import Scripted, asked, count, facts, failure, simulate, texts
from hypothesis import given
from hypothesis import strategies as st

from foredraft.errors import Failure
from foredraft.models.latency import Latencies, Latency, Quantiles
from foredraft.models.metered import Metered, cost
from foredraft.models.model import Chunk, Finish, Price, Usage
from foredraft.models.outgoing import Tier

PRICE = Price(input=0.30, cached=0.06, output=1.20)


def metered(model, heard):
    return Metered(model, "draft", count, heard.append)


def test_a_call_that_went_well():
    async def main():
        heard = []
        script = [0.2, "ab", 0.3, Chunk("c", Finish.STOP, Usage(1000, 40, 600))]
        assert await texts(metered(Scripted(script, price=PRICE), heard)) == ("abc", None)
        (record,) = heard
        assert (record.provider, record.model, record.name, record.role) == ("cloud", "one", "cloud/one", "draft")
        assert (record.prompt, record.cached, record.completion, record.estimated) == (1000, 600, 40, False)
        assert record.usd == pytest.approx((400 * 0.30 + 600 * 0.06 + 40 * 1.20) / 1e6)
        assert (record.first_token, record.total) == (pytest.approx(0.2), pytest.approx(0.5))
        assert record.outcome == "ok"

    simulate(main())


def test_a_stream_that_was_left_costs_its_prompt_and_what_it_gave():
    async def main():
        heard = []
        stream = metered(Scripted(["abc", 1.0, "d"], price=PRICE), heard).stream(asked(100))
        assert (await anext(stream)).model == "cloud/one"
        await stream.aclose()
        (record,) = heard
        assert (record.prompt, record.completion, record.estimated, record.outcome) == (100, 3, True, "cancelled")

    simulate(main())


def test_a_task_that_was_cancelled_is_told_too():
    async def main():
        heard = []
        task = asyncio.create_task(texts(metered(Scripted([5.0, "a"]), heard), asked(100)))
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.wait({task})
        assert [(each.outcome, each.prompt, each.first_token, each.total) for each in heard] == [
            ("cancelled", 100, None, pytest.approx(0.5))
        ]

    simulate(main())


@pytest.mark.parametrize("kind", [each for each in Failure if each is not Failure.STALLED])
def test_a_refusal_costs_nothing(kind):
    async def main():
        heard = []
        assert (await texts(metered(Scripted([failure(kind)], price=PRICE), heard)))[1].failure is kind
        assert [(each.outcome, each.prompt, each.completion, each.usd) for each in heard] == [(kind, 0, 0, 0.0)]

    simulate(main())


@pytest.mark.parametrize("script", [[failure(Failure.STALLED)], ["abc", failure(Failure.UNREACHABLE)]])
def test_silence_and_half_an_answer_cost_what_they_may_have(script):
    async def main():
        heard = []
        await texts(metered(Scripted(script, price=PRICE), heard), asked(100))
        assert [(each.prompt, each.completion) for each in heard] == [(100, 3 * (len(script) - 1))]

    simulate(main())


def test_an_unknown_price_of_cached_tokens_is_that_of_others():
    assert cost(Price(1.0, 0.0, 2.0), Usage(1_000_000, 0, 400_000)) == pytest.approx(1.0)
    assert cost(Price(1.0, 0.1, 2.0), Usage(1_000_000, 1_000_000, 2_000_000)) == pytest.approx(2.1)


@given(st.lists(st.floats(0, 9), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_quantile_is_that_of_the_latest(numbers, share):
    quantiles = Quantiles([99.0])
    for each in numbers:
        quantiles.add(each)
    latest = [99.0, *numbers][-64:]
    value = quantiles.at(share)
    assert value in latest
    assert sum(each <= value for each in latest) >= share * len(latest) - 1e-9
    assert sum(each < value for each in latest) < share * len(latest) + 1e-9


async def calls(latency, *scripts, answer=20):
    for script in scripts:
        await texts(Metered(Scripted(script), "draft", count, latency.learn), asked(100, answer))


def test_speed_is_learned_as_it_answers():
    async def main():
        latency = Latency(local=False)
        assert 0.1 < latency.first_token() < 0.5
        await calls(latency, *[[0.4, "x", 2.0, "y" * 99]] * 60)
        assert latency.first_token() == pytest.approx(0.4)
        assert latency.tokens_per_second() == pytest.approx(50)
        assert latency.until(50) == pytest.approx(1.4)

    simulate(main())


def test_an_answer_in_one_piece_or_of_a_few_tokens_is_no_speed():
    async def main():
        latency = Latency(local=False)
        before = latency.tokens_per_second(), latency.tokens_per_second(0.95)
        await calls(latency, *[["x", 2.0, "y"]] * 60)
        assert (latency.tokens_per_second(), latency.tokens_per_second(0.95)) == before
        await calls(latency, *[["y" * 500]] * 60)
        assert latency.tokens_per_second() <= 10_000

    simulate(main())


def test_what_failed_or_was_given_up_early_says_nothing():
    async def main():
        latency = Latency(local=False)
        before = [latency.first_token(share) for share in (0.05, 0.5, 0.95)]
        await calls(latency, *[[0.01, failure(Failure.OVERLOADED)]] * 99)
        stalled = [[0.5, failure(Failure.STALLED)]] * 9
        await calls(latency, *stalled)
        assert [latency.first_token(share) for share in (0.05, 0.5, 0.95)] == before
        await calls(latency, *[[3.0, failure(Failure.STALLED)]] * 9)
        assert latency.first_token(0.95) == pytest.approx(3.0)

    simulate(main())


def test_each_model_has_its_own():
    async def main():
        latencies = Latencies()
        cloud, local = facts("cloud/one"), facts("local/it", Tier.LOCAL)
        assert latencies.of(cloud) is latencies.of(cloud)
        assert latencies.of(local).tokens_per_second() < latencies.of(cloud).tokens_per_second()
        before = latencies.of(local).first_token()
        await calls(latencies, *[[0.7, "x"]] * 60)
        assert latencies.of(cloud).first_token() == pytest.approx(0.7)
        assert latencies.of(local).first_token() == before

    simulate(main())
