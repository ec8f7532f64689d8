"""What stands around the next token, as a fixed list of hashed keys.

Every level of the predictor (the file, recent edits, the workspace) files the successors it has seen under these
keys. A key is a 32-bit number made of the fingerprints of bare tokens and a salt of its context, so keys of different
processes and starts agree. The choice of contexts follows the ablation of the project's measurements: orders, skips,
line prefix, block header, callee and argument, last names, alignment with the previous line of the same depth, and
what stands below.
"""

from __future__ import annotations

from collections.abc import Sequence

from foredraft.predictor.lexer import END, FINGERPRINTS, KINDS, depth, lex

NAMES = (
    "order 1", "order 2", "order 3", "order 4", "order 5", "order 6", "order 8",
    "skip 2", "skip 2-3", "skip 1,3", "skip 1,3-4",
    "last name", "last two names", "callee, argument, 1", "callee, 1-2",
    "first, 1", "line", "line, line above", "line, line of same depth",
    "block, 1", "block, line", "aligned, 1", "kinds 4", "kinds 6",
    "below 1, 1", "below 2, line", "below 3, 1-2", "above, column",
    "order 12", "first, last name", "block, 1-2", "callee, argument, outer callee",
)  # fmt: skip
COUNT = len(NAMES)
ORDERS = 7
"""The first so many contexts are the orders, shortest first."""
LEAN = (0, 1, 2, 3, 5)
"""The contexts of levels too large for all of them: orders 1, 2, 3, 4 and 6. They depend on nothing but the stream of
tokens, `END` included, each `END` hashed with the `step` to the line behind it."""

_MASK = 0xFFFFFFFF
_A, _B, _C, _D = 0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F
_E, _F, _G, _H = 0x165667B1, 0xD3A2646D, 0xFD7046C5, 0xB55A4F09
_I, _J, _K, _L = 0x1B873593, 0xCC9E2D51, 0x38495AB5, 0x5BD1E995
_SALT = [((i + 1) * 0x632BE5AB) & _MASK for i in range(COUNT)]
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
            block_line = (block_line * _B + prints[token]) & _MASK
        self.block_line = block_line
        first_above = above[0] if above else ()
        self.above_head = prints[first_above[0]] if first_above else 0
        self.same = [prints[t] for t in same] if same else []
        self.same_head = (self.same[0] * _A + (self.same[1] if len(self.same) > 1 else 0)) & _MASK if self.same else 0
        beneath = [prints[t] for t in lex(below)[:3]] if below else []
        beneath += [0] * (3 - len(beneath))
        step_below = step(indent, depth(below)) if below else 0
        first = (beneath[0] + step_below * _H) & _MASK
        two = (first * _B + beneath[1]) & _MASK
        self.below = (first, two, (two * _C + beneath[2]) & _MASK)


class Walk:
    """A position that moves through a line token by token and knows the keys of what comes next."""

    __slots__ = ("around", "before", "column", "first", "hashes", "kinds", "names", "prefix", "stack")

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.hashes = around.tail.copy()
        self.kinds = (0, 0, 0, 0, 0, 0)
        self.names = around.names
        self.stack = around.stack.copy()
        self.prefix = 0
        self.before = 0
        self.first = 0
        self.column = 0

    def push(self, token: str) -> None:
        """The next token of the line is known: move behind it."""
        value = FINGERPRINTS[token]
        kind = self.before = KINDS[token]
        if kind == _OPEN:
            self.stack.append((self.hashes[-1], 0))
        elif kind == _CLOSE:
            if self.stack:
                self.stack.pop()
        elif kind == 6 and self.stack and token.endswith(","):
            callee, argument = self.stack[-1]
            self.stack[-1] = (callee, argument + 1)
        elif kind == 1:
            self.names = (self.names[1], value)
        if not self.column:
            self.first = value
        self.hashes.append(value)
        k = self.kinds
        self.kinds = (k[1], k[2], k[3], k[4], k[5], 1 if kind == 1 else value)
        self.prefix = (self.prefix * _A + value + 1) & _MASK
        self.column += 1

    def copy(self) -> Walk:
        other = Walk.__new__(Walk)
        other.before = self.before
        other.around, other.hashes, other.kinds, other.names = self.around, self.hashes.copy(), self.kinds, self.names
        other.stack, other.prefix, other.first, other.column = self.stack.copy(), self.prefix, self.first, self.column
        return other

    def keys(self) -> list[int]:
        """The keys of all contexts here, in the order of `NAMES`."""
        s, m, around = _SALT, _MASK, self.around
        p12, p11, p10, p9, p8, p7, p6, p5, p4, p3, p2, p1 = self.hashes[-12:]
        o1 = p1 * _A
        o2 = o1 + p2 * _B
        o3 = o2 + p3 * _C
        o4 = o3 + p4 * _D
        o5 = o4 + p5 * _E
        o6 = o5 + p6 * _F
        callee, argument = self.stack[-1] if self.stack else (0, 0)
        outer = self.stack[-2][0] if len(self.stack) > 1 else 0
        o8 = o6 + p7 * _G + p8 * _H
        o12 = o8 + p9 * _I + p10 * _J + p11 * _K + p12 * _L
        c = callee * _E
        line = self.prefix * _F
        k1, k2, k3, k4, k5, k6 = self.kinds
        kinds4 = k6 * _A + k5 * _B + k4 * _C + k3 * _D
        same, column = around.same, self.column
        before = same[column - 1] * _C if 0 < column <= len(same) else 0
        aligned = same[column] * _B + before if column < len(same) else _G
        name1, name2 = self.names
        below1, below2, below3 = around.below
        return [
            (o1 + s[0]) & m,
            (o2 + s[1]) & m,
            (o3 + s[2]) & m,
            (o4 + s[3]) & m,
            (o5 + s[4]) & m,
            (o6 + s[5]) & m,
            (o8 + s[6]) & m,
            (p2 * _B + s[7]) & m,
            (p2 * _B + p3 * _C + s[8]) & m,
            (o1 + p3 * _C + s[9]) & m,
            (o1 + p3 * _C + p4 * _D + s[10]) & m,
            (o1 + name2 * _G + s[11]) & m,
            (o1 + name2 * _G + name1 * _H + s[12]) & m,
            (c + argument * _G + o1 + s[13]) & m,
            (c + o2 + s[14]) & m,
            (self.first * _G + o1 + s[15]) & m,
            (line + s[16]) & m,
            (line + around.above_head * _G + s[17]) & m,
            (line + around.same_head * _H + s[18]) & m,
            (around.block * _G + o1 + s[19]) & m,
            (around.block_line * _H + line + s[20]) & m,
            (aligned + o1 + s[21]) & m,
            (kinds4 + s[22]) & m,
            (kinds4 + k2 * _E + k1 * _F + s[23]) & m,
            (below1 * _G + o1 + s[24]) & m,
            (below2 * _G + line + s[25]) & m,
            (below3 * _G + o2 + s[26]) & m,
            (around.above_head * _G + column * _H + p1 * _D + s[27]) & m,
            (o12 + s[28]) & m,
            (self.first * _G + name2 * _H + o1 + s[29]) & m,
            (around.block * _G + o2 + s[30]) & m,
            (c + outer * _H + argument * _G + s[31]) & m,
        ]


def step(width: int, width_below: int) -> int:
    """How a line of the second indentation stands below one of the first: 1 further in, 2 further out, 3 alike."""
    return 1 if width_below > width else 2 if width_below < width else 3


def end_of_line(stepped: int) -> int:
    """The hash of a line's end, given the `step` to the next line; 0 where no line follows."""
    return (FINGERPRINTS[END] + stepped * _H) & _MASK


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
