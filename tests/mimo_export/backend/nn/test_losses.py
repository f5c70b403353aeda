"""Losses, as Keras computes them of probabilities and of logits."""

import re

import pytest
from functions import check_function
from keras import ops

from mimo_export.errors import UnsupportedOperationError


def test_binary_crossentropy():
    def function(x, y):
        target = ops.sigmoid(y)
        return [
            ops.binary_crossentropy(target, ops.sigmoid(x)),
            ops.binary_crossentropy(target, ops.cast(x > 0, "float32")),
            ops.binary_crossentropy(target, x, from_logits=True),
        ]

    check_function(function, (4,), (4,))


def test_categorical_crossentropy():
    def function(x, y):
        return [
            ops.categorical_crossentropy(ops.softmax(y), ops.softmax(x)),
            ops.categorical_crossentropy(ops.softmax(y, 1), x, from_logits=True, axis=1),
        ]

    check_function(function, (4, 3), (4, 3))


def test_sparse_categorical_crossentropy():
    def function(x, y):
        return [
            ops.sparse_categorical_crossentropy(y, ops.softmax(x)),
            ops.sparse_categorical_crossentropy(y, x, from_logits=True),
            ops.sparse_categorical_crossentropy(ops.expand_dims(y, -1), x, from_logits=True),
        ]

    check_function(function, (5, 4), (5,), dtype=("float32", "int32"))


def test_a_dynamic_number_of_classes_is_refused():
    message = (
        "keras.ops.sparse_categorical_crossentropy needs a static size, and axis 1 of "
        "float32[batch, size_1_0] is dynamic\n"
        "  remedy: give this dimension a size where the model's input is declared"
    )
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        check_function(ops.sparse_categorical_crossentropy, (), (None,), dtype=("int32", "float32"))


def test_signal_to_noise_ratio():
    check_function(lambda x, y: ops.psnr(x, y, 3.0), (5, 4), (5, 4))
