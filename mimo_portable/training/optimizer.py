"""One optimizer for every backend: Adam, on gradients that are summed first.

The gradient of an embedding has a row for each token. TensorFlow hands the rows over one by one,
and Keras's Adam then squares each instead of their sum, so that words that occur often get another
step size than on JAX and PyTorch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras


class SummedAdam(keras.optimizers.Adam):  # type: ignore[misc]  # Keras is not typed
    """Adam that turns a gradient given in rows into the tensor that it stands for."""

    def apply(self, grads: Sequence[Any], trainable_variables: Any = None) -> Any:
        """Update the variables."""
        import tensorflow as tf

        dense = [None if grad is None else tf.convert_to_tensor(grad) for grad in grads]
        return super().apply(dense, trainable_variables)


def adam(rate: Any) -> keras.optimizers.Optimizer:
    """Return Adam with a learning rate or a schedule.

    Keras exchanges its own class for a faster one on PyTorch, where gradients are summed anyway.
    """
    on_tensorflow = keras.backend.backend() == "tensorflow"
    return (SummedAdam if on_tensorflow else keras.optimizers.Adam)(rate)
