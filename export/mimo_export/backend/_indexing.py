"""Python's indexing of a traced tensor: integers, slices, None, `...`, and tensors of places.

NumPy's rules. Slices are applied first, all in one Slice. Integers alone are squeezed away. Where a
tensor of places is in the key, integers count as places too: all are broadcast together, and the
axes of their common shape stand where the places stood, or in front if the places were not
neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._convert import convert_to_tensor, unstack
from mimo_export.backend._graph import ints, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.errors import UnsupportedOperationError

_LAST = 2**63 - 1  # ONNX's "to the end"
_FIRST = -(2**63)  # ONNX's "to before the first element", for negative steps


def getitem(x: TracedTensor, key: Any) -> TracedTensor:
    """Return x[key].

    1. Integers and slices become one Slice, and a Squeeze of the axes that an integer removes.
    2. A traced number becomes a Gather.
    3. None becomes an Unsqueeze.
    4. One tensor or list of places becomes a Gather; several become one GatherND.
    5. A mask is the places where it holds: known ones, or those that a NonZero finds.
    """
    parts = _full_key(x, _as_tuple(key))
    consumed = [part for part in parts if part is not None]
    if any(_is_places(part) for part in consumed):
        return _gathered(_sliced(x, consumed, numbers=False), parts)
    x = _sliced(x, consumed, numbers=True)
    dropped = [a for a, part in enumerate(consumed) if not isinstance(part, slice)]
    for axis in reversed([a for a in dropped if _is_traced(consumed[a])]):
        x = op("Gather", x, _shapes.as_int64(convert_to_tensor(consumed[axis])), axis=axis)
        dropped = [a - (a > axis) for a in dropped if a != axis]
    if dropped:
        x = op("Squeeze", x, ints(*dropped))
    kept = [part for part in parts if part is None or isinstance(part, slice)]
    added = [place for place, part in enumerate(kept) if part is None]
    return op("Unsqueeze", x, ints(*added)) if added else x


def _as_tuple(key: Any) -> tuple[Any, ...]:
    """Return the key as one of several axes, for which TensorFlow and PyTorch take lists too."""
    axes = isinstance(key, list) and any(
        part is None or part is Ellipsis or isinstance(part, slice) for part in key
    )
    return tuple(key) if axes or isinstance(key, tuple) else (key,)


def _full_key(x: TracedTensor, key: tuple[Any, ...]) -> list[Any]:
    """Return one entry for each axis (None for a new one), with `...` written out."""
    key = tuple(
        place
        for part in key
        for place in _places(x, part.value if isinstance(part, keras.Variable) else part)
    )
    taken = sum(part is not None and part is not Ellipsis for part in key)
    if taken > x.ndim:
        raise IndexError(f"Too many indices for {x!r}: {taken}")
    rest = [slice(None)] * (x.ndim - taken)
    place = next((i for i, part in enumerate(key) if part is Ellipsis), None)
    if place is None:
        return [*key, *rest]
    return [*key[:place], *rest, *key[place + 1 :]]


def _places(x: TracedTensor, part: Any) -> Sequence[Any]:
    """Return a part of the key; a mask as the places where it holds, axis by axis.

    One NonZero serves every tensor that is read through a mask: all have the same free size.
    """
    listed = np.asarray(part) if isinstance(part, (bool, list)) else part
    kind = getattr(listed, "dtype", None)
    if kind not in ("bool", np.dtype(bool)):
        return (part,)
    mask = convert_to_tensor(listed)
    if mask.ndim:
        known = mask.is_constant
        return np.nonzero(mask.array) if known else unstack(op("NonZero", mask), num=mask.ndim)
    raise UnsupportedOperationError(
        "a tensor is indexed with a single truth value",
        where=repr(x),
        remedy="use keras.ops.where(condition, x, 0), which keeps the shape",
    )


def _is_places(part: Any) -> bool:
    """Whether a part of the key is a tensor or list of places, rather than a number or slice."""
    if isinstance(part, slice) or part is None:
        return False
    return isinstance(part, list) or getattr(part, "ndim", 0) > 0


def _is_whole(part: Any) -> bool:
    """Whether a part of the key takes the whole axis; traced bounds cannot be compared with ==."""
    return isinstance(part, slice) and part.start is part.stop is part.step is None


def _is_traced(part: Any) -> bool:
    """Whether a part of the key is a number that only the graph knows."""
    return isinstance(part, TracedTensor) and not part.is_constant


def _sliced(x: TracedTensor, parts: list[Any], *, numbers: bool) -> TracedTensor:
    """Apply the slices of a key, and its known numbers if asked; all axes are kept."""
    starts, ends, axes, steps = [], [], [], []
    dims: list[int | str | None] = list(x.dims)
    for axis, part in enumerate(parts):
        wanted = isinstance(part, slice) or (numbers and not _is_traced(part))
        if not wanted or _is_whole(part):
            continue
        start, end, step, dim = _range(part, x.dims[axis])
        starts.append(start)
        ends.append(end)
        axes.append(axis)
        steps.append(step)
        dims[axis] = dim
    if not axes:
        return x
    types = None if x.is_constant else [(x.dtype, dims)]
    wide = ints(*steps) if any(s != 1 for s in steps) else None
    return op(
        "Slice", x, _shapes.vector(starts), _shapes.vector(ends), ints(*axes), wide, types=types
    )


def _range(part: Any, dim: int | str) -> tuple[Any, Any, int, int | str | None]:
    """Return ONNX's start, end and step for one part of a key, and the resulting dimension."""
    if not isinstance(part, slice):
        place = int(part)
        if isinstance(dim, int) and not -dim <= place < dim:
            raise IndexError(f"Index {place} is out of range for a dimension of {dim}")
        return place, _LAST if place == -1 else place + 1, 1, 1
    step = 1 if part.step is None else int(part.step)
    start = (0 if step > 0 else _LAST) if part.start is None else part.start
    end = (_LAST if step > 0 else _FIRST) if part.stop is None else part.stop
    bounds = (_shapes.static(start), _shapes.static(end))
    if isinstance(dim, int) and None not in bounds:
        first, last = (None if n is None else int(n) for n in (part.start, part.stop))
        return start, end, step, len(range(dim)[first:last:step])
    whole = bounds in ((0, _LAST), (_LAST, _FIRST)) and abs(step) == 1
    if bounds[0] == 0 and step == 1 and isinstance(end, TracedTensor):
        return start, end, step, end.dim
    return start, end, step, dim if whole else None


def _gathered(x: TracedTensor, parts: list[Any]) -> TracedTensor:
    """Gather by places; `x` has its slices applied, and all of its axes."""
    consumed = [part for part in parts if part is not None]
    chosen = [axis for axis, part in enumerate(consumed) if not isinstance(part, slice)]
    places = [_shapes.as_int64(convert_to_tensor(consumed[axis])) for axis in chosen]
    at = [i for i, part in enumerate(parts) if part is not None and not isinstance(part, slice)]
    neighbours = at == list(range(at[0], at[-1] + 1))
    before = chosen[0] if neighbours else 0
    if len(chosen) == 1:
        result, rank = op("Gather", x, places[0], axis=before), places[0].ndim
    else:
        kept = [axis for axis in range(x.ndim) if axis not in chosen]
        order = [*chosen, *kept]
        rows = _rows(places)
        rank = rows.ndim - 1
        turned = x if order == sorted(order) else op("Transpose", x, perm=order)
        result = op("GatherND", turned, rows)
        if before:
            front = range(rank, rank + before)
            back = range(rank + before, result.ndim)
            result = op("Transpose", result, perm=[*front, *range(rank), *back])
    added = _new_axes(parts, at[0] if neighbours else 0, rank)
    return op("Unsqueeze", result, ints(*added)) if added else result


def _new_axes(parts: list[Any], first: int, rank: int) -> list[int]:
    """Return where None stands in a result that has `rank` axes of places at `first` in the key."""
    axes: list[bool] = []
    for i, part in enumerate(parts):
        if i == first:
            axes += [False] * rank
        if part is None or isinstance(part, slice):
            axes.append(part is None)
    return [place for place, new in enumerate(axes) if new]


def _rows(places: Sequence[TracedTensor]) -> TracedTensor:
    """Return index tensors, broadcast to each other, as the rows that GatherND reads."""
    if all(place.dims == places[0].dims for place in places):
        return op("Concat", *(op("Unsqueeze", place, ints(-1)) for place in places), axis=-1)
    total = places[0]
    for other in places[1:]:
        total = op("Add", total, other)
    # Zeros in the common shape: added to each, they broadcast it.
    blank = op("Mul", total, ints(0)) if total.ndim else op("Sub", total, total)
    rows = [op("Unsqueeze", op("Add", place, blank), ints(-1)) for place in places]
    return op("Concat", *rows, axis=-1)
