"""How Keras mixes dtypes: the rules that the functions of this family share."""

from __future__ import annotations

from typing import Any

import keras

from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor


def promoted(*operands: Any) -> tuple[TracedTensor, ...]:
    """Return operands in the one dtype Keras computes in; Python numbers adapt to the tensors."""
    kept = [x if type(x) in (int, float, bool) else convert_to_tensor(x) for x in operands]
    dtype = keras.backend.result_type(*(getattr(x, "dtype", type(x)) for x in kept))
    return tuple(convert_to_tensor(x, dtype) for x in kept)


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
