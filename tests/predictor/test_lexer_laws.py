"""Tokens lose nothing but odd blanks, and what is typed so far is cut as the finished line will be."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictor_worlds import calm

from foredraft.predictor.lexer import END, FINGERPRINTS, KINDS, Memo, bare, depth, lex, split_typed

BLANKS = " \t"
characters = st.one_of(st.sampled_from(" \t_ab1(.,²½٣é\u0301\u200b\ud800\udfff😀"), st.characters())
anything = st.text(characters, max_size=40)
ordinary = st.text(characters.filter(lambda sign: sign in BLANKS or not sign.isspace()), max_size=40)


@calm
@given(ordinary)
def test_the_tokens_of_a_line_joined_are_its_body(line):
    assert "".join(lex(line)) == line.strip(BLANKS)


@calm
@given(anything)
def test_every_token_is_one_word_or_sign_with_the_blanks_before_it(line):
    for token in lex(line):
        word = bare(token)
        assert word and not any(sign.isspace() for sign in word)
        assert token.endswith(word) and set(token[: -len(word)]) <= set(BLANKS)
        assert len(word) == 1 or word[0] == "_" or word[0].isalnum()
        assert len(word) == 1 or all(sign == "_" or sign.isalnum() or not sign.isascii() for sign in word)


@calm
@given(anything)
def test_what_is_typed_is_finished_tokens_and_a_begun_one(before):
    finished, begun = split_typed(before)
    assert lex(before) == finished + ((begun,) if begun.strip(BLANKS) else ())


@calm
@given(ordinary)
def test_what_is_typed_keeps_every_sign_but_the_indentation(before):
    finished, begun = split_typed(before)
    assert "".join(finished) + begun == before.lstrip(BLANKS)


@calm
@given(anything)
def test_what_is_begun_is_what_a_token_at_the_end_would_be(before):
    body = before.lstrip(BLANKS)
    last = lex(before)[-1] if lex(before) else ""
    begun = last if re.match(r"\w", bare(last)) and body.endswith(last) else re.search(r"[ \t]*\Z", body).group()
    assert split_typed(before)[1] == begun


@pytest.mark.parametrize(
    "name", ["नमस्ते_नाम", "ชื่อผู้ใช้", "e\u0301tude", "متغيّر", "நிரல்", "변수", "x\u00b7y", "a\u200db", "имя", "变量"]
)
def test_a_name_in_any_script_is_one_word(name):
    assert lex(f"{name} = {name}()") == (name, " =", f" {name}", "(", ")")
    assert split_typed(f"  f({name}") == (("f", "("), name)


@calm
@given(anything)
def test_a_line_is_blank_where_it_has_no_token(line):
    assert (depth(line) < 0) == (not lex(line))


@calm
@given(anything)
def test_tokens_that_differ_in_blanks_alone_have_one_fingerprint_and_one_kind(line):
    for token in lex(line):
        assert FINGERPRINTS[token] == FINGERPRINTS[bare(token)] and 0 < FINGERPRINTS[token] < 1 << 32
        assert KINDS[token] == KINDS[bare(token)] and 1 <= KINDS[token] <= 7


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        ("    return self.x  # why", ["return", " self", ".", "x", "  #", " why"]),
        ("if (a==b) {", ["if", " (", "a", "=", "=", "b", ")", " {"]),
        ("1abc + x2_", ["1", "abc", " +", " x2_"]),
        ("\tnaïve\t=\t数", ["naïve", "\t=", "\t数"]),
        ("a\u00a0b\x0bc", ["a", "b", "c"]),
        ("trailing  ", ["trailing"]),
        ("", []),
    ],
)
def test_lines_and_their_tokens(line, tokens):
    assert list(lex(line)) == tokens


@pytest.mark.parametrize(
    ("line", "width"),
    [("x", 0), ("    x", 4), ("\tx", 4), (" \t x", 6), ("", -1), ("  \t", -1), ("   \x0c", -1), ("  \ud800", 2)],
)
def test_depth(line, width):
    assert depth(line) == width


@pytest.mark.parametrize(
    ("before", "begun"),
    [("foo", "foo"), ("a fo", " fo"), ("a  ", "  "), ("a(", ""), ("  ", ""), ("1abc", "abc"), ("a.12", "12")],
)
def test_the_begun_token(before, begun):
    assert split_typed(before)[1] == begun


@pytest.mark.parametrize("unit", ["a", "a(b, c); ", " ", "\t", "(", "a ", "9", "\ud800"])
def test_of_a_line_of_a_million_characters_little_is_looked_at(unit):
    line = unit * (1_000_000 // len(unit))
    assert sum(map(len, lex(line))) <= 2_000
    for before in (line, "x" + line + "(", line + "="):
        finished, begun = split_typed(before)
        assert sum(map(len, finished)) + len(begun) <= 2_000
        assert before.endswith(begun)


def test_the_end_of_a_line_is_of_a_kind_of_its_own():
    assert KINDS[END] == 0 and END not in lex("a\nb")


def test_of_the_words_of_weeks_a_bounded_number_is_remembered(monkeypatch):
    monkeypatch.setattr("foredraft.predictor.lexer._MOST_WORDS", 100)
    lengths = Memo(len)
    for number in range(1_000):
        assert lengths[f"word{number}"] == len(f"word{number}") and len(lengths) <= 100
