"""One plan through Keras and through its ONNX file: do they agree, and if not, where first?"""

from __future__ import annotations

import contextlib
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
from fuzz.plans import Plan, reduced, widened
from harness import TOLERANCE, compare, randomise

from mimo_export.errors import MimoExportError, UnsupportedOperationError
from mimo_export.interface import call_by_name, interface_of
from mimo_export.keras_errors import keras_errors
from mimo_export.onnx import to_onnx
from mimo_export.onnx_runtime import _onnxruntime_errors

WORDS = 9  # token ids are below this
BATCHES_AND_LENGTHS = ((1, 5), (3, 8))
_TRIALS = 3
_ROUNDING = 2.0**-22
_STEADY = 4.0  # a difference of so many times what rounding alone does to Keras says something

# Whether NaN is the largest, the smallest or passed over differs between Keras's backends, and
# onnxruntime's reductions pass it over or not depending on its place.
_ORDERING = frozenset(f"ops.{name}" for name in ("max", "min", "amax", "amin", "ptp", "median"))
_ORDERING |= {"ops.argmax", "ops.argmin", "ops.clip", "ops.norm"}

Arrays = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Outcome:
    """What became of a plan.

    Attributes:
        verdict: "agreed", "refused" with a reason, "keras" where Keras itself cannot run the
            model or returns nothing, "unsteady" where Keras's own answer moves as far when its
            inputs and weights move by one rounding step, is as far from what it computes in
            float64, or depends on where NaN is in an order; or a failure: "mismatch", "invalid" or
            "untraceable".
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
    for arrays in _batches(model, rng):
        found = _compared(plan, model, session, arrays)
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


def _batches(model: keras.Model, rng: np.random.Generator) -> Iterator[Arrays]:
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
    answers = (_expected(model, arrays) for arrays in _batches(model, rng))
    return next((answer for answer in answers if isinstance(answer, Outcome)), None)


def _expected(model: keras.Model, arrays: Arrays) -> Arrays | Outcome:
    """Return what Keras computes, or why that says nothing."""
    try:
        expected: Arrays = call_by_name(model, arrays)
    except keras_errors() as error:
        return Outcome("keras", _first_line(error))
    declared = [keras.backend.standardize_dtype(y.dtype) for y in keras.tree.flatten(model.output)]
    given = [array.dtype.name for array in expected.values()]
    if declared != given:
        return Outcome("keras", f"Keras declares {declared} and gives {given}")
    return expected


def _compared(
    plan: Plan, model: keras.Model, session: onnxruntime.InferenceSession, arrays: Arrays
) -> Outcome:
    expected = _expected(model, arrays)
    if isinstance(expected, Outcome):
        return expected
    try:
        compare(session, arrays, expected)
    except AssertionError as error:
        found = _found(session, arrays, expected)
        if (
            _unsteady(model, found, arrays, expected)
            or _rounded(plan, model, found, arrays)
            or _orders_nan(plan, arrays)
        ):
            return Outcome("unsteady", _first_line(error))
        return Outcome("mismatch", f"{_types(session, arrays, expected)}\n{error}")
    except _onnxruntime_errors() as error:
        if any(array.size == 0 for array in expected.values()):
            return Outcome("keras", "Keras returns nothing")
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


def _unsteady(model: keras.Model, found: Arrays, arrays: Arrays, expected: Arrays) -> bool:
    """Whether every difference is within what rounding the inputs and weights does to Keras.

    A rounded argmax, a floor at an edge or a difference of large numbers jumps on any backend.
    """
    if any(found[n].shape != e.shape or found[n].dtype != e.dtype for n, e in expected.items()):
        return False
    moves = {name: np.zeros(want.shape) for name, want in expected.items()}
    rng = np.random.default_rng(0)
    weights = model.get_weights()
    for _ in range(_TRIALS):
        model.set_weights([_moved(rng, weight) for weight in weights])
        answers = call_by_name(model, {n: _moved(rng, array) for n, array in arrays.items()})
        for name, want in expected.items():
            moves[name] = np.maximum(moves[name], _difference(answers[name], want))
    model.set_weights(weights)
    return all(
        np.all(
            _difference(found[name], want)
            <= TOLERANCE + TOLERANCE * _size(want) + _STEADY * moves[name]
        )
        for name, want in expected.items()
    )


def _rounded(plan: Plan, model: keras.Model, found: Arrays, arrays: Arrays) -> bool:
    """Whether the file is about as near as Keras is to what Keras computes in float64.

    A difference of nearly equal numbers made inside the model shows how each of them was rounded.
    """
    if keras.backend.backend() == "jax":
        return False  # it has no float64 by default
    expected = call_by_name(model, arrays)
    with _in_float64():
        wide = model_of(widened(plan))
        wide.set_weights(model.get_weights())
        inputs = {
            spec.name: arrays[spec.name].astype(spec.dtype) for spec in interface_of(wide).inputs
        }
        exact = dict(zip(expected, call_by_name(wide, inputs).values(), strict=True))
    return all(
        found[name].shape == want.shape and _no_further(found[name], want, exact[name])
        for name, want in expected.items()
    )


def _no_further(found: Any, want: Any, exact: Any) -> bool:
    # Where Keras overflows in float32, so does the file: float64 says nothing of that.
    known = np.isfinite(want.astype("float64"))
    if np.any(_difference(found, want)[~known]):
        return False
    rounding = _difference(want, exact)[known]
    allowed = TOLERANCE + TOLERANCE * _size(want)[known] + _STEADY * rounding
    return bool(np.all(_difference(found, exact)[known] <= allowed))


def _orders_nan(plan: Plan, arrays: Arrays) -> bool:
    """Whether NaN is among numbers that are put in order."""
    if not any(node.kind in _ORDERING for node in plan.nodes):
        return False
    tensors = tuple(range(len(plan.inputs), len(plan.makers())))
    every = call_by_name(model_of(dataclasses.replace(plan, outputs=tensors)), arrays)
    return any(np.isnan(x.astype("float64")).any() for x in every.values())


@contextlib.contextmanager
def _in_float64() -> Iterator[None]:
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


def _moved(rng: np.random.Generator, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if "float" not in array.dtype.name:
        return array
    return (array * (1 + _ROUNDING * rng.uniform(-1, 1, array.shape))).astype(array.dtype)


def _difference(one: np.ndarray[Any, Any], two: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return how far apart two arrays are; equal infinities and two NaN are not, one NaN is far."""
    one, two = one.astype("float64"), two.astype("float64")
    with np.errstate(invalid="ignore"):
        difference = np.abs(one - two)
    equal = (one == two) | (np.isnan(one) & np.isnan(two))
    return np.where(equal, 0.0, np.nan_to_num(difference, nan=np.inf))


def _size(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return absolute values; a tolerance in units of infinity would let everything pass."""
    return np.abs(np.nan_to_num(array.astype("float64"), posinf=0.0, neginf=0.0))


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
