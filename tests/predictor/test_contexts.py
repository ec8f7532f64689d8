"""Keys are the same whoever computes them: by walking or at once, in this process or another one."""

import json
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st
from predictor_worlds import after, calm, files, lines

from foredraft.predictor.build import read_file
from foredraft.predictor.contexts import COUNT, NAMES, Walk
from foredraft.predictor.lexer import END, depth, lex
from foredraft.predictor.near import flat_keys
from foredraft.predictor.predictor import Position
from foredraft.predictor.surroundings import Surroundings, next_line

SAMPLE = ["class Ünit(Base):", "    def run(self, items):", "        for each in items:", "            use(each, [1, "]


def surroundings(texts, number):
    return Surroundings(texts, number, depth(texts[number]), next_line(texts, number))


def keys_of_sample():
    """The keys of every position of every line of a small file."""
    return [flat_keys(surroundings(SAMPLE, number), lex(line)) for number, line in enumerate(SAMPLE)]


@calm
@given(files, st.data())
def test_the_keys_of_a_line_are_those_met_walking_through_it(texts, data):
    texts = [*texts, data.draw(lines), *data.draw(files)]
    number = data.draw(st.integers(0, len(texts) - 1))
    tokens = lex(texts[number])
    flat = flat_keys(surroundings(texts, number), tokens)
    assert len(flat) == COUNT * (len(tokens) + 1) and len(set(NAMES)) == COUNT
    walk = Walk(surroundings(texts, number))
    for at, token in enumerate([*tokens, END]):
        keys = walk.keys()
        assert keys == flat[at * COUNT : (at + 1) * COUNT]
        assert all(0 <= key < 1 << 32 for key in keys)
        walk.push(token)


@calm
@given(files, lines, lines)
def test_a_copy_goes_its_own_way(above, one, other):
    texts = [*above, one]
    walk = Walk(surroundings(texts, len(above)))
    for token in lex(one):
        walk.push(token)
    keys, stack = walk.keys(), list(walk.stack)
    copy = walk.copy()
    assert copy.keys() == keys
    for token in lex(other):
        copy.push(token)
    assert walk.keys() == keys and walk.stack == stack


@calm
@given(files, lines, lines, files)
def test_what_the_line_itself_holds_does_not_matter(above, one, other, below):
    keys = [
        Position(None, [*above, line, *below], len(above), 4).walk.keys()
        for line in (one, other)
    ]  # fmt: skip
    assert keys[0] == keys[1]


@calm
@given(files)
def test_a_file_is_read_as_its_lines_are(texts):
    read = read_file(texts)
    keys, tokens = [], []
    for number, line in enumerate(texts):
        if depth(line) >= 0:
            keys += flat_keys(surroundings(texts, number), lex(line))
            tokens += [*lex(line), END]
    assert (list(read.keys), read.tokens, read.lines) == (keys, tokens, len(texts))


def test_the_contexts_tell_different_places_apart():
    position = Position(None, SAMPLE, 3, 12)
    here, behind = position.walk.keys(), after(position, lex("use(")).keys()
    assert len(set(here)) == len(set(behind)) == COUNT, "no two contexts share their salt"
    assert sum(a != b for a, b in zip(here, behind, strict=True)) > COUNT // 2


def test_another_process_computes_the_same_keys():
    code = "import json, test_contexts; print(json.dumps(test_contexts.keys_of_sample()))"
    other = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7"}, capture_output=True
    )
    assert other.returncode == 0, other.stderr.decode()
    assert json.loads(other.stdout) == keys_of_sample()


def test_open_brackets_above_are_known_with_their_callee_and_argument():
    walk = Walk(surroundings(["call(a, {", "    b, c", "x"], 2))
    assert [argument for _, argument in walk.stack] == [1, 1]
    for token in lex("}, d)"):
        walk.push(token)
    assert walk.stack == []


def test_the_next_line_is_the_next_that_is_not_blank():
    assert next_line(["a", "", "  ", "b", "c"], 0) == "b"
    assert next_line(["a", ""], 0) == next_line(["a"], 0) == ""
    assert next_line(["a", *[""] * 30, "b"], 0) == "", "not from another page"
