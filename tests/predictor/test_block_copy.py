"""What follows a block that is being copied: the same lines, renamed alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictor_worlds import calm, files

from foredraft.predictor.block_copy import lines_below

BLOCK = """\
    total = sum(item.price for item in order.items)
    if total > order.limit:
        report(order, total)
        return None
    return total
""".splitlines()


def renamed(text, **names):
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def below(above, *typed):
    """What follows once the last of `typed` stands below `above`."""
    lines = [*above, *typed]
    return lines_below([*lines, ""], len(lines) - 1, lines[-1])


def test_a_copy_goes_on_as_its_original_does():
    assert below([*BLOCK, "", "def other(order):"], *BLOCK[:2]) == BLOCK[2:]


def test_what_was_renamed_stays_renamed():
    copy = [renamed(line, order="basket", total="amount") for line in BLOCK]
    assert below([*BLOCK, "", "def other(basket):"], *copy[:2]) == copy[2:]


def test_numbers_may_differ_too():
    rows = ["case(1, 'one', width=10)", "check(1, 'one', width=10)", "done(1)"]
    copy = [renamed(row, **{"1": "2"}) for row in rows]
    assert below(["", *rows, ""], *copy[:2]) == copy[2:]


def test_one_line_alike_is_chance():
    assert below([*BLOCK, "", "def other(order):"], BLOCK[0]) == []


def test_short_lines_alike_are_chance():
    assert below(["a = 1", "b = 2", "c(3)", ""], "a = 1", "b = 2") == []


def test_two_names_for_one_are_no_copy():
    first, second = BLOCK[0].replace("order.items", "basket.items"), BLOCK[1]
    assert below([*BLOCK, ""], first, second.replace("order.limit", "cart.limit")) == []


def test_another_depth_is_no_copy():
    assert below([*BLOCK, ""], *(line[2:] for line in BLOCK[:2])) == []


@pytest.mark.parametrize("end", ["", "next_def()"])
def test_it_ends_where_the_block_does(end):
    assert below([*BLOCK, end, "def other(order):"], *BLOCK[:4]) == BLOCK[4:]


def test_a_secret_is_not_copied():
    above = [*BLOCK[:2], "        masked\u01c2 = 1", ""]
    assert below(above, *BLOCK[:2]) == []


def test_what_stands_below_already_is_not_said_again():
    lines = [*BLOCK, "", *BLOCK]
    assert lines_below(lines, len(BLOCK) + 2, BLOCK[1]) == []


def test_the_nearest_of_equal_originals_counts():
    other = [*BLOCK[:2], "        raise TooMuch(total)"]
    assert below([*BLOCK, "", *other, "", "def third(order):"], *BLOCK[:2]) == other[2:]


@calm
@given(files, st.integers(0, 30))
def test_it_says_nothing_but_lines(known, number):
    lines = known or [""]
    number = min(number, len(lines) - 1)
    found = lines_below(lines, number, lines[number])
    assert len(found) <= 8 and all(line.strip() and "\n" not in line for line in found)
