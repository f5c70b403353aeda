"""Models whose contracts are awkward for other languages: names, types, free dimensions."""

from __future__ import annotations

import keras
from keras import layers, ops


def odd_model() -> keras.Model:
    """Return a model with names that are no identifiers, four dtypes and a free dimension.

    Its inputs are float32 [batch, 2, 3], int64 ids [batch, length], bool [batch, 2] and float16
    [batch, 2]; its outputs float32, int32 [batch], bool [batch, length], float16 and float32 again.
    """
    keras.utils.set_random_seed(0)
    grid = keras.Input((2, 3), name="my input:0")
    words = keras.Input((None,), dtype="int64", name="class")
    flags = keras.Input((2,), dtype="bool", name="größe")
    half = keras.Input((2,), dtype="float16", name="then")
    x = layers.Flatten(name="flat")(grid)
    y = layers.Embedding(9, 3, name="table")(words)
    y = layers.GlobalAveragePooling1D(name="mean")(y)
    z = ops.concatenate([x, y, ops.cast(flags, "float32"), ops.cast(half, "float32")], axis=-1)
    score = layers.Dense(3, activation="softmax", name="dense")(z)
    outputs = {
        "risk %": score,
        "图像": ops.argmax(score, axis=-1),
        'say "*/" <b>': words > 4,
        "half": ops.cast(ops.sum(z, axis=-1, keepdims=True), "float16"),
        "my input:0": x * 2.0,
        "myInput0": x * 3.0,
    }
    return keras.Model([grid, words, flags, half], outputs, name="Odd model, v2")
