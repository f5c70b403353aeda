"""Exports every layer that a test of Keras's calls, and compares, call by call.

Each call of a layer on values is made once more at inference, by Keras and by onnxruntime on what
our backend traces of it, from the same weights and the same state. The test goes its own way: what
was found is noted beside it.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from conformance.difference import apart, difference
from conformance.tracing import Call, Shape, is_symbolic, is_value, to_array

from mimo_export.backend import _switch
from mimo_export.backend._tensor import Array
from mimo_export.errors import UnsupportedOperationError

# So many that among millions of elements none seems steady by chance.
_TRIALS = 16
_ROUNDING = 2.0**-22
_ROUNDINGS = {"float16": 2.0**-10, "bfloat16": 2.0**-7}


class Comparison:
    """A differential test around `Layer.__call__`.

    Attributes:
        dynamic: Whether the batch is a symbol.
        asked: How many calls were compared since the last `active`.
        differing: What was different, or broke, one line each.
        refused: What was refused, and why.
    """

    def __init__(self, *, dynamic: bool) -> None:
        self.dynamic = dynamic
        self._depth = 0
        self._clear()

    def _clear(self) -> None:
        self.asked = 0
        self.differing: list[str] = []
        self.refused: list[str] = []

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Watch the calls of layers for the time of one test."""
        self._clear()
        original = keras.Layer.__call__

        @functools.wraps(original)
        def watched(layer: Any, *args: Any, **kwargs: Any) -> Any:
            self._depth += 1
            try:
                result = original(layer, *args, **kwargs)
                if self._depth == 1 and _is_comparable(args, kwargs, result):
                    self._compare(layer, args, kwargs)
            finally:
                self._depth -= 1
            return result

        keras.Layer.__call__ = watched
        try:
            yield
        finally:
            keras.Layer.__call__ = original

    def _compare(self, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.asked += 1
        kind = type(layer).__name__
        args, kwargs = _at_inference(layer, args, kwargs)
        with _losses_kept(layer):
            # What the call changes in the layer's state, it changes in the scope alone.
            with keras.StatelessScope():
                expected = layer(*args, **kwargs)
            try:
                found = Call(layer, args, kwargs, self._dims, weights=layer.variables).run()
            except UnsupportedOperationError as refusal:
                crashed = _is_crash(layer, refusal)
                (self.differing if crashed else self.refused).append(f"{kind}: {refusal.what}")
            except Exception as error:  # noqa: BLE001 - a crash of ours is what is looked for
                self.differing.append(f"{kind}: {type(error).__name__}: {error}")
            else:
                shown = difference(found, expected, lambda: _moves(layer, args, kwargs, expected))
                self.differing += [f"{kind}: {shown}"] if shown else []

    def _dims(self, shape: Shape) -> Sequence[int | str]:
        return ["batch", *shape[1:]] if self.dynamic and shape else shape


def _is_comparable(args: Any, kwargs: Any, result: Any) -> bool:
    """Whether a call was one on values, outside of a framework's own trace."""
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None and not tensorflow.executing_eagerly():
        return False
    leaves = keras.tree.flatten((args, kwargs, result))
    if any(is_symbolic(x) or getattr(x, "is_meta", False) for x in leaves):
        return False
    return any(is_value(x) for x in keras.tree.flatten((args, kwargs)))


def _at_inference(
    layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a call with `training=False` where the layer asks."""
    names = list(inspect.signature(layer.call).parameters)
    if "training" not in names or names.index("training") < len(args):
        return args, kwargs
    return args, {**kwargs, "training": False}


@contextlib.contextmanager
def _losses_kept(layer: Any) -> Iterator[None]:
    """Keep the losses that the test's own call added, which another call would clear."""
    kept = [(part, list(part._losses)) for part in layer._flatten_layers()]
    yield
    for part, losses in kept:
        part._losses[:] = losses


def _moves(layer: Any, args: Any, kwargs: Any, expected: Any) -> Iterator[Array]:
    """Return how far each of Keras's results moves when inputs and weights move by a rounding."""
    rng = np.random.default_rng(0)
    plain = [to_array(x)[1] for x in keras.tree.flatten(expected) if is_value(x)]
    moves = [np.zeros(array.shape) for array in plain]
    step = _ROUNDINGS.get(layer.compute_dtype, _ROUNDING)
    for _ in range(_TRIALS):
        weights = [(v, _moved(rng, v.value, step)) for v in layer.variables]
        moved, options = keras.tree.map_structure(lambda x: _moved(rng, x, step), (args, kwargs))
        with keras.StatelessScope(weights):
            answers = layer(*moved, **options)
        arrays = [to_array(x)[1] for x in keras.tree.flatten(answers) if is_value(x)]
        moves = [np.maximum(m, apart(a, p)) for m, a, p in zip(moves, arrays, plain, strict=True)]
    return iter(moves)


def _moved(rng: np.random.Generator, x: Any, step: float) -> Any:
    if not is_value(x) or "float" not in str(x.dtype):
        return x
    steps = rng.uniform(-step, step, x.shape).astype("float32")
    moved = keras.ops.multiply(x, keras.ops.cast(1.0 + steps, x.dtype))
    _switch.keras_backend.set_keras_mask(moved, _switch.keras_backend.get_keras_mask(x))
    return moved


def _is_crash(layer: Any, refusal: UnsupportedOperationError) -> bool:
    """Whether another error was turned into the refusal, for a layer that is Keras's own.

    A test's own layer may do what cannot be traced; the code of Keras's layers can be.
    """
    return refusal.__cause__ is not None and not type(layer).__module__.endswith("_test")
