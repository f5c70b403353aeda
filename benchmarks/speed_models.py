"""The nine models of the speed benchmark, with random weights."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

TEXT, PICTURES = (1, 32, 256), (1, 32)
"""Batches; 256 pictures of 224 by 224 take minutes a run on a small machine."""


@dataclass(frozen=True)
class Model:
    """One model of the benchmark.

    Attributes:
        name: Of its row.
        build: Returns it, with Keras's own random weights.
        batches: That it is timed at.
        tolerance: Between the file and Keras: networks of a hundred layers round more.
    """

    name: str
    build: Callable[[], Any]
    batches: tuple[int, ...] = TEXT
    tolerance: float = 1e-5


def _zoo(name: str) -> Any:
    from mimo_portable import zoo  # noqa: PLC0415 - the page is written without a backend
    from mimo_portable.training import seeding  # noqa: PLC0415 - as above
    from mimo_portable.zoo import options  # noqa: PLC0415 - as above

    entry = zoo.find(name)
    model = entry.build(options.parse(entry.configuration("reference"), []))
    seeding.initialize(model, 0)
    return model


def _transformer() -> Any:
    """Return two blocks of four heads, 128 wide, over 64 tokens."""
    import keras  # noqa: PLC0415 - the page is written without a backend
    from keras import layers  # noqa: PLC0415 - as above

    tokens = keras.Input((64,), dtype="int32", name="tokens")
    x = layers.Embedding(8000, 128, name="embedding")(tokens)
    for i in range(2):
        y = layers.LayerNormalization(name=f"norm_{i}")(x)
        y = layers.MultiHeadAttention(4, 32, name=f"attention_{i}")(y, y)
        x = layers.Add(name=f"attended_{i}")([x, y])
        y = layers.LayerNormalization(name=f"second_norm_{i}")(x)
        y = layers.Dense(512, activation="gelu", name=f"wide_{i}")(y)
        x = layers.Add(name=f"block_{i}")([x, layers.Dense(128, name=f"narrow_{i}")(y)])
    x = layers.GlobalAveragePooling1D(name="pool")(x)
    topic = layers.Dense(10, activation="softmax", name="topic")(x)
    return keras.Model(tokens, topic, name="transformer")


def _tagger() -> Any:
    """Return a bidirectional LSTM that skips padding, with a class for each of 60 words."""
    import keras  # noqa: PLC0415 - the page is written without a backend
    from keras import layers  # noqa: PLC0415 - as above

    words = keras.Input((60,), dtype="int32", name="words")
    x = layers.Embedding(5000, 64, mask_zero=True, name="embedding")(words)
    x = layers.Bidirectional(layers.LSTM(64, return_sequences=True), name="both_ways")(x)
    tags = layers.Dense(12, activation="softmax", name="tags")(x)
    return keras.Model(words, tags, name="tagger")


def _application(name: str) -> Any:
    import keras  # noqa: PLC0415 - the page is written without a backend

    return getattr(keras.applications, name)(weights=None)


MODELS = (
    *(Model(name, lambda name=name: _zoo(name)) for name in ("forecast", "medical", "sentiment")),
    Model("transformer", _transformer),
    Model("tagger", _tagger),
    *(
        Model(name, lambda name=name: _application(name), PICTURES, 1e-4)
        for name in ("MobileNetV2", "ResNet50", "EfficientNetB0", "ConvNeXtTiny")
    ),
)


def find(name: str) -> Model:
    """Return a model by its name."""
    return next(model for model in MODELS if model.name == name)


def chain(count: int) -> Any:
    """Return a model of so many small Dense layers, to see how the export grows."""
    import keras  # noqa: PLC0415 - the page is written without a backend
    from keras import layers  # noqa: PLC0415 - as above

    # Keras walks through a model in depth, which Python by itself lets it do for 300 layers or so.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 10 * count))
    x = first = keras.Input((8,), name="x")
    for i in range(count):
        x = layers.Dense(8, activation="tanh", name=f"dense_{i}")(x)
    return keras.Model(first, x, name="chain")
