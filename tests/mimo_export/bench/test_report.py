from __future__ import annotations

import json
from dataclasses import replace

from mimo_export.bench.graph import Work
from mimo_export.bench.peers import OURS
from mimo_export.bench.report import (
    Bench,
    Cell,
    Facts,
    Machine,
    Start,
    facts_table,
    times_table,
)
from mimo_export.bench.timing import Spread

HALF, ONE, TWO = (Spread(x, x, x, 9) for x in (0.5, 1.0, 2.0))
BENCH = Bench(
    "b",
    Work(flops=4_000_000, weight_bytes=4),
    (Machine(1, gflops=40.0, gbps=10.0),),
    (
        Facts(OURS, is_onnx=True, bytes=2000, nodes=3),
        Facts("slow", is_onnx=True, bytes=4000, nodes=9, convert_seconds=1.25),
        Facts("fast", is_onnx=False),
        Facts("bad", is_onnx=True),
        Facts("late", is_onnx=True),
        Facts("gone", is_onnx=True, not_run="x is not installed"),
        Facts("crash", is_onnx=False),
    ),
    (Start(OURS, 1, 0.01, 50_000_000), Start("crash", 1, not_run="it broke")),
    (
        Cell(OURS, 1, 1, ONE, ONE, 1.0),
        Cell("slow", 1, 1, TWO, TWO, 1.0),
        Cell("fast", 1, 1, HALF, HALF, 1.0),
        Cell("bad", 1, 1, HALF, HALF, 1.0, 0.3, "'y': 1 of 1 values differ"),
        Cell("late", 1, 1, not_run="memory ran out"),
    ),
)


def test_the_best_peer_is_the_fastest_right_one_of_its_kind() -> None:
    onnx, other = BENCH.best(1, 1, onnx=True), BENCH.best(1, 1, onnx=False)
    assert (onnx and onnx.peer, other and other.peer) == ("slow", "fast")


def test_a_share_is_what_is_computed_over_what_could_be() -> None:
    assert BENCH.share(BENCH.cells[0]) == 0.1
    assert BENCH.share(BENCH.cells[-1]) is None


def test_only_our_own_file_decides_whether_it_passed() -> None:
    assert BENCH.passed
    wrong = replace(BENCH.cells[0], wrong="'y': the shapes differ")
    assert not replace(BENCH, cells=(wrong, *BENCH.cells[1:])).passed
    assert not replace(BENCH, cells=()).passed


def test_a_peer_that_is_wrong_late_or_missing_has_a_row_that_says_so() -> None:
    header, rows = times_table(BENCH, 1, 1)
    assert header[:2] == ("peer", "median ms")
    assert [tuple(row) for row in rows] == [
        (OURS, "1", "1 to 1", "1.00", "1.00 to 1.00", "10.0%", "1.0", ""),
        ("slow", "2", "2 to 2", "2.00", "2.00 to 2.00", "5.0%", "1.0", ""),
        ("fast", "0.5", "0.5 to 0.5", "0.50", "0.50 to 0.50", "20.0%", "1.0", ""),
        (
            *("bad", "0.5", "0.5 to 0.5", "0.50", "0.50 to 0.50", "20.0%", "1.0"),
            "wrong: 'y': 1 of 1 values differ",
        ),
        ("late", *("",) * 6, "not run, because memory ran out"),
        ("gone", *("",) * 6, "not run, because x is not installed"),
        ("crash", *("",) * 6, "not run, because it broke"),
    ]


def test_facts_are_sizes_nodes_loading_and_memory() -> None:
    header, rows = facts_table(BENCH)
    assert header == ("peer", "KB", "nodes", "conversion s", "load ms, 1 thread", "peak MB", "")
    assert [tuple(row) for row in rows][:2] == [
        (OURS, "2", "3", "", "10.0", "50", ""),
        ("slow", "4", "9", "1.25", "", "", ""),
    ]
    assert tuple(rows[5]) == ("gone", *("",) * 5, "not run, because x is not installed")
    assert rows[6][-1] == "not run, because it broke"


def test_a_bench_goes_to_json_and_back() -> None:
    assert Bench.from_dict(json.loads(json.dumps(BENCH.to_dict()))) == BENCH
