from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from mimo_export.contract import Signature
from mimo_export.errors import BundleError, InputError
from mimo_export.manifest import open_bundle, write_signature
from mimo_export.prediction import check_inputs, predict
from mimo_export.preprocessing.rules import (
    Bucket,
    Encoding,
    Preprocessing,
    Rule,
    write_preprocessing,
)
from mimo_portable.specs import TensorSpec


def refused(bundle: Path, inputs: Mapping[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        check_inputs(open_bundle(bundle), inputs)
    return str(caught.value)


def test_outputs_come_by_name_in_the_order_of_the_contract_and_agree_with_keras(
    exported: Path, inputs: dict[str, Any], model: keras.Model
) -> None:
    outputs = predict(exported, dict(reversed(inputs.items())))
    expected = model.predict_on_batch([inputs["ecg"], inputs["words"]])
    assert list(outputs) == ["risk", "diagnosis"]
    for name, array in outputs.items():
        np.testing.assert_allclose(array, expected[name], rtol=1e-5, atol=1e-5)


def test_keras_is_not_imported(exported: Path) -> None:
    script = (
        "import sys, numpy as np\n"
        "from mimo_export import predict\n"
        "x = {'ecg': np.ones((1, 16, 1), 'f'), 'words': np.ones((1, 12), 'i4')}\n"
        f"predict({str(exported)!r}, x)\n"
        "found = {'keras', 'jax', 'torch', 'tensorflow'} & set(sys.modules)\n"
        "sys.exit(', '.join(found) or None)\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_missing_input_is_named(exported: Path, inputs: dict[str, Any]) -> None:
    del inputs["ecg"]
    assert refused(exported, inputs) == (
        "the input 'ecg' is missing: got words; expected ecg, words\n"
        f"  where:  {exported}\n"
        "  remedy: give every input of the contract under its own name, and no other"
    )


def test_an_unknown_input_is_named(exported: Path, inputs: dict[str, Any]) -> None:
    inputs["ECG"] = inputs.pop("ecg")
    assert refused(exported, inputs) == (
        "'ECG' is no input: got words, ECG; expected ecg, words\n"
        f"  where:  {exported}\n"
        "  remedy: give every input of the contract under its own name, and no other"
    )


@pytest.mark.parametrize(("name", "dtype"), [("ecg", "float64"), ("words", "int64")])
def test_another_dtype_is_not_converted(
    exported: Path, inputs: dict[str, Any], name: str, dtype: str
) -> None:
    wanted = inputs[name].dtype
    inputs[name] = inputs[name].astype(dtype)
    assert refused(exported, inputs) == (
        f"dtype {dtype}; expected {wanted}\n"
        f"  where:  input '{name}'\n"
        f"  remedy: convert it: array.astype('{wanted}')"
    )


@pytest.mark.parametrize(
    ("shape", "remedy"),
    [
        ((2, 15, 1), "reshape it to (batch, 16, 1)"),
        ((2, 16), "reshape it to (batch, 16, 1)"),
        ((16, 1), "add the batch in front: array[None]"),
    ],
)
def test_another_shape_is_refused(
    exported: Path, inputs: dict[str, Any], shape: tuple[int, ...], remedy: str
) -> None:
    inputs["ecg"] = np.zeros(shape, "float32")
    assert refused(exported, inputs) == (
        f"shape {shape}; expected (batch, 16, 1)\n  where:  input 'ecg'\n  remedy: {remedy}"
    )


def test_two_batches_are_refused(exported: Path, inputs: dict[str, Any]) -> None:
    inputs["words"] = inputs["words"][:1]
    assert refused(exported, inputs) == (
        "'batch' is 1 here and 2 in 'ecg'\n"
        "  where:  input 'words'\n"
        "  remedy: give all inputs the same batch"
    )


def test_an_empty_batch_is_refused(exported: Path, inputs: dict[str, Any]) -> None:
    assert refused(exported, {name: array[:0] for name, array in inputs.items()}) == (
        "'batch' is 0\n  where:  input 'ecg'\n  remedy: give at least one row"
    )


@pytest.mark.parametrize("bad", [-1, 50])
def test_an_id_that_the_model_does_not_know_is_found(
    exported: Path, inputs: dict[str, Any], bad: int
) -> None:
    inputs["words"][1, 7] = bad
    assert refused(exported, inputs) == (
        f"id {bad} at [1, 7]; the model knows 0 to 49\n"
        "  where:  input 'words'\n"
        "  remedy: give ids that the model was trained with; it has no row for others"
    )


def test_a_bundle_without_an_onnx_file_is_an_error(bundle: Path, inputs: dict[str, Any]) -> None:
    (bundle / "model.onnx").unlink()
    with pytest.raises(BundleError) as caught:
        predict(bundle, inputs)
    assert str(caught.value) == (
        "there is no model.onnx in this bundle\n"
        f"  where:  {bundle}\n"
        "  remedy: export the model again with `--format onnx`"
    )


@pytest.fixture
def texts(bundle: Path) -> Path:
    """Give a bundle that returns the strings that it is given."""
    node = helper.make_node("Identity", ["words"], ["same"])
    given, same = (
        helper.make_tensor_value_info(name, TensorProto.STRING, ["batch", 2])
        for name in ("words", "same")
    )
    graph = helper.make_graph([node], "g", [given], [same])
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), bundle / "model.onnx")
    specs = [TensorSpec(name, (2,), "string") for name in ("words", "same")]
    write_signature(bundle, Signature((specs[0],), (specs[1],)), {})
    (bundle / "parity.json").unlink()  # it speaks of other outputs
    return bundle


def test_strings_go_in_and_come_out_as_numpy_has_them(texts: Path) -> None:
    words = np.array([["a\0b", ""], ["日本", "x" * 500]])
    for given in (words, words.astype(object)):
        found = predict(texts, {"words": given})["same"]
        np.testing.assert_array_equal(found, words)
        assert found.dtype.kind == "U"


@pytest.mark.parametrize("dtype", ["S3", "int32", object])
def test_other_things_than_strings_are_refused(texts: Path, dtype: Any) -> None:
    array = np.array([[1, 2]]).astype(dtype)
    assert refused(texts, {"words": array}) == (
        f"dtype {array.dtype}; expected string\n"
        "  where:  input 'words'\n"
        "  remedy: convert it: array.astype('str')"
    )


@pytest.fixture
def with_rules(bundle: Path) -> Path:
    """Give a bundle whose `words` may be given as strings, which are hashed."""
    output = TensorSpec("words", (12,), "int32")
    rule = Rule(output, ("words",), "hashed", "hash", Encoding("int", 50), bucket=Bucket(50))
    inputs = (TensorSpec("ecg", (16, 1)), TensorSpec("words", (12,), "string"))
    write_preprocessing(bundle, Preprocessing(inputs, (rule,)))
    return bundle


def test_rules_make_inputs_of_strings(with_rules: Path, inputs: dict[str, Any]) -> None:
    texts = np.array([["", "a", "Ü"] * 4, ["b"] * 12])
    ids = np.array([[13, 39, 39] * 4, [22] * 12], "int32")
    got = predict(with_rules, {**inputs, "words": texts})
    expected = predict(with_rules, {**inputs, "words": ids})
    for name, array in got.items():
        np.testing.assert_array_equal(array, expected[name])


def test_strings_of_another_shape_are_refused(with_rules: Path, inputs: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        predict(with_rules, {**inputs, "words": np.array(["a", "b"])})
    assert str(caught.value) == (
        "shape (2,); expected (batch, 12)\n"
        "  where:  input 'words'\n"
        "  remedy: reshape it to (batch, 12)"
    )


def test_a_fixed_batch_is_asked_for_and_a_free_one_beside_it_is_free(fixed_batch: Path) -> None:
    x, many = np.ones((1, 6), "float32"), np.ones((3, 6), "float32")
    outputs = predict(fixed_batch, {"x": x, "many": many})
    assert [array.shape for array in outputs.values()] == [(2, 2), (3, 6)]
    assert refused(fixed_batch, {"x": many, "many": many}) == (
        "shape (3, 6); expected (1, 6)\n  where:  input 'x'\n  remedy: reshape it to (1, 6)"
    )
