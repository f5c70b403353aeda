"""Attention is two products around a Softmax, with masks, biases and shared heads."""

import re

import onnx_ir as ir
import pytest
from functions import check_function
from harness import check_layer
from keras import ops

from mimo_export.errors import UnsupportedOperationError


def _all_nodes(model):
    return ir.traversal.RecursiveGraphIterator(model.graph)


def _attend(**options):
    return lambda q, k, v: ops.dot_product_attention(q, k, v, **options)


def test_attention_is_two_products_and_a_softmax():
    shapes = [(5, 2, 4), (6, 2, 4), (6, 2, 4)]
    check_layer(
        _attend(),
        *shapes,
        ops=[
            "Transpose",
            "Transpose",
            "MatMul",
            "Mul",
            "Softmax",
            "Transpose",
            "MatMul",
            "Transpose",
        ],
    )


@pytest.mark.parametrize("options", [{"is_causal": True}, {"scale": 0.3}])
def test_attention_over_dynamic_lengths(options):
    check_layer(_attend(**options), (None, 2, 4), (None, 2, 4), (None, 2, 4))


@pytest.mark.parametrize("is_causal", [False, True])
def test_masked_attention(is_causal):
    def attend(q, k, v, mask):
        mask = ops.concatenate([ops.ones_like(mask[..., :1]), mask[..., 1:]], axis=-1)
        return ops.dot_product_attention(q, k, v, mask=mask, is_causal=is_causal)

    check_layer(
        attend,
        (5, 2, 4),
        (5, 2, 4),
        (5, 2, 4),
        (1, 5, 5),
        dtype=["float32", "float32", "float32", "bool"],
    )


def test_biased_attention():
    check_layer(
        lambda q, k, v, bias: ops.dot_product_attention(q, k, v, bias=bias),
        (5, 2, 4),
        (6, 2, 4),
        (6, 2, 4),
        (2, 5, 6),
    )


def test_query_heads_that_share_keys():
    check_layer(_attend(), (5, 6, 4), (None, 2, 4), (None, 2, 4))


def test_a_dynamic_number_of_heads_is_refused():
    message = (
        "attention over heads needs a static size, and axis 2 of float32[batch, 5, size_0_1, 4] is "
        "dynamic\n  remedy: give this dimension a size where the model's input is declared"
    )
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        check_function(_attend(), *[(5, None, 4)] * 3)


@pytest.mark.parametrize(
    "options", [{}, {"scale": 0.3}, {"is_causal": True}, {"bias": True}, {"mask": True}]
)
@pytest.mark.parametrize("lengths", [(5, 5), (None, None), (5, 6)])
def test_attention_is_one_operator_from_opset_23_on(options, lengths):
    queries, keys = lengths
    shapes = [(queries, 4, 4), (keys, 2, 4), (keys, 2, 4)]
    extra = []
    if "bias" in options or "mask" in options:
        extra.append((1, queries, keys))
    if "bias" in options and lengths == (None, None):
        pytest.skip("Keras's own layers give no bias of a dynamic length")

    def attend(q, k, v, *extra):
        given = {"mask": extra[0]} if "mask" in options else {"bias": extra[0]} if extra else {}
        plain = {name: value for name, value in options.items() if name not in given}
        return ops.dot_product_attention(q, k, v, **plain, **given)

    kinds = ["float32"] * 3 + ["bool" if "mask" in options else "float32"] * len(extra)
    found = check_layer(attend, *shapes, *extra, dtype=kinds, opset=23)
    assert [node.op_type for node in _all_nodes(found)].count("Attention") == 1
