"""The best of the last axis."""

from __future__ import annotations

from typing import Any

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import reduction, sorting


def top_k(
    x: Any, k: int, sorted: bool = True, is_stable: bool = True
) -> tuple[TracedTensor, TracedTensor]:
    """One TopK of the last axis, largest first, and of equal ones the first first."""
    x = convert_to_tensor(x)
    values, places = sorting.top(x, k, x.ndim - 1, largest=True)
    return values, cast(places, "int32")


def in_top_k(targets: Any, predictions: Any, k: int) -> TracedTensor:
    """Whether fewer than k predictions are better than the target's, which is a finite one."""
    targets, predictions = convert_to_tensor(targets), convert_to_tensor(predictions)
    places = op("Unsqueeze", cast(targets, "int64"), ints(-1))
    classes = convert_to_tensor(_shapes.size_of(predictions, predictions.ndim - 1), "int64")
    known = run("And", run("Less", places, classes), run("Not", run("Less", places, ints(0))))
    safe = run("Where", known, places, ints(0))
    own = op("GatherElements", predictions, safe, axis=predictions.ndim - 1)
    better = reduction.count_nonzero(run("Greater", predictions, own), axis=-1)
    finite = run("Not", run("Or", run("IsInf", own), run("IsNaN", own)))
    valid = op("Squeeze", run("And", finite, known), ints(-1))
    return run("And", run("Less", better, constant(k, "int32")), valid)
