"""Name the first Keras layer whose ONNX form computes something else.

1. Layer by layer: the model is traced once more with what every layer returns as an output of the
   graph, and each is held against what the same layer returns when Keras runs the model.
2. The file: what is in a bundle is held against what the exporter writes from its `model.keras`
   now; a weight or a node that differs has its layer in its name.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime  # type: ignore[import-untyped]

from mimo_export.backend._graph import current_graph
from mimo_export.backend._tensor import TracedTensor
from mimo_export.compare import Comparison, Pair, Tolerance, compare_output
from mimo_export.golden import Case
from mimo_export.interface import Interface, interface_of, widened
from mimo_export.onnx import finished_model, to_onnx, trace
from mimo_export.onnx_file import write_onnx
from mimo_portable.specs import TensorSpec

RUNTIME = "onnxruntime"


def compare_layers(
    model: Any, cases: Sequence[Case], tolerance: Tolerance, scratch: Path
) -> tuple[Comparison, ...]:
    """Compare what each layer returns in Keras and in onnxruntime, in the order of the calls.

    Layers inside the step of a loop are part of the layer that loops.

    Args:
        model: A built Keras model.
        cases: Inputs to run it on.
        tolerance: What is allowed.
        scratch: An existing folder for the graph with all those outputs.

    Raises:
        UnsupportedOperationError: The model has no ONNX form.
    """
    interface = interface_of(model)
    tapped = _Tapped(interface.model, interface.inputs, interface.structure)
    built = finished_model(trace(tapped))
    session = onnxruntime.InferenceSession(write_onnx(built, scratch / "layers.onnx"))
    names = [value.name for value in session.get_outputs()]
    pairs: dict[str, list[Pair]] = {name: [] for name in names}
    for case in cases:
        expected = tapped.call(case.inputs)
        for name, got in zip(names, session.run(names, dict(case.inputs)), strict=True):
            answer = keras.ops.convert_to_numpy(expected[name])
            pairs[name].append(Pair(case.name, widened(answer, str(got.dtype)), got))
    return tuple(
        compare_output(RUNTIME, name, found, tolerance, is_class=False)
        for name, found in pairs.items()
    )


def compare_file(model: Any, path: Path, stated: Sequence[TensorSpec] = ()) -> tuple[str, ...]:
    """Return how an ONNX file differs from what the exporter writes from the model now."""
    published = ir.load(path)
    fresh = to_onnx(model, opset=published.opset_imports[""], stated=stated)
    return (*_weight_differences(published.graph, fresh.graph), *_node_difference(published, fresh))


def _weight_differences(published: ir.Graph, fresh: ir.Graph) -> Iterator[str]:
    for name, value in fresh.initializers.items():
        other = published.initializers.get(name)
        if other is None or value.const_value is None or other.const_value is None:
            yield f"there is no weight '{name}'"
            continue
        got, wanted = other.const_value.numpy(), value.const_value.numpy()
        if got.dtype != wanted.dtype or got.shape != wanted.shape:
            yield (
                f"weight '{name}' is {got.dtype}{list(got.shape)}, "
                f"the model gives {wanted.dtype}{list(wanted.shape)}"
            )
        elif got.tobytes() != wanted.tobytes():
            count = int(np.count_nonzero(got != wanted))
            yield f"{count} of the {got.size} numbers of weight '{name}' are not the model's"


def _without_bodies(node: ir.Node) -> onnx.NodeProto:
    """Return a node without the graphs that it holds, whose nodes come by themselves."""
    proto = ir.serde.serialize_node(node)
    attributes = [attribute for attribute in proto.attribute if not attribute.HasField("g")]
    del proto.attribute[:]
    proto.attribute.extend(attributes)
    return proto


def _node_difference(published: ir.Model, fresh: ir.Model) -> Iterator[str]:
    """Yield the first node that differs: what follows may only follow from it."""
    nodes = (ir.traversal.RecursiveGraphIterator(model.graph) for model in (published, fresh))
    for got, wanted in itertools.zip_longest(*nodes):
        if got is None or wanted is None:
            yield f"node '{(got or wanted).name}' is in one of both only"
            return
        if _without_bodies(got) != _without_bodies(wanted):
            yield f"node '{got.name}' ({got.op_type}) is not the model's '{wanted.name}'"
            return


@dataclass(frozen=True)
class _Tapped(Interface):
    """A model whose outputs are what its layers return, by a name that says whose they are."""

    def call(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Call the model at inference and return what every layer returned, in that order."""
        with _recorded() as found:
            super().call(values)
        return {name: leaf for name, leaf in found.items() if _is_outside_of_loops(leaf)}


def _is_outside_of_loops(leaf: Any) -> bool:
    if not isinstance(leaf, TracedTensor):
        return True
    producer = leaf.value.producer()
    return producer is None or producer in current_graph().nodes


@contextlib.contextmanager
def _recorded() -> Iterator[dict[str, Any]]:
    """Note every tensor that a layer returns while the block runs."""
    found: dict[str, Any] = {}
    calls: Counter[str] = Counter()
    path: list[str] = []
    original = keras.layers.Layer.__call__

    def recording(layer: Any, *args: Any, **kwargs: Any) -> Any:
        path.append(layer.name)
        name = f"layer '{'/'.join(path[1:] or path)}' ({type(layer).__name__})"
        try:
            result = original(layer, *args, **kwargs)
        finally:
            path.pop()
        calls[name] += 1
        call = f", call {calls[name]}" if calls[name] > 1 else ""
        leaves = [leaf for leaf in keras.tree.flatten(result) if leaf is not None]
        for number, leaf in enumerate(leaves):
            part = f", output {number}" if len(leaves) > 1 else ""
            found[f"{name}{call}{part}"] = leaf
        return result

    keras.layers.Layer.__call__ = recording
    try:
        yield found
    finally:
        keras.layers.Layer.__call__ = original
