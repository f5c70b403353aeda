"""Keras's backend.random in ONNX: refused, because a file gives one answer to one input.

Keras's own layers that act in training alone do call these functions at inference, and leave the
numbers aside: for them a tensor of the right shape is enough. It is not a number, so that a use of
it would not go unseen.
"""

from __future__ import annotations

from typing import Any, NoReturn

import keras

from mimo_export.backend import _switch
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.numpy import creation
from mimo_export.errors import UnsupportedOperationError

_RECURRENT = (
    keras.layers.RNN,
    keras.layers.LSTMCell,
    keras.layers.GRUCell,
    keras.layers.SimpleRNNCell,
    keras.layers.StackedRNNCells,
)


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> TracedTensor:
    """No number, for the masks that a recurrent layer prepares always and uses in training."""
    _require_training_layer("dropout")
    return creation.full_like(inputs, float("nan"))


def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> TracedTensor:
    """No number, for a layer that draws at inference what it needs in training alone."""
    return _unused("normal", shape, dtype)


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> TracedTensor:
    """No number, as `normal`."""
    return _unused("truncated_normal", shape, dtype)


def uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
) -> TracedTensor:
    """No number, as `normal`."""
    return _unused("uniform", shape, dtype)


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> TracedTensor:
    """No number, as `normal`."""
    return _unused("gamma", shape, dtype)


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> TracedTensor:
    """No number, as `normal`."""
    return _unused("beta", shape, dtype)


def randint(
    shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None
) -> TracedTensor:
    """The number below the range, as `normal`: integers have no NaN."""
    _require_training_layer("randint")
    return creation.full(shape, minval - 1, dtype)


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> TracedTensor:
    """The tensor in its own order, for a layer that shuffles in training alone."""
    _require_training_layer("shuffle")
    return convert_to_tensor(x)


def categorical(*args: Any, **kwargs: Any) -> NoReturn:
    """Refuse to draw."""
    _refuse("categorical")


def binomial(*args: Any, **kwargs: Any) -> NoReturn:
    """Refuse to draw."""
    _refuse("binomial")


def _unused(name: str, shape: Any, dtype: Any) -> TracedTensor:
    _require_training_layer(name)
    return creation.full(shape, float("nan"), dtype or keras.config.floatx())


def _require_training_layer(name: str) -> None:
    """Refuse to draw for any other than Keras's own recurrent and augmentation layers."""
    layer = _switch.current_layer()
    own = type(layer).__module__.startswith("keras.")
    if not isinstance(layer, _RECURRENT) and not (own and hasattr(layer, "transform_images")):
        _refuse(name)


def _refuse(name: str) -> NoReturn:
    raise UnsupportedOperationError(
        f"keras.random.{name} draws numbers, and a file gives one answer to one input",
        remedy="make the random numbers an input of the model, or draw them in training alone: "
        "`if training:`",
    )
