"""How much of their beginning two texts share."""

from __future__ import annotations


def shared(one: str, other: str) -> int:
    """The number of characters that both begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
