from __future__ import annotations

import time

from mimo_export.bench.timing import Burst, Spread, burst, milliseconds, peak_memory, ratios


def test_a_spread_is_the_median_between_the_quartiles() -> None:
    assert Spread.of([5.0, 1.0, 2.0, 4.0, 3.0]) == Spread(2.0, 3.0, 4.0, 5)
    assert Spread.of([7.0]) == Spread(7.0, 7.0, 7.0, 1)


def test_times_are_over_all_runs_of_all_turns() -> None:
    bursts = [Burst((1_000_000, 2_000_000), 1.0), Burst((3_000_000,), 1.0)]
    assert milliseconds(bursts) == Spread(1.5, 2.0, 2.5, 3)


def test_ratios_are_taken_within_a_turn() -> None:
    ours = [Burst((10,), 1.0), Burst((100, 100, 900), 1.0)]
    theirs = [Burst((20,), 1.0), Burst((300,), 1.0)]
    assert ratios(ours, theirs) == Spread(2.25, 2.5, 2.75, 2)


def test_a_burst_leaves_out_its_first_run() -> None:
    calls: list[float] = []

    def run() -> None:
        calls.append(0.0)

    found = burst(run, 0.001)
    assert len(calls) == len(found.nanoseconds) + 1


def test_a_run_longer_than_the_burst_is_the_burst() -> None:
    calls: list[float] = []

    def run() -> None:
        calls.append(0.0)
        time.sleep(0.002)

    assert (len(burst(run, 0.001).nanoseconds), len(calls)) == (1, 1)


def test_memory_is_counted_in_bytes() -> None:
    assert 1e6 < peak_memory() < 1e12
