"""The second opinion: SavedModel to ONNX through tf2onnx, which shares no code with ours.

Its file is brought to the contract: names, order and one symbol per free dimension. What it
computes is left alone, and is verified by the same gate.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx

from mimo_export.contract import Signature
from mimo_export.errors import EnvironmentNotReadyError, UnsupportedOperationError
from mimo_export.keras_errors import keras_errors
from mimo_portable.specs import TensorSpec

OPSETS = (17, 18)
"""What tf2onnx can write of the operator sets that we accept; it stops at 18."""


def convert(saved_model: Path, signature: Signature, path: Path, opset: int | None = None) -> None:
    """Convert a SavedModel, in a process that has TensorFlow.

    Args:
        saved_model: The folder.
        signature: The contract that the file is brought to.
        path: The ONNX file to write.
        opset: 17 or 18; the lower one when None.

    Raises:
        EnvironmentNotReadyError: tf2onnx is not installed.
        UnsupportedOperationError: tf2onnx cannot write this opset, or cannot convert the model.
    """
    opset = OPSETS[0] if opset is None else opset
    if opset not in OPSETS:
        raise UnsupportedOperationError(
            f"tf2onnx cannot write opset {opset}, only {' and '.join(map(str, OPSETS))}",
            where="--via tf2onnx",
            remedy="leave the opset out, or leave `--via tf2onnx` out",
        )
    _run_tf2onnx(saved_model, path, opset)
    model = onnx.load(path)
    _to_contract(model, signature)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def _run_tf2onnx(saved_model: Path, path: Path, opset: int) -> None:
    try:
        import tf2onnx.convert
    except ImportError as error:
        raise EnvironmentNotReadyError(
            f"tf2onnx is not there: {error}",
            where="--via tf2onnx",
            remedy="pip install 'mimo-portable[savedmodel]'",
        ) from error
    words = ["tf2onnx", "--saved-model", saved_model, "--output", path, "--opset", opset]
    words += ["--tag", "serve", "--signature_def", "serving_default"]
    # Its command line is its only public door to a SavedModel.
    own, sys.argv = sys.argv, [str(word) for word in words]
    try:
        tf2onnx.convert.main()
    except keras_errors() as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise UnsupportedOperationError(
            f"tf2onnx cannot convert the model: {lines[0]}",
            where="--via tf2onnx",
            remedy="leave `--via tf2onnx` out: the direct export does not go through TensorFlow",
        ) from error
    finally:
        sys.argv = own


def _to_contract(model: onnx.ModelProto, signature: Signature) -> None:
    """Put inputs and outputs into the contract's order, and give free dimensions its symbols."""
    graph = model.graph
    _reorder(graph.input, signature.inputs)
    _reorder(graph.output, signature.outputs)
    # Shapes inside the graph carry tf2onnx's numbered symbols, which would contradict ours.
    del graph.value_info[:]
    used = {node.domain for node in _nodes(graph)}
    kept = [entry for entry in model.opset_import if entry.domain in {*used, ""}]
    del model.opset_import[:]
    model.opset_import.extend(kept)


def _reorder(values: Any, specs: Sequence[TensorSpec]) -> None:
    found = {value.name: value for value in values}
    missing = [spec.name for spec in specs if spec.name not in found]
    if missing:
        raise UnsupportedOperationError(
            f"tf2onnx left out '{missing[0]}'; it wrote {', '.join(found) or 'nothing'}",
            where="--via tf2onnx",
            remedy="leave `--via tf2onnx` out: the direct export keeps every input and output",
        )
    ordered = [copy.deepcopy(found[spec.name]) for spec in specs]
    for value, spec in zip(ordered, specs, strict=True):
        shape = value.type.tensor_type.shape
        del shape.dim[:]
        for size in spec.sizes:
            dimension = shape.dim.add()
            if isinstance(size, int):
                dimension.dim_value = size
            elif size is not None:
                dimension.dim_param = size
    del values[:]
    values.extend(ordered)


def _nodes(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    found = []
    for node in graph.node:
        found.append(node)
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                found.extend(_nodes(inner))
    return found
