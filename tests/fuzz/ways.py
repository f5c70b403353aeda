"""The ways in which people have one and the same model: its file must not depend on them.

1. "loaded": saved, and loaded behind other models that took the automatic names: the same bytes.
2. "subclassed": wrapped in a model whose inputs are stated.
3. "holding": inside a layer that keeps what it last returned, exported before and after a call of
   it: the same bytes.
4. "scoped": called inside `keras.name_scope`.
5. "threads": exported by two threads at once, beside one that calls it: the same bytes.
6. "ranges": on values from the whole range of each input, as golden vectors have them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
from fuzz.building import model_of
from fuzz.checking import BATCHES_AND_LENGTHS, Outcome, batches, compared
from fuzz.plans import Plan
from fuzz.steadiness import Arrays
from harness import randomise

from mimo_export.archive import load_keras
from mimo_export.declare import with_inputs
from mimo_export.errors import MimoExportError, ModelFileError
from mimo_export.interface import interface_of
from mimo_export.keras_errors import keras_errors
from mimo_export.onnx import checked_trace, to_onnx
from mimo_export.ranges import ranges_of
from mimo_export.row_numbers import row_numbers
from mimo_export.signature import signature_in, signature_of


class UnableError(Exception):
    """Keras itself cannot have the model in this way."""


class Holding(keras.layers.Layer):
    """Calls a model, and keeps what it returned."""

    def __init__(self, model: keras.Model, **options: Any) -> None:
        super().__init__(**options)
        self.model, self.last = model, None

    def build(self, _: Any) -> None:
        """Has the model's weights."""

    def call(self, inputs: Any) -> Any:
        """Return what the model does."""
        result = self.model(inputs)
        self.last = result
        return result


class Scoped(Holding):
    """Calls a model inside a scope of names."""

    def call(self, inputs: Any) -> Any:
        """Return what the model does."""
        with keras.name_scope("part"):
            return self.model(inputs)


class Subclassed(keras.Model):
    """Calls a model; Keras notes nothing of its inputs."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__(name="subclassed")
        self.model = model
        self.names = [spec.name for spec in signature_of(model).outputs]

    def call(self, inputs: Any) -> Any:
        """Return what the model does."""
        several = isinstance(inputs, dict)
        given = [inputs[x.name] for x in self.model.inputs] if several else [inputs]
        outputs = keras.tree.flatten(self.model(given))
        return dict(zip(self.names, outputs, strict=True))


def ways_of(plan: Plan) -> tuple[str, ...]:
    """Return the ways in which a plan's model can be had."""
    # A layer of a program's kind has no configuration that a file could hold.
    return tuple(way for way in WAYS if way != "loaded" or plan.style == "functional")


def check_way(plan: Plan, way: str, seed: int = 0) -> Outcome:
    """Have a model, which agrees with Keras as it is, in another way, and check it again."""
    model = model_of(plan)
    randomise(model, np.random.default_rng(seed))
    try:
        return WAYS[way](plan, model, seed)
    except UnableError as error:
        return Outcome("keras", str(error))
    except MimoExportError as error:
        return Outcome("refused another way", f"{way}: {error}")


def _content(model: Any) -> bytes:
    return bytes(ir.serde.serialize_model(to_onnx(model)).SerializeToString(deterministic=True))


def _same(way: str, one: bytes, other: bytes) -> Outcome:
    return Outcome("agreed") if one == other else Outcome("other bytes", way)


def _loaded(plan: Plan, model: keras.Model, _seed: int) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.keras"
        model.save(path)
        model_of(plan)  # takes automatic names
        return _same("loaded", _content(model), _content(load_keras(path)))


def _agreeing(plan: Plan, model: keras.Model, wrapped: keras.Model, seed: int) -> Outcome:
    """Compare the file of a wrapped model with what the model inside computes."""
    session = onnxruntime.InferenceSession(_content(wrapped))
    for arrays in batches(model, np.random.default_rng(seed)):
        found = compared(plan, model, session, arrays)
        if found.verdict != "agreed":
            return found
    return Outcome("agreed")


def _wrapped(model: keras.Model, layer: keras.layers.Layer) -> keras.Model:
    inputs = [keras.Input(x.shape[1:], dtype=x.dtype, name=x.name) for x in model.inputs]
    names = [spec.name for spec in signature_of(model).outputs]
    try:
        outputs = dict(zip(names, keras.tree.flatten(layer(inputs)), strict=True))
        return keras.Model(inputs, outputs, name="outer")
    except keras_errors() as error:  # TensorFlow: of free sizes in its graph
        raise UnableError(str(error)) from error


def _subclassed(plan: Plan, model: keras.Model, seed: int) -> Outcome:
    try:
        stated = with_inputs(Subclassed(model), list(interface_of(model).inputs))
    except ModelFileError as error:
        if isinstance(error.__cause__, keras_errors()):
            raise UnableError(error.what) from error
        raise
    return _agreeing(plan, model, stated, seed)


def _holding(plan: Plan, model: keras.Model, seed: int) -> Outcome:
    holding = Holding(model, name="holding")
    wrapped = _wrapped(model, holding)
    before = _content(wrapped)
    holding(list(next(batches(model, np.random.default_rng(seed))).values()))
    after = _same("holding", before, _content(wrapped))
    return after if after.failed else _agreeing(plan, model, wrapped, seed)


def _scoped(plan: Plan, model: keras.Model, seed: int) -> Outcome:
    return _agreeing(plan, model, _wrapped(model, Scoped(model, name="scoped")), seed)


def _threads(_plan: Plan, model: keras.Model, seed: int) -> Outcome:
    alone = _content(model)
    arrays = list(next(batches(model, np.random.default_rng(seed))).values())
    with ThreadPoolExecutor(3) as pool:
        calls = pool.submit(lambda: [model(arrays) for _ in range(3)])
        files = list(pool.map(_content, (model, model)))
        calls.result()
    return next((o for o in (_same("threads", alone, file) for file in files) if o.failed), _FINE)


def _ranges(plan: Plan, model: keras.Model, seed: int) -> Outcome:
    session = onnxruntime.InferenceSession(_content(model))
    for arrays in _whole_ranges(model, np.random.default_rng(seed)):
        found = compared(plan, model, session, arrays)
        if found.verdict not in ("agreed", "keras"):
            return found
    return Outcome("agreed")


def _whole_ranges(model: keras.Model, rng: np.random.Generator) -> Iterator[Arrays]:
    graph = checked_trace(model)
    signature = signature_in(graph)
    ranges = ranges_of(model, signature, None, row_numbers(graph))
    for batch, length in BATCHES_AND_LENGTHS:
        yield {
            spec.name: ranges[spec.name].draw(
                rng,
                (
                    batch,
                    *(n if isinstance(n, int) else length + i for i, n in enumerate(spec.shape)),
                ),
            )
            for spec in signature.inputs
        }


_FINE = Outcome("agreed")
WAYS: dict[str, Callable[[Plan, keras.Model, int], Outcome]] = {
    "loaded": _loaded,
    "subclassed": _subclassed,
    "holding": _holding,
    "scoped": _scoped,
    "threads": _threads,
    "ranges": _ranges,
}
