"""All guards together: a day on a free tier, clouds that fail, and what nobody may do."""

import asyncio
import random

import pytest
from guard_plans import Plan
from guard_worlds import Scripted, asked, count, failure, now, simulate, texts

from foredraft.errors import Failure
from foredraft.models.deadlines import Deadlines
from foredraft.models.guarded import GuardOptions, Guards
from foredraft.models.model import Limit
from foredraft.models.outgoing import Tier

FREE = {  # plans as the simulator's free-tier scenario has them
    "groq/openai/gpt-oss-20b": {"requests": {"minute": 30, "day": 1000}, "tokens": {"minute": 8000, "day": 200_000}},
    "cerebras/gpt-oss-120b": {"requests": {"minute": 5}, "tokens": {"minute": 30_000}},
    "sambanova/Meta-Llama-3.3-70B-Instruct": {"requests": {"minute": 20, "day": 20}, "tokens": {"day": 200_000}},
    "inception/mercury-edit-2": {"requests": {"minute": 100}, "tokens": {"minute": 110_000}},
}
OPTIONS = GuardOptions(Deadlines(2.0, 10.0))


def guards(heard, closed=lambda facts: None):
    return Guards(count, heard.append, closed, now)


def local():
    return Scripted([0.2, "local"], name="local/it", tier=Tier.LOCAL)


async def day(names, known, seed, between=3.0):
    """Eight hours of somebody who types a lot, the plans and what was asked of them."""
    dice, heard = random.Random(seed), []
    around = guards(heard)
    plans = [Plan(*name.split("/", 1), FREE[name], seed) for name in names]
    models = [
        around.around(each, "draft", GuardOptions(OPTIONS.deadlines, assumed=each.assumed if known else ()))
        for each in plans
    ]
    models.append(around.around(local(), "draft", OPTIONS))
    begun = now()
    while now() - begun < 8 * 3600:
        await asyncio.sleep(dice.expovariate(1 / between) if dice.random() < 0.98 else 120.0)
        stream = around.hedged(models, 0.5).stream(asked(dice.randrange(800, 1800), 64))
        leaves_after = dice.choice([0.3, 1.0, 9.0])
        first = await anext(stream)
        assert first.text
        if leaves_after < 9:
            await asyncio.sleep(leaves_after)
        else:
            assert [each async for each in stream]
        await stream.aclose()
    return plans, heard


@pytest.mark.parametrize("known", [True, False])
def test_a_working_day_on_free_plans(known):
    plans, heard = simulate(day(FREE, known, 7))
    assert [each.during_wait for each in plans] == [0] * len(plans)
    drafts = sum(each.let_through for each in plans)
    assert drafts > 1500
    assert sum(each.refused for each in plans) <= 0.01 * drafts
    assert sum(each.outcome == "ok" for each in heard) > 500


@pytest.mark.parametrize("name", [*FREE][:2])
def test_a_working_day_on_one_free_plan(name):
    (plan,), _ = simulate(day([name], True, 11))
    assert plan.during_wait == 0
    assert plan.refused <= max(1, 0.01 * plan.let_through)
    used = {"groq": 130, "cerebras": 1300}  # nearly all that the plan allows
    assert plan.let_through >= used[plan.facts.provider]


def flaky(name, dice, share):
    """Fails as often as that, in one of the ways there are."""

    class Flaky(Scripted):
        async def stream(self, outgoing):
            self.asked += 1
            await asyncio.sleep(0.12)
            ways = ["busy", "broken", "stall", *(["mid"] if share < 1 else [])]
            way = dice.choice(ways) if dice.random() < share else "fine"
            if way == "busy":
                raise failure(Failure.OVERLOADED, name=name)
            if way == "broken":
                raise failure(Failure.UNREACHABLE, name=name)
            if way == "stall":
                await asyncio.sleep(99.0)
            async for chunk in Scripted(["some ", 0.05, "text"]).stream(outgoing):
                yield chunk
                if way == "mid":
                    raise failure(Failure.UNREACHABLE, name=name)

    return Flaky([], name=name)


async def asks_in_time(around, models, count=2000):
    """The share of asks with a text within a second."""
    in_time = 0
    for _ in range(count):
        begun, stream = now(), around.hedged(models, 0.5).stream(asked())
        async for chunk in stream:
            if chunk.text:
                in_time += now() - begun <= 1.0
                break
        await stream.aclose()
        await asyncio.sleep(1.0)
    return in_time / count


@pytest.mark.parametrize("shares", [(0.3, 0.3), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_whatever_the_clouds_do_there_is_text_within_a_second(shares):
    async def main():
        heard, dice = [], random.Random(7)
        around = guards(heard)
        clouds = [flaky(f"cloud{i}/one", dice, share) for i, share in enumerate(shares)]
        models = [around.around(each, "draft", OPTIONS) for each in (*clouds, local())]
        assert await asks_in_time(around, models) >= 0.999
        if shares == (0.3, 0.3):
            written = [each.provider for each in heard if each.first_token is not None]
            assert written.count("local") < 0.25 * len(written)
        elif 1.0 in shares:
            assert clouds[shares.index(1.0)].asked < 150  # it is left alone more and more

    simulate(main())


def test_what_nobody_may_do_costs_no_request():
    async def main():
        heard, spent = [], {}
        around = guards(heard, lambda facts: spent.get(facts.provider))
        cloud = Scripted(["a"])
        model = around.around(cloud, "draft", OPTIONS)
        assert (await texts(model, asked(tier=Tier.TRUSTED)))[1].failure is Failure.FORBIDDEN
        assert model.ready_in(100) == 0
        spent["cloud"] = "today's budget is spent"
        assert "today's budget is spent" in str((await texts(model))[1])
        assert model.ready_in(100) == float("inf")
        assert (cloud.asked, heard) == (0, [])

    simulate(main())


def test_roles_of_one_model_share_its_pace_and_its_rests():
    async def main():
        heard = []
        around = guards(heard)
        cloud = Scripted(["a"], [failure(Failure.RATE, 9.0)], ["a"])
        one = GuardOptions(limits=(Limit("requests", "minute", 2),))
        draft, refine = around.around(cloud, "draft", one), around.around(cloud, "refine", one)
        await texts(draft)
        await texts(refine)
        assert [(each.role, each.outcome) for each in heard] == [("draft", "ok"), ("refine", "rate")]
        assert draft.ready_in(10) == pytest.approx(60.0)
        assert around.rests.resting()[0].name == "cloud/one"
        assert around.limits() == {"cloud/one": [Limit("requests", "minute", 2, 0)]}
        around.reconfigured("cloud")
        assert (around.limits(), around.rests.resting()) == ({}, [])

    simulate(main())


def test_an_accounts_limits_are_shared_by_its_models():
    async def main():
        around = guards([])
        shared = GuardOptions(limits=(Limit("requests", "minute", 1),), shared=True)
        one = around.around(Scripted(["a"]), "draft", shared)
        two = around.around(Scripted(["a"], name="cloud/two"), "draft", shared)
        assert (await texts(one))[1] is None
        assert (await texts(two))[1].failure is Failure.FORBIDDEN

    simulate(main())


def test_a_stall_is_told_from_a_cancel():
    async def main():
        heard = []
        around = guards(heard)
        model = around.around(Scripted([60.0, "a"]), "draft", OPTIONS)
        assert (await texts(model))[1].failure is Failure.STALLED
        assert [each.outcome for each in heard] == ["stalled"]
        assert around.rests.resting()[0].failure is Failure.STALLED

    simulate(main())
