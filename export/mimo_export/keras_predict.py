"""Run Keras as `predict` does, also where JAX cannot compile what a model computes.

JAX compiles for sizes that are known. A model whose sizes depend on its data, by a mask in an index
or by `nonzero`, runs there one operation after the other.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import keras


def predicted(model: Any, inputs: Any) -> Any:
    """Return what a model answers to a batch at inference, as arrays."""
    try:
        with _errors_as_they_are():
            return model.predict_on_batch(inputs)
    except _not_compiled():
        outputs = model(inputs, training=False)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)


def _not_compiled() -> tuple[type[Exception], ...]:
    """Return what JAX raises where a value is asked for that only a run has."""
    if keras.backend.backend() != "jax":
        return ()
    errors = sys.modules["jax"].errors
    return (errors.JAXTypeError, errors.JAXIndexError)


@contextlib.contextmanager
def _errors_as_they_are() -> Iterator[None]:
    """Keep Keras from making other errors of JAX's, which cannot be made from a text."""
    filtered = keras.config.is_traceback_filtering_enabled()
    keras.config.disable_traceback_filtering()
    try:
        yield
    finally:
        if filtered:
            keras.config.enable_traceback_filtering()
