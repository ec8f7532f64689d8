"""A route carried out: the draft grows, a second text follows without the user, and cancelling leaves nothing open."""

import asyncio

import pytest
from model_stand_ins import Says, gap, race

from foredraft.config import PrivacyConfig
from foredraft.errors import Failure, ModelFailed
from foredraft.models.model import Use
from foredraft.orchestra.perform import Performance
from foredraft.orchestra.pipelines import SPEED_QUALITY
from foredraft.orchestra.route import Allowed, route
from foredraft.questions.suggestion import Stage


def performance(question=None, worth=lambda draft: None, **roles):
    return Performance(route(SPEED_QUALITY, roles, Allowed()), question or gap(), race, worth)


async def all_of(performed):
    return [written async for written in performed.run()]


async def test_the_draft_grows_and_its_refinement_follows():
    draft, refine = Says(["return ", "total"], "fast"), Says(["return total + tax"], "slow")
    performed = performance(draft=[draft], refine=[refine])
    written = await all_of(performed)
    assert [one.text for one in written] == ["return", "return total", "return total", "return total + tax"][
        -len(written) :
    ]
    assert written[-2].done and written[-2].stage is Stage.DRAFT and written[-2].text == "return total"
    assert written[-1].stage is Stage.REFINED and written[-1].model == "test/slow"
    assert [told.role for told in performed.told] == ["draft", "refine", "select"]
    assert performed.told[0].outcome == "done" and performed.told[0].prompt_tokens == 100
    assert not draft.open and not refine.open


async def test_a_failing_first_one_is_replaced_by_the_next():
    written = await all_of(performance(draft=[Says([], "down", fails=Failure.OVERLOADED), Says(["pass"], "up")]))
    assert written[-1].text == "pass" and written[-1].model == "test/up" and written[-1].done


async def test_where_all_fail_the_failure_is_told():
    performed = performance(draft=[Says([], "down", fails=Failure.OVERLOADED)])
    with pytest.raises(ModelFailed) as failed:
        await all_of(performed)
    assert failed.value.failure is Failure.OVERLOADED and performed.told[0].outcome == "failed"


async def test_a_draft_that_breaks_off_is_worth_what_came():
    performed = performance(draft=[Says(["return total", " + t"], fails=Failure.UNREACHABLE)])
    written = await all_of(performed)
    assert written[-1].text.startswith("return total") and written[-1].done
    assert performed.told[0].outcome == "broke off"


async def test_a_refinement_that_parses_worse_is_dropped():
    performed = performance(
        gap(worse=lambda draft, text: "((" in text), draft=[Says(["f(x)"])], refine=[Says(["f((x)"])]
    )
    written = await all_of(performed)
    assert {one.stage for one in written} == {Stage.DRAFT}
    assert performed.filters and "parses worse" in performed.filters[0]


async def test_what_is_not_worth_it_is_not_refined():
    refine = Says(["x"])
    performed = performance(worth=lambda draft: "too short", draft=[Says(["a"])], refine=[refine])
    await all_of(performed)
    assert not refine.asked and performed.told[-1].outcome == "left out: too short"


async def test_a_judge_chooses_among_what_was_written_and_a_vote_where_there_is_none():
    judge = Says(["2"], "judge", use=Use.CHAT)
    explore = [Says(["b()"], "x"), Says(["c()"], "y")]
    written = await all_of(performance(draft=[Says(["a()"])], explore=explore, select=[judge]))
    assert written[-1].text == "b()" and written[-1].model == "test/judge"
    twice = [Says(["b()"], "x"), Says(["b()"], "y")]
    written = await all_of(performance(draft=[Says(["a()"])], explore=twice))
    assert written[-1].text == "b()" and written[-1].model == "vote"


async def test_cancelled_it_closes_every_stream():
    draft, refine = Says(["a = 1"]), Says(["b"], go=asyncio.Event())
    performed = performance(draft=[draft], refine=[refine])
    task = asyncio.create_task(all_of(performed))
    while not refine.open:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not draft.open and not refine.open
    assert performed.told[-1].outcome == "cut off"


async def test_nothing_is_sent_where_privacy_forbids_it():
    model = Says(["a"])
    unreadable = PrivacyConfig().model_copy(update={"unreadable": "privacy.deny: ..."})
    with pytest.raises(ModelFailed) as failed:
        await all_of(performance(gap(privacy=unreadable), draft=[model]))
    assert failed.value.failure is Failure.FORBIDDEN and not model.asked


async def test_a_conversation_is_asked_in_its_own_way_and_undressed():
    chat = Says(["```python\n", "return 1\n", "```\n", "This returns 1."], use=Use.CHAT)
    fim = Says(["nothing"], "other", go=asyncio.Event())
    written = await all_of(performance(draft=[chat, fim]))
    assert written[-1].text == "return 1"
    assert hasattr(chat.asked[0].body, "messages")


async def test_so_many_lines_are_enough():
    endless = Says([f"line{number}()\n" for number in range(100)])
    written = await all_of(performance(draft=[endless]))
    assert written[-1].text.count("\n") <= 4 and not endless.open
    alone = Says(["a, b)\nmore()\n"])
    written = await all_of(performance(gap("f(", ")\n"), draft=[alone]))
    assert "\n" not in written[-1].text


async def test_between_draft_and_refinement_there_may_be_a_pause_in_which_it_is_needless():
    refine = Says(["x"])
    performed = performance(draft=[Says(["a = 1"])], refine=[refine])
    performed._pause = 30.0
    task = asyncio.create_task(all_of(performed))
    while not performed.told or performed.told[0].outcome != "done":
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not refine.asked
