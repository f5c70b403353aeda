"""Models whose files must be the same under every backend; run as a program, writes them.

`KERAS_BACKEND=torch python parity_models.py FOLDER` exports each model with weights drawn by NumPy,
and the examples of all layers and functions, and prints the SHA-256 of each as JSON.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import onnx_ir as ir
from keras import layers
from supported_layers import WRAPPERS, model_of
from supported_survey import common_interface, layer_classes, traced

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx
from mimo_export.single_file import export_onnx
from mimo_portable.zoo import MODELS

OPTIONS = {
    "sentiment": {"shared_projection": True, "image_units": 64, "embedding_mask": True},
    "forecast": {"shared_encoder": True, "dense_units": (8, 4), "outputs_by_depth": True},
    "medical": {"shared_encoder": True, "filters": (8, 8), "risk_from_first_block": True},
}


def zoo() -> Iterator[tuple[str, keras.Model]]:
    """Yield every configuration of the zoo, and each model with its options on."""
    for name, entry in MODELS.items():
        for configuration, config in entry.configurations.items():
            yield f"{name}-{configuration}", entry.build(config)
        changed = dataclasses.replace(entry.configuration("reference"), **OPTIONS[name])
        yield f"{name}-options", entry.build(changed)


class Positional(layers.Layer):
    """Variables on the left of operators, NumPy constants, shape arithmetic and indexing."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), name="gain")

    def call(self, x):
        steps = keras.ops.cast(keras.ops.arange(keras.ops.shape(x)[1]), x.dtype)
        wave = keras.ops.sin(keras.ops.arange(4, dtype="float32"))
        return self.gain * x + steps[None, :, None] * np.float32(0.1) + wave - x[:, :1]


def others() -> Iterator[tuple[str, keras.Model]]:
    """Yield models with masks, free dimensions, preprocessing and custom layers."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = layers.Embedding(50, 4, mask_zero=True)(tokens)
    outputs = {
        "sequence": layers.LSTM(6, return_sequences=True)(x),
        "both": layers.Bidirectional(layers.GRU(4, return_sequences=True))(x),
        "custom": Positional()(x),
    }
    yield "masked", keras.Model(tokens, outputs)
    picture = keras.Input((None, None, 3), name="picture")
    x = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0])(picture)
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(layers.BatchNormalization()(x))
    yield "picture", keras.Model(picture, layers.Dense(2, activation="softmax")(x))


def examples() -> Iterator[tuple[str, ir.Model]]:
    """Yield what becomes of each layer and each function of Keras that has an ONNX form."""
    for layer_class in layer_classes():
        if layer_class.__name__ not in WRAPPERS:
            with contextlib.suppress(UnsupportedOperationError):
                model = model_of(layer_class)
                draw_weights(model)
                yield f"layers.{layer_class.__name__}", to_onnx(model)
    for family, names in common_interface().items():
        for name in names:
            with contextlib.suppress(UnsupportedOperationError):
                yield f"{family}.{name}", traced(family, name)


def main() -> None:
    """Export every model into the folder given and print the SHA-256 of each by name."""
    folder = Path(sys.argv[1])
    hashes = {}
    for name, model in (*zoo(), *others()):
        draw_weights(model)
        path = export_onnx(model, folder / f"{name}.onnx", verify=False)
        hashes[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    for name, exported in examples():
        proto = ir.serde.serialize_model(exported)
        content = proto.SerializeToString(deterministic=True)
        hashes[name] = hashlib.sha256(content).hexdigest()
    sys.stdout.write(json.dumps(hashes))


def draw_weights(model: keras.Model) -> None:
    """Give a model positive weights that no backend had a hand in."""
    rng = np.random.default_rng(3)
    for variable in model.variables:
        if "float" in str(variable.dtype):
            variable.assign(np.abs(0.1 * rng.normal(size=variable.shape)).astype("float32"))


if __name__ == "__main__":
    main()
