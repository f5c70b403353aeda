"""Operators that runtimes carry in single precision only."""

from __future__ import annotations

from typing import Any

from mimo_export.backend._graph import op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast


def single(op_type: str, *inputs: TracedTensor | None, **attributes: Any) -> TracedTensor:
    """Add a node in float32; another dtype is cast to it and back.

    onnxruntime has no float64 or integer kernel for these operators. float16 stays: it is what the
    standard admits, and runtimes widen it themselves.
    """
    first = next(x for x in inputs if x is not None)
    if first.dtype in ("float32", "float16", "bfloat16"):
        return op(op_type, *inputs, **attributes)
    narrow = [None if x is None else cast(x, "float32") for x in inputs]
    return cast(op(op_type, *narrow, **attributes), first.dtype)
