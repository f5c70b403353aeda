"""Pooling with a quicker way back: Keras's values and gradients, and plain layers in files."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export.onnx import to_onnx
from mimo_portable.pooling import quicken

BACKEND = keras.config.backend()
torch_only = pytest.mark.skipif(BACKEND != "torch", reason="of PyTorch alone")
jax_only = pytest.mark.skipif(BACKEND != "jax", reason="of JAX alone")
not_tensorflow = pytest.mark.skipif(
    BACKEND == "tensorflow", reason="it does something on PyTorch and JAX only"
)

POOLS = {
    "halves": {},
    "rest is left out": {"pool_size": 3},
    "two sides": {"pool_size": (1, 4)},
    "of float16": {"dtype": "float16"},
}


def is_quick(layer):
    return "call" in vars(layer)


def values_and_gradients(layer, dtype):
    """Return what a layer gives, and the gradient of its inputs, among which many are equal."""
    inputs = np.random.default_rng(0).integers(0, 3, (2, 8, 11, 5)).astype(dtype)
    # Each output has a weight of its own in the sum, so that none stands for another.
    outputs = keras.ops.convert_to_numpy(layer(inputs))
    weights = np.cos(np.arange(outputs.size)).reshape(outputs.shape).astype(dtype)
    if BACKEND == "torch":
        import torch

        inputs = torch.tensor(inputs, requires_grad=True)
        (gradient,) = torch.autograd.grad((layer(inputs) * torch.tensor(weights)).sum(), inputs)
    else:
        import jax

        gradient = jax.jit(jax.grad(lambda x: (layer(x) * weights).sum()))(inputs)
    return outputs, np.asarray(gradient)


def check_pool(**options):
    plain, pool = layers.MaxPooling2D(**options), layers.MaxPooling2D(**options)
    quicken(pool)
    assert is_quick(pool)
    dtype = options.get("dtype", "float32")
    for got, want in zip(
        values_and_gradients(pool, dtype), values_and_gradients(plain, dtype), strict=True
    ):
        np.testing.assert_array_equal(got, want, strict=True)


@not_tensorflow
@pytest.mark.parametrize("options", POOLS.values(), ids=POOLS)
def test_values_and_gradients_are_those_of_keras(options):
    check_pool(**options)


@torch_only
@pytest.mark.parametrize("options", [{"pool_size": 3, "strides": 2}, {"dtype": "float64"}])
def test_windows_may_overlap_and_numbers_be_double_on_pytorch(options):
    check_pool(**options)


@jax_only
def test_windows_that_overlap_are_left_to_keras_on_jax():
    pool = layers.MaxPooling2D(3, strides=2)
    quicken(pool)
    assert not is_quick(pool)


@jax_only
def test_a_number_that_is_nan_is_pooled_as_keras_does_it():
    plain, pool = layers.MaxPooling2D(), layers.MaxPooling2D()
    quicken(pool)
    x = np.arange(32, dtype="float32").reshape(1, 4, 4, 2)
    x[0, 1, 1, 0] = np.nan
    np.testing.assert_array_equal(np.asarray(pool(x)), np.asarray(plain(x)))


@jax_only
def test_the_way_back_has_no_loop_of_xla():
    import jax

    def gradient_of(layer):
        picture = np.zeros((1, 8, 8, 3), "float32")
        return jax.jit(jax.grad(lambda x: layer(x).sum())).lower(picture).as_text()

    plain, pool = layers.MaxPooling2D(), layers.MaxPooling2D()
    quicken(pool)
    assert "select_and_scatter" in gradient_of(plain)
    assert "select_and_scatter" not in gradient_of(pool)


@torch_only
def test_what_comes_in_is_not_copied(monkeypatch):
    import torch

    read = []
    kernel = torch.nn.functional.max_pool2d
    monkeypatch.setattr(
        torch.nn.functional, "max_pool2d", lambda x, *a: read.append(x) or kernel(x, *a)
    )
    pool = layers.MaxPooling2D()
    quicken(pool)
    picture = torch.rand(2, 8, 8, 3)
    pool(picture)
    assert [x.data_ptr() for x in read] == [picture.data_ptr()]


@not_tensorflow
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
    quicken(layer)
    assert not is_quick(layer)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="of TensorFlow alone")
def test_on_tensorflow_nothing_changes():
    pool = layers.MaxPooling2D()
    quicken(pool)
    assert not is_quick(pool)


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
    quicken(model)
    assert is_quick(model.get_layer("inner").get_layer("pool")) is (BACKEND != "tensorflow")
    assert [str(node) for node in to_onnx(model).graph] == [str(node) for node in plain]
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert not is_quick(loaded.get_layer("second"))
    x = np.random.default_rng(0).normal(size=(3, 8, 8, 3)).astype("float32")
    found, expected = model.predict(x, verbose=0)["y"], loaded.predict(x, verbose=0)["y"]
    np.testing.assert_array_equal(found, expected)
