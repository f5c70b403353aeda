"""Bursts of timed runs, and what many of them say."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Burst:
    """The runs of one turn.

    Attributes:
        nanoseconds: Of each run.
        busy: Processor time over the clock's: how many cores were at work, idle spinning included.
    """

    nanoseconds: tuple[int, ...]
    busy: float


def burst(run: Callable[[], object], seconds: float) -> Burst:
    """Run once unseen, so that caches are this model's, then for at least so many seconds.

    The first run is left out unless it alone takes longer than all that was asked for.
    """
    found = _timed(run, 0)
    return found if found.nanoseconds[0] >= 1e9 * seconds else _timed(run, seconds)


def _timed(run: Callable[[], object], seconds: float) -> Burst:
    times: list[int] = []
    cpu, start = time.process_time_ns(), time.perf_counter_ns()
    while True:
        before = time.perf_counter_ns()
        run()
        now = time.perf_counter_ns()
        times.append(now - before)
        if now - start >= 1e9 * seconds:
            return Burst(tuple(times), (time.process_time_ns() - cpu) / (now - start))


@dataclass(frozen=True)
class Spread:
    """A median with its quartiles, and of how many numbers."""

    low: float
    median: float
    high: float
    count: int

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Spread:
        """Return the spread of numbers; of a single one it is that number."""
        if len(numbers) == 1:
            return cls(numbers[0], numbers[0], numbers[0], 1)
        low, median, high = statistics.quantiles(numbers, n=4, method="inclusive")
        return cls(low, median, high, len(numbers))


def milliseconds(bursts: Sequence[Burst]) -> Spread:
    """Return the spread over all runs of all turns."""
    return Spread.of([ns / 1e6 for b in bursts for ns in b.nanoseconds])


def ratios(ours: Sequence[Burst], theirs: Sequence[Burst]) -> Spread:
    """Return, over the turns, how many times longer theirs took than ours in the same turn."""
    pairs = zip(ours, theirs, strict=True)
    return Spread.of(
        [statistics.median(b.nanoseconds) / statistics.median(a.nanoseconds) for a, b in pairs]
    )


def peak_memory() -> int:
    """Return the most memory that this process has held, in bytes.

    What `getrusage` says includes the process that started this one, so Linux's own count of this
    program alone comes first.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
