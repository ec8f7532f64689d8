"""From the files of a workspace to the arrays that `far.py` looks up.

The nearest files are learned under all contexts, the others of a large workspace (the rest) under the `LEAN` ones: 8
microseconds a token against half of one.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from foredraft.predictor.contexts import COUNT, LEAN
from foredraft.predictor.entries import CHUNK, Array, Keys, entries, lean_keys
from foredraft.predictor.far import COMMON_WORDS, PER_ENTRY, REST_PREFIX, SEVERAL
from foredraft.predictor.lexer import END, KINDS, bare, depth, lex
from foredraft.predictor.near import flat_keys
from foredraft.predictor.shelf import ENDS, Kept, Shelf
from foredraft.predictor.surroundings import Surroundings, next_line, step

Part = tuple[str, Array]
"""A piece of the array of this name; those of one name follow one another."""

FULL_TOKENS = 600_000
"""Of the nearest files, so many tokens are learned under all contexts: 128 bytes a token while building, some 200 on
disk, which a training looks at nearly all of."""
MOST_TOKENS = 12_000_000
"""Past this the builder takes no further file: about 24 bytes a token while building."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file teaches, whatever stands around it: the keys of every position (`COUNT` each) and the token that
    followed; of each end of line the step to the next one."""

    keys: array[int]
    tokens: list[str]
    lines: int
    steps: bytes


def read_file(lines: Sequence[str]) -> ReadFile:
    """Read the lines of one file, secrets already masked."""
    keys = array("I")
    found: list[str] = []
    steps, last = bytearray(), -1
    for number, line in enumerate(lines):
        indent = depth(line)
        if indent < 0:
            continue
        if last >= 0:
            steps.append(step(last, indent))
        last = indent
        tokens = lex(line)
        keys.extend(flat_keys(Surroundings(lines, number, indent, next_line(lines, number)), tokens))
        found += tokens
        found.append(END)
    if last >= 0:
        steps.append(0)
    return ReadFile(keys, found, len(lines), bytes(steps))


class Builder:
    """Takes files one by one, the nearest first, and makes the arrays of a level.

    `lean`: a level of the lean contexts alone, none of whose files is ever left out, as the installed packages.
    """

    def __init__(self, lean: bool = False, shelf: Shelf | None = None) -> None:
        self.tokens = 0
        self.lines = 0
        self.names: list[str] = []
        self._lean = lean
        self._shelf = shelf if shelf is not None else Shelf()
        self._numbers: list[array[int]] = []
        self._keys: list[array[int]] = []
        self._full_tokens = 0

    def add(self, name: str, lines: Sequence[str]) -> bool:
        """Read one file's lines, secrets already masked. False where the builder is full and the file was left out."""
        return self.tokens < MOST_TOKENS and self.add_kept(name, self._shelf.put(lines))

    def add_read(self, name: str, read: ReadFile) -> bool:
        """As `add`, for a file that was read before."""
        if self.tokens >= MOST_TOKENS:
            return False
        if self._has_room():
            self._keys.append(read.keys)
        return self._took(name, self._shelf.numbered(read.tokens, read.steps), read.lines)

    def add_kept(self, name: str, kept: Kept) -> bool:
        """As `add`, for a file on the builder's shelf."""
        if self.tokens >= MOST_TOKENS:
            return False
        if not self._has_room():
            kept.keys = None
        elif kept.keys is None:
            kept.keys = read_file(self._shelf.lines(kept)).keys
        if kept.keys is not None:
            self._keys.append(kept.keys)
        return self._took(name, kept.numbers, len(kept.widths))

    def arrays(self) -> dict[str, Array]:
        """The arrays that `Far` takes; file numbers are places in `names`."""
        found: dict[str, list[Array]] = {}
        for name, part in self.parts():
            found.setdefault(name, []).append(part)
        return {name: parts[0] if len(parts) == 1 else np.concatenate(parts) for name, parts in found.items()}

    def parts(self) -> Iterator[Part]:
        """The same piece by piece, none of which is kept."""
        numbers = np.concatenate([np.zeros(0, np.uint32), *(np.frombuffer(each, np.uint32) for each in self._numbers)])
        renumbered, used = self._renumbered(numbers)
        yield from self._words(used)
        sizes = np.array([len(each) for each in self._numbers], np.int64)
        files = np.repeat(np.minimum(np.arange(len(sizes)), SEVERAL).astype(np.uint16), sizes)
        if not self._lean:
            full, sizes = self._full_tokens, sizes[len(self._keys) :]
            yield from _tier("", range(COUNT), self._column, renumbered[numbers[:full]], files[:full])
            numbers, files = numbers[full:], files[full:]
        if self._lean or len(sizes):
            prints, tokens = np.frombuffer(self._shelf.prints, np.uint32)[numbers], renumbered[numbers]
            del numbers
            starts = np.cumsum(sizes) - sizes
            prefix = "" if self._lean else REST_PREFIX
            yield from _tier(
                prefix, LEAN, lambda context: lean_keys(prints, starts, context), tokens, files, self._lean
            )

    def _has_room(self) -> bool:
        return not self._lean and self._full_tokens < FULL_TOKENS and len(self._keys) == len(self._numbers)

    def _took(self, name: str, numbers: array[int], lines: int) -> bool:
        self._numbers.append(numbers)
        if len(self._keys) == len(self._numbers):
            self._full_tokens += len(numbers)
        self.names.append(name)
        self.tokens += len(numbers)
        self.lines += lines
        return True

    def _column(self, context: int) -> Keys:
        columns = [np.frombuffer(keys, np.uint32).reshape(-1, COUNT)[:, context] for keys in self._keys if keys]
        column = np.concatenate(columns) if columns else np.zeros(0, np.uint32)
        return lambda low, high: column[low:high]

    def _renumbered(self, numbers: Array) -> tuple[Array, Array]:
        """The shelf's numbers → places among the tokens that these files use; how often they use each of the shelf.

        What only other files use, or used once, must not get into the arrays."""
        used = np.zeros(len(self._shelf.tokens), np.int64)
        for low in range(0, len(numbers), CHUNK):
            used += np.bincount(numbers[low : low + CHUNK], minlength=len(used))
        used[0] = used[:ENDS].sum()
        used[1:ENDS] = 0
        places = (np.cumsum(used > 0) - 1).astype(np.uint32)
        places[:ENDS] = 0
        return places, used

    def _words(self, used: Array) -> Iterator[Part]:
        """The tokens, and the words without their blanks and how often they are used."""
        tokens = [self._shelf.tokens[number] for number in np.flatnonzero(used).tolist()]
        uses: dict[str, int] = {}
        for token, count in zip(tokens, used[used > 0].tolist(), strict=True):
            if KINDS[token] in (1, 2):
                word = bare(token)
                uses[word] = uses.get(word, 0) + count
        words = sorted(uses, key=_in_bytes)
        counts = np.array([uses[word] for word in words], dtype=np.uint32)
        token_text, token_ends = _packed(tokens)
        word_text, word_ends = _packed(words)
        yield "token_text", token_text
        yield "token_ends", token_ends
        yield "word_text", word_text
        yield "word_ends", word_ends
        yield "word_uses", counts
        yield "common", np.argsort(-counts.astype(np.int64), kind="stable")[:COMMON_WORDS].astype(np.uint32)


def _tier(
    prefix: str,
    contexts: Sequence[int],
    keys_of: Callable[[int], Keys],
    tokens: Array,
    files: Array,
    shared: bool = False,
) -> Iterator[Part]:
    """The entries of these contexts; where they are `shared`, without the files they come from."""
    starts = [0]
    for name, kind in PER_ENTRY.items():
        yield prefix + name, np.zeros(0, kind)
    for context in contexts:
        size = 0
        for piece in entries(keys_of(context), tokens, np.zeros_like(files) if shared else files):
            size += len(piece.keys)
            for name, values in piece._asdict().items():
                if not (shared and name == "files"):
                    yield prefix + name, values
        starts.append(starts[-1] + size)
    yield prefix + "starts", np.array(starts, np.uint32)
    yield prefix + "contexts", np.array(contexts, np.uint32)


def _packed(words: list[str]) -> tuple[Array, Array]:
    encoded = [_in_bytes(word) for word in words]
    text = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    return text, np.cumsum([len(word) for word in encoded], dtype=np.uint32) if encoded else np.zeros(0, np.uint32)


def _in_bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")
