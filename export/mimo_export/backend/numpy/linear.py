"""Products of matrices and tensors."""

from __future__ import annotations

from typing import Any

import keras

from mimo_export.backend._graph import op
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor


def matmul(x1: Any, x2: Any) -> TracedTensor:
    """One MatMul in the common dtype."""
    x1, x2 = convert_to_tensor(x1), convert_to_tensor(x2)
    dtype = keras.backend.result_type(x1.dtype, x2.dtype)
    return op("MatMul", cast(x1, dtype), cast(x2, dtype))
