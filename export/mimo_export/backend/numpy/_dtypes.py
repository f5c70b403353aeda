"""How Keras mixes dtypes: the rules that the functions of this family share."""

from __future__ import annotations

from typing import Any

import keras

from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor

_SUMS = {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32"}


def promoted(*operands: Any) -> tuple[TracedTensor, ...]:
    """Return operands in the one dtype Keras computes in; Python numbers adapt to the tensors."""
    kept = [x if type(x) in (int, float, bool) else convert_to_tensor(x) for x in operands]
    dtype = keras.backend.result_type(*(getattr(x, "dtype", type(x)) for x in kept))
    return tuple(convert_to_tensor(x, dtype) for x in kept)


def as_tensors(*operands: Any) -> tuple[TracedTensor, ...]:
    """Return operands in one dtype, where Python numbers count as tensors of their default one."""
    tensors = [convert_to_tensor(x) for x in operands]
    dtype = keras.backend.result_type(*(x.dtype for x in tensors))
    return tuple(cast(x, dtype) for x in tensors)


def floating(x: Any) -> TracedTensor:
    """Return x in the floating dtype that Keras computes a real function in."""
    x = convert_to_tensor(x)
    wide = x.dtype in ("int64", "uint64")
    return cast(x, keras.config.floatx() if wide else keras.backend.result_type(x.dtype, float))


def promoted_floating(*operands: Any) -> tuple[TracedTensor, ...]:
    """Return operands in the one floating dtype Keras computes in."""
    kept = [x if type(x) in (int, float, bool) else convert_to_tensor(x) for x in operands]
    dtype = keras.backend.result_type(*(getattr(x, "dtype", type(x)) for x in kept), float)
    return tuple(convert_to_tensor(x, dtype) for x in kept)


def summable(x: Any) -> TracedTensor:
    """Return x in the dtype of its sum: narrow integers are summed in 32 bits."""
    x = convert_to_tensor(x)
    return cast(x, _SUMS.get(x.dtype, x.dtype))


def without_bool(x: Any) -> TracedTensor:
    """Return x, a boolean one as int32: Keras counts with booleans as numbers."""
    x = convert_to_tensor(x)
    return cast(x, "int32") if x.dtype == "bool" else x


def is_float(x: TracedTensor) -> bool:
    """Whether x holds floating numbers."""
    return "float" in x.dtype
