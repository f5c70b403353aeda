"""Associative scans: every prefix at once, in as many steps as the length has bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._control import while_loop
from mimo_export.backend._convert import convert_to_tensor
from mimo_export.backend._graph import constant, op
from mimo_export.backend._tensor import TracedTensor


def associative_scan(
    f: Callable[..., Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """Combine each element with all before it (Hillis and Steele 1986).

    After the step with distance d, each place holds the 2 d elements up to it; the steps are a
    Loop if the length is dynamic.
    """
    if not callable(f):
        raise TypeError(f"`f` should be a callable. Received: f={f}")
    flat = [convert_to_tensor(x) for x in keras.tree.flatten(elems)]
    axis %= flat[0].ndim
    if len({x.shape[axis] for x in flat} - {None}) > 1:
        raise ValueError(
            "Array inputs to associative_scan must have the same first dimension. "
            f"(saw: {[x.shape for x in flat]})"
        )

    def step(distance: Any, values: Sequence[TracedTensor]) -> list[TracedTensor]:
        return _combined(f, elems, values, axis, distance, reverse)

    size = _shapes.size_of(flat[0], axis)
    if isinstance(size, int):
        distance = 1
        while distance < size:
            flat, distance = step(distance, flat), 2 * distance
    else:
        flat = _until(size, step, flat)
    return keras.tree.pack_sequence_as(elems, flat)


def _combined(
    f: Callable[..., Any],
    elems: Any,
    values: Sequence[TracedTensor],
    axis: int,
    distance: Any,
    reverse: bool,
) -> list[TracedTensor]:
    """Combine each place with the one at a distance; the places without one stay."""
    key = (slice(None),) * axis
    early = [x[(*key, slice(None, -distance))] for x in values]
    late = [x[(*key, slice(distance, None))] for x in values]
    pair = (late, early) if reverse else (early, late)
    result = keras.tree.flatten(f(*(keras.tree.pack_sequence_as(elems, part) for part in pair)))
    if len(result) != len(values):
        raise ValueError(
            "`f` of associative_scan must return as many tensors as `elems` has. "
            f"(returned: {len(result)}, elems: {len(values)})"
        )
    edge = slice(-distance, None) if reverse else slice(None, distance)
    found = []
    for x, part in zip(values, result, strict=True):
        kept = x[(*key, edge)]
        both = (part, kept) if reverse else (kept, part)
        types = None if x.is_constant else [(x.dtype, x.dims)]
        found.append(op("Concat", *both, axis=axis, types=types))
    return found


def _until(
    size: TracedTensor,
    step: Callable[[Any, Sequence[TracedTensor]], list[TracedTensor]],
    flat: list[TracedTensor],
) -> list[TracedTensor]:
    result = while_loop(
        lambda distance, _: op("Less", distance, size),
        lambda distance, values: (op("Add", distance, distance), step(distance, values)),
        (constant(1, "int32"), flat),
    )
    return list(result[1])
