"""The page of the speed benchmark: what stands in its tables."""

from __future__ import annotations

import math

import keras
import onnxruntime
import pytest

from mimo_export.bench.graph import Work
from mimo_export.bench.report import Bench, Cell, Facts, Machine, Start
from mimo_export.bench.timing import Spread


@pytest.fixture(scope="module")
def page(load_script):
    return load_script("speed_page")


def spread(x):
    return Spread(x, x, x, 3)


def bench(*theirs):
    """Return a benchmark with an ONNX peer that takes so many times as long, at each batch."""
    cells = [
        cell
        for batch, ratio in enumerate(theirs, start=1)
        for cell in (
            Cell("mimo-portable", batch, 1, spread(1.0), spread(1.0), 1.0),
            Cell("a|b", batch, 1, spread(ratio), spread(ratio), 1.0),
            Cell("wrong", batch, 1, spread(0.1), spread(0.1), 1.0, 9.0, "'y': 1 of 1 differ"),
            Cell("other", batch, 1, spread(0.5), spread(0.5), 1.0),
        )
    ]
    facts = [Facts(name, is_onnx=name != "other") for name in dict.fromkeys(c.peer for c in cells)]
    machine, start = Machine(1, 50.0, 10.0), Start("mimo-portable", 1, 0.1, 10)
    return Bench("b", Work(10, 10), (machine,), tuple(facts), (start,), tuple(cells))


EXPORTS = {
    "models": [
        {
            "name": "forecast",
            "first": 0.04,
            "median": 0.03,
            "weight_bytes": 2_000_000,
            "before_bytes": 100_000_000,
            "peak_bytes": 112_000_000,
        }
    ],
    "layers": [],
    "cold": {"forecast": 3.21},
}


def test_ours_over_the_best_right_peer(page):
    assert page.ours_over_best(bench(2.0, 8.0), onnx=True) == {(1, 1): 0.5, (2, 1): 0.125}
    assert page.ours_over_best(bench(2.0), onnx=False) == {(1, 1): 2.0}


def test_means_are_geometric(page):
    assert page.mean([2.0, 8.0]) == pytest.approx(4.0)
    assert math.isnan(page.mean([]))


def test_the_summary_says_where_we_are_slower(page):
    _, rows = page.summary({"m": bench(2.0, 0.8), "n": bench(1.25)})
    assert [tuple(row) for row in rows] == [
        ("m", "0.79", "1.25", "2.00", "batch 2, threads 1: 1.25"),
        ("n", "0.80", "0.80", "2.00", ""),
        ("geometric mean", "0.80", "", "2.00", ""),
    ]


def test_the_page_has_every_setting_and_keeps_bars_out_of_cells(page):
    text = page.text({"m": bench(2.0, 0.8)}, EXPORTS)
    assert "50 GFLOP/s and 10 GB/s on 1 (threads)" in text
    assert "### m, batch 2, threads: 1\n" in text
    assert "| a\\|b | 0.8 | 0.8 to 0.8 | 0.80 | 0.80 to 0.80 | " in text
    assert "wrong: 'y': 1 of 1 differ |" in text
    assert "| forecast | 40 | 30 | 2.0 | 12 |" in text
    assert "verification included: forecast 3.2 s.\n" in text


def test_a_model_without_a_result_is_named(page):
    text = page.text({"m": bench(2.0)}, EXPORTS, ["n", "o"])
    assert "## Beside the fastest peer\n\nNot measured yet: n, o.\n\n| model |" in text
    assert "Not measured" not in page.text({"m": bench(2.0)}, EXPORTS)


def test_the_page_names_the_versions_that_were_measured(page):
    text = page.text({"m": bench(2.0)}, EXPORTS)
    assert f"onnxruntime {onnxruntime.__version__}, keras {keras.__version__}" in text
    assert "Machine: ; " not in text
