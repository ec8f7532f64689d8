"""Measured rates: what the model thinks at first, what happened in the end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictor_worlds import calm

from foredraft.predictor.calibration import SIZE, Calibration

cells = st.tuples(st.floats(0, 1), st.integers(1, 40), st.integers(0, 3))


@calm
@given(cells)
def test_without_cases_the_rate_is_the_odds(cell):
    assert Calibration().rate(*cell) == pytest.approx(cell[0])


@calm
@given(cells, st.integers(0, 4))
def test_after_many_cases_the_rate_is_what_happened(cell, quarters):
    calibration = Calibration()
    for case in range(1000):
        calibration.learn(*cell, case % 4 < quarters)
        assert 0 <= calibration.rate(*cell) <= 1
    assert calibration.rate(*cell) == pytest.approx(quarters / 4, abs=0.1)


@calm
@given(cells, st.booleans())
def test_one_case_moves_the_rate_its_way(cell, right):
    calibration = Calibration()
    calibration.learn(*cell, right)
    rate = calibration.rate(*cell)
    assert rate >= cell[0] - 1e-9 if right else rate <= cell[0] + 1e-9


def test_old_cases_fade_so_that_it_follows_its_user():
    cell = 0.5, 3, 1
    calibration = Calibration()
    for _ in range(5_000):
        calibration.learn(*cell, True)
    for _ in range(1_000):
        calibration.learn(*cell, False)
    assert calibration.rate(*cell) < 0.2, "a thousand new cases outweigh five thousand old ones"


@pytest.mark.parametrize("other", [(0.9, 3, 1), (0.5, 1, 1), (0.5, 3, 0), (0.5, 3, 2)])
def test_other_places_are_counted_for_themselves(other):
    calibration = Calibration()
    for _ in range(100):
        calibration.learn(0.5, 3, 1, True)
    assert calibration.rate(*other) == pytest.approx(other[0])


@calm
@given(st.lists(st.tuples(cells, st.booleans()), max_size=30))
def test_saved_it_says_the_same(cases):
    calibration = Calibration()
    for cell, right in cases:
        calibration.learn(*cell, right)
    saved = calibration.saved()
    assert len(saved) == SIZE and saved.itemsize == 4 and Calibration(saved).saved() == saved
    for cell, _ in cases:
        assert Calibration(saved).rate(*cell) == pytest.approx(calibration.rate(*cell), abs=1e-5)


@pytest.mark.parametrize("size", [0, 1, SIZE - 1, SIZE + 1])
def test_a_table_of_another_size_is_turned_down(size):
    with pytest.raises(ValueError, match=f"not {SIZE}"):
        Calibration([0.0] * size)
