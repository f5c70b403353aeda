"""Powers of square matrices."""

from __future__ import annotations

from typing import Any

from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.linalg import _loops
from mimo_export.backend.linalg.elimination import inv
from mimo_export.backend.numpy import linear


def matrix_power(a: Any, n: int) -> TracedTensor:
    """One product for each binary digit of n but the first, one more for each 1 among them.

    The 0th power is the identity; a negative one is that of the inverse.
    """
    x = convert_to_tensor(a)
    if n < 0:
        return matrix_power(inv(x), -n)
    if n == 0:
        return _loops.identity_like(x)
    result = x
    for digit in f"{n:b}"[1:]:
        result = linear.matmul(result, result)
        if digit == "1":
            result = linear.matmul(result, x)
    return result
