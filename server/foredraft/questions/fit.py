"""What a model wrote, of one line or several, made fit for its place: it ends where its block does, and repeats neither
itself nor what stands there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from foredraft.predictor.lexer import MASKED
from foredraft.questions.echo import without_suffix
from foredraft.questions.prose import in_block
from foredraft.questions.scopes import indentation
from foredraft.questions.suggestion import Reject
from foredraft.questions.tidy import PAIRS, brackets, fitted, open_brackets, reverts, without_overlap
from foredraft.text.document import Document, Position
from foredraft.text.history import History

_HARMLESS = ")]}\"'`,;: "
"""What editors put right of the cursor by themselves."""
_LINES_ABOVE, _LINES_BELOW = 200, 12
_LONGEST_CYCLE, _TIMES = 3, 3
_AGAIN_AND_AGAIN = re.compile(r"(\w.{3,40}?)\1{4,}")
_PART_OF_WORD = re.compile(r"\.?\w*$")


def fit(
    text: str, document: Document, cursor: Position, history: History | None = None, cut: bool = False
) -> str | Reject:
    """What a model wrote, of one line or several, as it may stand at the cursor, or why not; with the document's line
    ends.

    It ends where its block does, before it goes round in circles, and before what stands behind the cursor already.
    `cut`: it was broken off, so its last line, or of a single line its last word, is left out.
    """
    if MASKED in text:
        return Reject.MASKED
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    if not text.strip():
        return Reject.EMPTY
    lines, number = document.lines(), cursor.line
    before, after = lines[number][: cursor.column], lines[number][cursor.column :]
    above = lines[max(0, number - _LINES_ABOVE) : number]
    if cut:
        text = text.rpartition("\n")[0] if "\n" in text else _PART_OF_WORD.sub("", text)
    text = _not_round_in_circles(text, above)
    below = [line.rstrip() for line in lines[number + 1 : number + 1 + _LINES_BELOW] if line.strip()]
    text, repeats = without_suffix(text, True, before, after, below)
    if not text.strip():
        return Reject.REPEATS_SUFFIX if repeats else Reject.REPEATS_ITSELF if not cut else Reject.EMPTY
    fitting = _fitted_lines(text, above, before, after)
    if isinstance(fitting, Reject):
        return fitting
    if history is not None and reverts(fitting, number, len(before), history):
        return Reject.REVERTS
    return fitting.replace("\n", "\r\n") if "\r\n" in document.blocks[0].text else fitting


def _fitted_lines(text: str, above: Sequence[str], before: str, after: str) -> str | Reject:
    """The first lines of `text` that belong to the block of the cursor's line and leave its brackets balanced."""
    first, *following = text.split("\n")
    inside = in_block("\n".join((*above, before)))
    open_above = 0 if inside else _open_above(above)
    fitting = first if inside and first.strip() else fitted(first, before, after, open_above) if first.strip() else ""
    if isinstance(fitting, Reject) or fitting != first or after.strip(_HARMLESS):
        return fitting if fitting else Reject.EMPTY
    margin = indentation(before + first) if first.strip() else -1
    kept = _block(following, margin, before + first, open_above, inside)
    text = "\n".join((first, *kept)).rstrip()
    if after.strip() and kept:
        text = without_overlap(text, after.rstrip())
    return text if text.strip() else Reject.EMPTY


def _block(lines: Sequence[str], margin: int, begun: str, open_above: int, inside: bool) -> list[str]:
    """The lines up to the one that ends the block, or a bracket that nothing opened; what is inside of a string or
    comment of several lines is not asked. A margin of -1 is that of the first line that is not blank."""
    stack = list(open_brackets(begun))
    kept: list[str] = []
    for line in lines:
        if not inside and line.strip():
            if margin < 0:
                margin = indentation(line)
            if indentation(line) < margin:
                break
            for sign, _ in brackets(line):
                if sign not in PAIRS:
                    stack.append(sign)
                elif stack and stack[-1] == PAIRS[sign]:
                    stack.pop()
                elif not stack and open_above:
                    open_above -= 1
                else:
                    return kept
        inside = in_block(f'"""{line}' if inside else line)
        kept.append(line)
    return kept


def _open_above(above: Sequence[str]) -> int:
    """How many brackets the lines above leave open."""
    left = 0
    for line in above:
        for sign in _signs(line):
            left = left + 1 if sign not in PAIRS else max(0, left - 1)
    return left


@lru_cache(maxsize=1 << 12)
def _signs(line: str) -> str:
    """Its brackets; remembered, because the same lines stand above at each key."""
    return "".join([sign for sign, _ in brackets(line)])


def _not_round_in_circles(text: str, above: Sequence[str]) -> str:
    """The text up to where the same line, or the same few, come again and again; none of it if they stand above too."""
    text = _AGAIN_AND_AGAIN.sub(lambda found: found[1], text)
    lines = text.split("\n")
    bare = [line.strip() for line in lines]
    for at in range(len(lines)):
        for size in range(1, _LONGEST_CYCLE + 1):
            cycle = bare[at : at + size]
            if len("".join(cycle)) > 1 and cycle * _TIMES == bare[at : at + size * _TIMES]:
                known = [line.strip() for line in above[len(above) - size :]]
                return "\n".join(lines[: at if known == cycle and not at else at + size])
    return text
