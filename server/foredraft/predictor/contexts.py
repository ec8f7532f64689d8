"""What stands around the next token, as a fixed list of hashed keys.

Every level of the predictor (the file, recent edits, the workspace) files the successors it has seen under these
keys. A key is a 32-bit number made of the fingerprints of bare tokens and a salt of its context, so keys of different
processes and starts agree. The choice of contexts follows the ablation of the project's measurements: orders, skips,
line prefix, block header, callee and argument, last names, alignment with the previous line of the same depth, and
what stands below.
"""

from __future__ import annotations

from foredraft.predictor.hashing import MASK, A, B, C, D, E, F, G, H, I, J, K, L, salt
from foredraft.predictor.lexer import FINGERPRINTS, KINDS
from foredraft.predictor.surroundings import Surroundings

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

_SALT = [salt(context) for context in range(COUNT)]
_OPEN, _CLOSE = 4, 5


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
        self.prefix = (self.prefix * A + value + 1) & MASK
        self.column += 1

    def copy(self) -> Walk:
        other = Walk.__new__(Walk)
        other.before = self.before
        other.around, other.hashes, other.kinds, other.names = self.around, self.hashes.copy(), self.kinds, self.names
        other.stack, other.prefix, other.first, other.column = self.stack.copy(), self.prefix, self.first, self.column
        return other

    def keys(self) -> list[int]:
        """The keys of all contexts here, in the order of `NAMES`."""
        s, m, around = _SALT, MASK, self.around
        p12, p11, p10, p9, p8, p7, p6, p5, p4, p3, p2, p1 = self.hashes[-12:]
        o1 = p1 * A
        o2 = o1 + p2 * B
        o3 = o2 + p3 * C
        o4 = o3 + p4 * D
        o5 = o4 + p5 * E
        o6 = o5 + p6 * F
        callee, argument = self.stack[-1] if self.stack else (0, 0)
        outer = self.stack[-2][0] if len(self.stack) > 1 else 0
        o8 = o6 + p7 * G + p8 * H
        o12 = o8 + p9 * I + p10 * J + p11 * K + p12 * L
        c = callee * E
        line = self.prefix * F
        k1, k2, k3, k4, k5, k6 = self.kinds
        kinds4 = k6 * A + k5 * B + k4 * C + k3 * D
        same, column = around.same, self.column
        before = same[column - 1] * C if 0 < column <= len(same) else 0
        aligned = same[column] * B + before if column < len(same) else G
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
            (p2 * B + s[7]) & m,
            (p2 * B + p3 * C + s[8]) & m,
            (o1 + p3 * C + s[9]) & m,
            (o1 + p3 * C + p4 * D + s[10]) & m,
            (o1 + name2 * G + s[11]) & m,
            (o1 + name2 * G + name1 * H + s[12]) & m,
            (c + argument * G + o1 + s[13]) & m,
            (c + o2 + s[14]) & m,
            (self.first * G + o1 + s[15]) & m,
            (line + s[16]) & m,
            (line + around.above_head * G + s[17]) & m,
            (line + around.same_head * H + s[18]) & m,
            (around.block * G + o1 + s[19]) & m,
            (around.block_line * H + line + s[20]) & m,
            (aligned + o1 + s[21]) & m,
            (kinds4 + s[22]) & m,
            (kinds4 + k2 * E + k1 * F + s[23]) & m,
            (below1 * G + o1 + s[24]) & m,
            (below2 * G + line + s[25]) & m,
            (below3 * G + o2 + s[26]) & m,
            (around.above_head * G + column * H + p1 * D + s[27]) & m,
            (o12 + s[28]) & m,
            (self.first * G + name2 * H + o1 + s[29]) & m,
            (around.block * G + o2 + s[30]) & m,
            (c + outer * H + argument * G + s[31]) & m,
        ]
