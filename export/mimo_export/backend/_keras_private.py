"""What two versions of Keras keep in different places, under one name each.

Keras 3.15 has its backend's functions and modules in `keras.src.backend` itself. Keras 3.16 moves
all of them but the random ones to `keras.src.backend.ops`, the recurrent ones to
`keras.src.backend.rnn`, and composes some by itself where the backend lacks them.

Tried with Keras 3.15.1 and with the nightly build of 3.16 that `nox -s nightly` installs.
"""

# ruff: noqa: TID251 - one of the two files that the rule points to
from __future__ import annotations

import types
from typing import Any

from keras.src import backend as keras_backend
from keras.src.backend.common import global_state as keras_state
from keras.src.legacy import layers as legacy_layers

global_state: Any = keras_state
"""What Keras notes for each thread: scopes, settings, the layers that are being called."""

FAMILIES = ("core", "image", "linalg", "math", "nn", "numpy", "random")
"""The modules into which Keras sorts what it asks of a backend."""

COMPOSED = {
    "math": frozenset({"lgamma"}),
    "nn": frozenset({"layer_normalization", "rms_normalization"}),
    "numpy": frozenset({"copysign", "cov", "float_power"}),
}
"""By family, what Keras 3.16 composes if it finds that the backend has no such function."""

_INNER = tuple(
    name
    for name in ("ops", "rnn")
    if isinstance(getattr(keras_backend, name, None), types.ModuleType)
)

ThresholdedReLU = legacy_layers.ThresholdedReLU
"""A layer of Keras 2 without a public name, which files hold still."""

HAS_OPS = "ops" in _INNER
"""Whether this Keras keeps its backend's functions as 3.16 does."""


RUNS_ON_ONNX = keras_backend.backend() == "onnx"
"""Whether Keras runs on the plugin `keras_onnx`, whose functions build graphs by themselves."""


def family(name: str) -> types.ModuleType:
    """Return the module of a family that Keras asks at the moment."""
    owner = keras_backend.ops if HAS_OPS and name != "random" else keras_backend
    return getattr(owner, name)


def inner_rooms() -> tuple[types.ModuleType, ...]:
    """Return the modules inside the backend that Keras asks for functions of no family."""
    return tuple(getattr(keras_backend, name) for name in _INNER)


def asked(name: str) -> Any:
    """Return what Keras finds under a name in its backend at the moment.

    Raises:
        AttributeError: There is nothing.
    """
    for owner in (keras_backend, *inner_rooms()):
        found = getattr(owner, name, None)
        # Keras 3.16 has a module `rnn` with a function of that name in it.
        if found is not None and not isinstance(found, types.ModuleType):
            return found
    return getattr(keras_backend, name)


def composed(name: str, ours: types.ModuleType) -> frozenset[str]:
    """Return what of a family Keras composes itself where we do not have it."""
    names = COMPOSED.get(name, frozenset()) if HAS_OPS else frozenset()
    return frozenset(function for function in names if not hasattr(ours, function))
