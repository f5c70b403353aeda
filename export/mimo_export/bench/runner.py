"""What every family of runners gives, and what their processes have in common."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from mimo_export.contract import Signature

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]
Result = Any
"""What a run gives: a mapping from names to arrays, or a sequence where names were lost."""


@dataclass(frozen=True)
class Request:
    """What a runner is asked to load.

    Attributes:
        path: The artifact.
        signature: The contract.
        threads: How many it may use.
        beside: Whether strings are read by rules beside the file, so that Keras's model is cut.
    """

    path: Path
    signature: Signature
    threads: int
    beside: bool = False


@dataclass(frozen=True)
class Runner:
    """A model that is loaded.

    Attributes:
        bind: Takes named arrays and returns a function that runs them: NumPy in, NumPy out, every
            copy inside.
        owner: What must live as long as the runner.
    """

    bind: Callable[[Arrays], Callable[[], Result]]
    owner: object = None


def environment(threads: int, scratch: Path) -> dict[str, str]:
    """Return the variables that set the threads of the runtimes which have no other switch."""
    number = str(threads)
    names = (
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"),
        *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    )
    one = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    return {
        **dict.fromkeys(names, number),
        **(
            {"XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {one}".strip()}
            if threads == 1
            else {}
        ),
        # What one peer has compiled in an earlier run must not shorten its start in this one.
        "TORCHINDUCTOR_CACHE_DIR": str(scratch / f"inductor-{threads}"),
    }


def all_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
