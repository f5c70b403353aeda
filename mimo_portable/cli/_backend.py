"""Choose Keras's backend for this process, which can be done once, before Keras is imported."""

from __future__ import annotations

import importlib.util
import os
import sys

from mimo_portable.errors import ConfigError

BACKENDS = ("jax", "torch", "tensorflow")


def choose(backend: str) -> None:
    """Make Keras use a backend.

    Raises:
        ConfigError: Its package is not installed, or this process uses another one already.
    """
    if importlib.util.find_spec(backend) is None:
        raise ConfigError(
            f"backend '{backend}' is not installed",
            where=sys.executable,
            remedy=f"pip install 'mimo-portable[{backend}]'",
        )
    os.environ["KERAS_BACKEND"] = backend
    # TensorFlow otherwise writes about processor features on every start; errors are still shown.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    if keras.config.backend() != backend:
        raise ConfigError(
            f"this process runs Keras on '{keras.config.backend()}' already, not on '{backend}'",
            where="a backend is chosen once per process",
            remedy="start a new process for another backend",
        )
