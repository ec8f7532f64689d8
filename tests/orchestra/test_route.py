"""From roles to a route: who is asked, who waits, who may not see the document, and what a low budget leaves."""

from math import inf

from model_stand_ins import Says

from foredraft.models.outgoing import Tier
from foredraft.orchestra.pipelines import SPEED_QUALITY, Pipeline, Step
from foredraft.orchestra.route import Allowed, route


def roles(**more):
    return {"draft": [Says(name="a"), Says(name="b", tier=Tier.LOCAL)], "refine": [Says(name="c")], **more}


def names(found, role):
    return next(([model.facts.id for model in leg.models] for leg in found.legs if leg.step.role == role), None)


def test_stages_without_a_model_are_left_out_and_the_first_one_is_needed():
    found = route(SPEED_QUALITY, roles(), Allowed())
    assert [leg.step.role for leg in found.legs] == ["draft", "refine", "select"]
    assert not route(SPEED_QUALITY, {"refine": [Says()]}, Allowed()).legs
    assert not route(SPEED_QUALITY, {}, Allowed()).legs


def test_who_must_wait_comes_last_and_beyond_the_deadline_not_at_all():
    found = route(
        SPEED_QUALITY, {"draft": [Says(name="a", wait=2), Says(name="b"), Says(name="c", wait=inf)]}, Allowed()
    )
    assert names(found, "draft") == ["b", "a"] and found.ready_in == 0
    assert "session" in found.left_out["test/c"]
    waiting = route(SPEED_QUALITY, {"draft": [Says(name="a", wait=2)]}, Allowed())
    assert waiting.ready_in == 2
    resting = route(SPEED_QUALITY, {"draft": [Says(name="a", wait=100)]}, Allowed())
    assert not resting.legs and "100 s" in resting.left_out["test/a"]


def test_nobody_is_asked_who_may_not_see_the_document():
    found = route(SPEED_QUALITY, roles(), Allowed(Tier.LOCAL))
    assert names(found, "draft") == ["b"] and names(found, "refine") is None
    assert "may not see" in found.left_out["test/a"]
    assert not route(SPEED_QUALITY, roles(), Allowed(None)).legs


def test_a_low_budget_leaves_the_draft_and_then_what_runs_here():
    first = route(SPEED_QUALITY, roles(), Allowed(first_only=True))
    assert [leg.step.role for leg in first.legs] == ["draft"] and first.left_out["refine"] == "the budget runs low"
    assert names(route(SPEED_QUALITY, roles(), Allowed(local_only=True)), "draft") == ["b"]


def test_a_judge_is_asked_where_there_is_one():
    found = route(SPEED_QUALITY, roles(select=[Says(name="judge")]), Allowed())
    assert names(found, "select") == ["judge"]
    own = Pipeline("own", (Step("draft", 1.0),))
    assert [leg.step.role for leg in route(own, roles(), Allowed()).legs] == ["draft"]


def test_it_explains_itself():
    told = route(SPEED_QUALITY, roles(), Allowed(Tier.LOCAL)).explained()
    assert told["pipeline"] == "speed_quality" and told["stages"]["draft"] == ["test/b"]
    assert set(told["left_out"]) == {"test/a", "test/c"}
