"""Pictures in another size: one operator where ONNX has Keras's rule, its weights where not."""

import re

import keras
import numpy as np
import pytest
from functions import check_function
from harness import check_layer
from keras import layers, ops

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx

EXACT = pytest.mark.skipif(
    keras.backend.backend() != "jax",
    reason="PyTorch has another cubic, with a = -0.75; TensorFlow reads it from a table, to 1e-3",
)
KEYS = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="PyTorch has another cubic, with a = -0.75"
)
LANCZOS = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="Keras refuses Lanczos on PyTorch"
)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_resize_is_one_operator(interpolation):
    def resized(x):
        return ops.image.resize(x, (6, 9), interpolation=interpolation, data_format="channels_last")

    exported = check_layer(resized, (4, 5, 2))
    assert [node.op_type for node in exported.graph].count("Resize") == 1
    check_layer(resized, (11, 16, 2))
    check_layer(resized, (None, None, 2))


class Like(layers.Layer):
    """Gives a picture the height and width of another one."""

    def __init__(self, interpolation):
        super().__init__()
        self.interpolation = interpolation

    def call(self, x, other):
        height, width = ops.shape(other)[1:3]
        return layers.Resizing(height, width, self.interpolation, data_format="channels_last")(x)

    def compute_output_shape(self, x_shape, other_shape):
        return (*other_shape[:3], x_shape[3])


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_resize_to_the_size_of_another_picture_is_one_operator(interpolation):
    exported = check_layer(Like(interpolation), (4, 5, 2), (None, None, 1))
    assert [node.op_type for node in exported.graph].count("Resize") == 1


def test_a_cubic_resize_to_a_size_that_is_not_known_is_refused():
    inputs = [keras.Input((4, 5, 2)), keras.Input((None, None, 1))]
    model = keras.Model(inputs, Like("bicubic")(*inputs))
    message = "the value of a int32[] is asked for in Python while the model is traced"
    with pytest.raises(UnsupportedOperationError, match=re.escape(message)):
        to_onnx(model)


@pytest.mark.parametrize(
    "interpolation",
    [
        pytest.param("bilinear"),
        pytest.param("bicubic", marks=KEYS),
        pytest.param("lanczos3", marks=LANCZOS),
        pytest.param("lanczos5", marks=LANCZOS),
    ],
)
def test_resize_with_antialias(interpolation):
    check_layer(
        lambda x: [
            ops.image.resize(
                x, size, interpolation=interpolation, antialias=True, data_format="channels_first"
            )
            for size in ((4, 5), (7, 30), (11, 16))
        ],
        (2, 11, 16),
    )


@EXACT
def test_cubic_resize():
    check_layer(
        lambda x: [
            ops.image.resize(x, size, interpolation="bicubic", data_format="channels_last")
            for size in ((6, 9), (3, 4))
        ],
        (5, 8, 2),
    )


@pytest.mark.parametrize(
    ("method", "antialias"),
    [("linear", True), ("cubic", False), ("lanczos3", True), ("lanczos5", False)],
)
def test_scale_and_translate(method, antialias):
    def scaled(x):
        return [
            ops.image.scale_and_translate(x, shape, scale, shift, (1, 2), method, antialias)
            for shape, scale, shift in (
                ((1, 7, 6, 2), np.array([1.4, 0.8], "float32"), np.array([0.3, -0.7], "float32")),
                ((1, 3, 9, 2), np.array([0.5, 2.0], "float32"), np.array([0.0, 1.5], "float32")),
            )
        ]

    check_function(lambda x: scaled(x[:1]), (5, 6, 2))


def test_scale_and_translate_of_integers_is_refused():
    message = (
        "scale_and_translate of int32[batch, 5, 6] has no ONNX form\n"
        "  remedy: cast it to float32 before"
    )
    scale = np.array([2.0], "float32")
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        check_function(
            lambda x: ops.image.scale_and_translate(x, (1, 10, 6), scale, scale, (1,), "linear"),
            (5, 6),
            dtype="int32",
        )


@pytest.mark.parametrize("option", ["crop_to_aspect_ratio", "pad_to_aspect_ratio"])
def test_resize_that_keeps_proportions(option):
    check_layer(
        lambda x: [
            ops.image.resize(x, size, **{option: True}, fill_value=0.0, data_format="channels_last")
            for size in ((4, 4), (3, 9), (9, 3))
        ],
        (7, 10, 2),
    )


def test_proportions_of_a_dynamic_size_are_refused():
    layer = layers.Resizing(4, 4, crop_to_aspect_ratio=True, name="resize")
    model = keras.Sequential([keras.Input((None, None, 3), name="x"), layer], name="model")
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model)
    assert str(caught.value) == (
        "crop_to_aspect_ratio needs a picture of static height and width, "
        "got float32[batch, 3, x_dim_1, x_dim_2]\n"
        "  where:  layer 'resize' (Resizing) of model 'model' (Sequential)\n"
        "  remedy: give the input a static size, or resize by bilinear or nearest alone"
    )
