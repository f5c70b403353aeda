"""Which exceptions Keras and its backends raise when a model cannot be loaded or run."""

from __future__ import annotations

import sys


def keras_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that mean "this model, or these inputs, do not work".

    TensorFlow's own errors derive from none of Python's; they are there only when it is loaded.
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
    tensorflow = sys.modules.get("tensorflow")
    return python if tensorflow is None else (*python, tensorflow.errors.OpError)
