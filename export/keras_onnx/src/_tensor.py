"""The tensor of this backend outside of a graph: an array that cannot be changed.

Python's operators go through `keras.ops`, which is where Keras's rules for mixing dtypes live.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class Tensor:
    """Elements that are known, as opposed to a value of a graph that is being built.

    Attributes:
        array: The elements; read-only.
    """

    # NumPy must hand `array + tensor` to our reflected operator instead of looping over elements.
    __array_ufunc__ = None

    def __init__(self, array: Any) -> None:
        self.array: Array = np.asarray(array).view()
        self.array.flags.writeable = False

    @property
    def dtype(self) -> str:
        """Keras's name of the element type."""
        return "string" if self.array.dtype.kind in "OUS" else self.array.dtype.name

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes."""
        return tuple(self.array.shape)

    @property
    def ndim(self) -> int:
        """The rank."""
        return self.array.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.array.size

    @property
    def T(self) -> Any:  # noqa: N802 - NumPy's name
        """The transpose."""
        return _ops().transpose(self)

    def numpy(self) -> Array:
        """Return a copy of the elements."""
        return self.array.copy()

    def item(self) -> Any:
        """Return the element of a scalar."""
        return self.array.item()

    def astype(self, dtype: Any) -> Any:
        """Return the tensor in another dtype."""
        return _ops().cast(self, dtype)

    def reshape(self, *newshape: Any) -> Any:
        """Return the tensor in another shape, given as a tuple or as separate sizes."""
        given = newshape[0] if isinstance(newshape[0], (tuple, list)) else newshape
        return _ops().reshape(self, given)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.array, dtype=dtype, copy=copy)

    def __getitem__(self, key: Any) -> Tensor:
        parts = key if isinstance(key, tuple) else (key,)
        plain = tuple(np.asarray(part) if isinstance(part, Tensor) else part for part in parts)
        return Tensor(self.array[plain])

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self.array)

    def __int__(self) -> int:
        return int(self.array)

    def __index__(self) -> int:
        return self.array.__index__()

    def __float__(self) -> float:
        return float(self.array)

    def __repr__(self) -> str:
        return f"{self.array!r} on the ONNX backend"

    __hash__ = object.__hash__

    def __pos__(self) -> Tensor:
        return self

    def __neg__(self) -> Any:
        return _ops().negative(self)

    def __abs__(self) -> Any:
        return _ops().absolute(self)

    def __invert__(self) -> Any:
        return _ops().logical_not(self) if self.dtype == "bool" else _ops().bitwise_not(self)


def _ops() -> Any:
    import keras

    return keras.ops


def _operator(function: str) -> Callable[[Any, Any], Any]:
    def operator(self: Any, other: Any) -> Any:
        return getattr(_ops(), function)(self, other)

    return operator


def _reflected(function: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: getattr(_ops(), function)(other, self)


_REFLECTED = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "true_divide",
    "floordiv": "floor_divide",
    "mod": "mod",
    "pow": "power",
    "matmul": "matmul",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "left_shift",
    "rshift": "right_shift",
}
_COMPARED = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
for _name, _function in (*_REFLECTED.items(), *_COMPARED.items()):
    setattr(Tensor, f"__{_name}__", _operator(_function))
for _name, _function in _REFLECTED.items():
    setattr(Tensor, f"__r{_name}__", _reflected(_function))
