"""Draw rows on which Keras's own answer holds, so that a difference from it says something.

An input that one layer takes for a measurement around 100 and another one normalises itself has
rows on which float32 cannot hold 1e-5: Keras's own answer moves by more when an input moves by its
last digit. Such a row would refuse any file, also one that is nearer to the exact answer than Keras
is, so it is drawn again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mimo_export.compare import Tolerance
from mimo_export.drawing import Range

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]

_SHARE = 0.5
"""How much of a tolerance Keras's own answer may move by: the rest is for the file's roundings."""
_ATTEMPTS = 6
_AROUND_NOUGHT = (3, 5)  # of the attempts: far from what a trained network sees


@dataclass(frozen=True)
class Steadied:
    """Inputs and Keras's answers, how many rows were drawn again, how many are unsteady still."""

    inputs: Arrays
    outputs: Arrays
    redrawn: int = 0
    unsteady: int = 0


def steadied(
    call: Callable[[Arrays], Arrays],
    inputs: Arrays,
    ranges: Mapping[str, Range],
    tolerance: Tolerance,
    generator: np.random.Generator,
) -> Steadied:
    """Return inputs, with rows drawn again on which Keras's own answer does not hold.

    Args:
        call: Runs the model on named arrays.
        inputs: What was drawn.
        ranges: What of.
        tolerance: What a file may differ by.
        generator: Of further values.
    """
    outputs = call(inputs)
    moving = [name for name, values in ranges.items() if _has_offset(values)]
    if not moving:
        return Steadied(inputs, outputs)
    redrawn: Array = np.zeros(len(inputs[moving[0]]), bool)
    for attempt in range(_ATTEMPTS):
        unsteady = _unsteady_rows(call, inputs, outputs, moving, tolerance)
        if not unsteady.any():
            break
        redrawn |= unsteady
        inputs = {**inputs, **_again(inputs, ranges, moving, unsteady, generator, attempt)}
        outputs = call(inputs)
    else:
        unsteady = _unsteady_rows(call, inputs, outputs, moving, tolerance)
    return Steadied(inputs, outputs, int(redrawn.sum()), int(unsteady.sum()))


def redrawn(cases: Iterable[Steadied]) -> tuple[str, ...]:
    """Return a line that says how many rows were drawn again, and how many are unsteady still."""
    found = list(cases)
    again, still = sum(case.redrawn for case in found), sum(case.unsteady for case in found)
    if not again:
        return ()
    text = (
        f"{again} rows were drawn again: Keras's own answer moves by more than half of the "
        "tolerance on them when an input moves by its last digit"
    )
    return (f"{text}; on {still} it still does" if still else text,)


def _has_offset(values: Range) -> bool:
    """Tell whether values lie around another level than 0, which costs them digits."""
    return not values.steps and not values.rows and (values.kind == "uniform" or values.low != 0)


def _unsteady_rows(
    call: Callable[[Arrays], Arrays],
    inputs: Arrays,
    outputs: Arrays,
    moving: list[str],
    tolerance: Tolerance,
) -> Array:
    """Return which rows' answers move too far when each number moves by its last digit.

    Once up and down by chance, once in turns: in a short row all may go up by chance, which a layer
    that takes the mean away does not see.
    """
    generator = np.random.default_rng(0)
    rows: Array = np.zeros(len(inputs[moving[0]]), bool)
    by_chance = {n: np.asarray(generator.integers(0, 2, inputs[n].shape)) for n in moving}
    in_turns = {name: _in_turns(inputs[name].shape) for name in moving}
    for up in (by_chance, in_turns):
        moved = call({**inputs, **{name: _nudged(inputs[name], up[name]) for name in moving}})
        rows |= _moved_rows(outputs, moved, len(rows), tolerance)
    return rows


def _moved_rows(outputs: Arrays, moved: Arrays, count: int, tolerance: Tolerance) -> Array:
    """Return which of the first rows of answers have moved too far."""
    rows: Array = np.zeros(count, bool)
    for name, answer in outputs.items():
        if len(np.shape(answer)) == 0 or len(answer) != count or answer.dtype.kind not in "fV":
            continue
        before, after = answer.astype("float64"), moved[name].astype("float64")
        limit = _SHARE * (tolerance.atol + tolerance.rtol * np.abs(before))
        with np.errstate(invalid="ignore"):
            far = np.abs(after - before) > limit
        rows |= far.reshape(count, -1).any(axis=1)
    return rows


def _in_turns(shape: tuple[int, ...]) -> Array:
    """Return 0 and 1 such that neighbours along every axis differ."""
    along = [(np.arange(size) % 2).astype("uint8") for size in shape]
    turns: Array = functools.reduce(np.bitwise_xor.outer, along)
    return turns


def _nudged(array: Array, up: Array) -> Array:
    """Return numbers that are each one step from those given: up where that is 1, else down."""
    ends = np.where(up == 0, -np.inf, np.inf)
    nudged: Array = np.nextafter(array, ends.astype(array.dtype))
    return nudged


def _again(
    inputs: Arrays,
    ranges: Mapping[str, Range],
    moving: list[str],
    rows: Array,
    generator: np.random.Generator,
    attempt: int,
) -> Arrays:
    """Return inputs with some rows drawn anew: at full contrast first, later around 0 in turns."""
    found = {}
    for name in moving:
        values, array = ranges[name], inputs[name]
        if attempt in _AROUND_NOUGHT and values.kind == "normal":
            values = Range("normal", 0.0, 1.0, values.dtype)
        # Every second row of a range is a faint one, in which numbers lie close together.
        drawn = values.draw(generator, (2 * len(array), *array.shape[1:]))[::2]
        # An input with a first size of its own has no rows that belong to these.
        own = rows if len(array) == len(rows) else np.full(len(array), True)
        found[name] = np.where(own.reshape(-1, *[1] * (array.ndim - 1)), drawn, array)
    return found
