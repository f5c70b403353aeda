"""Load a model without making up the weights that its file holds.

Keras fills every weight by its initializer before it reads the file. On JAX each initializer is
compiled for each shape: ResNet50 takes 4.1 seconds to load with them, and 0.6 without (Keras 3.15).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from mimo_export.backend._threads import wrapped_here


def load_without_drawing(load: Callable[[], keras.Model]) -> keras.Model:
    """Return what `load` does, which reads the weights of a model from a file.

    A layer may keep a weight out of the file because its seed makes the same one again: then `load`
    runs once more, and Keras draws.
    """
    if keras.backend.backend() != "jax":
        return load()
    held: list[tuple[Any, Any]] = []

    def holding(draw: Callable[..., None]) -> Callable[..., None]:
        def hold(variable: Any, initializer: Any) -> None:
            known = isinstance(initializer, keras.initializers.Initializer)
            if not known or variable._layout is not None:
                draw(variable, initializer)
                return
            zeros = np.zeros(variable.shape, "float32")
            variable._initialize(variable._convert_to_tensor(zeros, variable.dtype))
            held.append((variable, variable._value))

        return hold

    with wrapped_here(keras.Variable, "_initialize_with_initializer", holding):
        model = load()
    if any(variable._value is placeholder for variable, placeholder in held):
        return load()
    return model
