"""A picture by one column is a convolution of each channel."""

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from harness import check_layer
from keras import layers

from mimo_export.passes.picture import PicturePass

SHAPE = (20, 20, 3)


def _small(rng, shape):
    """Return numbers whose sums over thousands are around 1, as a network's are."""
    return 0.05 * rng.normal(size=shape)


def network(*between, filters=16, units=1):
    """Return a convolution, what is between, and a Dense of its flat result."""
    chain = [
        layers.Conv2D(filters, 3, activation="relu", name="convolution"),
        *between,
        layers.Flatten(name="flat"),
        layers.Dense(units, name="dense"),
    ]

    def call(x):
        for layer in chain:
            x = layer(x)
        return x

    return call


BETWEEN = {
    "a convolution": ([], ["Relu"]),
    "a largest of windows": ([layers.MaxPooling2D(2)], ["Relu", "MaxPool"]),
    "a mean of windows": ([layers.AveragePooling2D(2)], ["Relu", "AveragePool"]),
}


@pytest.mark.parametrize(("between", "operators"), BETWEEN.values(), ids=BETWEEN)
def test_a_picture_by_one_column_is_a_convolution(between, operators):
    model = check_layer(
        *(network(*between), SHAPE),
        values=_small,
        ops=["Transpose", "Conv", *operators, "Conv", "ReduceSum"],
    )
    (last,) = [node for node in model.graph if node.op_type == "Conv"][1:]
    assert last.attributes["group"].as_int() == 16
    assert list(last.outputs[0].shape) == ["batch", 16, 1, 1]
    assert not PicturePass()(model).modified


@pytest.mark.parametrize("first", ["picture", "features"])
@pytest.mark.parametrize(
    ("width", "added"), [(7, ["ReduceSum", "Gemm"]), (1024, ["ReduceSum", "Gemm", "Transpose"])]
)
def test_what_is_joined_with_a_picture_is_added(first, width, added):
    convolution, pool = layers.Conv2D(16, 3, name="convolution"), layers.MaxPooling2D(2)
    flat, dense = layers.Flatten(name="flat"), layers.Dense(1, name="dense")

    def call(picture, features):
        parts = [flat(pool(convolution(picture))), features]
        return dense(layers.Concatenate()(parts if first == "picture" else parts[::-1]))

    check_layer(
        *(call, SHAPE, (width,)),
        values=_small,
        ops=["Transpose", "Conv", "MaxPool", "Conv", *added],
    )


LEFT = {
    "channels that fill no block": network(filters=12),
    "several columns": network(units=2),
    "a picture that no convolution makes": lambda x: layers.Dense(1)(layers.Flatten()(x)),
    "another activation": network(layers.Activation("tanh")),
}


@pytest.mark.parametrize("call", LEFT.values(), ids=LEFT)
def test_others_are_left(call):
    model = check_layer(call, SHAPE, values=_small)
    assert "ReduceSum" not in [node.op_type for node in model.graph]
    assert "Reshape" in [node.op_type for node in model.graph]


def test_a_flat_picture_that_is_read_elsewhere_is_left():
    flat, dense = layers.Flatten(), layers.Dense(1)
    convolution = layers.Conv2D(16, 3)

    def call(x):
        y = flat(convolution(x))
        return [dense(y), y * np.float32(2)]

    model = check_layer(call, SHAPE, values=_small)
    assert "ReduceSum" not in [node.op_type for node in model.graph]


def test_an_empty_batch_of_pictures_is_an_empty_column():
    model = check_layer(network(), SHAPE, values=_small)
    session = onnxruntime.InferenceSession(ir.to_proto(model).SerializeToString())
    (found,) = session.run(None, {"x0": np.zeros((0, *SHAPE), "float32")})
    assert found.shape == (0, 1)


def test_a_half_precision_picture_is_left():
    model = check_layer(
        lambda x: layers.Dense(1, dtype="float16")(
            layers.Flatten(dtype="float16")(layers.Conv2D(16, 3, dtype="float16")(x))
        ),
        SHAPE,
        values=_small,
    )
    assert "ReduceSum" not in [node.op_type for node in model.graph]
