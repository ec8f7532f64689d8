"""The second tier of a large workspace: keys worked out for whole files at once, counted by plain sorting."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictor_worlds import WORDS, calm, files, words, workspaces

from foredraft.predictor import build, entries, far, shelf
from foredraft.predictor.build import Builder, read_file
from foredraft.predictor.contexts import COUNT, LEAN
from foredraft.predictor.entries import lean_keys
from foredraft.predictor.far import KEPT_SUCCESSORS, Far
from foredraft.predictor.lexer import MASKED, depth, lex
from foredraft.predictor.shelf import Shelf

MANY = [f"x = word{number % 30}" for number in range(60)]
NEAR, *OTHERS = [["alpha = beta(1)", "", "    return alpha"], ["alpha = beta(2)"], ["alpha = beta(2)", "x1 = 数"], MANY]


@calm
@given(workspaces, st.integers(1, 40))
def test_keys_of_whole_files_are_those_of_a_walk(workspace, pace):
    kept_on = Shelf()
    kept = [kept_on.put(texts).numbers for texts in workspace]
    numbers = np.array([number for each in kept for number in each], np.uint32)
    starts = np.cumsum([0, *map(len, kept)])[:-1].astype(np.int64)
    walked = np.array([key for texts in workspace for key in read_file(texts).keys], np.uint32).reshape(-1, COUNT)
    prints = np.frombuffer(kept_on.prints, np.uint32)[numbers]
    for context in LEAN:
        keys = lean_keys(prints, starts, context)
        found = [keys(low, min(len(numbers), low + pace)) for low in range(0, len(numbers), pace)]
        assert [key for part in found for key in part.tolist()] == walked[:, context].tolist()


@calm
@given(files)
def test_kept_lines_come_back_with_the_same_tokens_and_depths(texts):
    kept_on = Shelf()
    kept = kept_on.put(texts)
    again = kept_on.lines(kept)
    assert [(depth(line), lex(line)) for line in again] == [
        (depth(line), lex(line) * (depth(line) >= 0)) for line in texts
    ]
    assert kept_on.put(again) == kept and len(kept.widths) == len(texts)


@calm
@given(st.lists(files, max_size=3))
def test_a_file_is_kept_alike_as_a_whole_and_line_by_line(workspace):
    whole, by_lines = Shelf(), Shelf()
    for texts in workspace:
        one, other = whole.put(texts), by_lines._put_line_by_line(texts)
        assert one.widths == other.widths
        assert [whole.tokens[number] for number in one.numbers] == [by_lines.tokens[number] for number in other.numbers]
        steps = [[min(number, 4) for number in kept.numbers] for kept in (one, other)]
        assert steps[0] == steps[1]


def test_of_a_long_line_the_beginning_is_kept():
    kept_on = Shelf()
    kept = kept_on.put(["al " * 900, "beta"])
    assert [depth(line) for line in kept_on.lines(kept)] == [0, 0]
    assert [lex(line) for line in kept_on.lines(kept)] == [lex("al " * 900), ("beta",)]


def test_odd_blanks_between_words_do_not_join_them():
    kept_on = Shelf()
    kept = kept_on.put(["alpha\x0cbeta\u00a0al"])
    assert [token.strip() for token in lex(kept_on.lines(kept)[0])] == ["alpha", "beta", "al"]


def test_past_its_bound_a_shelf_takes_no_new_words(monkeypatch):
    monkeypatch.setattr(shelf, "MOST_WORDS", 8)
    kept_on = Shelf()
    kept = kept_on.put(["alpha beta al self x1", "alpha x1 return"])
    assert kept_on.full and len(kept_on.tokens) == 8
    assert kept_on.lines(kept)[1] == f"alpha{MASKED}{MASKED}"


def tiers(workspace, full_tokens, monkeypatch):
    monkeypatch.setattr(build, "FULL_TOKENS", full_tokens)
    builder = Builder()
    for number, texts in enumerate(workspace):
        assert builder.add(f"f{number}.py", texts)
    return Far(builder.arrays(), builder.names)


def counted(workspace, contexts, masked=None):
    """(context, key) → token → count, without what only file number `masked` has."""
    found = defaultdict(Counter)
    of = defaultdict(set)
    for number, texts in enumerate(workspace):
        read = read_file(texts)
        for at, token in enumerate(read.tokens):
            for context in contexts:
                place = context, read.keys[at * COUNT + context]
                found[place][token] += 1
                of[*place, token].add(number)
    return {
        place: {token: n for token, n in seen.items() if of[*place, token] != {masked}} for place, seen in found.items()
    }


def check(level, expected):
    for (context, key), seen in expected.items():
        found = level.look_up(context, key) or []
        kept = {token: count for token, count in found if token}
        if len(seen) <= KEPT_SUCCESSORS:
            assert kept == seen and len(found) == len(seen)
        else:
            assert kept.items() <= seen.items()
            assert level.masked >= 0 or sum(count for _, count in found) == sum(seen.values())
        counts = [count for token, count in found if token]
        assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("piece", [1, 7, 1 << 19])
def test_each_tier_counts_its_own_files(monkeypatch, piece):
    for module in (entries, build):
        monkeypatch.setattr(module, "CHUNK", piece)
    level = tiers([NEAR, *OTHERS], 1, monkeypatch)
    check(level, counted([NEAR], range(COUNT)))
    assert level.rest is not None and level.rest.rest is None
    check(level.rest, counted(OTHERS, LEAN))
    everything = counted(OTHERS, range(COUNT))
    assert all(level.rest.look_up(*place) is None for place in everything if place[0] not in LEAN)


def test_a_mask_leaves_out_one_file_in_both_tiers(monkeypatch):
    others = [*OTHERS[:2], MANY[:6]]
    level = tiers([NEAR, *others], 1, monkeypatch)
    for number in range(1 + len(others)):
        level.mask(f"f{number}.py")
        check(level, counted([NEAR], range(COUNT), number))
        check(level.rest, counted(others, LEAN, number - 1))
    level.mask(None)
    check(level.rest, counted(others, LEAN))


def test_of_more_files_than_have_numbers_the_last_are_never_left_out(monkeypatch):
    for module in (far, entries, build):
        monkeypatch.setattr(module, "SEVERAL", 2)
    others = [*OTHERS[:2], MANY[:6]]
    level = tiers([NEAR, *others], 1, monkeypatch)
    for number in range(1 + len(others)):
        level.mask(f"f{number}.py")
        check(level.rest, counted(others, LEAN, number - 1 if number < 2 else None))


@calm
@given(workspaces)
def test_words_are_those_of_both_tiers(workspace):
    with pytest.MonkeyPatch.context() as patch:
        level = tiers([["alpha beta"], *workspace], 1, patch)
    used = words(["alpha beta", *(line for texts in workspace for line in texts)])
    for each in (level, level.rest or level):
        assert {word: each.uses(word) for word in {*used, *WORDS}} == {word: used[word] for word in {*used, *WORDS}}
        assert sorted(each.beginning_with("al", 100)) == sorted(word for word in used if word.startswith("al"))


def test_a_small_workspace_has_one_tier():
    builder = Builder()
    builder.add("a.py", MANY)
    assert Far(builder.arrays(), builder.names).rest is None
    assert not [name for name in builder.arrays() if name.startswith(far.REST_PREFIX)]


def test_a_lean_level_has_no_files_to_leave_out():
    builder = Builder(lean=True)
    for number, texts in enumerate(OTHERS):
        builder.add(f"f{number}.py", texts)
    arrays = builder.arrays()
    level = Far(arrays, builder.names)
    assert arrays["contexts"].tolist() == list(LEAN) and not len(arrays["files"])
    level.mask("f0.py")
    assert level.masked == -1
    check(level, counted(OTHERS, LEAN))


occurrences = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 5, 1 << 31, (1 << 32) - 1]),
        st.sampled_from([0, 3, (1 << 20) - 1]),
        st.sampled_from([0, 1, 0xFFFE, 0xFFFF]),
    )
)


@calm
@given(occurrences, st.sampled_from([1, 3, 1000]), st.sampled_from([2, 1000]))
def test_what_does_not_fit_into_one_number_is_sorted_in_parts(seen, piece, at_once):
    keys, tokens, files_ = (np.array([each[at] for each in seen], kind) for at, kind in enumerate(("u4", "u4", "u2")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "CHUNK", piece)
        patch.setattr(entries, "MOST_AT_ONCE", at_once)
        pieces = list(entries.entries(lambda low, high: keys[low:high], tokens, files_))
    found = [row for piece_ in pieces for row in zip(*(column.tolist() for column in piece_), strict=True)]
    counts = Counter((key, token) for key, token, _ in seen)
    assert {(key, token): count for key, token, count, _ in found} == counts and len(found) == len(counts)
    assert [key for key, *_ in found] == sorted(key for key, *_ in found)
    for key, token, _, file in found:
        of = {each[2] for each in seen if each[:2] == (key, token)}
        assert file == (of.pop() if len(of) == 1 else far.SEVERAL)


def test_no_part_is_larger_than_what_is_dealt_with_at_a_time(monkeypatch):
    for module in (entries, build):
        monkeypatch.setattr(module, "CHUNK", 64)
    builder = Builder(lean=True)
    builder.add("a.py", [f"a{number} = b{number % 7} + c{number % 3}" for number in range(400)])
    assert max(len(part) for name, part in builder.parts() if name == "keys") <= 64 + 400 // 3 * 2
    assert sum(len(part) for name, part in builder.parts() if name == "keys") > 3_000


def test_a_word_that_only_other_files_have_is_not_in_the_arrays():
    kept_on = Shelf()
    kept_on.put(["gone_for_good = 1"])
    builder = Builder(shelf=kept_on)
    builder.add_kept("a.py", kept_on.put(["alpha = 1"]))
    assert all(b"gone" not in np.asarray(values).tobytes() for values in builder.arrays().values())
    assert Far(builder.arrays()).uses("gone_for_good") == 0
