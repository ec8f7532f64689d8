"""Several candidates, one answer: the next when one fails or is late, no model twice, few requests side by side."""

import asyncio
import random

import pytest
from guard_worlds import Scripted, asked, count, failure, now, simulate, texts

from foredraft.errors import Failure, ModelFailed
from foredraft.models.hedged import Hedged, Hedges
from foredraft.models.latency import Latencies
from foredraft.models.metered import Metered
from foredraft.models.model import Finish
from foredraft.models.outgoing import Tier


def hedged(*candidates, hedges=None, quick=0.2, patience=9.0):
    """With a first text usual after `quick` seconds."""
    latencies = Latencies()
    for each in candidates:
        latencies.of(each.facts)._first._seen.extend([quick] * 64)
        latencies.of(each.facts)._first._sorted = []
    return Hedged(candidates, latencies, hedges or Hedges(), patience)


def one(*script):
    return Scripted(*(script or (["one"],)), name="cloud/one")


def two(*script):
    return Scripted(*(script or (["two"],)), name="cloud/two")


def local(*script):
    return Scripted(*(script or (["local"],)), name="local/it", tier=Tier.LOCAL)


async def told(model, outgoing=None):
    """(text, who wrote it) and how long that took."""
    begun, text, names = now(), "", set()
    async for chunk in model.stream(outgoing or asked()):
        text += chunk.text
        names.add(chunk.model)
    return text, names, round(now() - begun, 3)


def test_who_is_in_time_is_alone():
    async def main():
        a, b = one([0.15, "a", 1.0, "b"]), two()
        assert await told(hedged(a, b)) == ("ab", {"cloud/one"}, 1.15)
        assert (a.asked, b.asked) == (1, 0)

    simulate(main())


def test_past_its_usual_time_the_next_is_asked_and_the_first_with_text_wins():
    async def main():
        a, b = one([5.0, "a"]), two([0.1, "b", 0.5, "c"])
        stream = hedged(a, b).stream(asked())
        begun = now()
        chunk = await anext(stream)
        assert (chunk.text, chunk.model, round(now() - begun, 3)) == ("b", "cloud/two", 0.32)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (a.closed, a.ended) == (1, 0)  # at once, while the winner goes on
        assert [each.text async for each in stream] == ["c", ""]

    simulate(main())


def test_the_slow_one_may_still_win():
    async def main():
        a, b = one([0.25, "a"]), two([0.5, "b"])
        assert await told(hedged(a, b)) == ("a", {"cloud/one"}, 0.25)
        assert (b.asked, b.closed, b.ended) == (1, 1, 0)

    simulate(main())


def test_after_so_much_patience_the_next_is_asked_though_the_first_is_usually_slower():
    async def main():
        assert (await told(hedged(one([5.0, "a"]), two([0.1, "b"]), quick=3.0, patience=0.5)))[2] == 0.6

    simulate(main())


@pytest.mark.parametrize("kind", list(Failure))
def test_a_failure_asks_the_next_at_once(kind):
    async def main():
        a, b, c = one([0.1, failure(kind)]), two([failure(kind)]), local([0.05, "c"])
        assert await told(hedged(a, b, c)) == ("c", {"local/it"}, 0.15)
        assert (a.asked, b.asked, c.asked) == (1, 1, 1)

    simulate(main())


def test_when_all_fail_the_first_real_failure_is_told():
    async def main():
        a, b = one([failure(Failure.FORBIDDEN, 3.0)]), two([failure(Failure.KEY)])
        assert (await texts(hedged(a, b, local([failure(Failure.OVERLOADED)]))))[1].failure is Failure.KEY
        assert (await texts(hedged(a)))[1].wait == 3.0

    simulate(main())


def test_a_winner_that_breaks_off_is_not_replaced():
    async def main():
        a, b = one(["a", 0.1, failure(Failure.UNREACHABLE)]), two()
        text, failed = await texts(hedged(a, b))
        assert (text, failed.failure, b.asked) == ("a", Failure.UNREACHABLE, 0)

    simulate(main())


def test_no_model_is_asked_twice():
    async def main():
        a = one([failure(Failure.OVERLOADED)])
        assert (await texts(hedged(a, a, one([failure(Failure.OVERLOADED)]))))[1].failure is Failure.OVERLOADED
        assert a.asked <= 1

    simulate(main())


def test_who_may_not_see_the_prompt_is_not_asked():
    async def main():
        a, b = one(), local()
        assert (await told(hedged(a, b), asked(tier=Tier.LOCAL)))[:2] == ("local", {"local/it"})
        assert a.asked == 0
        with pytest.raises(ModelFailed) as failed:
            await told(hedged(a), asked(tier=Tier.TRUSTED))
        assert failed.value.failure is Failure.FORBIDDEN

    simulate(main())


def test_an_empty_answer_is_one_unless_somebody_else_is_under_way():
    async def main():
        a, b = one([0.1]), two()
        assert (await told(hedged(a, b)))[:2] == ("", {"cloud/one"})
        assert b.asked == 0
        assert (await told(hedged(one([0.25]), two([0.3, "b"]))))[:2] == ("b", {"cloud/two"})
        chunks = [each async for each in hedged(one([0.25]), two([0.3])).stream(asked())]
        assert [(each.model, each.finish) for each in chunks] == [("cloud/one", Finish.STOP)]

    simulate(main())


def test_requests_beside_each_other_are_few():
    async def main():
        hedges, extra = Hedges(), 0
        for _ in range(1000):
            b = two([0.05, "b"])
            await told(hedged(one([1.0, "a"]), b, hedges=hedges))
            extra += b.asked
        assert 95 <= extra <= 103

    simulate(main())


def test_without_any_left_this_machine_may_help_for_nothing():
    async def main():
        hedges = Hedges(share=0.0)
        assert hedges.spend()
        b, c = two(), local([0.1, "c"])
        assert (await told(hedged(one([1.0, "a"]), b, c, hedges=hedges)))[:2] == ("c", {"local/it"})
        assert b.asked == 0
        assert await told(hedged(one([1.0, "a"]), b, hedges=hedges)) == ("a", {"cloud/one"}, 1.0)

    simulate(main())


def test_one_that_rests_costs_no_hedge_and_the_next_is_asked():
    async def main():
        hedges = Hedges(share=0.0)
        b, c = two([failure(Failure.FORBIDDEN, 9.0)]), Scripted([0.1, "c"], name="third/x")
        assert await told(hedged(one([1.0, "a"]), b, c, hedges=hedges)) == ("c", {"third/x"}, 0.32)
        assert not hedges.spend()

    simulate(main())


@pytest.mark.parametrize("after", [0.1, 0.3, 0.6])
def test_cancelling_closes_everybody(after):
    async def main():
        a, b = one([5.0, "a"]), two([0.3, "b", 5.0, "c"])
        task = asyncio.create_task(told(hedged(a, b)))
        await asyncio.sleep(after)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (a.closed, b.closed, a.ended, b.ended) == (a.asked, b.asked, 0, 0)
        assert len(asyncio.all_tasks()) == 1

    simulate(main())


def test_a_mistake_of_ours_is_not_hidden():
    async def main():
        b = two()
        with pytest.raises(ZeroDivisionError):
            await told(hedged(one([ZeroDivisionError()]), b))
        assert len(asyncio.all_tasks()) == 1

    simulate(main())


def test_a_model_that_became_slow_is_known_as_slow():
    async def main():
        latencies, hedges, asked_too, dice = Latencies(), Hedges(share=1.0), [], random.Random(7)
        for slow in [0.1] * 100 + [0.6] * 200:
            a = one([slow * dice.uniform(0.8, 1.2), "a"])
            b = two([0.1, "b"])
            first = Metered(a, "draft", count, latencies.learn)
            latencies.of(a.facts)
            await told(Hedged([first, b], latencies, hedges, 9.0))
            asked_too.append(b.asked)
        assert sum(asked_too[:100]) <= 15
        assert 1 <= sum(asked_too[100:200]) <= 40
        assert sum(asked_too[200:]) <= 15

    simulate(main())
