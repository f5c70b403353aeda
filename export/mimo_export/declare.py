"""Inputs that a person states for a model whose own are not known to Keras.

Keras notes the shape of a subclassed model's first argument alone, and nothing of one that was
never called. With its inputs stated, such a model becomes a Functional one around it, which every
other part of the exporter and Keras's own files know how to handle.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from mimo_export.archive import load_keras
from mimo_export.archive_folder import as_file
from mimo_export.errors import InputError, ModelFileError
from mimo_export.interface import call_arguments, in_order_of, tensor_spec
from mimo_export.keras_errors import keras_errors, reason_of
from mimo_portable.specs import TensorSpec


def spec_of(stated: Any) -> TensorSpec:
    """Return a stated input, be it a spec or a `keras.Input`, as a spec.

    Raises:
        InputError: It is neither.
    """
    if isinstance(stated, TensorSpec):
        return stated
    if not isinstance(stated, keras.KerasTensor):
        raise InputError(
            f"an input was stated as {stated!r}",
            where="inputs",
            remedy="state each as keras.Input(shape, dtype=..., name=...)",
        )
    return tensor_spec(str(stated.name), stated)


def with_inputs(model: Any, inputs: Sequence[Any]) -> Any:
    """Return a Functional model that calls another on stated inputs.

    1. All names are arguments of the model's `call`: each goes to its own;
    2. one input: it is the first argument, whatever that is called;
    3. several: the first argument is a dictionary of them.

    Args:
        model: Any Keras model, built or not; its variables are made if they are not there yet.
        inputs: Per input its spec, or a `keras.Input`, in the order of the contract.

    Raises:
        InputError: A name comes twice.
        ModelFileError: This is no model, or it cannot be called on such inputs.
    """
    specs = [spec_of(stated) for stated in inputs]
    if len({spec.name for spec in specs}) < len(specs):
        raise InputError(
            f"an input was stated twice: {', '.join(spec.name for spec in specs)}",
            where="inputs",
            remedy="give every input a name of its own",
        )
    if not isinstance(model, keras.Model):
        raise ModelFileError(
            f"a Keras model was expected, got {type(model).__name__}",
            remedy="pass a keras.Model, or the path of a .keras file",
        )
    tensors = {spec.name: _tensor(spec) for spec in specs}
    args, kwargs = _arguments(model, tensors)
    try:
        with _returned(model) as results:
            outputs = model(*args, **kwargs, **_at_inference(model))
        if results:  # else the model has a graph of its own, with its order in it
            outputs = in_order_of(results[-1], outputs)
        return keras.Model(list(tensors.values()), outputs, name=model.name)
    except keras_errors() as error:
        shown = ", ".join(f"{s.name}: {s.dtype}{[*s.shape]}" for s in specs)
        raise ModelFileError(
            f"model {model.name!r} cannot be called on the stated inputs: {reason_of(error)}",
            where=f"{type(model).__name__}, on {shown}",
            remedy=f"state what its call takes: {', '.join(call_arguments(model))}; shapes are "
            "without the batch",
        ) from error


def load_with_inputs(path: Path, inputs: Sequence[Any], *, unsafe_lambda: bool = False) -> Any:
    """Load a `.keras` file, or a model's folder, as `with_inputs` has a model.

    Keras leaves the weights of layers out that it could not build while it loaded, so that they are
    read once more, when the inputs are known.

    Raises:
        ModelFileError: The file cannot be loaded, or not called on such inputs.
    """
    model = load_keras(path, unsafe_lambda=unsafe_lambda)
    declared = with_inputs(model, inputs)
    try:
        with as_file(path) as file:
            model.load_weights(file)
    except keras_errors() as error:
        raise ModelFileError(
            f"the weights do not fit the model that the stated inputs make: {reason_of(error)}",
            where=str(path),
            remedy="state the shapes that the model was trained with",
        ) from error
    return declared


def _tensor(spec: TensorSpec) -> Any:
    shape = [size if isinstance(size, int) else None for size in spec.sizes]
    return keras.Input(batch_shape=shape, dtype=spec.dtype, name=spec.name)


@contextlib.contextmanager
def _returned(model: Any) -> Iterator[list[Any]]:
    """Note what a model's own `call` returns in the block: JAX gives dictionaries sorted by key."""
    results: list[Any] = []
    original = model.call

    def noting(*args: Any, **kwargs: Any) -> Any:
        results.append(original(*args, **kwargs))
        return results[-1]

    # Keras tracks what is set in its own way, which this is not a part of.
    object.__setattr__(model, "call", functools.wraps(original)(noting))
    try:
        yield results
    finally:
        object.__delattr__(model, "call")


def _at_inference(model: Any) -> Mapping[str, bool]:
    """Return `training` for a call that demands it; any other is told by the model around it."""
    parameter = call_arguments(model).get("training")
    return (
        {} if parameter is None or parameter.default is not parameter.empty else {"training": False}
    )


def _arguments(model: Any, tensors: Mapping[str, Any]) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """Return the (args, kwargs) with which a model takes named tensors."""
    if set(tensors) <= set(call_arguments(model)):
        return (), tensors
    if len(tensors) == 1:
        return tuple(tensors.values()), {}
    return (dict(tensors),), {}
