"""Time an exported file beside every other way to run the same Keras model.

What is timed is what a program waits for: NumPy arrays in, NumPy arrays out. Each peer has a
process of its own, and all take turns, one running while the others wait on a pipe, so that a busy
moment of the machine strikes all alike; ratios are taken within a turn. A peer that fails, that is
wrong, or that is not installed has a row that says so.
"""

from __future__ import annotations

from mimo_export.bench.measure import Settings, bench_bundle
from mimo_export.bench.report import Bench

__all__ = ["Bench", "Settings", "bench_bundle"]
