"""What is different between what onnxruntime computed and what Keras did, in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
from conformance.tracing import Result, is_value, to_array

from mimo_export.backend import _switch
from mimo_export.backend._tensor import Array

TOLERANCE = 1e-5
# Half precision cannot come nearer than its own steps, and backends add in different orders.
_TOLERANCES = {"float16": 4 * 2.0**-10, "bfloat16": 4 * 2.0**-7}
_STEADY = 4.0  # a difference of so many times what rounding alone does to Keras says something

Moves = Callable[[], Iterator[Array]]


def difference(found: Any, expected: Any, moves: Moves) -> str:
    """Return what is different between two structures of tensors, or nothing.

    Args:
        found: What the graph computed, with a `Result` for each tensor.
        expected: What Keras computed.
        moves: Returns how far each tensor of `expected` moves when its inputs are rounded in
            another way. A difference of large numbers has no more digits than that on any backend.
    """
    ours, theirs = keras.tree.flatten(found), keras.tree.flatten(expected)
    if len(ours) != len(theirs):
        return f"{len(ours)} results, Keras has {len(theirs)}"
    shown = next(filter(None, map(_leaf, ours, theirs)), "")
    if not shown:
        return ""
    steady = moves()
    within = [next(steady) if isinstance(x, Result) else None for x in ours]
    return next(filter(None, map(_leaf, ours, theirs, within)), "")


def _leaf(found: Any, expected: Any, moves: Array | None = None) -> str:
    """Return what is different between two tensors, their masks included."""
    if not isinstance(found, Result):
        same = expected is found or (not is_value(expected) and expected == found)
        return "" if same else f"{found!r}, Keras has {expected!r}"
    dtype, array = to_array(expected)
    if (found.dtype, found.array.shape) != (dtype, array.shape):
        return f"{found.dtype}{found.array.shape}, Keras has {dtype}{array.shape}"
    if not _is_near(found.array, array, _TOLERANCES.get(dtype, TOLERANCE), moves):
        return _largest(found.array, array)
    mask = _switch.keras_backend.get_keras_mask(expected)
    if (mask is None) != (found.mask is None):
        return f"mask {found.mask}, Keras has {mask}"
    shown = "" if found.mask is None else _leaf(found.mask, mask)
    return f"mask: {shown}" if shown else ""


def apart(one: Array, two: Array) -> Array:
    """Return how far apart numbers are; equal infinities and two NaN are not, one NaN is far."""
    if two.dtype.kind not in "fiub":
        return np.zeros(two.shape)
    one, two = one.astype("float64"), two.astype("float64")
    with np.errstate(invalid="ignore"):
        distance = np.abs(one - two)
    equal = (one == two) | (np.isnan(one) & np.isnan(two))
    return np.where(equal, 0.0, np.nan_to_num(distance, nan=np.inf))


def _is_near(found: Array, expected: Array, tolerance: float, moves: Array | None) -> bool:
    if expected.dtype.kind not in "fiub":
        return bool(np.array_equal(found.astype(object), expected.astype(object)))
    size = np.abs(expected.astype("float64"))
    allowed = tolerance + tolerance * np.where(np.isfinite(size), size, 0.0)
    if moves is not None:
        allowed = allowed + _STEADY * moves
    return bool(np.all(apart(found, expected) <= allowed))


def _largest(found: Array, expected: Array) -> str:
    if expected.dtype.kind not in "fiub":
        return f"{found.tolist()!s:.200}, Keras has {expected.tolist()!s:.200}"
    distance = apart(found, expected)
    place = np.unravel_index(np.argmax(distance), distance.shape)
    return (
        f"{found[place]} at {tuple(map(int, place))} of {expected.shape}, "
        f"Keras has {expected[place]} (largest of {int((distance > 0).sum())} differences)"
    )
