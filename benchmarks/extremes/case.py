"""One operation or layer that is held against float64, and the numbers that it gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers

Array = np.ndarray[Any, Any]
Sizes = Sequence[tuple[int, ...]]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]

ROWS = 2
"""How many rows each model gets."""


def around(level: float) -> Draw:
    """Return what draws numbers around a level, with a standard deviation of 1."""
    return lambda rng, shape: rng.normal(level, 1, shape).astype("float32")


def ids_below(count: int) -> Draw:
    """Return what draws whole numbers."""
    return lambda rng, shape: rng.integers(0, count, shape).astype("int32")


def uniform(low: float, high: float) -> Draw:
    """Return what draws numbers between two."""
    return lambda rng, shape: rng.uniform(low, high, shape).astype("float32")


VECTOR: Sizes = ((100,), (10_000,), (1_000_000,))
SERIES: Sizes = ((50, 8), (2_000, 32), (50_000, 16))
MAPS: Sizes = ((16, 16, 8), (56, 56, 32), (224, 224, 32))
VOLUMES: Sizes = ((4, 4, 4, 4), (16, 16, 16, 16), (48, 48, 48, 16))

LEVELS = {"0": around(0), "1e4": around(1e4)}
"""Numbers around 0, and around a level that takes away four of their seven digits."""


@dataclass(frozen=True)
class Case:
    """One row of the table for each of its data.

    Attributes:
        name: As a user would write it.
        kind: The part of the table.
        compute: Given the dtype of the layers to make, returns what is called on the input.
        sizes: Shapes of the input without the batch, from small to large.
        data: What draws the input, by the name in the table.
        reason: Why the file may be further from float64 than the rule says; empty if it may not.
        special: Why NaN and infinity may be elsewhere than Keras has them; empty if they may not.
        finite: Whether one of Keras's backends fails on NaN and infinity.
        truth: The backend on which Keras computes this in float64.
        answer: Given the input's symbol, returns that of the answer, where Keras cannot infer it.
    """

    name: str
    kind: str
    compute: Callable[[str], Callable[[Any], Any]]
    sizes: Sizes
    data: tuple[tuple[str, Draw], ...] = tuple(LEVELS.items())
    reason: str = ""
    special: str = ""
    finite: bool = False
    truth: str = "tensorflow"
    answer: Callable[[Any], Any] | None = None

    def model(self, size: tuple[int, ...], dtype: str) -> keras.Model:
        """Return the model of one size, with weights that depend on nothing but their shapes.

        Args:
            size: The shape of the input without the batch.
            dtype: "float32", or "float64" for the truth; whole numbers stay what they are.
        """
        drawn = self.draw(size, next(iter(dict(self.data))))
        kind = dtype if drawn.dtype.kind == "f" else str(drawn.dtype)
        x = keras.Input(size, dtype=kind, name="x")
        computed = self.compute(dtype)
        if not isinstance(computed, layers.Layer):
            computed = _Computed(computed, self.answer, dtype=dtype, name="y")
        model = keras.Model(x, computed(x))
        rng = np.random.default_rng(7)
        model.set_weights([_weight(rng, one.path, one.shape) for one in model.weights])
        return model

    def draw(self, size: tuple[int, ...], data: str) -> Array:
        """Return the rows of one size: the same in every process."""
        return dict(self.data)[data](np.random.default_rng(11), (ROWS, *size))


class _Computed(layers.Layer):
    """A function as a layer."""

    def __init__(
        self, compute: Callable[[Any], Any], answer: Callable[[Any], Any] | None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.compute, self.answer = compute, answer

    def compute_output_spec(self, x: Any) -> Any:
        if self.answer is None:
            return super().compute_output_spec(x)
        return self.answer(x)

    def call(self, x: Any) -> Any:
        return self.compute(x)


def _weight(rng: np.random.Generator, path: str, shape: Sequence[int]) -> Array:
    """Return values that a trained layer could have; float32 holds them."""
    name = path.rpartition("/")[2]
    if name in {"gamma", "scale", "moving_variance", "variance"}:
        drawn = rng.uniform(0.5, 2, shape)
    elif name in {"moving_mean", "mean"}:
        drawn = rng.normal(1e4, 1, shape)
    elif name in {"beta", "bias"}:
        drawn = rng.normal(0, 0.5, shape)
    else:
        drawn = rng.normal(0, 1, shape) / np.sqrt(max(1, np.prod(shape[:-1])))
    return np.asarray(drawn, "float32")


def function(called: Callable[..., Any], **options: Any) -> Callable[[str], Callable[..., Any]]:
    """Return what calls a function, whatever the dtype."""
    return lambda dtype: partial(called, **options)


def layer(kind: Callable[..., Any], *positions: Any, **options: Any) -> Callable[[str], Any]:
    """Return what makes a layer of a dtype."""
    return lambda dtype: kind(*positions, dtype=dtype, **options)


def alike(dtype: str) -> Callable[[Any], Any]:
    """Return what makes the symbol of an answer in the input's shape."""
    return lambda x: keras.KerasTensor(x.shape, dtype)
