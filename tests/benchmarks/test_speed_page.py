"""The page of the speed benchmark: what stands in its tables."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from mimo_export.bench.graph import Work
from mimo_export.bench.report import Bench, Cell, Facts, Machine, Start
from mimo_export.bench.timing import Spread


@pytest.fixture(scope="module")
def results(load_script):
    return load_script("speed_results")


@pytest.fixture(scope="module")
def page(load_script, results):
    return load_script("speed_page")


@pytest.fixture
def places(results):
    return {name: results.Place("a processor", "onnxruntime 1") for name in "mn"}


def spread(x):
    return Spread(x, x, x, 3)


def bench(*theirs, gflops=50.0, gbps=10.0):
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
    machine, start = Machine(1, gflops, gbps), Start("mimo-portable", 1, 0.1, 10)
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


@pytest.fixture
def folder(results, tmp_path):
    """Give a folder with what was measured of "m" and of exports."""
    results.write(tmp_path, "m", bench(2.0, 0.8).to_dict())
    results.write(tmp_path, "export", EXPORTS)
    return tmp_path


def test_the_page_has_every_setting_and_keeps_bars_out_of_cells(page, results, folder):
    text = page.text(folder, ["m"])
    here = results.here()
    assert f"- m: {here.processor}; at most 50 GFLOP/s and 10 GB/s on 1 (threads), " in text
    assert f"Versions: {here.versions}.\n" in text
    assert "### m, batch 2, threads: 1\n" in text
    assert "| a\\|b | 0.8 | 0.8 to 0.8 | 0.80 | 0.80 to 0.80 | " in text
    assert "wrong: 'y': 1 of 1 differ |" in text
    assert f"## Export\n\nOn {here.processor}.\n\n| model |" in text
    assert "| forecast | 40 | 30 | 2.0 | 12 |" in text
    assert "verification included: forecast 3.2 s.\n" in text


def test_a_model_without_a_result_is_named(page, folder):
    text = page.text(folder, ["n", "m", "o"])
    assert "## Beside the fastest peer\n\nNot measured yet: n, o.\n\n| model |" in text
    assert "Not measured" not in page.text(folder, ["m"])


def test_exports_that_were_not_measured_have_no_part(page, folder):
    (folder / "export.json").unlink()
    assert "## Export" not in page.text(folder, ["m"])


def test_models_of_one_machine_stand_together_and_those_of_another_apart(page, places, results):
    three = {name: bench(2.0) for name in "mno"}
    text = page.machines(three, {**places, "o": results.Place("a processor", "onnxruntime 2")})
    assert [line.partition(";")[0] for line in text.splitlines()] == [
        "- m, n: a processor",
        "- o: a processor",
    ]


def test_the_limits_are_the_best_that_was_found_on_a_machine(page, places, results):
    found = {"m": bench(2.0, gflops=70.0), "n": bench(2.0, gbps=20.0), "o": bench(2.0)}
    places["o"] = results.Place("another processor", "onnxruntime 1")
    kept = {name: results.Result(places[name], b.to_dict()) for name, b in found.items()}
    machines = {name: b.machine for name, b in page.read_benches(kept).items()}
    assert machines["m"] == machines["n"] == (Machine(1, 70.0, 20.0),)
    assert machines["o"] == (Machine(1, 50.0, 10.0),)


def test_the_page_as_it_stands_is_that_of_the_results_as_they_are(page, load_script):
    here = Path(page.__file__).parent
    names = [model.name for model in load_script("speed_models").MODELS]
    assert page.text(here / "results", names) == (here / "RESULTS.md").read_text(encoding="utf-8")
