"""What an If gives is there when it is read, in OpenVINO too."""

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from harness import check_layer, check_openvino
from keras import layers, ops

from mimo_export.passes.kept import KeptPass

READ = ["Shape", "Cast", "If", "Reshape"]


@keras.saving.register_keras_serializable("test_kept")
class Chosen(keras.layers.Layer):
    """Twice the numbers, or one less of each."""

    def call(self, x):
        return ops.cond(ops.sum(x) > 0, lambda: x * 2, lambda: x - 1)


def _dense(x, *units):
    for size in units:
        x = layers.Dense(size, activation="tanh", name=f"dense_{size}")(x)
    return x


def test_what_wider_layers_follow_is_read_through_a_reshape():
    def network(x):
        return _dense(layers.LSTM(4, name="lstm")(x), 8, 16, 1)

    model = check_layer(network, (5, 3), ops=[*READ, *["Gemm", "Tanh"] * 3])
    (choice,) = [node for node in model.graph if node.op_type == "If"]
    (reshape,) = [node for node in model.graph if node.op_type == "Reshape"]
    assert list(reshape.inputs) == list(choice.outputs)
    assert not KeptPass()(model).modified


def test_an_empty_batch_keeps_its_shape():
    def network(x):
        return _dense(layers.LSTM(4, name="lstm")(x), 8, 16, 1)

    model = check_layer(network, (5, 3), sizes=((1, 5),))
    session = onnxruntime.InferenceSession(ir.to_proto(model).SerializeToString())
    (found,) = session.run(None, {"x0": np.zeros((0, 5, 3), "float32")})
    assert found.shape == (0, 1)


def test_what_nothing_larger_follows_is_read_as_it_is():
    def network(x):
        wide = layers.Dense(9, name="wide")(x)  # larger, but done before
        return _dense(layers.LSTM(4, name="lstm")(wide), 4, 3, 2)

    model = check_layer(network, (5, 3))
    assert "Reshape" not in [node.op_type for node in model.graph]


def test_an_output_of_the_graph_is_read_as_it_is():
    def network(x):
        last = layers.LSTM(4, name="lstm")(x)
        return [last, _dense(last, 8, 16)]

    check_layer(network, (5, 3), ops=["Shape", "Cast", "If", "Gemm", "Tanh", "Gemm", "Tanh"])


def test_a_branch_beside_it_counts():
    def network(x, y):
        return layers.Concatenate(name="joined")([layers.LSTM(4, name="lstm")(x), _dense(y, 9, 3)])

    model = check_layer(network, (5, 3), (2,))
    assert [node.op_type for node in model.graph].count("Reshape") == 1


def test_sequences_and_both_branches_of_cond_are_kept():
    def sequences(x):
        steps = layers.GRU(4, return_sequences=True, name="gru")(x)
        return layers.Conv1D(6, 2, name="conv")(steps)

    model = check_layer(sequences, (5, 3))
    assert [node.op_type for node in model.graph][:4] == READ

    def chosen(x):
        return _dense(Chosen(name="chosen")(x), 8, 16, 1)

    model = check_layer(chosen, (3,))
    kinds = [node.op_type for node in model.graph]
    assert kinds[kinds.index("If") + 1] == "Reshape"


def chain(x):
    return _dense(layers.LSTM(64, name="lstm")(x), 128, 256, 1)


def beside(x):
    other = _dense(layers.Flatten(name="flat")(x), 200, 300, 100)
    return _dense(layers.Concatenate(name="joined")([layers.GRU(9, name="gru")(x), other]), 1)


def bidirectional(x):
    return _dense(layers.Bidirectional(layers.LSTM(16), name="both")(x), 128, 256, 512, 1)


def sequences(x):
    steps = layers.LSTM(16, return_sequences=True, name="lstm")(x)
    return layers.Conv1D(64, 3, name="conv")(layers.Conv1D(128, 3, name="first")(steps))


@pytest.mark.hosts
@pytest.mark.parametrize("network", [chain, beside, bidirectional, sequences])
def test_openvino_is_right_at_once_and_for_every_larger_batch(network):
    check_openvino(network, (20, 8))
