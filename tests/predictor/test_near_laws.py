"""The near level forgets exactly what it learned, in whatever order."""

from hypothesis import given
from hypothesis import strategies as st
from predictor_worlds import calm, files, lines, words

from foredraft.predictor.contexts import COUNT
from foredraft.predictor.lexer import END
from foredraft.predictor.near import Learned, Near, read_line


def known(near):
    """What it knows, whatever the form: a single successor may be a word or a count of one."""
    successors = {
        (context, key): {of: 1} if isinstance(of, str) else dict(of)
        for context, level in enumerate(near.successors)
        for key, of in level.items()
    }
    return successors, dict(near.uses)


def read(texts):
    return [learned for number in range(len(texts)) if (learned := read_line(texts, number)) is not None]


@calm
@given(files, files, st.randoms(use_true_random=False))
def test_forgetting_leaves_what_was_there_before(kept, gone, random):
    near, plain = Near(), Near()
    kept, gone = read(kept), read(gone)
    for learned in kept:
        plain.learn(learned)
    both = [*kept, *gone]
    random.shuffle(both)
    for learned in both:
        near.learn(learned)
    random.shuffle(gone)
    for learned in gone:
        near.forget(learned)
    assert known(near) == known(plain)


@calm
@given(st.lists(st.tuples(lines, st.booleans()), max_size=20))
def test_learning_and_forgetting_interleaved(steps):
    near, present = Near(), []
    for line, forget in steps:
        if forget and present:
            near.forget(present.pop(0)[1])
        elif (learned := read_line([line], 0)) is not None:
            near.learn(learned)
            present.append((line, learned))
        assert near.uses == words(line for line, _ in present)
    for _, learned in present:
        near.forget(learned)
    assert not any(near.successors) and not near.uses


@calm
@given(files)
def test_every_key_counts_its_successors(texts):
    near, counts = Near(), {}
    for learned in read(texts):
        near.learn(learned)
        for at, token in enumerate((*learned.tokens, END)):
            for place in enumerate(learned.keys[at * COUNT : (at + 1) * COUNT]):
                counts.setdefault(place, {}).setdefault(token, 0)
                counts[place][token] += 1
    assert known(near)[0] == counts


def test_the_successor_seen_last_comes_last():
    near = Near()
    for line in ("x = 1", "x = 2", "x = 1"):
        near.learn(read_line([line], 0))
    orders = [
        list(of) for level in near.successors for of in level.values() if not isinstance(of, str) and len(of) == 2
    ]
    assert orders and all(of == [" 2", " 1"] for of in orders if " 1" in of)


def test_a_blank_line_teaches_nothing():
    assert read_line(["  \t"], 0) is None
    blank = Learned.blank()
    near = Near()
    near.learn(read_line(["alpha"], 0))
    before = known(near)
    assert list(blank.keys) == [] and blank.tokens == ()
    assert known(near) == before
