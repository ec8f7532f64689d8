"""Sorting what followed which key: the entries of the arrays that `far.py` looks up.

An occurrence is one 64-bit number, its key's bits above its token's and its file's, so that one plain sort (far the
quickest that numpy has) brings together all that is to be counted together. What does not fit into 64 bits, or into
memory, is done in parts by the highest bits of the key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from foredraft.predictor.far import KEPT_SUCCESSORS, REST, SEVERAL
from foredraft.predictor.hashing import A, B, C, D, E, F, salt

Array = npt.NDArray[Any]
Keys = Callable[[int, int], Array]
"""(from, to) → the keys of these positions of a stream, as u32."""

CHUNK = 1 << 19
"""Positions dealt with at a time: what is needed beside the numbers to sort is some 30 MB."""
MOST_AT_ONCE = 1 << 23
"""Of more, each part of the keys is sorted for itself: 64 MB."""

_KEY_BITS = 32
_FACTORS = (A, B, C, D, E, F)


class Entries(NamedTuple):
    """Arrays of equal length, sorted by key, then most frequent first; the rarest of many successors summed as
    `REST`."""

    keys: Array
    tokens: Array
    counts: Array
    files: Array


def lean_keys(prints: Array, starts: Array, context: int) -> Keys:
    """What `Walk.keys` says of one of the `LEAN` contexts, for files one behind the other.

    `prints` are the hashes of all tokens (`Shelf.prints` by number), `starts` the places where files begin.
    """
    order = context + 1
    begins = np.unique((starts[:, None] + np.arange(order)).ravel())

    def keys(low: int, high: int) -> Array:
        found = np.full(high - low, salt(context), np.uint32)
        for back, factor in enumerate(_FACTORS[:order], 1):
            behind = max(low, back)
            found[behind - low :] += prints[behind - back : max(behind, high) - back] * np.uint32(factor)
        early = begins[np.searchsorted(begins, low) : np.searchsorted(begins, high)]
        if len(early):
            found[early - low] = _first_keys(prints, starts, context, early)
        return found

    return keys


def _first_keys(prints: Array, starts: Array, context: int, at: Array) -> Array:
    """The same for single positions, with nothing before the start of their file."""
    begin = starts[np.searchsorted(starts, at, side="right") - 1]
    found = np.full(len(at), salt(context), np.uint32)
    for back, factor in enumerate(_FACTORS[: context + 1], 1):
        value = prints[np.maximum(at - back, 0)] * np.uint32(factor)
        found += np.where(at - back >= begin, value, np.uint32(0))
    return found


def entries(keys: Keys, tokens: Array, files: Array) -> Iterator[Entries]:
    """The entries of one context, in pieces. `tokens` and `files` (u32, u16) belong to the positions of `keys`."""
    if not len(tokens):
        return
    token_bits, file_bits = int(tokens.max()).bit_length(), int(files.max()).bit_length()
    part_bits = max(_KEY_BITS + token_bits + file_bits - 64, (len(tokens) // MOST_AT_ONCE).bit_length())
    for part in range(1 << part_bits):
        packed = _packed(keys, tokens, files, (token_bits, file_bits, part_bits), part)
        packed.sort()
        above = part << (_KEY_BITS - part_bits)
        for low, high in _pieces(packed, token_bits + file_bits):
            yield _counted(packed[low:high], token_bits, file_bits, above)


def _packed(keys: Keys, tokens: Array, files: Array, bits: tuple[int, int, int], part: int) -> Array:
    """The occurrences whose keys begin with the bits of `part`, those bits left out, as numbers to be sorted."""
    token_bits, file_bits, part_bits = bits
    left = _KEY_BITS - part_bits
    found, end = np.empty(len(tokens), np.uint64), 0  # of which the system provides only what is written to
    for low in range(0, len(tokens), CHUNK):
        high = min(len(tokens), low + CHUNK)
        values = keys(low, high).astype(np.uint64)
        token, file = tokens[low:high].astype(np.uint64), files[low:high].astype(np.uint64)
        if part_bits:
            chosen = values >> np.uint64(left) == part
            values, token, file = values[chosen] & np.uint64((1 << left) - 1), token[chosen], file[chosen]
        values <<= np.uint64(token_bits + file_bits)
        values |= token << np.uint64(file_bits)
        values |= file
        found[end : end + len(values)] = values
        end += len(values)
    return found[:end]


def _pieces(packed: Array, below: int) -> Iterator[tuple[int, int]]:
    """Cut where a key ends, about every `CHUNK` occurrences."""
    low = 0
    while low < len(packed):
        high = min(len(packed), low + CHUNK)
        if high < len(packed):
            last = (int(packed[high - 1]) >> below) + 1
            limit = last << below
            high = len(packed) if limit >> 64 else int(np.searchsorted(packed, np.uint64(limit)))
        yield low, high
        low = high


def _counted(packed: Array, token_bits: int, file_bits: int, above: int) -> Entries:
    """Equal pairs of key and token become one entry."""
    pairs = packed >> np.uint64(file_bits)
    first = _changes(pairs)
    counts = np.diff(first, append=len(pairs))
    only = np.uint64((1 << file_bits) - 1)
    lowest, highest = packed[first] & only, packed[first + counts - 1] & only
    file = np.where(lowest == highest, lowest, np.uint64(SEVERAL)).astype(np.uint16)
    pairs = pairs[first]
    key = (pairs >> np.uint64(token_bits)).astype(np.uint32) + np.uint32(above)
    token = (pairs & np.uint64((1 << token_bits) - 1)).astype(np.uint32)
    return _ranked(key, token, counts, file)


def _ranked(key: Array, token: Array, counts: Array, file: Array) -> Entries:
    group = _changes(key)
    sizes = np.diff(group, append=len(key))
    order = np.arange(len(key))
    many = np.flatnonzero(np.repeat(sizes > 1, sizes))
    if len(many):
        order[many] = many[_by_count(np.repeat(np.arange(len(group)), sizes)[many], counts[many])]
        token, counts, file = token[order], counts[order], file[order]
    if sizes.max() > KEPT_SUCCESSORS:
        rank = np.arange(len(key)) - np.repeat(group, sizes)
        rest = np.add.reduceat(np.where(rank >= KEPT_SUCCESSORS, counts, 0), group)
        last = rank == KEPT_SUCCESSORS
        token[last], file[last] = REST, SEVERAL
        counts[last] = np.repeat(rest, sizes)[last]
        kept = rank <= KEPT_SUCCESSORS
        key, token, counts, file = key[kept], token[kept], counts[kept], file[kept]
    return Entries(key, token, np.minimum(counts, 0xFFFF).astype(np.uint16), file)


def _by_count(group: Array, counts: Array) -> Array:
    """The order by group, then most frequent first, else as before; again one plain sort of 64-bit numbers."""
    place_bits, group_bits = len(group).bit_length(), int(group[-1]).bit_length()
    most = (1 << min(31, 64 - place_bits - group_bits)) - 1
    values = group.astype(np.uint64)
    values <<= np.uint64(most.bit_length())
    values |= (most - np.minimum(counts, most)).astype(np.uint64)
    values <<= np.uint64(place_bits)
    values |= np.arange(len(group), dtype=np.uint64)
    values.sort()
    return (values & np.uint64((1 << place_bits) - 1)).astype(np.int64)


def _changes(values: Array) -> Array:
    """Where a value differs from the one before it, the first one included."""
    return np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
