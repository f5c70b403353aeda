"""The tensor of the ONNX backend: one value of the graph under construction, or a known constant.

Keras layers and `keras.ops` handle it as they handle a tensor of any other backend: it has a dtype,
a shape with None for dynamic dimensions, Python's operators and indexing. Operators go through
`keras.ops`, which is where Keras's own rules for mixing dtypes live.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeAlias

import keras
import numpy as np
import onnx_ir as ir

from mimo_export.errors import UnsupportedOperationError

Dim: TypeAlias = int | str
"""A static size, or the symbol of a dynamic one; equal symbols mean equal sizes."""

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class ValueAskedError(UnsupportedOperationError):
    """Raised where Python asks for a value, or a length, that only a run of the file will have."""


class ArrayAskedError(ValueAskedError, TypeError):
    """Raised where a framework takes a traced tensor for numbers.

    A TypeError, so that TensorFlow leaves `tensor + traced` to our reflected operator.
    """


class TracedTensor:
    """One tensor while a model is traced.

    Attributes:
        value: The ONNX value that carries it.
        dtype: Keras's name of the element type.
        dims: Every dimension: an int, or a symbol.
        dim: For a scalar that is the size of a dynamic dimension, the symbol of that dimension.
    """

    # NumPy must hand `array + traced` to our reflected operator instead of looping over elements.
    __array_ufunc__ = None

    def __init__(
        self,
        value: ir.Value,
        dtype: str,
        dims: tuple[Dim, ...],
        load: Callable[[], Array] | None = None,
    ) -> None:
        self.value = value
        self.dtype = dtype
        self.dims = dims
        self.dim: str | None = None
        self._load = load
        self._array: Array | None = None

    def alias(self) -> TracedTensor:
        """Return another tensor for the same value, with no mask of its own yet."""
        other = TracedTensor(self.value, self.dtype, self.dims, self._load)
        other.dim = self.dim
        return other

    @property
    def name(self) -> str:
        """The name of the value in the graph."""
        return str(self.value.name)

    @property
    def shape(self) -> tuple[int | None, ...]:
        """The dimensions as Keras knows them: None where dynamic."""
        return tuple(dim if isinstance(dim, int) else None for dim in self.dims)

    @property
    def ndim(self) -> int:
        """The rank."""
        return len(self.dims)

    @property
    def size(self) -> int | None:
        """The number of elements, None if any dimension is dynamic."""
        count = 1
        for dim in self.dims:
            if isinstance(dim, str):
                return None
            count *= dim
        return count

    @property
    def is_constant(self) -> bool:
        """Whether the elements are known now: weights, literals and what is computed from them."""
        return self._load is not None

    @property
    def array(self) -> Array:
        """The elements of a constant."""
        if self._load is None:
            raise ValueAskedError(_asked(self), remedy=_DECIDE_INSIDE)
        if self._array is None:
            self._array = self._load()
        return self._array

    # === What a tensor may be asked in Python ===

    def numpy(self) -> Array:
        """Return the elements of a constant."""
        return self.array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if not self.is_constant:
            raise ArrayAskedError(_asked(self), remedy=_DECIDE_INSIDE)
        return np.asarray(self.array, dtype=dtype)

    def item(self) -> Any:
        """Return the element of a constant scalar."""
        return self.array.item()

    def __int__(self) -> int:
        return int(self.array)

    def __index__(self) -> int:
        return int(self.array)

    def __float__(self) -> float:
        return float(self.array)

    def __bool__(self) -> bool:
        return bool(self.array)

    def __len__(self) -> int:
        if not self.dims or isinstance(self.dims[0], str):
            _refuse_length(self)
        return self.dims[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"{self.dtype}[{', '.join(map(str, self.dims))}]"

    __hash__ = object.__hash__

    def __getitem__(self, key: Any) -> Any:
        from mimo_export.backend._indexing import getitem

        return getitem(self, key)

    # === Methods that custom layers call on a tensor of any backend ===

    @property
    def T(self) -> Any:  # noqa: N802 - NumPy's name; the transpose
        return keras.ops.transpose(self)

    def astype(self, dtype: Any) -> Any:
        """Return the tensor in another dtype."""
        return keras.ops.cast(self, dtype)

    def reshape(self, *newshape: Any) -> Any:
        """Return the tensor in another shape, given as a tuple or as separate sizes."""
        return keras.ops.reshape(
            self, newshape[0] if isinstance(newshape[0], (tuple, list)) else newshape
        )

    # === Operators: Keras's own functions, so its dtype promotion holds ===

    def __add__(self, other: Any) -> Any:
        return keras.ops.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return keras.ops.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return keras.ops.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return keras.ops.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return keras.ops.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return keras.ops.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return keras.ops.true_divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return keras.ops.true_divide(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return keras.ops.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return keras.ops.floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return keras.ops.mod(self, other)

    def __rmod__(self, other: Any) -> Any:
        return keras.ops.mod(other, self)

    def __pow__(self, other: Any) -> Any:
        return keras.ops.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return keras.ops.power(other, self)

    def __matmul__(self, other: Any) -> Any:
        return keras.ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return keras.ops.matmul(other, self)

    def __neg__(self) -> Any:
        return keras.ops.negative(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return keras.ops.absolute(self)

    def __invert__(self) -> Any:
        # Python's ~ is bitwise on integers and logical on booleans, as in every backend.
        return keras.ops.logical_not(self) if self.dtype == "bool" else keras.ops.bitwise_not(self)

    def __and__(self, other: Any) -> Any:
        return keras.ops.bitwise_and(self, other)

    def __rand__(self, other: Any) -> Any:
        return keras.ops.bitwise_and(other, self)

    def __or__(self, other: Any) -> Any:
        return keras.ops.bitwise_or(self, other)

    def __ror__(self, other: Any) -> Any:
        return keras.ops.bitwise_or(other, self)

    def __xor__(self, other: Any) -> Any:
        return keras.ops.bitwise_xor(self, other)

    def __rxor__(self, other: Any) -> Any:
        return keras.ops.bitwise_xor(other, self)

    def __lshift__(self, other: Any) -> Any:
        return keras.ops.left_shift(self, other)

    def __rshift__(self, other: Any) -> Any:
        return keras.ops.right_shift(self, other)

    def __eq__(self, other: object) -> Any:
        return keras.ops.equal(self, other)

    def __ne__(self, other: object) -> Any:
        return keras.ops.not_equal(self, other)

    def __lt__(self, other: Any) -> Any:
        return keras.ops.less(self, other)

    def __le__(self, other: Any) -> Any:
        return keras.ops.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return keras.ops.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return keras.ops.greater_equal(self, other)


def _refuse_length(tensor: TracedTensor) -> NoReturn:
    raise ValueAskedError(
        f"the length of a {tensor!r} is asked for in Python while the model is traced",
        remedy="give its first dimension a size, or use keras.ops.shape and keras.ops.scan",
    )


_DECIDE_INSIDE = (
    "express the decision with keras.ops (where, cond, while_loop) instead of Python's if, int() "
    "or numpy(): a file is written once, for every input; a decision about sizes alone needs "
    "inputs whose sizes are fixed"
)


def _asked(tensor: TracedTensor) -> str:
    return f"the value of a {tensor!r} is asked for in Python while the model is traced"
