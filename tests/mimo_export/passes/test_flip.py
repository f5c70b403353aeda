"""What is turned around twice is not turned around."""

import keras
import pytest
from harness import check_layer, check_model
from keras import layers, ops

from mimo_export.passes.flip import FlipPass


def flips(model):
    return sum(node.op_type == "Slice" for node in model.graph)


@pytest.mark.parametrize("axes", [1, (1, 2), -1])
def test_two_flips_are_none(axes):
    model = check_layer(lambda x: ops.exp(ops.flip(ops.flip(x, axes), axes)), (4, 3))
    assert [node.op_type for node in model.graph] == ["Exp"]
    assert not FlipPass()(model).modified


def test_of_three_flips_one_is_left():
    def network(x):
        for _ in range(3):
            x = ops.flip(x, 1)
        return ops.exp(x)

    assert flips(check_layer(network, (4, 3))) == 1


def test_axes_in_another_order_are_the_same():
    model = check_layer(lambda x: ops.exp(ops.flip(ops.flip(x, (1, 2)), (2, 1))), (4, 3))
    assert flips(model) == 0


@pytest.mark.parametrize(
    "network",
    [
        lambda x: ops.exp(ops.flip(ops.flip(x, 1), 2)),
        lambda x: ops.exp(ops.flip(x, 1)[:, ::2]),
        lambda x: ops.exp(ops.flip(x, 1)[:, 1:]),
        lambda x: ops.flip(ops.flip(x, 1), 1),  # an output
    ],
    ids=["other axes", "another step", "another start", "an output"],
)
def test_other_slices_stay(network):
    assert flips(check_layer(network, (4, 3))) == 2


def test_a_flip_that_others_read_stays_for_them():
    x = keras.Input((4, 3), name="x")
    once = ops.flip(x, 1)
    outputs = {"a": ops.exp(ops.flip(once, 1)), "b": ops.exp(once)}
    model = check_model(keras.Model(x, outputs))
    assert flips(model) == 1


def test_what_a_masked_backward_layer_gives_out_is_not_turned_around():
    words = keras.Input((7,), dtype="int32", name="words")
    x = layers.Embedding(9, 3, mask_zero=True, name="embedding")(words)
    x = layers.Bidirectional(layers.GRU(4, return_sequences=True), name="both")(x)
    model = check_model(keras.Model(words, layers.Dense(2, name="y")(x)))
    kinds = [node.op_type for node in model.graph]
    found = {kind: kinds.count(kind) for kind in ("If", "GatherND", "ScatterElements", "Slice")}
    assert found == {"If": 2, "GatherND": 4, "ScatterElements": 2, "Slice": 0}
