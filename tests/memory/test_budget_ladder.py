"""The ladder: the more was spent, and the earlier in the day, the lower; this machine's models cost nothing."""

from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.memory.budget import Budget, Caps, Rung, standing
from foredraft.memory.ledger import Ledger
from foredraft.memory.spending import Spending
from foredraft.memory.sums import Sum, Sums
from foredraft.models.metered import Record
from foredraft.models.model import Facts, Use
from foredraft.models.outgoing import Tier

CLOUDS, LOCAL = ("groq", "deepseek"), ("ollama",)
DOLLAR = Budget(Caps(usd_per_day=1.0))
MORNING, EVENING = time(8), time(20)


def spent(**providers):
    return Sums({name: Sum(1, usd=usd) for name, usd in providers.items()})


def rung(usd, at=MORNING, budget=DOLLAR, local=LOCAL):
    return standing(spent(groq=usd), budget, CLOUDS, local, at).rung


@pytest.mark.parametrize(
    ("usd", "at", "expected"),
    [
        (0.0, MORNING, Rung.ALL),
        (0.49, MORNING, Rung.ALL),
        (0.50, MORNING, Rung.NO_REFINE),
        (0.75, MORNING, Rung.FEWER_DRAFTS),
        (0.99, MORNING, Rung.FEWER_DRAFTS),
        (1.0, MORNING, Rung.LOCAL_ONLY),
        (0.60, time(14), Rung.ALL),
        (0.70, time(14), Rung.NO_REFINE),
        (0.84, EVENING, Rung.ALL),
        (0.86, EVENING, Rung.NO_REFINE),
        (0.96, EVENING, Rung.FEWER_DRAFTS),
        (1.0, EVENING, Rung.LOCAL_ONLY),
        (0.50, time(3), Rung.NO_REFINE),
        (0.84, time(23, 59), Rung.ALL),
    ],
)
def test_the_thresholds(usd, at, expected):
    assert rung(usd, at) is expected


shares = st.floats(0, 3)
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@given(shares, shares, times, times)
def test_more_spent_is_never_higher_and_later_never_lower(less, more, early, late):
    less, more = sorted((less, more))
    early, late = sorted((early, late))
    assert rung(less, early) <= rung(more, early)
    assert rung(more, late) <= rung(more, early)


@given(st.dictionaries(st.sampled_from([*CLOUDS, *LOCAL, "gone"]), shares), times)
def test_closed_is_who_is_over_a_cap_and_nobody_else(usd, at):
    budget = Budget(Caps(usd_per_day=2.0), {"groq": Caps(usd_per_day=0.5)})
    there = standing(spent(**usd), budget, CLOUDS, LOCAL, at)
    costly = sum(each for name, each in usd.items() if name not in LOCAL)
    assert ("groq" in there.closed) == (usd.get("groq", 0) >= 0.5 or costly >= 2.0)
    assert ("deepseek" in there.closed) == (costly >= 2.0)
    assert "ollama" not in there.closed
    assert (there.rung >= Rung.LOCAL_ONLY) == (set(CLOUDS) <= set(there.closed))
    assert bool(there.why) == (there.rung is not Rung.ALL)


def test_tokens_count_as_money_does():
    budget = Budget(Caps(tokens_per_day=1000))
    sums = Sums({"groq": Sum(1, prompt=700, completion=60)})
    there = standing(sums, budget, CLOUDS, LOCAL, MORNING)
    assert (there.rung, there.why) == (
        Rung.FEWER_DRAFTS,
        "fewer drafts and no refinement: 760 of 1,000 tokens spent today",
    )


def test_models_of_this_machine_cost_nothing():
    assert standing(spent(ollama=99.0), DOLLAR, CLOUDS, LOCAL, MORNING).rung is Rung.ALL
    own = Budget(Caps(usd_per_day=1.0), {"ollama": Caps(tokens_per_day=10)})
    sums = Sums({"groq": Sum(usd=2.0), "ollama": Sum(prompt=10)})
    there = standing(sums, own, CLOUDS, LOCAL, MORNING)
    assert there.rung is Rung.PREDICTOR_ONLY
    assert set(there.closed) == {*CLOUDS, *LOCAL}


def test_without_models_of_this_machine_the_predictor_is_left():
    assert rung(1.0, local=()) is Rung.PREDICTOR_ONLY


def test_every_clouds_own_cap_reached_is_local_only():
    budget = Budget(providers={name: Caps(usd_per_day=0.1) for name in CLOUDS})
    assert standing(spent(groq=0.2), budget, CLOUDS, LOCAL, MORNING).rung is Rung.ALL
    there = standing(spent(groq=0.2, deepseek=0.1), budget, CLOUDS, LOCAL, MORNING)
    assert there.rung is Rung.LOCAL_ONLY
    assert there.why == "only models of this machine: the providers' own budgets are spent"


def test_no_cap_is_no_ladder_and_a_cap_of_nothing_is_nothing():
    assert rung(1e9, budget=Budget()) is Rung.ALL
    assert rung(0.0, budget=Budget(Caps(usd_per_day=0.0))) is Rung.LOCAL_ONLY
    assert standing(Sums(), Budget(), (), (), MORNING).rung is Rung.ALL


def test_spending_follows_the_ledger(tmp_path):
    now = datetime(2026, 11, 24, 8, 0)
    ledger = Ledger(tmp_path, lambda: now)
    spending = Spending(ledger, DOLLAR, CLOUDS, LOCAL, lambda: now)
    groq = Facts("groq", "x", "plain", Tier.PUBLIC, Use.CHAT, 1000, 100)
    local = Facts("ollama", "x", "plain", Tier.LOCAL, Use.CHAT, 1000, 100)
    rungs = []
    for _ in range(4):
        rungs.append(spending.standing().rung)
        Ledger(tmp_path, lambda: now).record(Record(0.0, "groq", "x", "draft", 1, 0, 1, False, 0.3, 0.1, 0.2, "ok"))
    assert rungs == [Rung.ALL, Rung.ALL, Rung.NO_REFINE, Rung.FEWER_DRAFTS]
    assert spending.closed(groq) == "today's budget is spent ($1.20 of $1.00)"
    assert spending.closed(local) is None
