"""Attention: one operator from opset 23 on, before that two MatMuls around a Softmax."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._empty import unless_empty
from mimo_export.backend._graph import constant, ints, op, opset
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import creation, elementwise, shaping
from mimo_export.errors import UnsupportedOperationError

_MASKED = -0.7 * 3.38953e38  # what Keras puts in the place of a masked logit
_SINCE = 23  # the opset that brought Attention


def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: Any = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> TracedTensor:
    """Attention over [batch, length, heads, size]; logits and Softmax in at least float32.

    `flash_attention` asks for another way to the same result and changes nothing here.

    Raises:
        UnsupportedOperationError: A soft cap, which Keras's backends themselves read differently.
    """
    if attn_logits_soft_cap is not None:
        raise UnsupportedOperationError(
            f"attn_logits_soft_cap={attn_logits_soft_cap} has no one meaning in Keras",
            remedy="write the attention with keras.ops.einsum, tanh and softmax",
        )
    tensors = [convert_to_tensor(x) for x in (query, key, value)]
    dtype = keras.backend.result_type(*(x.dtype for x in tensors))
    query, key, value = (cast(x, dtype) for x in tensors)
    heads = _shapes.static_size(query, 2, "attention over heads")
    key, value = _repeated(key, heads), _repeated(value, heads)
    known = _has_sizes(query, key, value) and not isinstance(scale, TracedTensor)
    if opset() >= _SINCE and dtype == "float32" and known:
        return _attention(query, key, value, _bias(query, key, bias, mask, is_causal), scale)
    logits_dtype = keras.backend.result_type(dtype, "float32")
    transposed = shaping.transpose(key, (0, 2, 3, 1))
    logits = run("MatMul", shaping.transpose(query, (0, 2, 1, 3)), transposed)
    logits = run("Mul", cast(logits, logits_dtype), _scale(scale, key, logits_dtype))
    if bias is not None:
        logits = elementwise.add(logits, cast(cast(bias, dtype), logits_dtype))
    logits = _masked(logits, mask, is_causal)
    weights = cast(run("Softmax", logits, axis=-1), dtype)
    mixed = run("MatMul", weights, shaping.transpose(value, (0, 2, 1, 3)))
    return shaping.transpose(mixed, (0, 2, 1, 3))


def _scale(scale: Any, key: TracedTensor, dtype: str) -> TracedTensor:
    if scale is not None:
        return cast(scale, dtype)
    return elementwise.reciprocal(elementwise.sqrt(cast(_shapes.size_of(key, -1), dtype)))


def _repeated(x: TracedTensor, heads: int) -> TracedTensor:
    """Return keys or values with each head repeated for the group of query heads that share it."""
    own = _shapes.static_size(x, 2, "attention over heads")
    if own == 1 or own >= heads:
        return x
    batch, length, _, size = (_shapes.size_of(x, axis) for axis in range(4))
    grouped = op("Unsqueeze", x, ints(3))
    grouped = _shapes.expand(grouped, (batch, length, own, heads // own, size))
    return _shapes.reshape(grouped, (batch, length, own * (heads // own), size))


def _masked(logits: TracedTensor, mask: Any, is_causal: bool) -> TracedTensor:
    """Return logits [batch, heads, queries, keys] with a large negative number where masked."""
    allowed = None if mask is None else cast(mask, "bool")
    if is_causal:
        rows, columns = (creation.arange(_shapes.size_of(logits, axis)) for axis in (2, 3))
        past = op("GreaterOrEqual", op("Unsqueeze", rows, ints(1)), columns)
        allowed = past if allowed is None else op("And", allowed, past)
    if allowed is None:
        return logits
    low = constant(_MASKED, logits.dtype)
    return run("Where", allowed, logits, low)


def _has_sizes(*tensors: TracedTensor) -> bool:
    """Whether heads and their sizes are known, so that they can be one axis."""
    return all(isinstance(size, int) for x in tensors for size in x.dims[2:])


def _bias(
    query: TracedTensor, key: TracedTensor, bias: Any, mask: Any, is_causal: bool
) -> TracedTensor | None:
    """Return what is added to the logits, a large negative number where masked."""
    if mask is None and not is_causal:
        return None if bias is None else cast(bias, "float32")
    sizes = [_shapes.size_of(x, 1) for x in (query, key)]
    none = _shapes.expand(constant(0, "float32"), (1, 1, *sizes))
    return _masked(none if bias is None else elementwise.add(none, bias), mask, is_causal)


def _attention(
    query: TracedTensor, key: TracedTensor, value: TracedTensor, bias: Any, scale: Any
) -> TracedTensor:
    """One Attention over [batch, length, heads * size], and back."""
    batch, length, heads, size = (_shapes.size_of(query, axis) for axis in range(4))
    width = heads * value.dims[3]
    flat = [_joined_heads(x) for x in (query, key, value)]

    def computed() -> list[TracedTensor]:
        factor = float(1 / np.sqrt(size)) if scale is None else float(scale)
        options = {"q_num_heads": heads, "kv_num_heads": key.dims[2], "scale": factor}
        types = [("float32", (*query.dims[:2], width))]
        return [op("Attention", *flat, bias, types=types, **options)]

    # onnxruntime 1.32 refuses an empty batch here.
    (mixed,) = unless_empty(query, 0, computed, lambda _: [[0, length, width]])
    return _shapes.reshape(mixed, (batch, length, heads, value.dims[3]))


def _joined_heads(x: TracedTensor) -> TracedTensor:
    """Return [batch, length, heads, size] as [batch, length, heads * size]."""
    batch, length, heads, size = (_shapes.size_of(x, axis) for axis in range(4))
    return _shapes.reshape(x, (batch, length, heads * size))
