"""Measured rates: what the model thinks at first, what happened in the end."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictor_worlds import calm

from foredraft.predictor.calibration import SIZE, Calibration, Cut

cuts = st.builds(
    Cut,
    st.text("ab", min_size=1, max_size=30),
    st.floats(0.001, 0.999),
    tokens=st.integers(1, 40),
    place=st.integers(0, 3),
    first=st.integers(0, 7),
    last=st.integers(0, 7),
    matched=st.integers(0, 7),
    least=st.integers(0, 7),
    wrapped=st.integers(0, 2),
    ends=st.booleans(),
)
ONE = Cut("word", 0.5, 3, 1)


def taught(cut, right, times):
    calibration = Calibration()
    for _ in range(times):
        calibration.learn(cut, right)
    return calibration


@calm
@given(cuts)
def test_without_cases_the_rate_is_the_odds(cut):
    assert Calibration().rate(cut) == pytest.approx(cut.odds)


@pytest.mark.parametrize("odds", [0.0, 1.0])
def test_the_surest_odds_leave_some_doubt(odds):
    assert 0 < abs(Calibration().rate(replace(ONE, odds=odds)) - odds) < 0.001


@calm
@given(cuts, st.integers(0, 4))
def test_after_many_cases_the_rate_is_what_happened(cut, quarters):
    calibration = Calibration()
    for case in range(3000):
        calibration.learn(cut, case % 4 < quarters)
        assert 0 <= calibration.rate(cut) <= 1
    assert calibration.rate(cut) == pytest.approx(quarters / 4, abs=0.1)


@calm
@given(cuts, st.booleans())
def test_one_case_moves_the_rate_its_way(cut, right):
    rate = taught(cut, right, 1).rate(cut)
    assert rate > cut.odds if right else rate < cut.odds


def test_it_follows_its_user():
    calibration = taught(ONE, True, 5_000)
    for _ in range(2_000):
        calibration.learn(ONE, False)
    assert calibration.rate(ONE) < 0.2, "two thousand new cases outweigh five thousand old ones"


@pytest.mark.parametrize(
    "other", [replace(ONE, place=0), replace(ONE, tokens=1), replace(ONE, wrapped=2), replace(ONE, last=5, text=")")]
)
def test_what_was_learned_counts_less_the_less_alike_a_text_is(other):
    rates = taught(ONE, True, 100)
    assert 0.5 < rates.rate(other) < rates.rate(ONE)


@calm
@given(st.lists(st.tuples(cuts, st.booleans()), max_size=30))
def test_saved_it_says_the_same(cases):
    calibration = Calibration()
    for cut, right in cases:
        calibration.learn(cut, right)
    saved = calibration.saved()
    assert len(saved) == SIZE and saved.itemsize == 4 and Calibration(saved).saved() == saved
    for cut, _ in cases:
        assert Calibration(saved).rate(cut) == pytest.approx(calibration.rate(cut), abs=1e-5)


@pytest.mark.parametrize("size", [0, 1, SIZE - 1, SIZE + 1])
def test_values_of_another_size_are_turned_down(size):
    with pytest.raises(ValueError, match=f"not {SIZE}"):
        Calibration([0.0] * size)
