"""When a model is asked, and how long a key may still come before that."""

import pytest

from foredraft.engine.delay import Rhythm, delay
from foredraft.engine.gate import (
    Odds,
    Situation,
    at_border,
    certain,
    decide,
    deleted_alone,
    expected,
    kind_of,
    too_large,
)
from foredraft.text.document import Position
from foredraft.text.history import Change, History


def situation(**more):
    return Situation(**{"kind": "first", "border": True, "asked": 0, "left": 40, "cost": 630, **more})


def test_a_fresh_line_is_worth_a_request():
    assert decide(situation(), Odds()).ask


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"certain": True}, "certain"),
        ({"lone_deletion": True}, "deleted"),
        ({"rejected": True}, "sent away"),
        ({"saving": "today's budget is spent"}, "budget"),
        ({"wait": 20.0}, "rests"),
        ({"too_large": True}, "too large"),
        ({"left": 2}, "too little"),
        ({"predicted": 39}, "not worth"),
        ({"cost": 20_000}, "not worth"),
        ({"stands": True}, "still stands"),
        ({"kind": "again", "border": False}, "no new word"),
    ],
)
def test_where_not_and_why(more, reason):
    decision = decide(situation(**more), Odds())
    assert not decision.ask and reason in decision.reason


def test_asked_by_a_key_only_money_limits_and_size_count():
    for more in ({"certain": True}, {"rejected": True}, {"lone_deletion": True}, {"left": 1}, {"saving": "low"}):
        assert decide(situation(invoked=True, **more), Odds()).ask
    assert not decide(situation(invoked=True, wait=20.0), Odds()).ask
    assert not decide(situation(invoked=True, stands=True), Odds()).ask, "it is shown"


def test_a_second_request_needs_better_odds_which_it_may_earn():
    again = situation(kind="again")
    odds = Odds()
    assert not decide(again, odds).ask
    for _ in range(10):
        odds.learn("again", True)
    assert decide(again, odds).ask
    assert not decide(situation(kind="again", asked=5), odds).ask, "but not all over the line"


def test_models_that_are_never_right_are_left_alone_and_a_low_budget_asks_for_more():
    odds = Odds()
    assert not decide(situation(left=25, scarce=True), odds).ask and decide(situation(left=25), odds).ask
    for _ in range(60):
        odds.learn("first", False)
    assert not decide(situation(), odds).ask


def test_words_of_the_gate():
    assert [kind_of(0, 0), kind_of(0, 20), kind_of(1, 0)] == ["first", "inside", "again"]
    assert at_border("") and at_border("x = ") and at_border("f(") and not at_border("na_") and not at_border("x1")
    assert certain(20, 0.95, True) and not certain(20, 0.95, False) and not certain(20, 0.5, True)
    assert too_large(10**7, 1) and too_large(10, 10**4) and not too_large(10_000, 80)
    assert expected(["a" * 30] * 10, 10, 10) == 20 and expected([], 0, 0) == 32


def test_a_lone_deletion_is_one_inside_a_word():
    start = Position(0, 3)
    deleted = History().add(Change(0.0, start, "x", "", ("namx",), ("nam",)))
    typed = History().add(Change(0.0, start, "", "x", ("nam",), ("namx",)))
    assert deleted_alone("nam", deleted) and not deleted_alone("nam ", deleted) and not deleted_alone("namx", typed)
    assert not deleted_alone("nam", History())


def test_the_delay_follows_the_rhythm_and_spares_line_starts_and_pauses():
    assert delay(0.18, 0.12, True, 0.1) == 0 and delay(0.18, 0.12, False, 2.0) == 0
    quick, slow = delay(0.1, 0.05, False, 0.1), delay(0.2, 0.05, False, 0.1)
    assert 0 < quick < slow <= 0.15
    assert delay(0.2, 0.8, False, 0.1) < slow, "a slow model is asked sooner"


def test_the_rhythm_is_that_of_the_last_keys_and_bounds_the_grace():
    rhythm = Rhythm()
    assert rhythm.grace == 0.4
    for number in range(40):
        rhythm.key(number * 0.1)
    rhythm.key(100.0)
    assert rhythm.gap == pytest.approx(0.1) and rhythm.grace == pytest.approx(0.22)
    assert rhythm.since(101.0) == 1.0
    for number in range(40):
        rhythm.key(200 + number * 1.0)
    assert rhythm.grace == 0.4
