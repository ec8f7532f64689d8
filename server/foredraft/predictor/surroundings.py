"""What stands around a line: the tokens before it, its block, its like, the line below."""

from __future__ import annotations

from collections.abc import Sequence

from foredraft.predictor.hashing import MASK, A, B, C, H
from foredraft.predictor.lexer import END, FINGERPRINTS, KINDS, depth, lex

_REACH = 12
_STACK_LINES = 8
_SEARCH_LINES = 300
_OPEN, _CLOSE = 4, 5


class Surroundings:
    """The fixed facts of one line: what stands above and below it. Made once a line, shared by every position in it."""

    __slots__ = (
        "above",
        "above_head",
        "below",
        "block",
        "block_line",
        "names",
        "previous",
        "same",
        "same_head",
        "stack",
        "tail",
        "tokens_above",
    )

    def __init__(self, lines: Sequence[str], number: int, indent: int, below: str) -> None:
        """`lines` are the lines of the file, of which those before `number` are looked at; `below` is the next line
        that is not blank."""
        above: list[tuple[str, ...]] = []
        tail: list[int] = []
        index, width_below, same = number - 1, indent, None
        stop = max(-1, number - _SEARCH_LINES)
        block_tokens: tuple[str, ...] = ()
        prints = FINGERPRINTS
        searching = True
        while index > stop and (searching or len(tail) < _REACH):
            line = lines[index]
            width = depth(line)
            index -= 1
            if width < 0:
                continue
            if len(tail) < _REACH or len(above) < 2:
                tokens = lex(line)
                above.append(tokens)
                tail.append(end_of_line(step(width, width_below)))
                tail += [prints[t] for t in reversed(tokens)]
                width_below = width
            if searching:
                if same is None and width == indent:
                    same = lex(line)
                    searching = indent > 0
                elif width < indent:
                    block_tokens = lex(line)
                    searching = False
        self.tokens_above = above[0] if above else ()
        tail = tail[_REACH - 1 :: -1] if len(tail) >= _REACH else [0] * (_REACH - len(tail)) + tail[::-1]
        self.tail = tail
        self.names = _last_names(above)
        self.stack = _open_brackets(lines, number)
        self.block = prints[block_tokens[0]] if block_tokens else 0
        block_line = self.block
        for token in block_tokens[1:4]:
            block_line = (block_line * B + prints[token]) & MASK
        self.block_line = block_line
        first_above = above[0] if above else ()
        self.above_head = prints[first_above[0]] if first_above else 0
        self.same = [prints[t] for t in same] if same else []
        self.same_head = (self.same[0] * A + (self.same[1] if len(self.same) > 1 else 0)) & MASK if self.same else 0
        beneath = [prints[t] for t in lex(below)[:3]] if below else []
        beneath += [0] * (3 - len(beneath))
        step_below = step(indent, depth(below)) if below else 0
        first = (beneath[0] + step_below * H) & MASK
        two = (first * B + beneath[1]) & MASK
        self.below = (first, two, (two * C + beneath[2]) & MASK)


def step(width: int, width_below: int) -> int:
    """How a line of the second indentation stands below one of the first: 1 further in, 2 further out, 3 alike."""
    return 1 if width_below > width else 2 if width_below < width else 3


def end_of_line(stepped: int) -> int:
    """The hash of a line's end, given the `step` to the next line; 0 where no line follows."""
    return (FINGERPRINTS[END] + stepped * H) & MASK


def next_line(lines: Sequence[str], number: int) -> str:
    """The first line below `number` that is not blank; "" where there is none within 20 lines."""
    for index in range(number + 1, min(len(lines), number + 20)):
        if depth(lines[index]) >= 0:
            return lines[index]
    return ""


def _last_names(above: list[tuple[str, ...]]) -> tuple[int, int]:
    found: list[int] = []
    for tokens in above:
        for token in reversed(tokens):
            if KINDS[token] == 1:
                found.append(FINGERPRINTS[token])
                if len(found) == 2:
                    return found[1], found[0]
    return (0, found[0]) if found else (0, 0)


def _open_brackets(lines: Sequence[str], number: int) -> list[tuple[int, int]]:
    """(callee, argument number) of each bracket left open by the lines above, outermost first."""
    stack: list[tuple[int, int]] = []
    start, seen = number, 0
    while start > 0 and seen < _STACK_LINES and number - start < _SEARCH_LINES:
        start -= 1
        seen += depth(lines[start]) >= 0
    before = 0
    for index in range(start, number):
        line = lines[index]
        if depth(line) < 0:
            continue
        for token in lex(line):
            kind = KINDS[token]
            if kind == _OPEN:
                stack.append((before, 0))
            elif kind == _CLOSE:
                if stack:
                    stack.pop()
            elif kind == 6 and stack and token.endswith(","):
                stack[-1] = (stack[-1][0], stack[-1][1] + 1)
            before = FINGERPRINTS[token]
    return stack
