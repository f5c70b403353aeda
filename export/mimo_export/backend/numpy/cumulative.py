"""Running totals and differences along an axis."""

from __future__ import annotations

from typing import Any

import keras

from mimo_export.backend import core
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import elementwise
from mimo_export.backend.numpy._dtypes import is_float
from mimo_export.backend.numpy.creation import full_like
from mimo_export.backend.numpy.reduction import along
from mimo_export.backend.numpy.shaping import moveaxis


def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> TracedTensor:
    """The products of 2, 4, 8, ... neighbours in float64; a Scan where the size is not known."""
    x, axis = along(x, axis, dtype)
    length = x.dims[axis]
    if isinstance(length, int):
        wide = cast(x, "float64") if is_float(x) else x
        return cast(_doubled(wide, axis, length), x.dtype)
    steps = moveaxis(x, axis, 0)

    def multiplied(product: TracedTensor, step: TracedTensor) -> tuple[Any, Any]:
        product = elementwise.multiply(product, step)
        return product, product

    one = full_like(op("Squeeze", steps[:1], ints(0)), 1)
    return moveaxis(core.scan(multiplied, one, steps)[1], 0, axis)


def _doubled(x: TracedTensor, axis: int, length: int) -> TracedTensor:
    """Return x times itself moved by 1, 2, 4, ... places: each time over twice as many."""
    moved_by = 1
    while moved_by < length:
        room = [0] * 2 * x.ndim
        room[axis] = moved_by
        kept: list[Any] = [slice(None)] * x.ndim
        kept[axis] = slice(0, length - moved_by)
        earlier = run("Pad", x[tuple(kept)], ints(*room), constant(1, x.dtype))
        x = run("Mul", x, earlier)
        moved_by *= 2
    return x


def diff(a: Any, n: int = 1, axis: int = -1) -> TracedTensor:
    """Each element less the one before, n times."""
    a = convert_to_tensor(a)
    if n < 0:
        raise ValueError(f"Order `n` must be non-negative. Received n={n}")
    if a.ndim == 0:
        raise ValueError(f"`diff` requires input that is at least one dimensional. Received: a={a}")
    before: list[Any] = [slice(None)] * a.ndim
    after = list(before)
    before[axis], after[axis] = slice(None, -1), slice(1, None)
    for _ in range(n):
        later, sooner = a[tuple(after)], a[tuple(before)]
        a = op("Xor", later, sooner) if a.dtype == "bool" else run("Sub", later, sooner)
    return a


def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> TracedTensor:
    """The sum of the mean heights of neighbours times their distances."""
    y = convert_to_tensor(y)
    y = cast(y, keras.backend.result_type(y.dtype, float))
    width = constant(dx, y.dtype)
    if x is not None:
        x = convert_to_tensor(x, y.dtype)
        width = diff(x) if x.ndim == 1 else moveaxis(diff(x, axis=axis), axis, -1)
    y = moveaxis(y, axis, -1)
    heights = elementwise.add(y[..., 1:], y[..., :-1])
    areas = run("Mul", run("Mul", heights, constant(0.5, y.dtype)), width)
    return run("ReduceSum", areas, ints(-1), keepdims=0)
