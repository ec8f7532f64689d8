"""The workspace's sorted arrays say what counting by hand says."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictor_worlds import WORDS, calm, words, workspaces

from foredraft.predictor.build import Builder, read_file
from foredraft.predictor.contexts import COUNT
from foredraft.predictor.far import KEPT_SUCCESSORS, Far
from foredraft.predictor.near import Near
from foredraft.predictor.predictor import learn_line

MANY = [f"x = word{number % 30}" for number in range(60)]
ABSENT = 0x1234567


def built(workspace):
    """(the level, its arrays, the names) of files given as lists of lines."""
    builder = Builder()
    for number, texts in enumerate(workspace):
        assert builder.add(f"f{number}.py", texts)
    return Far(builder.arrays(), builder.names), builder


def counted(workspace):
    """(context, key) → token → (count, the files that have it)."""
    found = defaultdict(lambda: defaultdict(lambda: (0, frozenset())))
    for number, texts in enumerate(workspace):
        read = read_file(texts)
        for at, token in enumerate(read.tokens):
            for context in range(COUNT):
                of = found[context, read.keys[at * COUNT + context]]
                of[token] = (of[token][0] + 1, of[token][1] | {f"f{number}.py"})
    return found


def check(far, workspace, masked=None):
    far.mask(masked)
    for (context, key), expected in counted(workspace).items():
        found = far.look_up(context, key)
        visible = {token: count for token, (count, of) in expected.items() if masked is None or of != {masked}}
        if len(expected) <= KEPT_SUCCESSORS:
            assert dict(found or ()) == visible, (context, key)
            assert found is None or len(found) == len(visible)
        else:
            kept = [(token, count) for token, count in found if token]
            assert all(visible[token] == count for token, count in kept)
            if masked is None:
                check_rest(found, expected)
        assert found is None or [count for token, count in found if token] == sorted(
            (count for token, count in found if token), reverse=True
        )


def check_rest(found, expected):
    """The most frequent ones are kept, and one entry sums the others."""
    counts = sorted((count for count, _ in expected.values()), reverse=True)
    *kept, rest = found
    assert [count for _, count in kept] == counts[:KEPT_SUCCESSORS]
    assert rest == ("", sum(counts[KEPT_SUCCESSORS:]))


@calm
@given(workspaces)
def test_looking_up_is_counting(workspace):
    far, _ = built(workspace)
    check(far, workspace)
    assert all(far.look_up(context, ABSENT) is None for context in range(COUNT))


@calm
@given(workspaces.filter(len), st.data())
def test_a_masked_file_is_left_out_where_no_other_has_the_same(workspace, data):
    far, builder = built([*workspace, ["alpha.beta(7)"]])
    check(far, [*workspace, ["alpha.beta(7)"]], data.draw(st.sampled_from(builder.names)))
    check(far, [*workspace, ["alpha.beta(7)"]], None)


def test_of_many_successors_the_rarest_are_summed():
    workspace = [[*MANY, *MANY[:20]], MANY, ["x = only_here"]]
    far, _ = built(workspace)
    check(far, workspace)
    check(far, workspace, "f0.py")


def test_masking_a_name_that_is_not_in_the_index_masks_nothing():
    workspace = [["alpha = beta"], ["beta = alpha"]]
    far, _ = built(workspace)
    far.mask("f0.py")
    far.mask("elsewhere.py")
    assert far.masked == -1
    check(far, workspace)


@calm
@given(workspaces, st.sampled_from([*WORDS, "a", "nothing", "\ud800", "数数", ""]))
def test_words_are_counted_and_found_by_their_beginnings(workspace, letters):
    far, _ = built(workspace)
    used = words(line for texts in workspace for line in texts)
    for word in {*used, *WORDS, letters}:
        assert far.uses(word) == used[word]
    fitting = {word: count for word, count in used.items() if word.startswith(letters)}
    for most in (1, 3, 100):
        found = far.beginning_with(letters, most)
        assert len(found) == len(set(found)) == min(most, len(fitting))
        assert [fitting[word] for word in found] == sorted(fitting.values(), reverse=True)[:most]


def test_of_hundreds_of_words_with_one_beginning_the_most_used_are_found():
    texts = [f"w{number} " * (1 + number % 7) for number in range(700)]
    far, _ = built([texts])
    used = Counter(words(texts))
    found = far.beginning_with("w", 24)
    assert [used[word] for word in found] == sorted(used.values(), reverse=True)[:24]


def test_an_empty_workspace_knows_nothing():
    for workspace in ([], [[]], [["", "  "]]):
        far, builder = built(workspace)
        assert builder.tokens == 0
        assert far.look_up(0, ABSENT) is None and far.uses("alpha") == 0 and far.beginning_with("a", 5) == []


def test_what_was_read_before_is_added_as_if_it_were_read_now():
    workspace = [["alpha = beta"], MANY]
    _, fresh = built(workspace)
    kept = Builder()
    for number, texts in enumerate(workspace):
        kept.add_read(f"f{number}.py", read_file(texts))
    mine, theirs = fresh.arrays(), kept.arrays()
    assert mine.keys() == theirs.keys() and all((mine[name] == theirs[name]).all() for name in mine)
    assert (fresh.tokens, fresh.lines, fresh.names) == (kept.tokens, kept.lines, kept.names)


def test_a_full_builder_takes_no_further_file(monkeypatch):
    monkeypatch.setattr("foredraft.predictor.build.MOST_TOKENS", 5)
    builder = Builder()
    assert builder.add("a.py", ["alpha beta al self return"])
    assert not builder.add("b.py", ["alpha"]) and builder.names == ["a.py"]
    assert Far(builder.arrays(), builder.names).uses("alpha") == 1


def test_the_arrays_may_be_plain_memory_and_are_left_as_they_are():
    _, builder = built([MANY])
    arrays = builder.arrays()
    read_only = {name: memoryview(bytes(values)).cast(memoryview(values).format) for name, values in arrays.items()}
    check(Far(read_only, builder.names), [MANY])
    assert all(values.ndim == 1 for values in arrays.values())


def test_arrays_of_another_making_are_turned_down():
    _, builder = built([MANY])
    arrays = builder.arrays()
    for name in arrays:
        with pytest.raises(KeyError):
            Far({other: values for other, values in arrays.items() if other != name})
    with pytest.raises(ValueError, match="contexts"):
        Far(arrays | {"starts": arrays["starts"][:-1]})


@calm
@given(workspaces.filter(len), st.data())
def test_with_all_that_a_file_holds_left_out_it_is_as_if_the_file_was_not_there(workspace, data):
    number = data.draw(st.integers(0, len(workspace) - 1))
    own = Near()
    for at in range(len(workspace[number])):
        learn_line(own, workspace[number], at)
    others = [texts if at != number else [] for at, texts in enumerate(workspace)]
    (far, _), (without, _) = built(workspace), built(others)
    far.mask(f"f{number}.py", own)
    for (context, key), expected in counted(workspace).items():
        if len(expected) <= KEPT_SUCCESSORS:
            assert dict(far.look_up(context, key) or ()) == dict(without.look_up(context, key) or ())
    for word in words(line for texts in workspace for line in texts):
        assert far.uses(word) == without.uses(word)
