"""From the files of a workspace to the arrays that `far.py` looks up."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from foredraft.predictor.contexts import COUNT, Surroundings, next_line
from foredraft.predictor.far import COMMON_WORDS, KEPT_SUCCESSORS, REST, SEVERAL
from foredraft.predictor.lexer import END, KINDS, depth, lex
from foredraft.predictor.near import BARE, flat_keys

Array = npt.NDArray[Any]

MOST_TOKENS = 2_000_000
"""Past this the builder takes no further file: 112 bytes a token while building."""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file teaches, whatever stands around it: the keys of every position (`COUNT` each) and the token that
    followed."""

    keys: array[int]
    tokens: list[str]
    lines: int


def read_file(lines: Sequence[str]) -> ReadFile:
    """Read the lines of one file, secrets already masked."""
    keys = array("I")
    found: list[str] = []
    for number, line in enumerate(lines):
        indent = depth(line)
        if indent < 0:
            continue
        tokens = lex(line)
        keys.extend(flat_keys(Surroundings(lines, number, indent, next_line(lines, number)), tokens))
        found += tokens
        found.append(END)
    return ReadFile(keys, found, len(lines))


class Builder:
    """Reads files one by one and makes the arrays of the workspace level."""

    def __init__(self) -> None:
        self.tokens = 0
        self.lines = 0
        self.names: list[str] = []
        self._flat = array("I")
        self._successors = array("I")
        self._file_tokens: list[int] = []
        self._vocabulary: dict[str, int] = {}
        self._uses: dict[str, int] = {}

    def add(self, name: str, lines: Sequence[str]) -> bool:
        """Read one file's lines, secrets already masked. False where the builder is full and the file was left out."""
        return self.tokens < MOST_TOKENS and self.add_read(name, read_file(lines))

    def add_read(self, name: str, read: ReadFile) -> bool:
        """As `add`, for a file that was read before."""
        if self.tokens >= MOST_TOKENS:
            return False
        vocabulary, uses = self._vocabulary, self._uses
        self._flat.extend(read.keys)
        self._successors.extend([vocabulary.setdefault(token, len(vocabulary)) for token in read.tokens])
        for token in read.tokens:
            if KINDS[token] in (1, 2):
                word = BARE[token]
                uses[word] = uses.get(word, 0) + 1
        self.names.append(name)
        self._file_tokens.append(len(read.tokens))
        self.tokens += len(read.tokens)
        self.lines += read.lines
        return True

    def arrays(self) -> dict[str, Array]:
        """The arrays that `Far` takes; file numbers are places in `names`."""
        flat = (
            np.frombuffer(self._flat, dtype=np.uint32).reshape(-1, COUNT)
            if self.tokens
            else np.zeros((0, COUNT), np.uint32)
        )
        tokens = np.frombuffer(self._successors, dtype=np.uint32) if self.tokens else np.zeros(0, np.uint32)
        numbers = np.minimum(np.arange(len(self.names)), SEVERAL).astype(np.uint16)
        files = np.repeat(numbers, self._file_tokens)
        parts = [_entries(flat[:, context], tokens, files) for context in range(COUNT)]
        starts = np.concatenate([[0], np.cumsum([len(part[0]) for part in parts])]).astype(np.uint32)
        named = {
            name: np.concatenate([part[column] for part in parts])
            for column, name in enumerate(("keys", "tokens", "counts", "files"))
        }
        words = sorted(self._uses, key=_in_bytes)
        used = np.array([self._uses[word] for word in words], dtype=np.uint32)
        common = np.argsort(-used.astype(np.int64), kind="stable")[:COMMON_WORDS].astype(np.uint32)
        token_text, token_ends = _packed(list(self._vocabulary))
        word_text, word_ends = _packed(words)
        return named | {
            "starts": starts, "token_text": token_text, "token_ends": token_ends, "word_text": word_text,
            "word_ends": word_ends, "word_uses": used, "common": common,
        }  # fmt: skip


def _entries(keys: Array, tokens: Array, files: Array) -> tuple[Array, Array, Array, Array]:
    """(keys, tokens, counts, files) sorted by key, then most frequent first; the rarest of many successors summed as
    `REST`."""
    pairs = (keys.astype(np.uint64) << np.uint64(32)) | tokens
    order = np.argsort(pairs, kind="stable")
    pairs, files = pairs[order], files[order]
    if not len(pairs):
        return pairs.astype(np.uint32), tokens, files, files
    first = np.flatnonzero(np.concatenate([[True], pairs[1:] != pairs[:-1]]))
    counts = np.diff(np.append(first, len(pairs)))
    lowest, highest = np.minimum.reduceat(files, first), np.maximum.reduceat(files, first)
    file = np.where(lowest == highest, lowest, SEVERAL).astype(np.uint16)
    pairs = pairs[first]
    key, token = (pairs >> np.uint64(32)).astype(np.uint32), pairs.astype(np.uint32)
    order = np.lexsort((-counts, key))
    key, token, counts, file = key[order], token[order], counts[order], file[order]
    group = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    sizes = np.diff(np.append(group, len(key)))
    rank = np.arange(len(key)) - np.repeat(group, sizes)
    rest = np.add.reduceat(np.where(rank >= KEPT_SUCCESSORS, counts, 0), group)
    token = np.where(rank == KEPT_SUCCESSORS, REST, token).astype(np.uint32)
    counts = np.where(rank == KEPT_SUCCESSORS, np.repeat(rest, sizes), counts)
    file = np.where(rank == KEPT_SUCCESSORS, SEVERAL, file).astype(np.uint16)
    kept = rank <= KEPT_SUCCESSORS
    return key[kept], token[kept], np.minimum(counts[kept], 0xFFFF).astype(np.uint16), file[kept]


def _packed(words: list[str]) -> tuple[Array, Array]:
    encoded = [_in_bytes(word) for word in words]
    text = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    return text, np.cumsum([len(word) for word in encoded], dtype=np.uint32) if encoded else np.zeros(0, np.uint32)


def _in_bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")
