"""A model that failed is left alone, for as long as it asked or its kind of failure lasts; then one goes ahead."""

import asyncio

import pytest
from guard_worlds import Scripted, asked, failure, now, simulate, texts
from hypothesis import given
from hypothesis import strategies as st

from foredraft.errors import Failure
from foredraft.models.model import Use
from foredraft.models.resting import Resting, Rests

HOUR = 3600.0


def resting(model, rests):
    """Of its texts a fifth take longer than half a second."""
    return Resting(model, rests, lambda seconds: 0.2 if seconds > 0.5 else 0.95)


async def rest_after(kind, wait=None, script=None, **more):
    """The rests after one failure."""
    rests = Rests(now)
    await texts(resting(Scripted(script or [failure(kind, wait)], **more), rests))
    return rests


@pytest.mark.parametrize(
    ("kind", "wait", "name", "left"),
    [
        (Failure.KEY, None, "cloud", None),
        (Failure.QUOTA, None, "cloud", HOUR),
        (Failure.QUOTA, 578.016, "cloud/one", 578.016),
        (Failure.RATE, 7.66, "cloud/one", 7.66),
        (Failure.RATE, None, "cloud/one", 15.0),
        (Failure.RATE, 0.0, "cloud/one", 15.0),
        (Failure.GONE, None, "cloud/one", None),
        (Failure.UNABLE, None, "cloud/one as suffix", None),
        (Failure.OVERLOADED, None, "cloud/one", 1.0),
        (Failure.OVERLOADED, 20.0, "cloud/one", 20.0),
        (Failure.STALLED, None, "cloud/one", 1.0),
        (Failure.GARBLED, None, "cloud/one", 1.0),
        (Failure.UNREACHABLE, None, "cloud", 1.0),
        (Failure.BAD_REQUEST, None, "cloud/one", 2.0),
    ],
)
def test_who_rests_and_for_how_long(kind, wait, name, left):
    async def main():
        (rest,) = (await rest_after(kind, wait)).resting()
        assert (rest.name, rest.failure, rest.message) == (name, kind, "it is so")
        assert rest.left == (left and pytest.approx(left))

    simulate(main())


@pytest.mark.parametrize("kind", [Failure.TOO_LARGE, Failure.FORBIDDEN])
def test_what_is_the_requests_doing_rests_nobody(kind):
    async def main():
        assert (await rest_after(kind, 5.0)).resting() == []

    simulate(main())


def test_a_connection_that_breaks_in_mid_answer_is_the_models():
    async def main():
        rests = await rest_after(Failure.UNREACHABLE, script=["a", failure(Failure.UNREACHABLE)])
        assert [each.name for each in rests.resting()] == ["cloud/one"]

    simulate(main())


def test_a_provider_rests_with_all_its_models_and_nobody_elses():
    async def main():
        rests = await rest_after(Failure.KEY)
        sibling, other = Scripted(["a"], name="cloud/two"), Scripted(["a"], name="cloudy/one")
        failed = (await texts(resting(sibling, rests)))[1]
        assert (failed.failure, failed.wait, sibling.asked) == (Failure.FORBIDDEN, None, 0)
        assert "it is so" in str(failed)
        assert (await texts(resting(other, rests)))[1] is None
        rests.reconfigured("cloud")
        assert (await texts(resting(sibling, rests)))[1] is None

    simulate(main())


def test_unable_in_one_use_is_able_in_another():
    async def main():
        rests = await rest_after(Failure.UNABLE)
        assert (await texts(resting(Scripted(["a"], use=Use.CHAT), rests)))[1] is None
        assert (await texts(resting(Scripted(["a"], use=Use.SUFFIX), rests)))[1] is not None

    simulate(main())


@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from([None, 0.5, 2.0, 7.66])), max_size=40))
def test_never_a_request_during_a_stated_wait(steps):
    async def main():
        rests, peace, sent = Rests(now), [0.0], []

        class Cloud(Scripted):
            async def stream(self, outgoing):
                sent.append(now())
                assert now() >= max(peace)
                await asyncio.sleep(0.3)
                if self.wait is None:
                    yield await anext(Scripted(["a"]).stream(outgoing))
                    return
                peace.append(now() + self.wait)
                raise failure(Failure.RATE, self.wait)

        cloud = Cloud([])
        for gap, cloud.wait in steps:
            await asyncio.sleep(gap)
            failed = (await texts(resting(cloud, rests)))[1]
            if failed is not None and failed.failure is Failure.FORBIDDEN:
                assert failed.wait >= max(peace) - now() - 1e-6
            assert rests.ready_in(cloud.facts) >= max(peace) - now() - 1e-6

    simulate(main())


def test_rests_grow_with_each_failure_in_a_row_and_success_ends_that():
    async def main():
        rests = Rests(now)
        cloud = Scripted(*[[failure(Failure.OVERLOADED)]] * 9, ["a"], [failure(Failure.OVERLOADED)])
        grown = []
        for _ in range(9):
            await texts(resting(cloud, rests))
            grown.append(rests.ready_in(cloud.facts))
            await asyncio.sleep(grown[-1])
        assert grown == [1, 2, 4, 8, 16, 32, 60, 60, 60]
        assert (await texts(resting(cloud, rests))) == ("a", None)
        await texts(resting(cloud, rests))
        assert rests.ready_in(cloud.facts) == 1

    simulate(main())


def test_breaking_off_every_time_grows_too():
    async def main():
        rests = Rests(now)
        cloud = Scripted(["a", failure(Failure.UNREACHABLE)])
        for grown in (1, 2, 4):
            await texts(resting(cloud, rests))
            assert rests.ready_in(cloud.facts) == grown
            await asyncio.sleep(grown)

    simulate(main())


def test_those_under_way_when_it_failed_do_not_make_it_worse():
    async def main():
        rests = Rests(now)
        cloud = Scripted([0.5, failure(Failure.UNREACHABLE)])
        await asyncio.gather(*(texts(resting(cloud, rests)) for _ in range(5)))
        assert rests.ready_in(cloud.facts) == 1

    simulate(main())


def test_one_goes_ahead_after_a_rest():
    async def main():
        rests = Rests(now)
        cloud = Scripted([failure(Failure.OVERLOADED)], [0.5, "a", 5.0, "b"])
        model = resting(cloud, rests)
        await texts(model)
        await asyncio.sleep(1.0)
        first = asyncio.create_task(texts(model))
        await asyncio.sleep(0.1)
        assert rests.ready_in(cloud.facts) > 0
        assert (await texts(model))[1].failure is Failure.FORBIDDEN
        assert cloud.asked == 2
        await asyncio.sleep(0.5)
        assert rests.ready_in(cloud.facts) == 0
        assert (await texts(model)) == ("ab", None)
        assert (await first) == ("ab", None)

    simulate(main())


@pytest.mark.parametrize("ending", ["cancelled", "forbidden", "failed"])
def test_who_went_ahead_and_came_back_without_news_lets_the_next_go(ending):
    async def main():
        rests = Rests(now)
        bad = failure(Failure.OVERLOADED)
        second = {"cancelled": [9.0], "forbidden": [failure(Failure.FORBIDDEN)], "failed": [bad]}
        cloud = Scripted([bad], second[ending], ["a"])
        model = resting(cloud, rests)
        await texts(model)
        await asyncio.sleep(1.0)
        task = asyncio.create_task(texts(model))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait({task})
        await asyncio.sleep(2.0 if ending == "failed" else 0.0)
        assert (await texts(model)) == ("a", None)

    simulate(main())


def test_a_stream_that_is_left_with_text_went_well():
    async def main():
        rests = Rests(now)
        cloud = Scripted([failure(Failure.OVERLOADED)], ["a", 9.0], [failure(Failure.OVERLOADED)])
        await texts(resting(cloud, rests))
        await asyncio.sleep(1.0)
        stream = resting(cloud, rests).stream(asked())
        await anext(stream)
        await stream.aclose()
        await texts(resting(cloud, rests))
        assert rests.ready_in(cloud.facts) == 1

    simulate(main())


def test_a_longer_wait_is_never_shortened():
    async def main():
        rests = Rests(now)
        cloud = Scripted([0.1, failure(Failure.RATE, 30.0)], [0.2, failure(Failure.RATE, 1.0)])
        await asyncio.gather(texts(resting(cloud, rests)), texts(resting(cloud, rests)))
        assert rests.ready_in(cloud.facts) == pytest.approx(29.9)

    simulate(main())


def test_the_longest_rest_is_told_first():
    async def main():
        rests = Rests(now)
        for name, kind in (("a/x", Failure.OVERLOADED), ("b/x", Failure.GONE), ("c/x", Failure.RATE)):
            await texts(resting(Scripted([failure(kind, name=name)], name=name), rests))
        assert [(each.name, each.left) for each in rests.resting()] == [("b/x", None), ("c/x", 15.0), ("a/x", 1.0)]
        await asyncio.sleep(2.0)
        assert [each.name for each in rests.resting()] == ["b/x", "c/x"]

    simulate(main())


def test_who_is_always_given_up_without_a_text_has_stalled():
    async def main():
        rests = Rests(now)
        cloud = Scripted([99.0, "a"])
        for given_up_after, left in (
            (0.3, 0),
            (0.6, 0),
            (0.6, 0),
            (0.3, 0),
            (0.6, 1.0),
            (0.6, 2.0),
            (0.3, 0),
            (0.6, 4.0),
        ):
            task = asyncio.create_task(texts(resting(cloud, rests)))
            await asyncio.sleep(given_up_after)
            task.cancel()
            await asyncio.wait({task})
            assert rests.ready_in(cloud.facts) == left
            await asyncio.sleep(left)
        answers = Scripted(["a"], [99.0, "a"])
        assert await texts(resting(answers, rests)) == ("a", None)
        task = asyncio.create_task(texts(resting(answers, rests)))
        await asyncio.sleep(0.6)
        task.cancel()
        await asyncio.wait({task})
        assert rests.ready_in(cloud.facts) == 0

    simulate(main())


def test_waits_in_a_row_grow_and_a_quota_is_remembered_longer():
    async def main():
        rests = Rests(now)
        quota, rate = failure(Failure.QUOTA, 600.0), failure(Failure.RATE, 2.0)
        cloud = Scripted([quota], ["a"], [quota], ["a"], [rate], ["a"], ["a"], ["a"], [rate], [rate])
        left = []
        for _ in range(10):
            await texts(resting(cloud, rests))
            left.append(rests.ready_in(cloud.facts))
            await asyncio.sleep(left[-1])
        assert left == [600, 0, 1200, 0, 2, 0, 0, 0, 2, 4]

    simulate(main())
