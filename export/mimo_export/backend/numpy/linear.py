"""Products of matrices and tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.backend import _shapes, core
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import elementwise
from mimo_export.backend.numpy._dtypes import as_tensors
from mimo_export.backend.numpy.creation import arange
from mimo_export.backend.numpy.einsum import einsum, letters
from mimo_export.backend.numpy.padding import pad
from mimo_export.backend.numpy.shaping import moveaxis, ravel, reshape


def matmul(x1: Any, x2: Any) -> TracedTensor:
    """One MatMul in the common dtype; bytes are multiplied into int32."""
    x1, x2 = convert_to_tensor(x1), convert_to_tensor(x2)
    if x1.dtype == x2.dtype == "int8" and x1.ndim > 1 and x2.ndim > 1:
        x1, x2 = cast(x1, "int32"), cast(x2, "int32")
    return run("MatMul", *as_tensors(x1, x2))


def dot(x1: Any, x2: Any) -> TracedTensor:
    """One MatMul; of scalars a Mul, of more axes the sum over the last and the last but one."""
    x1, x2 = as_tensors(x1, x2)
    if x1.ndim == 0 or x2.ndim == 0:
        return run("And" if x1.dtype == "bool" else "Mul", x1, x2)
    if x1.ndim == 1 or x2.ndim <= 2:
        return run("MatMul", x1, x2) if x2.ndim <= 2 else tensordot(x1, x2, [[0], [-2]])
    return tensordot(x1, x2, [[-1], [-2]])


def tensordot(x1: Any, x2: Any, axes: Any = 2) -> TracedTensor:
    """The sum over pairs of axes, as an einsum without an axis in common that stays."""
    x1, x2 = as_tensors(x1, x2)
    if isinstance(axes, int):
        first, second = list(range(x1.ndim - axes, x1.ndim)), list(range(axes))
    else:
        first, second = (_listed(side) for side in axes)
    left = letters(x1.ndim)
    right = list(letters(x2.ndim, start=x1.ndim))
    for a, b in zip(first, second, strict=True):
        right[b] = left[a]
    summed = {left[a] for a in first}
    kept = [c for c in (*left, *right) if c not in summed]
    return einsum(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", x1, x2, widen=False)


def _listed(axis: int | Sequence[int]) -> list[int]:
    return [axis] if isinstance(axis, int) else list(axis)


def outer(x1: Any, x2: Any) -> TracedTensor:
    """One Mul of a column and a row."""
    x1, x2 = as_tensors(x1, x2)
    kind = "And" if x1.dtype == "bool" else "Mul"
    return run(kind, reshape(x1, [-1, 1]), ravel(x2))


def inner(x1: Any, x2: Any) -> TracedTensor:
    """The sum over both last axes."""
    x1, x2 = as_tensors(x1, x2)
    if x1.ndim == 0 or x2.ndim == 0:
        return run("And" if x1.dtype == "bool" else "Mul", x1, x2)
    return tensordot(x1, x2, [[-1], [-1]])


def vdot(x1: Any, x2: Any) -> TracedTensor:
    """One MatMul of all elements."""
    x1, x2 = as_tensors(x1, x2)
    return run("MatMul", ravel(x1), ravel(x2))


def kron(x1: Any, x2: Any) -> TracedTensor:
    """All products, block by block."""
    x1, x2 = as_tensors(x1, x2)
    rank = max(x1.ndim, x2.ndim)
    first = _leading(x1, rank)
    second = _leading(x2, rank)
    blocks = op("Unsqueeze", first, ints(*range(1, 2 * rank, 2))) if rank else first
    inside = op("Unsqueeze", second, ints(*range(0, 2 * rank, 2))) if rank else second
    product = run("And" if x1.dtype == "bool" else "Mul", blocks, inside)
    sizes = [_product(_shapes.size_of(first, i), _shapes.size_of(second, i)) for i in range(rank)]
    return _shapes.reshape(product, sizes)


def _leading(x: TracedTensor, rank: int) -> TracedTensor:
    return op("Unsqueeze", x, ints(*range(rank - x.ndim))) if x.ndim < rank else x


def _product(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    return keras.ops.multiply(a, b)


def cross(
    x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> TracedTensor:
    """The vector at right angles to two: differences of products of their parts."""
    if axis is not None:
        axisa = axisb = axisc = axis
    x1, x2 = as_tensors(x1, x2)
    x1, x2 = moveaxis(x1, axisa, -1), moveaxis(x2, axisb, -1)
    for x in (x1, x2):
        _shapes.static_size(x, -1, "keras.ops.cross")
    if x1.shape[-1] not in (2, 3) or x2.shape[-1] not in (2, 3):
        raise ValueError(
            "Both `x1` and `x2` must have a dimension of 2 or 3 to be crossed. "
            f"Received: x1.shape={x1.shape}, x2.shape={x2.shape}"
        )
    a, b = _parts(x1), _parts(x2)
    third = _minor(a[0], b[1], a[1], b[0])
    if x1.shape[-1] == x2.shape[-1] == 2:
        return third
    first, second = _minor(a[1], b[2], a[2], b[1]), _minor(a[2], b[0], a[0], b[2])
    parts = [op("Unsqueeze", part, ints(-1)) for part in (first, second, third)]
    return moveaxis(op("Concat", *parts, axis=-1), -1, axisc)


def _parts(x: TracedTensor) -> list[TracedTensor]:
    """Return the three parts of vectors; the third of two-part vectors is 0."""
    parts = [x[..., i] for i in range(x.shape[-1] or 0)]
    return parts if len(parts) == 3 else [*parts, run("Mul", parts[0], constant(0, x.dtype))]


def _minor(a: TracedTensor, b: TracedTensor, c: TracedTensor, d: TracedTensor) -> TracedTensor:
    return run("Sub", run("Mul", a, b), run("Mul", c, d))


def vander(x: Any, N: Any = None, increasing: bool = False) -> TracedTensor:  # noqa: N803
    """Powers of each element, from N - 1 down to 0 or the other way."""
    x = convert_to_tensor(x)
    count = _shapes.size_of(x, 0) if N is None else N
    powers = arange(count) if increasing else arange(count - 1, -1, -1)
    dtype = keras.backend.result_type(x.dtype, "float32")
    column = op("Unsqueeze", cast(x, dtype), ints(-1))
    return cast(run("Pow", column, cast(powers, dtype)), x.dtype)


def correlate(x1: Any, x2: Any, mode: str = "valid") -> TracedTensor:
    """One Conv of a signal, with zeros around it, with a pattern; the mode says what is kept."""
    if mode not in ("valid", "same", "full"):
        raise ValueError(f"Invalid mode: '{mode}'. Mode must be one of: 'full', 'same', 'valid'.")
    x1, x2 = as_tensors(x1, x2)
    if x1.dtype not in ("float16", "bfloat16", "float64"):
        dtype = "float64" if x1.dtype == "int64" else "float32"
        x1, x2 = cast(x1, dtype), cast(x2, dtype)
    n, m = _shapes.size_of(x1, 0), _shapes.size_of(x2, 0)
    around = elementwise.subtract(m, 1)
    signal = op("Unsqueeze", pad(x1, [(around, around)]), ints(0, 1))
    # Inference says nothing of a Conv with a pattern of dynamic size.
    dims = (1, 1, *_shapes.dims_of([elementwise.add(n, around)]))
    result = run("Conv", signal, op("Unsqueeze", x2, ints(0, 1)), types=[(x1.dtype, dims)])
    result = op("Squeeze", result, ints(0, 1))
    if mode == "full":
        return result
    longest = elementwise.maximum(n, m)
    before = elementwise.subtract(elementwise.minimum(n, m), 1)
    if mode == "same":
        return core.slice(result, [elementwise.floor_divide(before, 2)], [longest])
    return core.slice(result, [before], [elementwise.subtract(longest, before)])
