"""Python's indexing of a traced tensor: integers, slices, None, `...`, and tensors of places."""

from __future__ import annotations

from typing import Any

import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import ints, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.errors import UnsupportedOperationError

_LAST = 2**63 - 1  # ONNX's "to the end"
_FIRST = -(2**63)  # ONNX's "to before the first element", for negative steps


def getitem(x: TracedTensor, key: Any) -> TracedTensor:
    """Return x[key].

    1. Integers and slices become one Slice, and a Squeeze of the axes that an integer removes.
    2. None becomes an Unsqueeze.
    3. One tensor or list of places becomes a Gather; several become one GatherND.
    """
    parts = _full_key(x, key if isinstance(key, tuple) else (key,))
    consumed = [part for part in parts if part is not None]
    x, keep = _sliced(x, consumed)
    if any(_is_places(part) for part in consumed):
        return _gathered(x, parts)
    dropped = [axis for axis, kept in enumerate(keep) if not kept]
    if dropped:
        x = op("Squeeze", x, ints(*dropped))
    added = _new_axes(parts)
    return op("Unsqueeze", x, ints(*added)) if added else x


def _full_key(x: TracedTensor, key: tuple[Any, ...]) -> list[Any]:
    """Return one entry for each axis (None for a new one), with `...` written out."""
    taken = sum(part is not None and part is not Ellipsis for part in key)
    if taken > x.ndim:
        raise IndexError(f"Too many indices for {x!r}: {taken}")
    rest = [slice(None)] * (x.ndim - taken)
    place = next((i for i, part in enumerate(key) if part is Ellipsis), None)
    if place is None:
        return [*key, *rest]
    return [*key[:place], *rest, *key[place + 1 :]]


def _is_places(part: Any) -> bool:
    """Whether a part of the key is a tensor or list of places, rather than a number or slice."""
    if isinstance(part, TracedTensor):
        return part.ndim > 0
    return isinstance(part, (list, np.ndarray)) and np.ndim(part) > 0


def _sliced(x: TracedTensor, parts: list[Any]) -> tuple[TracedTensor, list[bool]]:
    """Apply integers and slices; return the tensor, all axes kept, and which of them stay."""
    starts, ends, axes, steps = [], [], [], []
    dims: list[int | str | None] = list(x.dims)
    for axis, part in enumerate(parts):
        if _is_places(part) or part == slice(None):
            continue
        start, end, step, dim = _range(part, x.dims[axis])
        starts.append(start)
        ends.append(end)
        axes.append(axis)
        steps.append(step)
        dims[axis] = dim
    keep = [isinstance(part, slice) or _is_places(part) for part in parts]
    if not axes:
        return x, keep
    types = None if x.is_constant else [(x.dtype, dims)]
    wanted = (_shapes.vector(starts), _shapes.vector(ends), ints(*axes))
    x = op("Slice", x, *wanted, ints(*steps) if any(s != 1 for s in steps) else None, types=types)
    return x, keep


def _range(part: Any, dim: int | str) -> tuple[Any, Any, int, int | str | None]:
    """Return ONNX's start, end and step for one part of a key, and the resulting dimension."""
    if not isinstance(part, slice):
        place = _shapes.static(part)
        if place is None:
            one = convert_to_tensor(part)
            return one, op("Add", _shapes.as_int64(one), op("Squeeze", ints(1))), 1, 1
        if isinstance(dim, int) and not -dim <= place < dim:
            raise IndexError(f"Index {place} is out of range for a dimension of {dim}")
        return place, _LAST if place == -1 else place + 1, 1, 1
    step = 1 if part.step is None else int(part.step)
    start = (0 if step > 0 else _LAST) if part.start is None else part.start
    end = (_LAST if step > 0 else _FIRST) if part.stop is None else part.stop
    bounds = (_shapes.static(start), _shapes.static(end))
    if isinstance(dim, int) and None not in bounds:
        return start, end, step, len(range(dim)[part])
    whole = bounds in ((0, _LAST), (_LAST, _FIRST)) and abs(step) == 1
    return start, end, step, dim if whole else None


def _new_axes(parts: list[Any]) -> list[int]:
    """Return where in the result the axes lie that None adds."""
    kept = [part for part in parts if part is None or isinstance(part, slice)]
    return [place for place, part in enumerate(kept) if part is None]


def _gathered(x: TracedTensor, parts: list[Any]) -> TracedTensor:
    """Gather by tensors of places; axes that an integer beside them chose are dropped."""
    if any(part is None for part in parts):
        raise _unsupported(x, "None beside tensors of places")
    chosen = [axis for axis, part in enumerate(parts) if _is_places(part)]
    dropped = [a for a, part in enumerate(parts) if not _is_places(part) and not _is_slice(part)]
    places = [convert_to_tensor(parts[axis]) for axis in chosen]
    if any(p.dtype == "bool" for p in places):
        raise _unsupported(x, "a boolean mask, whose result has a size that depends on the data")
    if dropped:
        x = op("Squeeze", x, ints(*dropped))
        chosen = [axis - sum(d < axis for d in dropped) for axis in chosen]
    if len(chosen) == 1:
        return op("Gather", x, _shapes.as_int64(places[0]), axis=chosen[0])
    if chosen != list(range(chosen[0], chosen[0] + len(chosen))) or chosen[0] != 0:
        raise _unsupported(x, "tensors of places on axes that are not the first ones")
    return op("GatherND", x, _broadcast_together(places))


def _is_slice(part: Any) -> bool:
    return isinstance(part, slice)


def _broadcast_together(places: list[TracedTensor]) -> TracedTensor:
    """Return index tensors, broadcast to each other, as the rows that GatherND reads."""
    zero = ints(0)
    total = places[0]
    for other in places[1:]:
        total = op("Add", _shapes.as_int64(total), _shapes.as_int64(other))
    blank = op("Mul", total, zero) if total.ndim else total
    rows = [
        op("Unsqueeze", op("Add", _shapes.as_int64(place), blank), ints(-1)) for place in places
    ]
    return op("Concat", *rows, axis=-1)


def _unsupported(x: TracedTensor, what: str) -> UnsupportedOperationError:
    return UnsupportedOperationError(
        f"a tensor is indexed with {what}",
        where=repr(x),
        remedy="use keras.ops.take, take_along_axis or where",
    )
