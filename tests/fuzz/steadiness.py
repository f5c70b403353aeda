"""Whether a difference from Keras says something: what is Keras's own answer worth?"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from fuzz.building import model_of
from fuzz.plans import Plan, widened
from harness import TOLERANCE

from mimo_export.interface import call_by_name, interface_of

# So many that no jump of an integer, half of the time, seems steady by chance.
_TRIALS = 16
_ROUNDING = 2.0**-22
_STEADY = 4.0  # a difference of so many times what rounding alone does to Keras says something

# Whether NaN is the largest, the smallest or passed over differs between Keras's backends, and
# onnxruntime's reductions pass it over or not depending on its place.
_ORDERING = frozenset(f"ops.{name}" for name in ("max", "min", "amax", "amin", "ptp", "median"))
_ORDERING |= {"ops.argmax", "ops.argmin", "ops.clip", "ops.norm"}

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]


@dataclass(frozen=True)
class Answers:
    """What a model was asked, and what came back.

    Attributes:
        arrays: The inputs by name.
        expected: Keras's outputs by name.
        found: Those of the file, in the same order.
    """

    arrays: Arrays
    expected: Arrays
    found: Arrays


def is_unsteady(plan: Plan, model: keras.Model, answers: Answers) -> bool:
    """Whether Keras's own answer is worth no more than its difference from the file's.

    1. Each number moves as far when inputs and weights move by one rounding step, or is as far from
       what Keras computes in float64.
    2. It depends on where NaN is in an order, or on a dtype that Keras does not declare.

    Another shape or another dtype always says something.
    """
    pairs = [(answers.found[name], want) for name, want in answers.expected.items()]
    if any((one.shape, one.dtype) != (two.shape, two.dtype) for one, two in pairs):
        return False
    masks = zip(_moves_as_far(model, answers), _rounded(plan, model, answers), strict=True)
    return all(np.all(one | two) for one, two in masks) or _odd_inside(plan, answers.arrays)


def declared_dtypes(model: keras.Model) -> list[str]:
    """Return the dtypes of a model's outputs as Keras declares them."""
    return [keras.backend.standardize_dtype(y.dtype) for y in keras.tree.flatten(model.output)]


def _moves_as_far(model: keras.Model, answers: Answers) -> list[Array]:
    """Return where a difference is within what rounding the inputs and weights does to Keras.

    A rounded argmax, a floor at an edge or a difference of large numbers jumps on any backend.
    """
    moves = {name: np.zeros(want.shape) for name, want in answers.expected.items()}
    rng = np.random.default_rng(0)
    weights = model.get_weights()
    for _ in range(_TRIALS):
        model.set_weights([_moved(rng, weight) for weight in weights])
        inputs = {name: _moved(rng, array) for name, array in answers.arrays.items()}
        moved = call_by_name(model, inputs)
        for name, want in answers.expected.items():
            moves[name] = np.maximum(moves[name], _difference(moved[name], want))
    model.set_weights(weights)
    return [
        _difference(answers.found[name], want)
        <= TOLERANCE + TOLERANCE * _size(want) + _STEADY * moves[name]
        for name, want in answers.expected.items()
    ]


def _rounded(plan: Plan, model: keras.Model, answers: Answers) -> list[Array]:
    """Return where the file is about as near as Keras is to what Keras computes in float64.

    A difference of nearly equal numbers made inside the model shows how each of them was rounded.
    """
    if keras.backend.backend() == "jax":
        return [np.zeros(want.shape, bool) for want in answers.expected.values()]  # no float64
    with _in_float64():
        wide = model_of(widened(plan))
        wide.set_weights(model.get_weights())
        specs = interface_of(wide).inputs
        inputs = {spec.name: answers.arrays[spec.name].astype(spec.dtype) for spec in specs}
        exact = call_by_name(wide, inputs).values()
    triples = zip(answers.found.values(), answers.expected.values(), exact, strict=True)
    return [_no_further(*triple) for triple in triples]


def _no_further(found: Array, want: Array, exact: Array) -> Array:
    # Where Keras overflows in float32, so does the file: float64 says nothing of that.
    known = np.isfinite(want.astype("float64")) & np.isfinite(exact.astype("float64"))
    # Where roundings meet, as in a convolution, each may be at another place.
    rounding = np.max(_difference(want, exact), where=known, initial=0.0)
    near = _difference(found, exact) <= TOLERANCE + TOLERANCE * _size(want) + _STEADY * rounding
    return np.where(known, near, _difference(found, want) == 0)


def _odd_inside(plan: Plan, arrays: Arrays) -> bool:
    """Whether NaN is put in order inside, or Keras gives a tensor another dtype than it declares.

    Python's / of integers is float64 on TensorFlow, where Keras says and the file has float32.
    """
    tensors = tuple(range(len(plan.inputs), len(plan.makers())))
    model = model_of(dataclasses.replace(plan, outputs=tensors))
    inside = call_by_name(model, arrays).values()
    if plan.style != "layer" and [x.dtype for x in inside] != declared_dtypes(model):
        return True
    ordering = any(node.kind in _ORDERING for node in plan.nodes)
    return ordering and any(np.isnan(x.astype("float64")).any() for x in inside)


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


def _moved(rng: np.random.Generator, array: Array) -> Array:
    if "float" not in array.dtype.name:
        return array
    return (array * (1 + _ROUNDING * rng.uniform(-1, 1, array.shape))).astype(array.dtype)


def _difference(one: Array, two: Array) -> Array:
    """Return how far apart two arrays are; equal infinities and two NaN are not, one NaN is far."""
    one, two = one.astype("float64"), two.astype("float64")
    with np.errstate(invalid="ignore"):
        difference = np.abs(one - two)
    equal = (one == two) | (np.isnan(one) & np.isnan(two))
    return np.where(equal, 0.0, np.nan_to_num(difference, nan=np.inf))


def _size(array: Array) -> Array:
    """Return absolute values; a tolerance in units of infinity would let everything pass."""
    return np.abs(np.nan_to_num(array.astype("float64"), posinf=0.0, neginf=0.0))
