"""onnxruntime's quantisation tools, ready to be tried on types of operators of a model."""

from __future__ import annotations

import contextlib
import copy
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from onnx import ModelProto
from onnxruntime.quantization import (  # type: ignore[import-untyped]
    CalibrationDataReader,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.operators.activation import (  # type: ignore[import-untyped]
    QDQRemovableActivation,
)
from onnxruntime.quantization.operators.direct_q8 import (  # type: ignore[import-untyped]
    Direct8BitOp,
    QDQDirect8BitOp,
)
from onnxruntime.quantization.operators.maxpool import (  # type: ignore[import-untyped]
    QDQMaxPool,
)
from onnxruntime.quantization.operators.norm import (  # type: ignore[import-untyped]
    QDQNormalization,
)
from onnxruntime.quantization.registry import (  # type: ignore[import-untyped]
    IntegerOpsRegistry,
    QDQRegistry,
)

from mimo_export.onnx_runtime import Arrays
from mimo_export.optimize.weights import graphs, move_inside, readers, set_apart

Problem = Callable[[Path], str]
"""Tells why onnxruntime cannot run a file as the contract wants; empty where it can."""

DYNAMIC = frozenset(IntegerOpsRegistry)
"""Types of operators that have a form whose ranges each run finds."""

STATIC = frozenset(
    kind for kind, form in QDQRegistry.items() if not issubclass(form, QDQNormalization)
)
"""Those whose ranges are found once.

Normalisations read scales, not weights, and are there because numbers are of any size.
"""

_PASSING = (QDQDirect8BitOp, QDQMaxPool, QDQRemovableActivation)
"""How the tool treats operators that pass 8-bit numbers on as they are."""

# The tools check little: what they do not know ends in any of these.
_TOOL_ERRORS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, NotImplementedError),
    *(RuntimeError, TypeError, ValueError),
)


@dataclass(frozen=True)
class Attempt:
    """One of the tools, ready to be tried on some types of operators.

    Attributes:
        types: Those that it may know.
        write: Writes a file with these types in 8 bits.
    """

    types: tuple[str, ...]
    write: Callable[[Sequence[str], Path], None]

    def tried(self, types: Sequence[str], target: Path, problem: Problem) -> str:
        """Write a file and return why it cannot be used; empty where it can."""
        try:
            with _quiet():
                self.write(types, target)
        except _TOOL_ERRORS as error:
            return f"onnxruntime's tool fails: {type(error).__name__}: {error}"
        return problem(target)


def dynamic(model: ModelProto, types: frozenset[str]) -> Attempt:
    """Return the tool that leaves the ranges of activations to each run, for a prepared model."""
    passing = {kind for kind, form in IntegerOpsRegistry.items() if issubclass(form, Direct8BitOp)}

    def write(types: Sequence[str], target: Path) -> None:
        source = copy.deepcopy(model)
        move_inside(source)
        set_apart(source)
        # In an inner graph the tool writes them behind what reads them.
        _, *inner = graphs(source.graph)
        left = [node.name for graph in inner for node in graph.node if node.op_type in passing]
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=[*types, *sorted(passing)],
            nodes_to_exclude=left,
            weight_type=QuantType.QUInt8,
            extra_options={"EnableSubgraph": True},
        )

    return Attempt(tuple(sorted(types)), write)


def static(model: ModelProto, types: frozenset[str], batches: Sequence[Arrays]) -> Attempt:
    """Return the tool that takes the ranges of activations from batches, for a prepared model."""
    passing = {kind for kind, form in QDQRegistry.items() if issubclass(form, _PASSING)}
    with_weights = computing(model)

    def write(types: Sequence[str], target: Path) -> None:
        without = [
            node.name
            for graph in graphs(model.graph)
            for node in graph.node
            if node.op_type in types and node.name not in with_weights
        ]
        quantize_static(
            copy.deepcopy(model),
            target,
            _Reader(batches),
            op_types_to_quantize=[*types, *sorted(passing)],
            nodes_to_exclude=without,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QUInt8,
            extra_options={"OpTypesToExcludeOutputQuantization": ["Gemm", "MatMul"]},
        )

    return Attempt(tuple(sorted(types)), write)


def computing(model: ModelProto) -> dict[str, str]:
    """Return what is to compute in 8 bits in the static form: the types of operators, by name.

    That is what reads weights, and where there is any of it, each convolution, however small: else
    onnxruntime lets the MaxPool behind it read 8-bit numbers, by a kernel that takes 25 times as
    long as that behind an 8-bit convolution (`medical`, batch 32: 7.1 times the original's time, so
    1.9).
    """
    found = {node.name: node.op_type for node, _ in readers(model)}
    if found:
        constant = {tensor.name for tensor in model.graph.initializer}
        convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
        found |= {node.name: "Conv" for node in convolutions if node.input[1] in constant}
    return found


class _Reader(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Gives the tool one batch after the other, as often as it asks."""

    def __init__(self, batches: Sequence[Arrays]) -> None:
        self._batches = iter(batches)

    def get_next(self) -> Arrays | None:
        """Return the next batch; None after the last."""
        return next(self._batches, None)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the tools' advice, which is for who calls them, from the user's log.

    They speak through the root logger, which makes itself a handler when it has none.
    """
    root = logging.getLogger()
    before, handlers = root.manager.disable, list(root.handlers)
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
        for handler in root.handlers:
            if handler not in handlers:
                root.removeHandler(handler)
