"""A pace lets through what a provider's limits allow, whichever kind of window it keeps, and nothing during a wait."""

import asyncio
import itertools
import math
import random

import pytest
from guard_worlds import Counting, Scripted, asked, count, failure, now, simulate, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from foredraft.errors import Failure
from foredraft.models.model import Chunk, Limit
from foredraft.models.paced import Pace, Paced
from foredraft.models.windows import SECONDS, Flight

RPM = Limit("requests", "minute", 5)
KINDS = ["fixed", "sliding", "bucket"]


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def went(pace, clock, prompt=10, answer=10, took=0.0):
    """A whole request, or the wait instead of it."""
    flight = pace.admit(prompt, answer)
    if isinstance(flight, Flight):
        clock.now += took
        pace.end(flight, prompt, answer)
        return 0.0
    return flight


window = st.sampled_from(sorted(SECONDS))
limit = st.builds(Limit, st.sampled_from(["requests", "tokens"]), window, st.integers(1, 12))
step = st.tuples(st.floats(0, 40), st.integers(0, 3), st.floats(0, 5))


@given(st.lists(limit, min_size=1, max_size=3, unique_by=lambda each: (each.what, each.window)), st.lists(step))
def test_never_more_in_any_window_than_stated(limits, steps):
    clock = Clock()
    pace = Pace(limits, clock=clock)
    flying, log = [], []
    for gap, tokens, took in steps:
        clock.now += gap
        for each in [each for each in flying if each[0] <= clock.now]:
            flying.remove(each)
            pace.end(each[1], each[1].prompt, each[1].answer)
        flight = pace.admit(tokens, 0)
        if isinstance(flight, Flight):
            flying.append((clock.now + took, flight))
            log.append((clock.now, tokens))
        else:
            assert flight > 0
    for each in limits:
        for end, _ in log:
            inside = [n for at, n in log if end - SECONDS[each.window] < at <= end]
            assert (len(inside) if each.what == "requests" else sum(inside)) <= each.limit


@given(st.lists(limit, min_size=1, max_size=3, unique_by=lambda each: (each.what, each.window)), st.lists(step))
def test_after_the_wait_it_told_a_request_is_let_through(limits, steps):
    clock = Clock()
    pace = Pace(limits, clock=clock)
    for gap, tokens, took in steps:
        clock.now += gap
        wait = went(pace, clock, tokens, 0, took)
        if wait == math.inf:
            assert any(each.what == "tokens" and tokens > each.limit for each in limits)
        elif wait:
            clock.now += wait + 1e-6
            assert went(pace, clock, tokens, 0) == 0


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@given(gaps=st.lists(st.floats(0, 20), min_size=1, max_size=60), both=st.booleans())
@settings(max_examples=40)
def test_a_provider_of_any_kind_refuses_nothing(kind, tells, gaps, both):
    limits = [Limit("requests", "minute", 5), *([Limit("tokens", "minute", 700)] if both else [])]

    async def main():
        cloud = Counting(now, kind, limits, tells=tells)
        model = Paced(cloud, Pace(limits, clock=now), count)
        tasks = []
        for gap in gaps:
            await asyncio.sleep(gap)
            tasks.append(asyncio.create_task(texts(model)))
        await asyncio.gather(*tasks)
        assert cloud.refused == 0
        assert cloud.log

    simulate(main())


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_allowed_is_used(kind):
    async def main():
        cloud = Counting(now, kind, [RPM])
        model = Paced(cloud, Pace([], clock=now), count)
        for _ in range(1200):
            await asyncio.gather(texts(model), asyncio.sleep(1.0))
        assert cloud.refused == 0
        assert len(cloud.log) >= 0.9 * 5 * 20

    simulate(main())


def test_others_who_use_the_same_key_are_believed():
    clock = Clock()
    pace = Pace([RPM], clock=clock)
    flight = pace.admit(1, 1)
    pace.state([Limit("requests", "minute", 5, 1, 30.0)], flight)
    pace.end(flight, 1, 1)
    assert went(pace, clock) == 0
    assert went(pace, clock) == pytest.approx(30.0)
    clock.now += 30.0
    assert went(pace, clock) == 0


def test_a_late_reply_to_an_older_request_says_nothing_new():
    clock = Clock()
    pace = Pace([RPM], clock=clock)
    old = pace.admit(1, 1)
    clock.now += 1
    new = pace.admit(1, 1)
    pace.state([Limit("requests", "minute", 5, 1, 30.0)], new)
    pace.state([Limit("requests", "minute", 5, 4, 30.0)], old)
    assert pace.left() == [Limit("requests", "minute", 5, 0)]  # the older one may not be counted in what they said


def test_those_under_way_are_counted():
    async def main():
        cloud = Scripted([1.0, "a"])
        model = Paced(cloud, Pace([RPM], clock=now), count)
        said = await asyncio.gather(*(texts(model) for _ in range(9)))
        assert [failed for _, failed in said[:5]] == [None] * 5
        assert {failed.failure for _, failed in said[5:]} == {Failure.FORBIDDEN}
        assert all(0 < failed.wait <= 62 for _, failed in said[5:])
        assert cloud.asked == 5

    simulate(main())


def test_larger_than_a_limit_is_too_large_and_not_a_wait():
    async def main():
        model = Paced(Scripted(["a"]), Pace([Limit("tokens", "minute", 6000)], clock=now), count)
        failed = (await texts(model, asked(7000)))[1]
        assert (failed.failure, failed.wait) == (Failure.TOO_LARGE, None)
        assert (await texts(model, asked(5000)))[1] is None

    simulate(main())


def test_tokens_are_reserved_with_caution_and_settled_by_what_was_counted():
    async def main():
        pace = Pace([Limit("tokens", "minute", 1000)], clock=now)
        model = Paced(Scripted([1.0, "abc", 1.0, "d"]), pace, count)
        stream = model.stream(asked(100, 50))
        await anext(stream)
        assert pace.left()[0].remaining == 1000 - 110 - 50
        await stream.aclose()
        assert pace.left()[0].remaining == 1000 - 100 - 3  # cut: the prompt and what it gave

    simulate(main())


@pytest.mark.parametrize(("kind", "left"), [(Failure.OVERLOADED, 1000), (Failure.STALLED, 900)])
def test_what_was_refused_took_no_tokens_but_silence_may_have(kind, left):
    async def main():
        pace = Pace([Limit("tokens", "minute", 1000)], clock=now)
        await texts(Paced(Scripted([failure(kind)]), pace, count), asked(100))
        assert pace.left()[0].remaining == left

    simulate(main())


def test_a_stated_wait_is_kept_to_the_second():
    async def main():
        cloud = Scripted([failure(Failure.RATE, 7.66)], ["a"])
        model = Paced(cloud, Pace([], clock=now), count)
        await texts(model)
        begun = now()
        while (said := await texts(model))[1] is not None:
            assert (said[1].failure, cloud.asked) == (Failure.FORBIDDEN, 1)
            assert said[1].wait == pytest.approx(begun + 7.66 - now(), abs=1e-6)
            await asyncio.sleep(0.01)
        assert 7.66 <= now() - begun <= 7.68

    simulate(main())


def test_without_any_stated_limit_a_refusal_teaches_one():
    async def main():
        cloud = Counting(now, "sliding", [Limit("requests", "minute", 20)], tells=False, waits=False)
        model = Paced(cloud, Pace([], clock=now), count)
        for _ in range(3600 * 2):
            await asyncio.gather(texts(model), asyncio.sleep(1.0))
        assert cloud.refused <= 0.01 * len(cloud.log)
        assert len(cloud.log) >= 120 * 20 * 0.6

    simulate(main())


def test_a_budget_that_runs_low_is_spread():
    clock = Clock()
    pace = Pace([Limit("requests", "minute", 30)], clock=clock)
    gaps = []
    for _ in range(30):
        gaps.append(pace.ready_in(20))
        clock.now += gaps[-1]
        assert went(pace, clock) == 0
    assert gaps[:15] == [0.0] * 15
    assert all(a <= b for a, b in itertools.pairwise(gaps))
    assert 1.0 < gaps[-1] <= 2.0


def test_a_day_is_not_waited_for_when_the_provider_said_it_is_over():
    clock = Clock()
    pace = Pace([Limit("requests", "day", 3)], clock=clock)
    for left in (2, 1, 0):
        flight = pace.admit(1, 1)
        pace.state([Limit("requests", "day", 3, left, 3600.0)], flight)
        pace.end(flight, 1, 1)
    assert went(pace, clock) == pytest.approx(3600.0)
    clock.now += 3600
    assert went(pace, clock) == 0


def test_a_bucket_that_fills_evenly_is_known_after_three_words():
    def wait_of(resets):
        clock = Clock()
        pace = Pace([Limit("tokens", "minute", 6000)], clock=clock)
        for left, reset in zip((2000, 1500, 1000, 500), resets, strict=True):
            flight = pace.admit(500, 0)
            pace.state([Limit("tokens", "minute", 6000, left, reset)], flight)
            pace.end(flight, 500, 0)
        return pace.wait(1000, 0)

    assert wait_of([40.0, 45.0, 50.0, 55.0]) == pytest.approx(5.0)
    assert wait_of([33.0, 33.0, 32.0, 31.0]) == pytest.approx(31.0)


@pytest.mark.parametrize("said", [(0, 5, 1.0), (-3, None, None), (None, 2, None), (None, None, 8.0), (9, -4, -8.0)])
def test_odd_words_do_no_harm(said):
    clock = Clock()
    pace = Pace([], clock=clock)
    flight = pace.admit(1, 1)
    pace.state([Limit("requests", "hour", *said)], flight)
    pace.end(flight, 1, 1)
    assert 0 <= pace.wait(1, 1) <= 3600
    assert 0 <= pace.ready_in(2) <= 3600


def test_headers_count_before_the_answer_has_ended():
    async def main():
        pace = Pace([], clock=now)
        cloud = Scripted([Chunk(limits=(Limit("requests", "minute", 30, 0, 12.0),)), 5.0, "a"])
        model = Paced(cloud, pace, count)
        stream = model.stream(asked())
        await anext(stream)
        assert (await texts(model))[1].wait == pytest.approx(12.0)
        await stream.aclose()

    simulate(main())


def test_a_better_plan_than_assumed_is_believed_and_a_worse_one_too():
    def plan(tokens, limits=()):
        clock = Clock()
        pace = Pace(limits, [Limit("requests", "minute", 30), Limit("tokens", "minute", 8000)], clock)
        flight = pace.admit(10, 10)
        pace.state([Limit("tokens", "minute", tokens, tokens - 20, 1.0)], flight)
        pace.end(flight, 10, 10)
        return {each.what: each.limit for each in pace.left()}

    assert plan(8000) == {"requests": 30, "tokens": 8000}
    assert plan(6000) == {"requests": 30, "tokens": 6000}
    assert plan(250_000) == {"tokens": 250_000}
    assert plan(250_000, [Limit("requests", "minute", 9)]) == {"requests": 9, "tokens": 250_000}


@pytest.mark.parametrize("wait", [None, 2.0])
def test_trouble_now_and_then_teaches_no_limit(wait):
    async def main():
        dice = random.Random(7)
        pace = Pace([], clock=now)
        cloud = Scripted(*([failure(Failure.RATE, wait)] if dice.random() < 0.06 else ["a"] for _ in range(600)))
        model = Paced(cloud, pace, count)
        for _ in range(600):
            await texts(model)
            await asyncio.sleep(dice.expovariate(1 / 1.5))
        assert cloud.asked > 500

    simulate(main())
