"""Store weights in 8 bits, with onnxruntime's own tools; what they cannot do computes in float32.

* `dynamic`: ranges of activations are found anew in each run. Results come out in float32.
* `static`: ranges are taken from calibration data. What reads no weight and computes stays in
  float32 (normalisation, sigmoid, softmax), and so does what a Gemm or MatMul gives: with all that
  the tool can do in 8 bits, the mean absolute error of `medical` rises from 0.117 to 0.162, without
  these to 0.117. An LSTM has no static form, and gets the dynamic one.

Where ranges are found anew in each run, a convolution in 8 bits takes 1.3 to 2.4 times as long as
in float32. So `dynamic` stores its weights in 8 bits and lets it compute in float32 (`widened.py`),
and both forms do so with weights of operators that have no 8-bit form, such as a GRU.

Weights are unsigned. Signed ones saturate on processors without 8-bit dot products (VNNI): the
`forecast` outputs then differ by 2,700 passengers instead of 110, and a file has to be good
everywhere. One scale a tensor: one a channel is larger, and was better on one model, worse on two.

Whether onnxruntime can run what its tools write is found out by trying: if it cannot run all of
it, each type of operator is tried alone, and those that fail compute in float32.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
from onnx import ModelProto

from mimo_export.errors import InputError
from mimo_export.onnx_runtime import Arrays
from mimo_export.optimize import tools
from mimo_export.optimize.products import rewrite
from mimo_export.optimize.tools import Attempt, Problem
from mimo_export.optimize.weights import readers
from mimo_export.optimize.whole import make_whole
from mimo_export.optimize.widened import widen

_FASTER_IN_FLOAT32 = {"Conv"}  # where ranges are found anew in each run


def dynamic(model: ModelProto, target: Path, problem: Problem) -> tuple[str, ...]:
    """Write a model with 8-bit weights, and activations whose ranges each run finds.

    Args:
        model: The model; stays as it is.
        target: The file to write.
        problem: Tells why a file cannot be used.

    Returns:
        What computes in float32, and a line for each type that the tools fail on, with the reason.

    Raises:
        InputError: Nothing in the model has an 8-bit form that onnxruntime can run.
    """
    model = _prepared(model)
    found = frozenset(node.op_type for node, _ in readers(model))
    if "Gemm" in found:
        found |= {"MatMul"}  # which the tool makes of it first
    attempt = tools.dynamic(model, (found & tools.DYNAMIC) - _FASTER_IN_FLOAT32)
    refused = _best(attempt, target, problem)
    if not (written := len(refused) < len(attempt.types)):
        onnx.save(model, target)
    return _finished(target, problem, found, refused, written=written)


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
        What computes in float32, and a line for each type that the tools fail on, with the reason.

    Raises:
        InputError: Nothing in the model has an 8-bit form that onnxruntime can run.
    """
    model = _prepared(model)
    found = frozenset(tools.computing(model).values())
    attempt = tools.static(model, found & tools.STATIC, batches)
    if not attempt.types:
        return dynamic(model, target, problem)
    refused = _best(attempt, target, problem)
    if not (written := len(refused) < len(attempt.types)):
        onnx.save(model, target)
    rest = tools.dynamic(onnx.load(target), (found - tools.STATIC) & tools.DYNAMIC)
    both = target.with_name(f"both-{target.name}")
    more = _best(rest, both, problem)
    if len(more) < len(rest.types):
        both.replace(target)
        written = True
    return _finished(target, problem, found, {**refused, **more}, written=written)


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
    if not attempt.types or not (why := attempt.tried(attempt.types, target, problem)):
        return {}
    refused = {
        kind: reason
        for kind in attempt.types
        if (reason := attempt.tried((kind,), target, problem))
    }
    types = tuple(kind for kind in attempt.types if kind not in refused)
    if types and (why := attempt.tried(types, target, problem)):
        return dict.fromkeys(attempt.types, why)
    return refused


def _finished(
    target: Path,
    problem: Problem,
    found: frozenset[str],
    refused: Mapping[str, str],
    *,
    written: bool,
) -> tuple[str, ...]:
    """Widen what the tools left in float32; return what computes in it, and the reasons.

    Args:
        target: What they wrote, or the model where they wrote nothing.
        problem: Tells why a file cannot be used.
        found: The types of operators that read weights.
        refused: Those that the tools were tried on for nothing, with the reason.
        written: Whether they wrote anything.

    Raises:
        InputError: Nothing can be stored in 8 bits.
    """
    model = onnx.load(target)
    widened = widen(model)
    if widened:
        smaller = target.with_name(f"widened-{target.name}")
        smaller.write_bytes(model.SerializeToString(deterministic=True))
        if why := problem(smaller):
            refused = {**dict.fromkeys(widened, why), **refused}
            widened = ()
        else:
            smaller.replace(target)
    if not (written or widened):
        why = next(iter(refused.values()), "no operator has weights that its tools know")
        raise InputError(
            f"nothing in the model has an 8-bit form that onnxruntime can run: {why}",
            where=f"operators with weights: {', '.join(sorted(found)) or 'none'}",
            remedy="choose another --precision; float16 has a form for every weight",
        )
    arithmetic = (f"arithmetic of {', '.join(widened)}",) if widened else ()
    return (*arithmetic, *(f"{kind}: {reason}" for kind, reason in refused.items()))
