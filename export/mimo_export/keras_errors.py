"""Which exceptions Keras and its backends raise when a model cannot be loaded or run."""

from __future__ import annotations

import sys
from typing import Any


def keras_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that mean "this model, or these inputs, do not work".

    Some errors of TensorFlow and JAX derive from none of Python's; they are there only when these
    are loaded.
    """
    python = (
        ArithmeticError,
        AssertionError,
        AttributeError,
        ImportError,
        LookupError,
        MemoryError,
        NotImplementedError,
        RuntimeError,
        TypeError,
        ValueError,
    )
    tensorflow, jax = sys.modules.get("tensorflow"), sys.modules.get("jax")
    return (
        *python,
        *(() if tensorflow is None else (tensorflow.errors.OpError,)),
        *(() if jax is None else (_inconclusive_dimension(jax),)),
    )


def _inconclusive_dimension(jax: Any) -> type[Exception]:
    """Return what JAX raises where a shape depends on how large a free dimension is."""
    home = jax.errors if hasattr(jax.errors, "InconclusiveDimensionOperation") else jax.core
    kind: type[Exception] = home.InconclusiveDimensionOperation
    return kind
