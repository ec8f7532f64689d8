"""What the user will probably type next: a text rolled out token by token, and the places where it may be cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from foredraft.predictor.calibration import INSIDE, Cut
from foredraft.predictor.contexts import ORDERS, Walk
from foredraft.predictor.features import UNKNOWN
from foredraft.predictor.lexer import END, KINDS, MASKED
from foredraft.predictor.mixing import Distribution

_LEAST_ODDS = 0.12
_MOST_TOKENS = 28
_LONGEST = 160


def roll_out(
    walk: Walk, tokens: list[str], typed: str, ask: Callable[[Walk, list[str], str], Distribution]
) -> list[Cut]:
    """Follow the likeliest token from where `walk` stands until the model does not know on: a cut behind each token,
    and where likely names share their first parts, one behind those.

    `tokens` are those of the line so far, `typed` what is typed of the next one; both are left as they are.
    """
    walk, tokens = walk.copy(), list(tokens)
    cuts: list[Cut] = []
    letters = len(typed.lstrip(" \t"))
    place = min(letters, 2) + 1 if tokens or letters else 0
    text, odds, first, matched, least = "", 1.0, 0, 0, ORDERS
    whole: int | None = None
    for step in range(1, _MOST_TOKENS):
        answer = ask(walk, tokens, typed)
        token, chance = answer.best()
        if step == 1:
            first, matched = KINDS[token], answer.matched
        least = min(least, answer.matched)
        part, share = answer.beginning(typed)
        if part and odds * share >= _LEAST_ODDS and not (not typed and tokens and _grow_together(tokens[-1], part)):
            begun = text + part[len(typed) :]
            cuts.append(Cut(begun, odds * share, step, place, first, INSIDE, matched, least, answer.wrapped))
        share, odds = odds * answer.share(token), odds * chance
        if token == UNKNOWN or MASKED in token or odds < _LEAST_ODDS:
            break
        if token == END:
            if whole is not None:
                cuts[whole] = replace(cuts[whole], ends=True)
            break
        if not typed and tokens and _grow_together(tokens[-1], token):
            break
        text += token[len(typed) :]
        typed = ""
        if text:
            whole = len(cuts)
            cuts.append(Cut(text, share, step, place, first, KINDS[token], matched, least, answer.wrapped))
        if len(text) > _LONGEST:
            break
        walk.push(token)
        tokens.append(token)
    return cuts


def _grow_together(left: str, right: str) -> bool:
    """Whether the two would be read as one word."""
    return (left[-1] + right[0]).replace("_", "a").isalnum() and not (
        left.strip().isdecimal() and not right[0].isdecimal()
    )
