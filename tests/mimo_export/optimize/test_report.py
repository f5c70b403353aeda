from __future__ import annotations

import dataclasses
import json
import math

from mimo_export.bench.timing import Spread
from mimo_export.compare import Comparison, Difference
from mimo_export.optimize.report import (
    Latency,
    Optimized,
    describe_golden,
    describe_overrun,
    section,
    table,
)
from mimo_export.optimize.task import Change

ROW = Comparison(
    "onnxruntime",
    "risk",
    "fail",
    expected_range=(0.25, 0.75),
    largest=Difference(0.0123, "test_data_set_0", (0, 0), 0.5, 0.5123),
)
FOUND = Optimized(
    "model.int8.onnx",
    "int8",
    "the test part of pulses (real, 100 rows)",
    0.01,
    (4000, 1000),
    (Latency(1, Spread(1, 2, 3, 9), Spread(0.5, 1, 1.5, 9), Spread(0.4, 0.5, 0.625, 9)),),
    1,
    (Change("risk", "mae", 0.5, 0.49, -0.02), Change("kind", "accuracy", 0.8, 0.792, 0.01)),
    (ROW,),
    ("1 GRU (3 KB)",),
)


def test_the_table_has_size_time_and_scores() -> None:
    header, rows = table(FOUND)
    assert header == ("", "KB", "ms, batch 1", "risk mae", "kind accuracy")
    assert rows == [
        ("original", "4.0", "2 (1 to 3)", "0.5", "0.8"),
        ("int8", "1.0", "1 (0.5 to 1.5)", "0.49", "0.792"),
        ("change", "25.0%", "0.5 (0.4 to 0.62) times", "+2.00%", "-1.00%"),
    ]


def test_the_budget_is_what_the_worst_score_may_lose() -> None:
    assert FOUND.worst.output == "kind"
    assert FOUND.passed
    strict = dataclasses.replace(FOUND, budget=0.009)
    assert not strict.passed
    assert describe_overrun(strict) == (
        "kind accuracy goes from 0.8 to 0.792 on the test part of pulses (real, 100 rows): a loss "
        "of 1.00%, where --max-metric-drop allows 0.90%"
    )


def test_a_score_that_is_no_number_is_over_every_budget() -> None:
    broken = Change("kind", "accuracy", 0.8, math.nan, math.inf)
    found = dataclasses.replace(FOUND, changes=(broken,), budget=1.0)
    assert not found.passed
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["changes"][0]["drop"] == "inf"


def test_a_golden_row_says_how_far_and_between_what() -> None:
    assert describe_golden(ROW) == "at most 0.012 from Keras (Keras: 0.25 to 0.75)"
    classes = dataclasses.replace(ROW, classes="22 of 23")
    assert describe_golden(classes).endswith(", same class in 22 of 23 rows")
    assert describe_golden(Comparison("onnxruntime", "text", "pass")) == "equal"


def test_what_a_bundle_keeps_has_no_times() -> None:
    facts = FOUND.facts()
    assert sorted(facts) == [
        *("budget", "changes", "data", "file", "golden", "kept", "precision", "sizes"),
    ]
    assert facts["golden"] == {"risk": "at most 0.012 from Keras (Keras: 0.25 to 0.75)"}


def test_the_section_has_a_row_for_each_score_of_each_file() -> None:
    lines = section({"model.int8.onnx": FOUND.facts()}).splitlines()
    assert lines[0] == "## Smaller files"
    assert lines[-4:-1] == [
        "| `model.int8.onnx` | 1.0 of 4.0 | `risk` | mae | 0.5 | 0.49 | 1 GRU (3 KB) |",
        "| `model.int8.onnx` | 1.0 of 4.0 | `kind` | accuracy | 0.8 | 0.792 | 1 GRU (3 KB) |",
        "",
    ]
    assert lines[-1] == "- `model.int8.onnx`: scored on the test part of pulses (real, 100 rows)"
