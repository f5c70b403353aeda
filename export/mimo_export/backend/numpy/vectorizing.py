"""Functions of single elements, or of small arrays, applied to whole tensors."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor, vectorized_map
from mimo_export.backend.numpy import shaping


def vectorize(
    pyfunc: Callable[..., Any],
    *,
    excluded: Collection[int | str] | None = None,
    signature: str | None = None,
) -> Callable[..., Any]:
    """One Scan over all elements that arguments, broadcast to each other, have in common.

    Args:
        pyfunc: A function of scalars, or of what `signature` says.
        excluded: Arguments, by place or name, that are given to the function as they are.
        signature: The axes of each argument and result, such as "(n),(n)->()".
    """
    kept = frozenset(excluded or ())

    @functools.wraps(pyfunc)
    def vectorized(*args: Any, **kwargs: Any) -> Any:
        places = [i for i, x in enumerate(args) if i not in kept and x is not None]
        names = [name for name in kwargs if name not in kept]
        tensors = [
            convert_to_tensor(x) for x in (*(args[i] for i in places), *map(kwargs.get, names))
        ]
        ranks = [0] * len(tensors) if signature is None else _ranks(signature)
        if len(ranks) != len(tensors):
            raise ValueError(f"signature={signature} is for {len(ranks)} arguments")
        sizes = _common(
            [x.dims[: x.ndim - r] for x, r in zip(tensors, ranks, strict=True)], tensors
        )

        def one(parts: Sequence[Any]) -> Any:
            given = list(args)
            for i, part in zip(places, parts, strict=False):
                given[i] = part
            named = dict(zip(names, parts[len(places) :], strict=True))
            return pyfunc(*given, **{**kwargs, **named})

        rows = [_rows(x, r, sizes) for x, r in zip(tensors, ranks, strict=True)]
        found = vectorized_map(one, rows)
        return keras.tree.map_structure(lambda x: _spread(x, sizes), found)

    return vectorized


def _ranks(signature: str) -> list[int]:
    """Return the number of axes of each argument: "(m,n),(n)->(m)" has two and one."""
    arguments = re.findall(r"\(([^()]*)\)", signature.split("->", maxsplit=1)[0])
    return [len([name for name in axes.split(",") if name.strip()]) for axes in arguments]


def _common(shapes: Sequence[tuple[Any, ...]], tensors: Sequence[TracedTensor]) -> list[Any]:
    """Return the sizes that shapes are broadcast to."""
    rank = max((len(shape) for shape in shapes), default=0)
    sizes: list[Any] = [1] * rank
    for shape, tensor in zip(shapes, tensors, strict=True):
        for axis in range(len(shape)):
            place = rank - len(shape) + axis
            sizes[place] = _shapes.common_size(sizes[place], _shapes.size_of(tensor, axis))
    return sizes


def _rows(x: TracedTensor, rank: int, sizes: Sequence[Any]) -> TracedTensor:
    """Return x [rows, ...] with its last `rank` axes kept, the others broadcast and merged."""
    own = [_shapes.size_of(x, axis) for axis in range(x.ndim - rank, x.ndim)]
    return shaping.reshape(_shapes.expand(x, [*sizes, *own]), [-1, *own])


def _spread(x: TracedTensor, sizes: Sequence[Any]) -> TracedTensor:
    return shaping.reshape(x, [*sizes, *(_shapes.size_of(x, axis) for axis in range(1, x.ndim))])
