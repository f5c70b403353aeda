"""Store weights in 8 bits, with onnxruntime's own tools; what they cannot do stays in float32.

* `dynamic`: ranges of activations are found anew in each run. Results come out in float32.
* `static`: ranges are taken from calibration data. What reads no weight and computes stays in
  float32 (normalisation, sigmoid, softmax), and so does what a Gemm or MatMul gives: with all that
  the tool can do in 8 bits, the mean absolute error of `medical` rises from 0.117 to 0.162, without
  these to 0.117. An LSTM has no static form, and gets the dynamic one.

Weights are unsigned. Signed ones saturate on processors without 8-bit dot products (VNNI): the
`forecast` outputs then differ by 2,700 passengers instead of 110, and a file has to be good
everywhere. One scale a tensor: one a channel is larger, and was better on one model, worse on two.

Whether onnxruntime can run what its tools write is found out by trying: if it cannot run all of
it, each type of operator is tried alone, and those that fail stay in float32.
"""

from __future__ import annotations

import contextlib
import copy
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
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

from mimo_export.errors import InputError
from mimo_export.onnx_runtime import Arrays
from mimo_export.optimize.products import rewrite
from mimo_export.optimize.weights import graphs, move_inside, readers, set_apart
from mimo_export.optimize.whole import make_whole

Problem = Callable[[Path], str]
"""Tells why onnxruntime cannot run a file as the contract wants; empty where it can."""

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


def dynamic(model: ModelProto, target: Path, problem: Problem) -> tuple[str, ...]:
    """Write a model with 8-bit weights, and activations whose ranges each run finds.

    Args:
        model: The model; stays as it is.
        target: The file to write.
        problem: Tells why a file cannot be used.

    Returns:
        One line for each type of operator that stays in float32, with the reason.

    Raises:
        InputError: Nothing in the model has an 8-bit form that onnxruntime can run.
    """
    model = _prepared(model)
    found = {node.op_type for node, _ in readers(model)}
    if "Gemm" in found:
        found.add("MatMul")  # which the tool makes of it first
    attempt = Attempt(tuple(sorted(found & set(IntegerOpsRegistry))), _dynamic(model))
    refused = _best(attempt, target, problem)
    _check(attempt, refused)
    return _lines(refused)


def static(
    model: ModelProto, target: Path, problem: Problem, batches: Sequence[Arrays]
) -> tuple[str, ...]:
    """Write a model with 8-bit weights and activations, whose ranges the batches tell.

    What has no static form but a dynamic one, which is the LSTM, gets that.

    Args:
        model: The model; stays as it is.
        target: The file to write.
        problem: Tells why a file cannot be used.
        batches: Inputs by name, of the training data.

    Returns:
        One line for each type of operator that stays in float32, with the reason.

    Raises:
        InputError: Nothing in the model has an 8-bit form that onnxruntime can run.
    """
    model = _prepared(model)
    found = {node.op_type for node, _ in readers(model)}
    # Normalisations read scales, not weights, and are there because numbers are of any size.
    known = {k for k, form in QDQRegistry.items() if not issubclass(form, QDQNormalization)}
    attempt = Attempt(tuple(sorted(found & known)), _static(model, batches))
    if not attempt.types:
        return dynamic(model, target, problem)
    refused = _best(attempt, target, problem)
    _check(attempt, refused)
    rest = tuple(sorted((found - set(QDQRegistry)) & set(IntegerOpsRegistry)))
    both = target.with_name(f"both-{target.name}")
    more = _best(Attempt(rest, _dynamic(onnx.load(target))), both, problem)
    if len(more) < len(rest):
        both.replace(target)
    return _lines({**refused, **more})


def _prepared(model: ModelProto) -> ModelProto:
    """Return a copy in which the tools find every weight where they look for it."""
    prepared = copy.deepcopy(model)
    make_whole(prepared)
    rewrite(prepared)
    return prepared


def _best(attempt: Attempt, target: Path, problem: Problem) -> dict[str, str]:
    """Write with all types, or where that fails, with those that work alone.

    Returns:
        The types that are left out, with the reason; where these are all, there is no file to use.
    """
    if not attempt.types or not (why := _tried(attempt, attempt.types, target, problem)):
        return {}
    refused = {
        kind: reason
        for kind in attempt.types
        if (reason := _tried(attempt, (kind,), target, problem))
    }
    types = tuple(kind for kind in attempt.types if kind not in refused)
    if types and (why := _tried(attempt, types, target, problem)):
        return dict.fromkeys(attempt.types, why)
    return refused


def _check(attempt: Attempt, refused: Mapping[str, str]) -> None:
    """Refuse a model of which nothing is left to store in 8 bits."""
    if len(refused) == len(attempt.types):
        why = next(iter(refused.values()), "no operator has weights that its tools know")
        raise InputError(
            f"nothing in the model has an 8-bit form that onnxruntime can run: {why}",
            where=f"operators with weights: {', '.join(attempt.types) or 'none'}",
            remedy="choose another --precision; float16 has a form for every weight",
        )


def _lines(refused: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{kind}: {reason}" for kind, reason in refused.items())


def _tried(attempt: Attempt, types: Sequence[str], target: Path, problem: Problem) -> str:
    try:
        with _quiet():
            attempt.write(types, target)
    except _TOOL_ERRORS as error:
        return f"onnxruntime's tool fails: {type(error).__name__}: {error}"
    return problem(target)


def _dynamic(model: ModelProto) -> Callable[[Sequence[str], Path], None]:
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

    return write


def _static(model: ModelProto, batches: Sequence[Arrays]) -> Callable[[Sequence[str], Path], None]:
    passing = {kind for kind, form in QDQRegistry.items() if issubclass(form, _PASSING)}
    with_weights = {node.name for node, _ in readers(model)}

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

    return write


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
