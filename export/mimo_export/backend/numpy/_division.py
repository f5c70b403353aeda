"""Division of integers that no value can end the process with.

The least number of a signed type has no opposite: on x86 its quotient by -1 is a fault of the
processor, which onnxruntime 1.32 does not keep from the program. (It does look for 0: "Integer
division by zero".)
"""

from __future__ import annotations

from mimo_export.backend._graph import constant
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor


def quotient(x1: TracedTensor, x2: TracedTensor) -> TracedTensor:
    """Return one Div of integers, rounded towards 0; by -1 it is a Sub, which wraps."""
    if x1.dtype.startswith("uint") or (x2.is_constant and not (x2.array == -1).any()):
        return run("Div", x1, x2)
    is_opposite = run("Equal", x2, constant(-1, x2.dtype))
    divisor = run("Where", is_opposite, constant(1, x2.dtype), x2)
    opposite = run("Sub", constant(0, x1.dtype), x1)
    return run("Where", is_opposite, opposite, run("Div", x1, divisor))
