"""Rows on which Keras's own answer does not hold are drawn again."""

from __future__ import annotations

import numpy as np

from mimo_export.compare import Tolerance
from mimo_export.conditioning import Steadied, redrawn, steadied
from mimo_export.drawing import Range

AROUND = {"x": Range("normal", 100.0, 2.0, "float32")}


def difference_of_neighbours(arrays):
    """Answer what float32 cannot hold where neighbours are as near as 1e-5 of their size."""
    x = arrays["x"]
    return {"y": (x[:, 1:] - x[:, :-1]) / np.float32(x.std(axis=1, keepdims=True) + 1e-3)}


def run(call, ranges=AROUND, shape=(17, 4)):
    generator = np.random.default_rng(0)
    inputs = {name: values.draw(generator, shape) for name, values in ranges.items()}
    return inputs, steadied(call, inputs, ranges, Tolerance(), generator)


def test_rows_that_move_are_drawn_again_and_the_others_stay():
    inputs, found = run(difference_of_neighbours)
    assert 0 < found.redrawn < 17
    assert found.unsteady == 0
    same = (found.inputs["x"] == inputs["x"]).all(axis=1)
    assert same.sum() == 17 - found.redrawn
    np.testing.assert_array_equal(found.outputs["y"], difference_of_neighbours(found.inputs)["y"])


def test_steady_rows_are_kept_as_they_are():
    inputs, found = run(lambda arrays: {"y": (arrays["x"] - 100) / 2})
    assert (found.redrawn, found.unsteady) == (0, 0)
    np.testing.assert_array_equal(found.inputs["x"], inputs["x"])


def test_numbers_around_nought_and_ids_are_asked_for_once():
    asked = []

    def call(arrays):
        asked.append(arrays)
        return {"y": arrays["x"] * 1e9}

    ranges = {"x": Range("normal", 0.0, 1.0, "float32")}
    assert run(call, ranges)[1].redrawn == 0
    assert len(asked) == 1


def test_rows_that_never_hold_are_counted():
    found = run(lambda arrays: {"y": arrays["x"] * 1e9 % 7})[1]
    assert found.unsteady > 0
    (line,) = redrawn([found])
    assert line.startswith(f"{found.redrawn} rows were drawn again: Keras's own answer moves by")
    assert line.endswith(f"; on {found.unsteady} it still does")
    assert redrawn([Steadied({}, {})]) == ()


def test_rows_are_found_in_which_all_numbers_go_one_way_by_chance():
    """Of 17 rows of two numbers each, half go up or down as one."""
    _, found = run(
        lambda arrays: {"y": (arrays["x"][:, 1] - arrays["x"][:, 0]) * 10}, shape=(17, 2)
    )
    assert found.redrawn > 12
