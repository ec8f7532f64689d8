"""Small files that look like code, for the tests of this room: words repeat, brackets nest, blanks and tabs vary."""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st

from foredraft.predictor.contexts import Walk
from foredraft.predictor.lexer import KINDS, bare, lex
from foredraft.predictor.near import Near
from foredraft.predictor.predictor import Position, Predictor, learn_line

UNKNOWN = ""
"""The last candidate of every distribution: everything else."""

WORDS = ("alpha", "beta", "al", "self", "return", "x1", "naïve", "数")
PIECES = (*WORDS, "(", ")", "[", "]", ".", ",", " = ", " + ", ": ", "  ", "7", "12", '"', "# ")

calm = settings(deadline=None, max_examples=1_000 if os.environ.get("SOAK") else 30)
"""Nothing is timed here: the machine may be busy."""

indents = st.sampled_from(["", "", "    ", "        ", "\t", "  "])
bodies = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
lines = st.one_of(st.just(""), st.builds(str.__add__, indents, bodies))
files = st.lists(lines, max_size=12)
workspaces = st.lists(files, max_size=4)


def words(texts):
    """How often each bare word is in these lines."""
    return Counter(bare(token) for text in texts for token in lex(text) if KINDS[token] in (1, 2))


def predictor_of(*learned):
    """An untrained predictor, and the place below these lines, all of which it knows."""
    predictor = Predictor()
    position = Position(_near(learned), [*learned, ""], len(learned), 0)
    return predictor, position


def after(position, tokens):
    """A walk behind these tokens of the position's line."""
    walk: Walk = position.walk.copy()
    for token in tokens:
        walk.push(token)
    return walk


def _near(learned):
    near = Near()
    for number in range(len(learned)):
        learn_line(near, learned, number)
    return near
