"""Categories as vectors, in the modes that Keras's preprocessing layers share."""

from __future__ import annotations

from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast
from mimo_export.backend.nn import encoding
from mimo_export.backend.numpy import shaping


def encode(ids: TracedTensor, mode: str, depth: int, dtype: str) -> TracedTensor:
    """Return ids 0..depth in an output mode of Keras; the id `depth` stands for nothing.

    1. "int": the ids themselves;
    2. "one_hot": a vector for each id, in place of a last axis of size 1, else behind it;
    3. "multi_hot": which ids there are along the axis after the batch;
    4. "count": how often.
    """
    if mode == "int":
        return cast(ids, dtype)
    if mode == "one_hot":
        single = ids.ndim > 1 and ids.dims[-1] == 1
        return encoding.one_hot(shaping.squeeze(ids, -1) if single else ids, depth, dtype=dtype)
    rows = shaping.moveaxis(ids, 1, -1) if ids.ndim > 2 else ids
    return cast(encoding.written(rows, depth, "add" if mode == "count" else None), dtype)
