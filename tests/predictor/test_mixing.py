"""Candidates share out all of the probability, fit what is typed, and the truth gains by being learned."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictor_worlds import UNKNOWN, WORDS, after, calm, files, lines, predictor_of

from foredraft.predictor.build import Builder
from foredraft.predictor.far import Far
from foredraft.predictor.lexer import lex
from foredraft.predictor.mixing import Mixer
from foredraft.predictor.predictor import Predictor

SIZE = len(Mixer().weights)

typings = st.one_of(
    st.just(""),
    st.builds(
        str.__add__, st.sampled_from(["", " ", "\t "]), st.sampled_from(["", "a", "al", "alpha", "zz", "数", "1"])
    ),
)


def distribution(predictor, position, line, typed):
    tokens = lex(line)
    return predictor.distribution(position, after(position, tokens), tokens, typed)


def with_far(predictor, texts):
    builder = Builder()
    builder.add("other.py", texts)
    predictor.far = Far(builder.arrays(), builder.names)


def odds_of(answer, token):
    return dict(zip(answer.tokens, answer.odds, strict=True)).get(token, 0.0)


@calm
@given(files, files, lines, typings)
def test_a_distribution_is_one(known, elsewhere, line, typed):
    predictor, position = predictor_of(*known)
    with_far(predictor, elsewhere)
    answer = distribution(predictor, position, line, typed)
    assert isclose(sum(answer.odds), 1.0) and min(answer.odds) >= 0
    assert len(answer.tokens) == len(set(answer.tokens)) == len(answer.features) == len(answer.odds)
    assert answer.tokens[-1] == UNKNOWN and UNKNOWN not in answer.tokens[:-1]
    assert all(token.startswith(typed) for token in answer.tokens[:-1])
    assert all(0 <= feature < SIZE for features in answer.features for feature in features)
    best, odds = answer.best()
    assert odds == max(answer.odds) == odds_of(answer, best)


@calm
@given(files.filter(any), lines, typings, st.data())
def test_what_is_learned_gains(known, line, typed, data):
    predictor, position = predictor_of(*known)
    answer = distribution(predictor, position, line, typed)
    truth = data.draw(st.sampled_from(answer.tokens))
    before = odds_of(answer, truth)
    for _ in range(5):
        predictor.mixer.learn(answer, truth)
        _, position = predictor_of(*known)
        answer = distribution(predictor, position, line, typed)
    assert odds_of(answer, truth) > before or before > 0.99


def test_a_truth_that_is_no_candidate_makes_the_unknown_likelier():
    predictor, position = predictor_of("alpha = beta", "alpha = self")
    answer = distribution(predictor, position, "alpha =", "")
    predictor.mixer.learn(answer, " never seen")
    _, again = predictor_of("alpha = beta", "alpha = self")
    assert odds_of(distribution(predictor, again, "alpha =", ""), UNKNOWN) > odds_of(answer, UNKNOWN)


def test_where_nothing_is_known_all_is_unknown():
    predictor, position = predictor_of()
    answer = distribution(predictor, position, "", "")
    assert answer.tokens == [UNKNOWN] and answer.odds == [1.0]


@pytest.mark.parametrize("letters", ["a", "al", "alp"])
def test_a_word_used_anywhere_is_a_candidate_for_its_letters(letters):
    predictor, position = predictor_of("alpha = 1")
    with_far(predictor, ["alpine = 2"])
    found = distribution(predictor, position, "beta(", letters).tokens
    assert {"alpha", "alpine"} <= set(found)


def test_many_candidates_are_bounded():
    predictor, position = predictor_of(*(f"x = a{number}" for number in range(300)))
    with_far(predictor, [f"x = a{number}z" for number in range(600)])
    for typed in ("", " ", " a", "a"):
        assert len(distribution(predictor, position, "x =", typed).tokens) < 100


def test_saved_weights_answer_as_the_learned_ones():
    mixer = Mixer()
    predictor, position = predictor_of(*(f"{word} = {word}" for word in WORDS))
    predictor.mixer = mixer
    mixer.learn(distribution(predictor, position, "alpha", ""), " =")
    saved = mixer.saved()
    assert len(saved) == 2 * SIZE and saved.itemsize == 4
    assert Mixer(saved).saved() == saved
    assert Mixer(list(saved)).weights == pytest.approx(mixer.weights, abs=1e-6)


def test_untrained_weights_are_always_the_same():
    assert Mixer().saved() == Mixer().saved()


@pytest.mark.parametrize("values", [[], [0.0], [0.0] * (2 * SIZE - 1), [0.0] * (2 * SIZE + 1)])
def test_weights_of_another_size_are_turned_down(values):
    with pytest.raises(ValueError, match=f"not {2 * SIZE}"):
        Mixer(values)
    with pytest.raises(ValueError, match="weights"):
        Predictor(values)
