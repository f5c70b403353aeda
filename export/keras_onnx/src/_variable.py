"""Keras's variable, whose value is a tensor outside of any graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras.src.backend.common import KerasVariable

from keras_onnx.src import ops
from keras_onnx.src._eager import settle
from keras_onnx.src._tensor import Array


class Variable(KerasVariable):  # type: ignore[misc] # Keras is not typed
    """A variable; assigning to it exchanges the tensor."""

    def _initialize(self, value: Any) -> None:
        self._value = settle(value)

    def _direct_assign(self, value: Any) -> None:
        self._value = settle(value)

    def _convert_to_tensor(self, value: Any, dtype: Any = None) -> Any:
        return ops.convert_to_tensor(value, dtype=dtype)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.value, dtype=dtype, copy=copy)
