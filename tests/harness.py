"""One battery for every layer and operation: export, check, run, compare with Keras itself."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest

from mimo_export.keras_runtime import run_by_name
from mimo_export.onnx import to_onnx
from mimo_export.onnx_file import write_onnx
from mimo_export.signature import signature_of
from mimo_portable.specs import TensorSpec

TOLERANCE = 1e-5
# Half precision cannot come nearer than its own steps, and backends add in different orders.
TOLERANCES = {"float16": 4 * float(np.finfo("float16").eps)}
BATCHES_AND_LENGTHS = ((1, 5), (3, 7))

WIDE = pytest.mark.skipif(
    keras.backend.backend() == "jax", reason="JAX narrows 64-bit dtypes to 32 bits by default"
)

Arrays = Mapping[str, np.ndarray[Any, Any]]


def check_layer(
    function: Callable[..., Any],
    *shapes: tuple[int | None, ...],
    dtype: str | Sequence[str] = "float32",
    ops: Sequence[str] | None = None,
    values: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray[Any, Any]] | None = None,
    mask: bool = False,
    opset: int | None = None,
    sizes: Sequence[tuple[int, int]] = BATCHES_AND_LENGTHS,
) -> ir.Model:
    """Check a layer, or a function of keras.ops, on inputs of the given shapes without the batch.

    Args:
        function: Called on one symbolic input for each shape; returns a tensor or a structure.
        shapes: Shapes without the batch; None is a free dimension.
        dtype: One dtype, or one for each input.
        ops: The operator types that the graph must consist of, in order.
        values: Makes the input values; default: normal numbers, small integers, coin flips.
        mask: Whether the first input is token ids with 0 for padding, embedded with a mask.
        opset: Of the exported file; default: the lowest that the function needs.
        sizes: Batches, and what a free dimension is with each.
    """
    dtypes = [dtype] * len(shapes) if isinstance(dtype, str) else list(dtype)
    inputs = [
        keras.Input(shape, dtype=kind, name=f"x{i}")
        for i, (shape, kind) in enumerate(zip(shapes, dtypes, strict=True))
    ]
    tensors: list[Any] = list(inputs)
    if mask:
        tensors[0] = keras.layers.Embedding(9, 4, mask_zero=True, name="embedding")(tensors[0])
    model = keras.Model(inputs, function(*tensors))
    return check_model(model, ops=ops, values=values, opset=opset, sizes=sizes)


def check_model(
    model: Any,
    *,
    ops: Sequence[str] | None = None,
    values: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray[Any, Any]] | None = None,
    seed: int = 0,
    opset: int | None = None,
    sizes: Sequence[tuple[int, int]] = BATCHES_AND_LENGTHS,
) -> ir.Model:
    """Check a built model: valid file, contract, parity at several sizes, structure."""
    rng = np.random.default_rng(seed)
    randomise(model, rng)
    exported = to_onnx(model, opset=opset)
    proto = ir.serde.serialize_model(exported)
    onnx.checker.check_model(proto, full_check=True)
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    contract = signature_of(model)
    assert [i.name for i in session.get_inputs()] == [spec.name for spec in contract.inputs]
    assert [o.name for o in session.get_outputs()] == [spec.name for spec in contract.outputs]
    for batch, length in sizes:
        arrays = {
            spec.name: _values(rng, spec.dtype, _sizes(batch, length, spec), values)
            for spec in contract.inputs
        }
        compare(session, arrays, run_by_name(model, arrays))
    known = all(isinstance(d, int) for spec in contract.inputs for d in spec.shape)
    if values is None and known and contract.takes_one_batch:
        none = {spec.name: np.zeros((0, *spec.shape), spec.dtype) for spec in contract.inputs}
        for output, spec in zip(session.run(None, none), contract.outputs, strict=True):
            assert output.size == 0, f"{spec.name} of an empty batch"
    if ops is not None:
        assert [node.op_type for node in exported.graph] == list(ops)
    return exported


def check_openvino(function: Callable[..., Any], shape: tuple[int, ...]) -> None:
    """Check a function of one symbolic input, float32 of a shape without the batch, in OpenVINO.

    The batches grow and shrink, because it keeps memory for the largest that it has seen.
    """
    openvino = pytest.importorskip("openvino", reason="OpenVINO is not installed")
    x = keras.Input(shape, name="x")
    model = keras.Model(x, function(x))
    rng = np.random.default_rng(0)
    randomise(model, rng)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.onnx"  # it reads a file otherwise than bytes
        write_onnx(to_onnx(model), path)
        precise = {"INFERENCE_PRECISION_HINT": "f32"}  # some processors would compute in bfloat16
        compiled = openvino.compile_model(path, "CPU", precise)
    for batch in (1, 4, 2, 33):
        arrays = {"x": rng.normal(size=(batch, *shape)).astype("float32")}
        found = compiled(arrays)
        for name, want in run_by_name(model, arrays).items():
            np.testing.assert_allclose(found[name], want, rtol=TOLERANCE, atol=TOLERANCE)


def compare(session: onnxruntime.InferenceSession, arrays: Arrays, expected: Arrays) -> None:
    """Compare every output by name, dtype, shape and value."""
    found = dict(
        zip([o.name for o in session.get_outputs()], session.run(None, arrays), strict=True)
    )
    assert list(found) == list(expected)
    for name, want in expected.items():
        assert found[name].shape == want.shape, name
        assert found[name].dtype == want.dtype, name
        near = TOLERANCES.get(want.dtype.name, TOLERANCE)
        np.testing.assert_allclose(
            found[name], want, rtol=near, atol=near, err_msg=name, strict=True
        )


def randomise(model: Any, rng: np.random.Generator) -> None:
    """Give a model weights for which no two gates, channels or directions are alike."""
    for variable in model.variables:
        if "float" in keras.backend.standardize_dtype(variable.dtype):
            value = 0.3 * rng.normal(size=variable.shape)
            positive = "variance" in variable.path
            variable.assign((np.abs(value) + 0.5 if positive else value).astype("float32"))


def _sizes(batch: int, length: int, spec: TensorSpec) -> tuple[int, ...]:
    first = spec.batch if isinstance(spec.batch, int) else batch
    return (first, *(size if isinstance(size, int) else length for size in spec.shape))


def _values(
    rng: np.random.Generator,
    dtype: str,
    shape: tuple[int, ...],
    values: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray[Any, Any]] | None,
) -> np.ndarray[Any, Any]:
    if values is not None:
        return values(rng, shape).astype(dtype)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if "int" in dtype:
        return rng.integers(0, 4, shape).astype(dtype)
    return rng.normal(size=shape).astype(dtype)
