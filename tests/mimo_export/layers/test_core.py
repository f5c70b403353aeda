"""Dense, embedding and the like are one or two operators, whatever the rank."""

import keras
import numpy as np
import pytest
from harness import check_layer, check_model
from keras import Input, Model, Sequential, layers, ops

from mimo_export.archive import load_keras


def test_dense_is_a_product_and_a_sum():
    check_layer(layers.Dense(4), (3,), ops=["Gemm"])
    check_layer(layers.Dense(4, use_bias=False), (3,), ops=["MatMul"])
    check_layer(layers.Dense(4, activation="relu"), (5, 3), ops=["MatMul", "Add", "Relu"])
    check_layer(layers.Dense(4, activation="softmax"), (None, 2, 3))


def test_dense_with_lora():
    layer = layers.Dense(4, name="dense")
    model = Sequential([Input((3,)), layer])
    layer.enable_lora(2)
    check_model(model)


@pytest.mark.parametrize(
    ("equation", "output_shape", "shape", "options"),
    [
        ("ab,bc->ac", (4,), (3,), {"bias_axes": "c"}),
        ("abc,cd->abd", (None, 4), (None, 3), {"bias_axes": "d", "activation": "relu"}),
        ("...x,xy->...y", (4,), (5, 3), {}),
        ("abc,cde->abde", (None, 2, 4), (None, 3), {"bias_axes": "de"}),
        ("btnh,nhd->btd", (5, 4), (5, 2, 3), {}),
    ],
)
def test_einsum_dense(equation, output_shape, shape, options):
    check_layer(layers.EinsumDense(equation, output_shape, **options), shape)


def test_embedding_is_one_gather():
    check_layer(layers.Embedding(9, 4), (None,), dtype="int32", ops=["Gather"])
    check_layer(layers.Embedding(9, 4), (3, 2), dtype="uint8")


@pytest.mark.parametrize("tie_weights", [True, False])
def test_reversible_embedding_in_both_directions(tie_weights):
    layer = layers.ReversibleEmbedding(9, 4, tie_weights=tie_weights)
    check_layer(lambda x: layer(layer(x), reverse=True), (None,), dtype="int32")


def test_identity_and_activity_regularization_change_nothing():
    check_layer(layers.Identity(), (None, 3), ops=["Identity"])
    check_layer(layers.ActivityRegularization(0.1, 0.1), (3,), ops=["Identity"])


def test_the_function_of_a_lambda_is_traced():
    weights = np.arange(3, dtype="float32")
    check_layer(
        layers.Lambda(lambda x: ops.multiply(x, weights) + 1), (None, 3), ops=["Mul", "Add"]
    )
    check_layer(layers.Lambda(lambda x: ops.split(x, 3, axis=-1)), (6,), ops=["Split"])
    check_layer(layers.Lambda(lambda x, scale: x * scale, arguments={"scale": 3.0}), (3,))
    check_layer(lambda x, y: layers.Lambda(lambda p: p[0] - p[1])([x, y]), (3,), (3,), ops=["Sub"])


def test_a_lambda_knows_the_mask_and_that_nothing_trains():
    def masked_mean(x, mask):
        kept = ops.cast(mask, x.dtype)[..., None]
        return ops.sum(x * kept, axis=1) / ops.maximum(ops.sum(kept, axis=1), 1.0)

    masked = layers.Lambda(masked_mean, output_shape=(4,), mask=lambda inputs, mask: None)
    check_layer(masked, (None,), dtype="int32", mask=True)
    check_layer(layers.Lambda(lambda x, training=True: x if training else -x), (3,), ops=["Neg"])


def test_a_lambda_inside_other_layers_is_traced():
    def twice(x):
        return x * 2

    check_layer(layers.TimeDistributed(layers.Lambda(twice)), (5, 3))
    cut = keras.Sequential([layers.Dense(4), layers.Lambda(lambda x: x[:, ::2]), layers.Dense(2)])
    check_layer(cut, (3,))


@keras.saving.register_keras_serializable("tests")
class LastStep(layers.Layer):
    """Makes a Lambda of its own, as libraries do; its configuration does not hold it."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.slicer = layers.Lambda(lambda x: x[:, -1, :])

    def call(self, x):
        return self.slicer(x)


@pytest.mark.filterwarnings("ignore:.build\\(\\). was called on layer:UserWarning")
def test_a_lambda_that_a_layer_makes_is_traced_also_when_the_file_was_loaded(tmp_path):
    check_layer(LastStep(), (None, 3))
    inputs = Input((5, 3), name="x")
    Model(inputs, LastStep(name="last")(inputs)).save(tmp_path / "m.keras")
    check_model(load_keras(tmp_path / "m.keras"))


def test_shared_layer_is_called_twice_with_one_weight():
    dense = layers.Dense(3)
    exported = check_layer(lambda x, y: dense(dense(x) + y), (3,), (3,))
    assert len(exported.graph.initializers) == 2


def test_nested_models():
    inner = Sequential([Input((3,)), layers.Dense(4), layers.LayerNormalization()], name="inner")
    x = Input((5, 3))
    check_model(Model(x, [layers.TimeDistributed(inner)(x), inner(x[:, 0])]))


def test_layer_of_operations():
    class Mixed(layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1],), name="scale")

        def call(self, x):
            length = ops.shape(x)[1]
            positions = ops.cast(ops.arange(length), x.dtype)[None, :, None]
            return self.scale * x + positions / ops.cast(length, x.dtype)

    check_layer(Mixed(), (None, 3))
