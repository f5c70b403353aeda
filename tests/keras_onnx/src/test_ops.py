"""Single operations: computed at once, by Keras's rules."""

import keras
import numpy as np
import pytest
from keras import ops

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx


def test_the_backend_is_onnx():
    assert keras.backend.backend() == "onnx"


def test_operators_mix_dtypes_by_keras_rules():
    x = ops.convert_to_tensor([1, 2, 3])
    assert (x.dtype, (x + 0.5).dtype, (2.0 / x).dtype) == ("int32", "float32", "float32")
    assert (1 - x).numpy().tolist() == [0, -1, -2]
    assert (np.ones(3, "float32") * x).numpy().tolist() == [1, 2, 3]
    assert (x[1:] >= 3).numpy().tolist() == [False, True]
    assert [int(part) for part in x] == [1, 2, 3]
    assert (~ops.convert_to_tensor([True])).numpy().tolist() == [False]


def test_a_tensor_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        ops.ones(2).array[0] = 5


def test_loops_and_branches_run_in_onnxruntime():
    def count(i, total):
        return i + 1, total + i

    assert int(ops.while_loop(lambda i, _: i < 5, count, (0, 0))[1]) == 10
    carry, seen = ops.scan(lambda c, x: (c + x, c * x), ops.zeros(()), ops.arange(1.0, 5.0))
    assert (float(carry), seen.numpy().tolist()) == (10, [0, 2, 9, 24])
    assert float(ops.cond(ops.convert_to_tensor(True), lambda: 1.0, lambda: 2.0)) == 1


def test_what_has_no_onnx_form_is_refused_with_the_reason():
    with pytest.raises(UnsupportedOperationError, match=r"keras\.ops\.svd has no ONNX form"):
        ops.svd(ops.eye(2))


def test_the_spec_of_any_function_is_known_without_numbers():
    spec = keras.ops.vectorized_map(lambda x: ops.sum(x) * 2, keras.KerasTensor((None, 3)))
    assert spec.shape == (None,)


def test_masked_recurrence_is_the_same_at_once_and_step_by_step():
    keras.utils.set_random_seed(0)
    layer = keras.layers.LSTM(3)
    x = np.random.default_rng(0).normal(size=(1, 4, 2)).astype("float32")
    whole = layer(x, mask=np.array([[True, False, True, False]])).numpy()
    np.testing.assert_allclose(whole, layer(x[:, ::2]).numpy(), rtol=1e-6, atol=1e-6)


def test_the_exporter_works_on_this_backend_too():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    assert [node.op_type for node in to_onnx(model).graph] == ["Gemm"]
