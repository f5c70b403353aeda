"""Which numbers are seeds: those that every generator takes, and every document of a bundle."""

from __future__ import annotations

from typing import Any

from mimo_export.errors import InputError

MOST = 2**63 - 1


def check_seed(seed: Any) -> None:
    """Refuse a number that is no seed.

    Raises:
        InputError: It is negative, too large, or no integer.
    """
    if not isinstance(seed, int) or not 0 <= seed <= MOST:
        raise InputError(
            f"{seed!r} is no seed",
            where="seed",
            remedy=f"choose a whole number from 0 to {MOST:,}",
        )
