"""Runs one call of a Keras backend function through our backend and onnxruntime.

A call is traced with its tensors as inputs of a graph, the graph is run, and the results are given
back as tensors of the running backend: so Keras's own tests, which compare with NumPy, test ours.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime

from mimo_export.backend import FAMILIES, TOP_LEVEL, _switch, onnx_backend
from mimo_export.backend._convert import cast
from mimo_export.backend._graph import OLDEST_OPSET, Graph, OpsetTooLowError, op
from mimo_export.backend._tensor import Array, TracedTensor
from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import _finished, _ir_version

_OURS_NOT = frozenset({"convert_to_tensor", "convert_to_numpy", "is_tensor", "shape", "cast"})
_NOT_OURS = frozenset({"compute_output_spec", "custom_gradient", "remat", "random_seed_dtype"})
_TRACERS = ("SymbolicTensor", "DynamicJaxprTracer", "BatchTracer", "JVPTracer", "FakeTensor")
# Inside a graph bfloat16 is what it is; at its border NumPy and onnxruntime have no common form.
_BORDER = {"bfloat16": "float32", "float8_e4m3fn": "float32", "float8_e5m2": "float32"}

dynamic = False
"""Whether the sizes of inputs are hidden from the trace."""


def install(modules: Sequence[types.ModuleType]) -> None:
    """Replace the running backend's functions in its family modules by ours, for good."""
    for module in modules:
        family = FAMILIES[module.__name__.rsplit(".", maxsplit=1)[-1]]
        for name in _switch.interface()[module.__name__.rsplit(".", maxsplit=1)[-1]]:
            if name not in _OURS_NOT | _NOT_OURS:
                running = getattr(module, name)
                setattr(module, name, _evaluated(family, name, running))
    # The modules of Keras stay the same from call to call: looking through them is done once.
    found = _switch._replacements(FAMILIES, TOP_LEVEL)
    _switch._replacements = lambda *_: found


def _evaluated(
    family: types.ModuleType, name: str, running: Callable[..., Any]
) -> Callable[..., Any]:
    @functools.wraps(running)
    def call(*args: Any, **kwargs: Any) -> Any:
        if any(_is_symbolic(x) for x in keras.tree.flatten((args, kwargs))):
            return running(*args, **kwargs)
        ours = getattr(family, name, None) or _switch._refusal(name)
        try:
            return _at_lowest_opset(ours, args, kwargs, count=None)
        except UnsupportedOperationError as refusal:
            # NumPy arrays for axes, bins or sizes are constants in a model; tensors stay inputs.
            if "asked for in Python" not in refusal.what:
                raise
            return _at_lowest_opset(ours, args, kwargs, count=1)

    return call


def _at_lowest_opset(ours: Callable[..., Any], args: Any, kwargs: Any, count: int | None) -> Any:
    opset = OLDEST_OPSET
    while True:
        try:
            return _run(ours, args, kwargs, opset, count)
        except OpsetTooLowError as low:
            opset = low.needed


def _is_symbolic(x: Any) -> bool:
    """Whether a value is one of a trace of the framework, which is not ours to compute."""
    return isinstance(x, (keras.KerasTensor, TracedTensor)) or type(x).__name__ in _TRACERS


def _run(ours: Callable[..., Any], args: Any, kwargs: Any, opset: int, count: int | None) -> Any:
    """Trace a call with its first `count` tensors as inputs (None: all of them), and run it."""
    graph = Graph(opset)
    feeds: dict[str, Array] = {}

    def placed(x: Any) -> Any:
        x = x.value if isinstance(x, keras.Variable) else x
        if not (_switch.is_running_tensor(x) or isinstance(x, (np.ndarray, np.generic))):
            _refuse_foreign(x)
            return x
        if count is not None and len(feeds) >= count:
            return x
        tensor = keras.ops.convert_to_tensor(x)
        dtype = keras.backend.standardize_dtype(tensor.dtype)
        _refuse_foreign(tensor)
        border = _BORDER.get(dtype, dtype)
        array = np.asarray(_switch.running_to_numpy(keras.ops.cast(tensor, border)))
        dims = [graph.unique("size") if dynamic else size for size in array.shape]
        value = graph.input("input", border, dims)
        feeds[value.name] = array
        return cast(value, dtype)

    with graph.current():
        args, kwargs = keras.tree.map_structure(placed, (args, kwargs))
        with onnx_backend():
            result = ours(*args, **kwargs)
            outputs = [x for x in keras.tree.flatten(result) if isinstance(x, TracedTensor)]
            arrays = iter(_computed(graph, outputs, feeds))
    return keras.tree.map_structure(
        lambda x: _as_running(next(arrays), x.dtype) if isinstance(x, TracedTensor) else x, result
    )


def _refuse_foreign(x: Any) -> None:
    """Refuse what only one framework has, and no ONNX file can hold."""
    kind = type(x).__name__
    foreign = kind in ("SparseTensor", "IndexedSlices", "RaggedTensor", "BCOO", "JAXSparse")
    if foreign or "complex" in str(getattr(x, "dtype", "")):
        raise UnsupportedOperationError(f"a {kind} has no ONNX form")


def _as_running(array: Array, dtype: str) -> Any:
    return keras.ops.cast(keras.ops.convert_to_tensor(array), dtype)


def _computed(graph: Graph, outputs: Sequence[TracedTensor], feeds: dict[str, Array]) -> list[Any]:
    """Return the elements of each output; those of a constant are known."""
    asked = [cast(x, _BORDER.get(x.dtype, x.dtype)) for x in outputs if not x.is_constant]
    named = {f"output_{i}": op("Identity", x) for i, x in enumerate(asked)}
    if named:
        for name, x in named.items():
            x.value.name = name
        graph.outputs = [x.value for x in named.values()]
        model = ir.Model(_finished(graph, named, "call"), ir_version=_ir_version(graph.opset))
        session = onnxruntime.InferenceSession(ir.serde.serialize_model(model).SerializeToString())
        found = iter(session.run(list(named), feeds))
    return [x.array if x.is_constant else next(found) for x in outputs]
