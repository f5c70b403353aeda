"""Dense, embedding and the like are one or two operators, whatever the rank."""

import pytest
from harness import check_layer, check_model
from keras import Input, Model, Sequential, layers, ops

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx


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


def test_lambda_is_refused_with_the_remedy():
    inputs = Input((3,), name="x")
    model = Model(inputs, layers.Lambda(lambda x: x * 2, name="twice")(inputs), name="model")
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model)
    assert str(caught.value) == (
        "a Lambda layer wraps code that is not part of the model\n"
        "  where:  layer 'twice' (Lambda) of model 'model' (Functional)\n"
        "  remedy: write it as a layer of its own, class MyLayer(keras.layers.Layer), whose call "
        "uses keras.ops"
    )


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
