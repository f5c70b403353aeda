"""Training on whichever backend Keras runs on; nothing here knows which."""

from __future__ import annotations

from mimo_portable.training.job import Plan, Result, run

__all__ = ["Plan", "Result", "run"]
