"""Pooling on PyTorch without copies: Keras's values and gradients, and plain layers in files."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export.onnx import to_onnx
from mimo_portable.pooling import keep_layout

ON_TORCH = keras.config.backend() == "torch"
torch_only = pytest.mark.skipif(not ON_TORCH, reason="it does something on PyTorch only")

POOLS = {
    "halves": {},
    "rest is left out": {"pool_size": 3},
    "overlapping": {"pool_size": 3, "strides": 2},
    "two sides": {"pool_size": (1, 4), "strides": (2, 3)},
    "of float64": {"dtype": "float64"},
}


def keeps_layout(layer):
    return "call" in vars(layer)


def values_and_gradients(layer, dtype):
    """Return what a layer gives, and the gradient of its inputs, among which many are equal."""
    import torch

    inputs = np.random.default_rng(0).integers(0, 3, (2, 8, 11, 5)).astype(dtype)
    inputs = torch.tensor(inputs, requires_grad=True)
    outputs = layer(inputs)
    # Each output has a weight of its own in the sum, so that none stands for another.
    loss = (outputs * torch.cos(torch.arange(outputs.numel())).reshape(outputs.shape)).sum()
    (gradient,) = torch.autograd.grad(loss, inputs)
    return outputs.detach().numpy(), gradient.numpy()


@torch_only
@pytest.mark.parametrize("options", POOLS.values(), ids=POOLS)
def test_values_and_gradients_are_those_of_keras(options):
    plain, pool = layers.MaxPooling2D(**options), layers.MaxPooling2D(**options)
    keep_layout(pool)
    assert keeps_layout(pool)
    dtype = options.get("dtype", "float32")
    for got, want in zip(
        values_and_gradients(pool, dtype), values_and_gradients(plain, dtype), strict=True
    ):
        np.testing.assert_array_equal(got, want, strict=True)


@torch_only
def test_what_comes_in_is_not_copied(monkeypatch):
    import torch

    read = []
    kernel = torch.nn.functional.max_pool2d
    monkeypatch.setattr(
        torch.nn.functional, "max_pool2d", lambda x, *a: read.append(x) or kernel(x, *a)
    )
    pool = layers.MaxPooling2D()
    keep_layout(pool)
    picture = torch.rand(2, 8, 8, 3)
    pool(picture)
    assert [x.data_ptr() for x in read] == [picture.data_ptr()]


@torch_only
@pytest.mark.parametrize(
    "layer",
    [
        layers.MaxPooling2D(padding="same"),
        layers.MaxPooling2D(data_format="channels_first"),
        type("Own", (layers.MaxPooling2D,), {})(),
        layers.MaxPooling1D(),
        layers.AveragePooling2D(2),
    ],
    ids=["same", "channels_first", "subclass", "1D", "average"],
)
def test_other_layers_are_left_as_they_are(layer):
    keep_layout(layer)
    assert not keeps_layout(layer)


def test_on_other_backends_nothing_changes():
    pool = layers.MaxPooling2D()
    keep_layout(pool)
    assert keeps_layout(pool) is ON_TORCH


def nested():
    inner_input = keras.Input((8, 8, 3), name="inner_input")
    inner = keras.Model(inner_input, layers.MaxPooling2D(name="pool")(inner_input), name="inner")
    picture = keras.Input((8, 8, 3), name="picture")
    x = layers.Conv2D(2, 3, padding="same", name="conv")(inner(picture))
    outputs = {"y": layers.Flatten(name="y")(layers.MaxPooling2D(name="second")(x))}
    return keras.Model(picture, outputs, name="nested")


def test_files_are_those_of_plain_layers(tmp_path):
    model = nested()
    plain = to_onnx(model).graph
    keep_layout(model)
    assert keeps_layout(model.get_layer("inner").get_layer("pool")) is ON_TORCH
    assert [str(node) for node in to_onnx(model).graph] == [str(node) for node in plain]
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert not keeps_layout(loaded.get_layer("second"))
    x = np.random.default_rng(0).normal(size=(3, 8, 8, 3)).astype("float32")
    found, expected = model.predict(x, verbose=0)["y"], loaded.predict(x, verbose=0)["y"]
    np.testing.assert_array_equal(found, expected)
