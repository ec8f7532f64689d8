"""The numbers that the keys of contexts are made with: odd, with bits all over, the same in every process."""

MASK = 0xFFFFFFFF
A, B, C, D = 0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F
E, F, G, H = 0x165667B1, 0xD3A2646D, 0xFD7046C5, 0xB55A4F09
I, J, K, L = 0x1B873593, 0xCC9E2D51, 0x38495AB5, 0x5BD1E995  # noqa: E741


def salt(context: int) -> int:
    """What keeps the keys of one context apart from those of the others."""
    return ((context + 1) * 0x632BE5AB) & MASK
