"""Run an ONNX file in onnxruntime and hold it against the contract; Keras is not needed here."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from onnx import TensorProto

from mimo_export.errors import BundleError
from mimo_portable.specs import TensorSpec

if TYPE_CHECKING:
    from mimo_export.contract import Signature

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]

_ERRORS_ONLY = 3
_LEVELS = {"all": "ORT_ENABLE_ALL", "basic": "ORT_ENABLE_BASIC", "none": "ORT_DISABLE_ALL"}
_ONNX_NAMES = {
    "bool": "bool",
    "float16": "float16",
    "bfloat16": "bfloat16",
    "float32": "float",
    "float64": "double",
    "string": "string",
    **{name: name for name in ("int8", "int16", "int32", "int64")},
    **{name: name for name in ("uint8", "uint16", "uint32", "uint64")},
}


class OnnxModel:
    """An ONNX file, open in onnxruntime on the CPU.

    Args:
        path: The file.
        level: Of onnxruntime's optimisations: "all", as users have them, "basic" or "none".

    Raises:
        BundleError: onnxruntime cannot load the file.
    """

    def __init__(self, path: str | Path, *, level: str = "all") -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        levels = onnxruntime.GraphOptimizationLevel
        options.graph_optimization_level = getattr(levels, _LEVELS[level])
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except _onnxruntime_errors() as error:
            raise BundleError(
                f"onnxruntime cannot load the file: {str(error).splitlines()[0]}",
                where=str(path),
                remedy="export the model again; `mimo-portable inspect` shows what is in the file",
            ) from error

    def run(self, inputs: Arrays) -> Arrays:
        """Run named arrays and return named arrays, in the file's order.

        Raises:
            BundleError: onnxruntime fails while it computes.
        """
        names = [output.name for output in self._session.get_outputs()]
        try:
            values = self._run(names, inputs)
        except _onnxruntime_errors() as error:
            shown = ", ".join(
                f"{name} {array.dtype}{list(array.shape)}" for name, array in inputs.items()
            )
            raise BundleError(
                f"onnxruntime cannot run the file: {str(error).splitlines()[0]}",
                where=f"on {shown}",
                remedy="check the values; if they are what the contract asks for, report the model",
            ) from error
        return dict(zip(names, values, strict=True))

    def _run(self, names: Sequence[str], inputs: Arrays) -> Sequence[Array]:
        values = (*self._session.get_inputs(), *self._session.get_outputs())
        if all(value.type != "tensor(bfloat16)" for value in values):
            found: Sequence[Array] = self._session.run(names, dict(inputs))
            return found
        given = {name: _to_ort_value(array) for name, array in inputs.items()}
        return [_to_array(value) for value in self._session.run_with_ort_values(names, given)]

    def contract_problems(self, signature: Signature) -> tuple[str, ...]:
        """Return how the file's names, order, dtypes and dimensions differ from the contract."""
        return (
            *_problems("inputs", self._session.get_inputs(), signature.inputs),
            *_problems("outputs", self._session.get_outputs(), signature.outputs),
        )


# onnxruntime has no NumPy type for bfloat16: it takes its bits, and its answers' memory is read.


def _to_ort_value(array: Array) -> onnxruntime.OrtValue:
    if array.dtype != ml_dtypes.bfloat16:
        return onnxruntime.OrtValue.ortvalue_from_numpy(array)
    bits = np.ascontiguousarray(array).view(np.uint16)
    return onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(bits, TensorProto.BFLOAT16)


def _to_array(value: onnxruntime.OrtValue) -> Array:
    if value.element_type() != TensorProto.BFLOAT16:
        return np.asarray(value.numpy())
    memory = ctypes.string_at(value.data_ptr(), value.tensor_size_in_bytes())
    return np.frombuffer(memory, ml_dtypes.bfloat16).reshape(value.shape())


def _problems(kind: str, found: Sequence[Any], wanted: Sequence[TensorSpec]) -> list[str]:
    names, expected = [item.name for item in found], [spec.name for spec in wanted]
    if names != expected:
        return [f"{kind} are {', '.join(names)}; the contract has {', '.join(expected)}"]
    problems = []
    for item, spec in zip(found, wanted, strict=True):
        dtype = f"tensor({_ONNX_NAMES.get(spec.dtype, spec.dtype)})"
        if item.type != dtype:
            problems.append(f"'{spec.name}' is {item.type}; the contract has {dtype}")
        first = item.shape[0] if item.shape else 0
        if isinstance(first, int) and first != spec.batch:
            problems.append(f"'{spec.name}' has no free batch: its shape is {item.shape}")
        fixed = [size if isinstance(size, int) else None for size in item.shape]
        wanted_sizes = [size if isinstance(size, int) else None for size in spec.sizes]
        if fixed[1:] != wanted_sizes[1:]:
            problems.append(f"'{spec.name}' is {item.shape[1:]}; the contract has {spec.shape}")
        elif wanted_sizes[0] is not None and fixed[:1] == [None]:
            problems.append(f"'{spec.name}' is {item.shape}; the contract has {[*spec.sizes]}")
    return problems


def _onnxruntime_errors() -> tuple[type[Exception], ...]:
    """Return what onnxruntime raises; its exceptions share no base but Exception."""
    state = vars(onnxruntime.capi.onnxruntime_pybind11_state).values()
    own = (kind for kind in state if isinstance(kind, type) and issubclass(kind, Exception))
    return (*own, RuntimeError, ValueError)
