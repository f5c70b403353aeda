"""Rows reduced by the segment that each belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, ir_numpy, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor, scatter_update
from mimo_export.backend.numpy import elementwise, reduction


def segment_sum(
    data: Any, segment_ids: Any, num_segments: Any = None, sorted: bool = False
) -> TracedTensor:
    """One ScatterND that adds."""
    return _segments("add", lambda dtype: 0, data, segment_ids, num_segments)


def segment_prod(
    data: Any, segment_ids: Any, num_segments: Any = None, sorted: bool = False
) -> TracedTensor:
    """One ScatterND that multiplies."""
    return _segments("mul", lambda dtype: 1, data, segment_ids, num_segments)


def segment_max(
    data: Any, segment_ids: Any, num_segments: Any = None, sorted: bool = False
) -> TracedTensor:
    """One ScatterND that keeps the largest; an empty segment holds the least of all numbers."""
    return _segments("max", lambda dtype: _extreme(dtype)[0], data, segment_ids, num_segments)


def segment_min(
    data: Any, segment_ids: Any, num_segments: Any = None, sorted: bool = False
) -> TracedTensor:
    """One ScatterND that keeps the smallest; an empty segment holds the greatest of all numbers."""
    return _segments("min", lambda dtype: _extreme(dtype)[1], data, segment_ids, num_segments)


def _extreme(dtype: str) -> tuple[Any, Any]:
    if "float" in dtype:
        return -np.inf, np.inf
    limits = np.iinfo(ir_numpy(dtype))
    return limits.min, limits.max


def _segments(
    reduction_name: str,
    neutral: Callable[[str], Any],
    data: Any,
    segment_ids: Any,
    num_segments: Any,
) -> TracedTensor:
    """Reduce the rows of each segment; rows of no segment go to one behind the last, cut off."""
    x, ids = convert_to_tensor(data), cast(segment_ids, "int64")
    if num_segments is None:
        num_segments = elementwise.add(reduction.max(ids), constant(1, "int64"))
    count = convert_to_tensor(num_segments, "int64")
    inside = run("And", run("Less", ids, count), run("Not", run("Less", ids, ints(0))))
    places = op("Unsqueeze", run("Where", inside, ids, count), ints(-1))
    rows = elementwise.add(count, constant(1, "int64"))
    rest = [_shapes.size_of(x, i) for i in range(1, x.ndim)]
    empty = _shapes.full([rows, *rest], neutral(x.dtype), x.dtype)
    return scatter_update(empty, places, x, reduction_name)[:-1]
