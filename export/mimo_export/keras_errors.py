"""Which exceptions Keras and its backends raise when a model cannot be loaded or run."""

from __future__ import annotations

import re
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
        NameError,
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


_NO_REASON = ("Exception encountered when calling", "Arguments received by")


def reason_of(error: Exception) -> str:
    """Return the line of an error that says why.

    Keras says first where, and what it did: "Exception encountered when calling ...", or a
    paragraph that ends with a colon.
    """
    plain = re.sub(r"\x1b\[\d*m", "", str(error))
    paragraphs = [part.strip() for part in plain.split("\n\n") if part.strip()]
    reasons = [
        part for part in paragraphs if not part.endswith(":") and not part.startswith(_NO_REASON)
    ]
    others = [part for part in paragraphs if not part.startswith(_NO_REASON)]
    return (reasons or others or [type(error).__name__])[0].splitlines()[0]
