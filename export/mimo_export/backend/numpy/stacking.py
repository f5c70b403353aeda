"""Tensors put together and taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mimo_export.backend._graph import ints, op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.numpy._dtypes import as_tensors
from mimo_export.backend.numpy.shaping import concatenate, expand_dims, parts, split


def append(x1: Any, x2: Any, axis: int | None = None) -> TracedTensor:
    """One Concat."""
    return concatenate([x1, x2], axis)


def hstack(xs: Sequence[Any]) -> TracedTensor:
    """One Concat along the second axis, of vectors along their only one."""
    tensors = [_with_rank(x, 1) for x in as_tensors(*xs)]
    return concatenate(tensors, axis=0 if tensors[0].ndim == 1 else 1)


def vstack(xs: Sequence[Any]) -> TracedTensor:
    """One Concat along the first axis, of vectors as rows."""
    tensors = as_tensors(*xs)
    return concatenate([expand_dims(_with_rank(x, 1), 0) if x.ndim < 2 else x for x in tensors], 0)


def column_stack(xs: Sequence[Any]) -> TracedTensor:
    """One Concat along the second axis, of vectors as columns."""
    tensors = [_with_rank(x, 1) for x in as_tensors(*xs)]
    return concatenate([expand_dims(x, 1) if x.ndim == 1 else x for x in tensors], axis=1)


def dstack(xs: Sequence[Any]) -> TracedTensor:
    """One Concat along the third axis."""
    tensors = []
    for x in as_tensors(*xs):
        flat = _with_rank(x, 1)
        flat = expand_dims(flat, 0) if flat.ndim == 1 else flat
        tensors.append(expand_dims(flat, 2) if flat.ndim == 2 else flat)
    return concatenate(tensors, axis=2)


def _with_rank(x: TracedTensor, rank: int) -> TracedTensor:
    return op("Unsqueeze", x, ints(*range(rank - x.ndim))) if x.ndim < rank else x


def array_split(x: Any, indices_or_sections: int, axis: int = 0) -> list[TracedTensor]:
    """One Split into parts of which the first may be longer by one."""
    x = convert_to_tensor(x)
    axis %= x.ndim
    if not isinstance(indices_or_sections, int):
        return split(x, indices_or_sections, axis)
    return parts(x, range(indices_or_sections)[::-1], axis)


def hsplit(x: Any, indices_or_sections: Any) -> list[TracedTensor]:
    """One Split along the second axis, of a vector along its only one."""
    x = convert_to_tensor(x)
    return split(x, indices_or_sections, axis=0 if x.ndim == 1 else 1)


def vsplit(x: Any, indices_or_sections: Any) -> list[TracedTensor]:
    """One Split along the first axis."""
    return split(x, indices_or_sections, axis=0)


def dsplit(x: Any, indices_or_sections: Any) -> list[TracedTensor]:
    """One Split along the third axis."""
    return split(x, indices_or_sections, axis=2)
