"""What the machine can do at most: multiply-adds and memory, measured, not looked up."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np

_SIZE = 1536
_FLOATS = 1 << 25  # 128 MB an array: far beyond any cache
_ROUNDS = 7


def limits(threads: int) -> dict[str, Any]:
    """Return the best GFLOP/s of a float32 matrix product and the best GB/s of a copy.

    Args:
        threads: How many copy at once; BLAS takes its own number from the environment.
    """
    return {"gflops": _gemm(), "gbps": _copy(threads)}


def _gemm() -> float:
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((_SIZE, _SIZE), dtype="float32") for _ in range(2))
    out = np.empty_like(a)
    best = min(_seconds(lambda: np.matmul(a, b, out=out)) for _ in range(_ROUNDS))
    return 2e-9 * _SIZE**3 / best


def _copy(threads: int) -> float:
    """Return the bandwidth of a copy: each float is read once and written once."""
    source, target = np.ones(_FLOATS, "float32"), np.zeros(_FLOATS, "float32")
    parts = list(zip(np.array_split(source, threads), np.array_split(target, threads), strict=True))

    def run() -> None:
        # NumPy lets go of the interpreter's lock while it copies.
        workers = [threading.Thread(target=np.copyto, args=(b, a)) for a, b in parts]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    return 1e-9 * (source.nbytes + target.nbytes) / min(_seconds(run) for _ in range(_ROUNDS))


def _seconds(run: Any) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
