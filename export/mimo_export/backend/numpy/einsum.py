"""Einstein sums as MatMul, which every runtime computes best.

Two operands: letters are in both and in the result (the batch), in both and not in the result
(summed), or in one of them. Transposed into [batch, own, summed] and [batch, summed, own], with own
and summed letters each merged into one axis where there are several, the sum is one MatMul. More
operands are multiplied from left to right. Only a letter that is twice in one operand (a diagonal)
needs ONNX's own Einsum.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._graph import ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor


def letters(count: int, start: int = 0) -> str:
    """Return letters for axes."""
    return string.ascii_letters[start : start + count]


def einsum(subscripts: str, *operands: Any, widen: bool = True, **kwargs: Any) -> TracedTensor:
    """One MatMul for each operand but the first, with Transposes and Reshapes around it.

    Args:
        subscripts: NumPy's notation, "..." included.
        operands: As many tensors as there are terms.
        widen: Whether int8 is summed in int32, as Keras's einsum does.
        kwargs: How other backends are to compute it; without meaning here.
    """
    tensors = [convert_to_tensor(x) for x in operands]
    dtype = keras.backend.result_type(*(x.dtype for x in tensors))
    if widen and all(x.dtype == "int8" for x in tensors):
        dtype = "int32"
    tensors = [cast(x, dtype) for x in tensors]
    terms, result = _parse(subscripts, tensors)
    if any(len(set(term)) < len(term) for term in terms):
        return run("Einsum", *tensors, equation=f"{','.join(terms)}->{result}")
    tensors, terms = _without_ones(tensors, terms)
    total, term = tensors[0], terms[0]
    for i in range(1, len(tensors)):
        later = set(result).union(*terms[i + 1 :])
        total, term = _product(total, term, tensors[i], terms[i], later)
    total, term = _summed(total, term, set(result))
    order = [term.index(letter) for letter in result if letter in term]
    total = _transposed(total, order)
    missing = [i for i, letter in enumerate(result) if letter not in term]
    return op("Unsqueeze", total, ints(*missing)) if missing else total


def _parse(subscripts: str, tensors: Sequence[TracedTensor]) -> tuple[list[str], str]:
    """Return the terms and the result as plain letters; "..." gets letters from the end on."""
    inputs, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(tensors):
        raise ValueError(f"einsum {subscripts!r} needs {len(terms)} operands, got {len(tensors)}")
    ranks = [
        x.ndim - len(term.replace("...", ""))
        for term, x in zip(terms, tensors, strict=True)
        if "..." in term
    ]
    free = [c for c in string.ascii_letters if c not in subscripts]
    dots = free[: max(ranks, default=0)]
    found = []
    for term, x in zip(terms, tensors, strict=True):
        own = x.ndim - len(term.replace("...", ""))
        found.append(term.replace("...", "".join(dots[len(dots) - own :] if own else "")))
        if len(found[-1]) != x.ndim:
            raise ValueError(f"einsum term {term!r} does not fit {x!r}")
    if not arrow:
        every = "".join(found)
        result = "..." + "".join(
            sorted(c for c in set(every) if every.count(c) == 1 and c not in dots)
        )
    return found, result.replace("...", "".join(dots))


def _without_ones(
    tensors: Sequence[TracedTensor], terms: Sequence[str]
) -> tuple[list[TracedTensor], list[str]]:
    """Drop axes of 1 that another operand broadcasts, or that nothing has but 1."""
    kept_tensors, kept_terms = [], []
    for x, term in zip(tensors, terms, strict=True):
        ones = [
            i
            for i, (letter, dim) in enumerate(zip(term, x.dims, strict=True))
            if dim == 1 and _is_broadcast(letter, tensors, terms)
        ]
        kept_tensors.append(op("Squeeze", x, ints(*ones)) if ones else x)
        kept_terms.append("".join(c for i, c in enumerate(term) if i not in ones))
    return kept_tensors, kept_terms


def _is_broadcast(letter: str, tensors: Sequence[TracedTensor], terms: Sequence[str]) -> bool:
    sizes = [x.dims[t.index(letter)] for x, t in zip(tensors, terms, strict=True) if letter in t]
    return any(size != 1 for size in sizes)


def _summed(x: TracedTensor, term: str, kept: set[str]) -> tuple[TracedTensor, str]:
    """Sum over the axes whose letters nobody reads any more."""
    axes = [i for i, letter in enumerate(term) if letter not in kept]
    if not axes:
        return x, term
    total = run("ReduceSum", x, ints(*axes), keepdims=0)
    return total, "".join(letter for letter in term if letter in kept)


def _product(
    x: TracedTensor, x_term: str, y: TracedTensor, y_term: str, later: set[str]
) -> tuple[TracedTensor, str]:
    """Return the product of two operands, summed over the letters that nobody reads later."""
    x, x_term = _summed(x, x_term, later | set(y_term))
    y, y_term = _summed(y, y_term, later | set(x_term))
    both = [c for c in x_term if c in y_term]
    batch, contracted = [c for c in both if c in later], [c for c in both if c not in later]
    own_x = [c for c in x_term if c not in y_term]
    own_y = [c for c in y_term if c not in x_term]
    x = _transposed(x, [x_term.index(c) for c in (*batch, *own_x, *contracted)])
    y = _transposed(y, [y_term.index(c) for c in (*batch, *contracted, *own_y)])
    if not contracted:
        return _multiplied(x, y, own_x, own_y), "".join((*batch, *own_x, *own_y))
    sizes_x = [_shapes.size_of(x, i) for i in range(x.ndim)]
    sizes_y = [_shapes.size_of(y, i) for i in range(y.ndim)]
    shared = len(batch)
    # Without a batch MatMul broadcasts the second operand itself: own axes of x stay as they are.
    merged = len(own_x) if batch else 1
    left = _merged(x, shared, merged) if batch else x
    left = _merged(left, left.ndim - len(contracted), len(contracted))
    vector = not batch and not own_y
    right = y if vector else _merged(y, shared + len(contracted), len(own_y))
    right = _merged(right, shared, len(contracted))
    product = run("MatMul", left, right)
    if (batch and len(own_x) != 1) or (len(own_y) != 1 and not vector):
        sizes_own = sizes_y[shared + len(contracted) :]
        product = _shapes.reshape(product, [*sizes_x[: shared + len(own_x)], *sizes_own])
    return product, "".join((*batch, *own_x, *own_y))


def _multiplied(
    x: TracedTensor, y: TracedTensor, own_x: Sequence[str], own_y: Sequence[str]
) -> TracedTensor:
    """Return one Mul of operands [batch, own] and [batch, own]."""
    if own_y:
        x = op("Unsqueeze", x, ints(*range(x.ndim, x.ndim + len(own_y))))
    if own_x:
        first = y.ndim - len(own_y)
        y = op("Unsqueeze", y, ints(*range(first, first + len(own_x))))
    return run("And" if x.dtype == "bool" else "Mul", x, y)


def _merged(x: TracedTensor, first: int, count: int) -> TracedTensor:
    """Return x with `count` axes from `first` on as one; with none, an axis of 1 is put there."""
    if count == 1:
        return x
    if count == 0:
        return op("Unsqueeze", x, ints(first))
    sizes = [_shapes.size_of(x, i) for i in range(x.ndim)]
    inside = [_shapes.static(size) for size in sizes[first : first + count]]
    merged = -1
    if None not in inside:
        merged = 1
        for size in inside:
            merged *= size or 0
    return _shapes.reshape(x, [*sizes[:first], merged, *sizes[first + count :]])


def _transposed(x: TracedTensor, order: Sequence[int]) -> TracedTensor:
    return x if list(order) == sorted(order) else op("Transpose", x, perm=list(order))
