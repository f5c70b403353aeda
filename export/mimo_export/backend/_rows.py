"""A long axis as rows: what is added up in two levels rounds less."""

from __future__ import annotations

import math

LONG = 512  # numbers that may be added one after the other


def rows_of(size: object) -> tuple[int, int] | None:
    """Return how many rows of how many numbers a long axis is, near its square root.

    None if it is short, if its size is not known, or if it has no rows: that of a prime number.
    """
    if not isinstance(size, int) or size < LONG:
        return None
    length = next(n for n in range(math.isqrt(size), 0, -1) if size % n == 0)
    return (size // length, length) if size // length <= 2 * LONG and length > 1 else None
