"""Training on whichever backend Keras runs on; nothing here knows which.

The names below are loaded when they are first used: scores are NumPy's, and start no backend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mimo_portable.training.job import Plan, Result, run

__all__ = ["Plan", "Result", "run"]


def __getattr__(name: str) -> Any:
    """Load a public name from the module that defines it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mimo_portable.training import job  # noqa: PLC0415 - Keras starts a backend

    return getattr(job, name)
