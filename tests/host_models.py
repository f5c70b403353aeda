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


def own_words_model() -> keras.Model:
    """Return a model whose names clients and their compilers use too: one number each."""
    keras.utils.set_random_seed(0)
    names = ("inputs", "outputs", "given", "view", "model", "error", "data", "batch", "prepared")
    inputs = [keras.Input((1,), name=name) for name in names]
    total = layers.Add(name="sum")(inputs)
    outputs = {name: total * float(i) for i, name in enumerate((*names[:4], "shape", "count"))}
    return keras.Model(inputs, outputs, name="string")


def texts_model() -> keras.Model:
    """Return a model of strings, for which Keras on TensorFlow alone has a runtime.

    `note` [batch] becomes four ids, `grade` [batch, 1] one of two known strings, `place` [batch, 2]
    and `age` [batch, 1] a crossing and its bucket; `age` goes into the model as well.
    """
    keras.utils.set_random_seed(0)
    note = keras.Input((), dtype="string", name="note")
    grade = keras.Input((1,), dtype="string", name="grade")
    age = keras.Input((1,), dtype="int64", name="age")
    words = layers.TextVectorization(vocabulary=["a", "ß"], output_sequence_length=4, name="words")
    letters = ["x", "y"]
    known = layers.StringLookup(
        vocabulary=letters, num_oov_indices=0, output_mode="one_hot", name="known"
    )
    x = layers.Flatten(name="flat")(layers.Embedding(4, 3, name="table")(words(note)))
    crossed = layers.HashedCrossing(5, output_mode="one_hot", name="both")((grade, age))
    x = layers.Concatenate(name="all")([x, known(grade), crossed, ops.cast(age, "float32")])
    return keras.Model([note, grade, age], layers.Dense(2, name="score")(x), name="notes")
