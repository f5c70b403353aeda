"""Narrow heads of one tensor are one product."""

import keras
import numpy as np
from harness import check_layer, check_model
from keras import layers

from mimo_export.passes.heads import HeadsPass


def heads(*widths):
    def network(x):
        return [layers.Dense(width, name=f"head_{i}")(x) for i, width in enumerate(widths)]

    return network


def test_narrow_heads_are_one_gemm_and_a_split():
    exported = check_layer(heads(1, 3, 2), (5,), ops=["Gemm", "Split"])
    assert [output.name for output in exported.graph.outputs] == ["head_0", "head_1", "head_2"]
    assert not HeadsPass()(exported).modified


def test_wide_heads_stay_apart():
    check_layer(heads(8, 1), (5,), ops=["Gemm", "Gemm"])


def test_heads_of_different_tensors_stay_apart():
    def network(x, y):
        return [layers.Dense(1, name="one")(x), layers.Dense(2, name="two")(y)]

    check_layer(network, (5,), (5,), ops=["Gemm", "Gemm"])


def test_a_head_that_is_used_for_two_outputs_keeps_its_kernel():
    x = keras.Input((4,), name="x")
    head = layers.Dense(2, name="head")
    exported = check_model(
        keras.Model(x, [head(x), layers.Dense(1, name="other")(x), head(x * np.float32(2))])
    )
    assert sum(node.op_type == "Gemm" for node in exported.graph) == 2
