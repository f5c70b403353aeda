"""Run Keras as `predict` does, also beside other threads and where JAX cannot compile.

1. Keras's own `predict` gives JAX the memory of the weights to write into, so that a thread which
   calls the same model meanwhile fails: here JAX compiles a call that leaves them where they are.
2. JAX compiles for sizes that are known. A model whose sizes depend on its data, by a mask in an
   index or by `nonzero`, runs there one operation after the other.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import MutableMapping
from typing import Any

import keras

from mimo_export.backend._session import unfiltered

_calls: MutableMapping[Any, Any] = weakref.WeakKeyDictionary()
"""The compiled call of each model, on JAX."""


def predicted(model: Any, inputs: Any) -> Any:
    """Return what a model answers to a batch at inference, as arrays."""
    if keras.backend.backend() != "jax":
        return model.predict_on_batch(inputs)
    try:
        with unfiltered():  # Keras cannot make JAX's errors from a text
            outputs = _compiled(model, inputs)
    except _not_compiled():
        outputs = model(inputs, training=False)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)


def _compiled(model: Any, inputs: Any) -> Any:
    if model not in _calls:
        held = weakref.ref(model)  # else the call would keep its model

        def call(trainable: Any, others: Any, x: Any) -> Any:
            found: Any = held()
            outputs, _ = found.stateless_call(trainable, others, x, training=False)
            return outputs

        _calls[model] = sys.modules["jax"].jit(call)
    trainable = [variable.value for variable in model.trainable_variables]
    others = [variable.value for variable in model.non_trainable_variables]
    return _calls[model](trainable, others, inputs)


def _not_compiled() -> tuple[type[Exception], ...]:
    """Return what JAX raises where a value is asked for that only a run has."""
    errors = sys.modules["jax"].errors
    return (errors.JAXTypeError, errors.JAXIndexError)
