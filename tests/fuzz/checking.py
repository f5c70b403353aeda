"""One plan through Keras and through its ONNX file: do they agree, and if not, where first?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
from fuzz.building import model_of
from fuzz.plans import Plan, reduced
from fuzz.steadiness import Answers, Arrays, declared_dtypes, is_unsteady
from harness import compare, randomise

from mimo_export.errors import MimoExportError, UnsupportedOperationError
from mimo_export.interface import call_by_name, interface_of
from mimo_export.keras_errors import keras_errors
from mimo_export.onnx import to_onnx
from mimo_export.onnx_runtime import _onnxruntime_errors

WORDS = 9  # token ids are below this
BATCHES_AND_LENGTHS = ((1, 5), (3, 8))


@dataclass(frozen=True)
class Outcome:
    """What became of a plan.

    Attributes:
        verdict: "agreed", "refused" with a reason, "keras" where Keras itself cannot run the
            model or returns nothing, "unsteady" where Keras's own answer moves as far when its
            inputs and weights move by one rounding step, is as far from what it computes in
            float64, depends on where NaN is in an order or on a dtype that Keras does not declare;
            or a failure: "mismatch", "invalid" or "untraceable"; of `fuzz.ways` also "other bytes"
            and "refused another way".
        text: The reason, or what was found.
    """

    verdict: str
    text: str = ""

    @property
    def failed(self) -> bool:
        """Whether the exporter is to blame."""
        return self.verdict not in ("agreed", "refused", "keras", "unsteady")


def check(plan: Plan, seed: int = 0) -> Outcome:
    """Export the model of a plan and compare it with Keras at several sizes."""
    try:
        model = model_of(plan)
    except keras_errors() as error:
        return Outcome("keras", _first_line(error))
    rng = np.random.default_rng(seed)
    randomise(model, rng)
    try:
        proto = ir.serde.serialize_model(to_onnx(model))
        onnx.checker.check_model(proto, full_check=True)
        session = onnxruntime.InferenceSession(proto.SerializeToString())
    except UnsupportedOperationError as error:
        if "cannot be traced" not in error.what:
            return Outcome("refused", error.what)
        unable = _keras_is_unable(model, rng)
        return unable or Outcome("untraceable", str(error))
    except (MimoExportError, *_invalid()) as error:
        unable = _keras_is_unable(model, rng)
        return unable or Outcome("invalid", f"{type(error).__name__}: {error}")
    for arrays in batches(model, rng):
        found = compared(plan, model, session, arrays)
        if found.verdict != "agreed":
            return found
    return Outcome("agreed")


def smallest(plan: Plan, seed: int = 0) -> Plan:
    """Return the part of a failing plan up to the first tensor that fails."""
    verdict = check(plan, seed).verdict
    for tensor in range(len(plan.inputs), len(plan.makers())):
        part = dataclasses.replace(reduced(plan, [tensor]), named=False)
        if check(part, seed).verdict == verdict:
            return part
    return plan


def batches(model: keras.Model, rng: np.random.Generator) -> Iterator[Arrays]:
    """Yield inputs of several sizes."""
    for batch, length in BATCHES_AND_LENGTHS:
        yield {
            spec.name: _values(
                rng,
                spec.dtype,
                (
                    batch,
                    # Axes have lengths of their own; one axis has the same in every input.
                    *(
                        size if isinstance(size, int) else length + axis
                        for axis, size in enumerate(spec.shape)
                    ),
                ),
            )
            for spec in interface_of(model).inputs
        }


def _values(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> Any:
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if "int" in dtype:
        return rng.integers(0, WORDS, shape).astype(dtype)
    return rng.normal(size=shape).astype(dtype)


def _keras_is_unable(model: keras.Model, rng: np.random.Generator) -> Outcome | None:
    """Return why Keras cannot run a model either."""
    answers = (_expected(model, arrays) for arrays in batches(model, rng))
    return next((answer for answer in answers if isinstance(answer, Outcome)), None)


def _expected(model: keras.Model, arrays: Arrays) -> Arrays | Outcome:
    """Return what Keras computes, or why that says nothing."""
    try:
        expected: Arrays = call_by_name(model, arrays)
    except keras_errors() as error:
        return Outcome("keras", _first_line(error))
    declared, given = declared_dtypes(model), [array.dtype.name for array in expected.values()]
    if declared != given:
        return Outcome("keras", f"Keras declares {declared} and gives {given}")
    if any(array.size == 0 for array in expected.values()):
        return Outcome("keras", "Keras returns nothing")
    return expected


def compared(
    plan: Plan,
    model: keras.Model,
    session: onnxruntime.InferenceSession,
    arrays: Arrays,
) -> Outcome:
    """Compare a file with Keras on some inputs."""
    expected = _expected(model, arrays)
    if isinstance(expected, Outcome):
        return expected
    try:
        compare(session, arrays, expected)
    except AssertionError as error:
        if is_unsteady(plan, model, Answers(arrays, expected, _found(session, arrays, expected))):
            return Outcome("unsteady", _first_line(error))
        return Outcome("mismatch", f"{_types(session, arrays, expected)}\n{error}")
    except _onnxruntime_errors() as error:
        return Outcome("invalid", f"{type(error).__name__}: {error}")
    return Outcome("agreed")


def _found(
    session: onnxruntime.InferenceSession, arrays: Arrays, expected: Mapping[str, Any]
) -> Arrays:
    return dict(zip(expected, session.run(None, arrays), strict=True))


def _types(
    session: onnxruntime.InferenceSession, arrays: Arrays, expected: Mapping[str, Any]
) -> str:
    found = _found(session, arrays, expected)
    return "; ".join(
        f"{name}: {found[name].dtype}{found[name].shape}, Keras {want.dtype}{want.shape}"
        for name, want in expected.items()
    )


def _invalid() -> tuple[type[Exception], ...]:
    return (
        onnx.checker.ValidationError,
        onnx.shape_inference.InferenceError,
        *_onnxruntime_errors(),
        *keras_errors(),
    )


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    # Keras puts a line of its own in front of what was raised inside of a layer.
    told = [line for line in lines if not line.startswith("Exception encountered")]
    return f"{type(error).__name__}: {(told or lines or [''])[0]}"
