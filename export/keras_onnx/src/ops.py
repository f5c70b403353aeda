"""Keras's `backend.ops`: the families, and what belongs to none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from keras.src.backend.common.stateless_scope import StatelessScope
from keras.src.backend.common.symbolic_scope import SymbolicScope

from keras_onnx.src._eager import at_once
from keras_onnx.src._lazy import family_module, functions_of
from keras_onnx.src._tensor import Array, Tensor

core = family_module("core")
image = family_module("image")
linalg = family_module("linalg")
math = family_module("math")
nn = family_module("nn")
numpy = family_module("numpy")

__getattr__ = functions_of("core", globals())


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor, or a value of a graph."""
    if isinstance(x, Tensor):
        return True
    from mimo_export.backend._tensor import TracedTensor

    return isinstance(x, TracedTensor)


def convert_to_numpy(x: Any) -> Array:
    """Return a copy of the elements."""
    return np.array(x)


def compute_output_spec(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what a function returns for symbolic tensors."""
    from mimo_export.backend import core as traced

    with StatelessScope(), SymbolicScope():
        return at_once(traced.compute_output_spec)(fn, *args, **kwargs)


@contextlib.contextmanager
def device_scope(device_name: str) -> Iterator[None]:
    """Compute on the CPU, the one device there is."""
    yield


def random_seed_dtype() -> str:
    """Return the dtype of a seed."""
    return "uint32"
