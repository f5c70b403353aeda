"""Models for the plugin's tests, and what JAX, in a process of its own, computes with them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

REFERENCE = """
import sys
import keras
import numpy as np

for path in sys.argv[1:]:
    inputs = np.load(path + ".npz")
    model = keras.models.load_model(path + ".keras", compile=False)
    given = [inputs[name] for name in inputs]
    outputs = keras.tree.flatten(model(given if len(given) > 1 else given[0]))
    np.savez(path + ".expected.npz", *map(keras.ops.convert_to_numpy, outputs))
"""


def two_heads() -> keras.Model:
    """Texts and numbers in, classes and a number out."""
    words = keras.Input((6,), dtype="int32", name="words")
    numbers = keras.Input((4,), name="numbers")
    text = layers.Embedding(20, 4, mask_zero=True, name="embedding")(words)
    text = layers.Bidirectional(layers.LSTM(3, name="lstm"), name="both")(text)
    hidden = layers.Dense(5, activation="gelu", name="hidden")(numbers)
    both = layers.Concatenate(name="concatenate")([text, hidden])
    outputs = [
        layers.Dense(3, activation="softmax", name="classes")(both),
        layers.Dense(1, name="number")(hidden),
    ]
    return keras.Model([words, numbers], outputs, name="two_heads")


def pictures() -> keras.Model:
    """A convolutional network with what training leaves in its normalization."""
    image = keras.Input((12, 12, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", use_bias=False, name="conv")(image)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.MaxPooling2D(name="pool")(layers.ReLU(name="relu")(x))
    x = layers.SeparableConv2D(6, 3, name="separable")(x)
    return keras.Model(image, layers.GlobalAveragePooling2D(name="mean")(x), name="pictures")


def attention() -> keras.Model:
    """A block of a transformer."""
    x = keras.Input((None, 8), name="x")
    y = layers.MultiHeadAttention(2, 4, name="attention")(x, x)
    y = layers.LayerNormalization(name="norm")(layers.Add(name="add")([x, y]))
    return keras.Model(x, layers.Dropout(0.5, name="dropout")(y), name="attention")


def steps() -> keras.Model:
    """Recurrence without an operator of its own, written out as a loop."""
    x = keras.Input((5, 3), name="x")
    y = layers.GRU(4, activation="gelu", return_sequences=True, name="gru")(x)
    y = layers.TimeDistributed(layers.Dense(2, name="dense"), name="each")(y)
    return keras.Model(x, y, name="steps")


MODELS = (two_heads, pictures, attention, steps)


def inputs_of(model: keras.Model, batch: int = 7) -> Any:
    """Return random inputs: one, or a list."""
    arrays = list(_named_inputs(model, batch).values())
    return arrays if len(arrays) > 1 else arrays[0]


def _named_inputs(model: keras.Model, batch: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    shapes = {x.name: ([batch, *(n or 5 for n in x.shape[1:])], x.dtype) for x in model.inputs}
    return {
        name: rng.integers(0, 20, shape).astype(dtype)
        if "int" in dtype
        else rng.normal(size=shape).astype(dtype)
        for name, (shape, dtype) in shapes.items()
    }


def expected_of(folder: Path, models: dict[str, keras.Model]) -> dict[str, list[Any]]:
    """Return what JAX computes with each model for its random inputs."""
    for name, model in models.items():
        model.save(folder / f"{name}.keras")
        np.savez(folder / f"{name}.npz", **_named_inputs(model, 7))
    names = [str(folder / name) for name in models]
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    command = [sys.executable, "-W", "ignore", "-c", REFERENCE, *names]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return {name: list(np.load(folder / f"{name}.expected.npz").values()) for name in models}
