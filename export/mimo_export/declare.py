"""Inputs that a person states for a model whose own are not known to Keras.

Keras notes the shape of a subclassed model's first argument alone, and nothing of one that was
never called. With its inputs stated, such a model becomes a Functional one around it, which every
other part of the exporter and Keras's own files know how to handle.
"""

from __future__ import annotations

import contextlib
import dataclasses
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from mimo_export.archive import load_keras
from mimo_export.archive_folder import as_file
from mimo_export.backend._names import automatic_stem
from mimo_export.backend._threads import wrapped_here
from mimo_export.contract import DTYPES
from mimo_export.errors import InputError, ModelFileError
from mimo_export.interface import check_kind, named_outputs, tensor_spec
from mimo_export.keras_errors import keras_errors, reason_of
from mimo_export.keras_model import left_out, private_graph
from mimo_export.keras_model.call_forms import calls_on
from mimo_export.keras_model.noted_inputs import call_arguments
from mimo_export.keras_model.structures import in_order_of
from mimo_portable.specs import TensorSpec


def spec_of(stated: Any) -> TensorSpec:
    """Return a stated input, be it a spec or a `keras.Input`, as a spec.

    Raises:
        InputError: It is neither, or no tensor has such a dtype.
    """
    if isinstance(stated, TensorSpec):
        if stated.dtype not in DTYPES:
            raise InputError(
                f"the input '{stated.name}' was stated with the dtype '{stated.dtype}'",
                where="inputs",
                remedy=f"choose from {', '.join(DTYPES)}",
            )
        return stated
    if not isinstance(stated, keras.KerasTensor):
        raise InputError(
            f"an input was stated as {stated!r}",
            where="inputs",
            remedy="state each as keras.Input(shape, dtype=..., name=...)",
        )
    return tensor_spec(str(stated.name), stated)


def with_inputs(model: Any, inputs: Sequence[Any], without: Sequence[str] = ()) -> Any:
    """Return a Functional model that calls another on stated inputs, with its outputs' names.

    1. All names are arguments of the model's `call`: each goes to its own, `x_0` and `x_1` to the
       list that `x` is;
    2. one input: it is the first argument, whatever that is called;
    3. several: the first argument is a dictionary, a list or a tuple of them: what Keras has noted
       of it, else the first of these with which it can be called.

    Args:
        model: Any Keras model, built or not; its variables are made if they are not there yet.
        inputs: Per input its spec, or a `keras.Input`, in the order of the contract; those that
            Keras knows when there are none.
        without: Optional inputs that are left out.

    Raises:
        InputError: A name comes twice, or there is no input that could be left out.
        ModelFileError: This is no model, or it cannot be called on such inputs.
    """
    check_kind(model)
    if without:
        model, inputs = left_out.without_inputs(model, inputs, without)
    specs = [spec_of(stated) for stated in inputs]
    if len({spec.name for spec in specs}) < len(specs):
        raise InputError(
            f"an input was stated twice: {', '.join(spec.name for spec in specs)}",
            where="inputs",
            remedy="give every input a name of its own",
        )
    if not specs:
        return model
    if private_graph.is_plain_sequence(model) and len(specs) == 1:
        return keras.Sequential([_tensor(specs[0]), *model.layers], name=model.name)
    if not _clashes(model, specs):
        return _around(model, specs, model.name)
    # Keras wants the names in a graph to be different, so that there are two graphs.
    stem = automatic_stem(model.name, type(model).__name__) or model.name
    inner = [dataclasses.replace(spec, name=f"{spec.name}_given") for spec in specs]
    names = {spec.name: before.name for spec, before in zip(inner, specs, strict=True)}
    called = _around(model, inner, f"{stem}_called", names)
    tensors = [_tensor(spec) for spec in specs]
    return keras.Model(tensors, called(tensors), name=model.name)


def _clashes(model: Any, specs: Sequence[TensorSpec]) -> bool:
    """Return whether an input is called what the model is, or would be in another process."""
    kind = type(model).__name__
    return bool({model.name, automatic_stem(model.name, kind)} & {spec.name for spec in specs})


def _around(
    model: Any, specs: Sequence[TensorSpec], name: str, arguments: Mapping[str, str] | None = None
) -> Any:
    """Return a Functional model that calls another on inputs.

    Args:
        model: The other.
        specs: Of its inputs.
        name: Of the Functional model.
        arguments: What the inputs are called for the other model, where that differs.
    """
    known = arguments or {}
    tensors = {known.get(spec.name, spec.name): _tensor(spec) for spec in specs}
    reasons: list[tuple[str, Exception]] = []
    tries = list(calls_on(model, tensors))
    was_built = model.built
    for kind, args, kwargs in tries:
        try:
            with _returned(model) as results, warnings.catch_warnings():
                if len(tries) > 1:
                    warnings.simplefilter("ignore")  # of an attempt that may fail
                outputs = model(*args, **kwargs, **_at_inference(model))
            if results:  # else the model has a graph of its own, with its order in it
                outputs = in_order_of(results[-1], outputs)
            named = named_outputs(model, outputs, list(tensors))
            return keras.Model(list(tensors.values()), named, name=name)
        except keras_errors() as error:
            reasons.append((kind, error))
            if not was_built:
                model.built = False
    shown = ", ".join(
        f"{name}: {spec.dtype}{[*spec.shape]}" for name, spec in zip(tensors, specs, strict=True)
    )
    why = "; ".join(f"{kind}{reason_of(error)}" for kind, error in reasons)
    raise ModelFileError(
        f"model {model.name!r} cannot be called on the stated inputs: {why}",
        where=f"{type(model).__name__}, on {shown}",
        remedy=f"state what its call takes: {', '.join(call_arguments(model))}; shapes are "
        "without the batch",
    ) from reasons[0][1]


def load_with_inputs(
    path: Path,
    inputs: Sequence[Any],
    without: Sequence[str] = (),
    *,
    unsafe_lambda: bool = False,
) -> Any:
    """Load a `.keras` file, or a model's folder, as `with_inputs` has a model.

    Keras leaves the weights of layers out that it could not build while it loaded, so that they are
    read once more, when the inputs are known.

    Raises:
        ModelFileError: The file cannot be loaded, or not called on such inputs.
    """
    model = load_keras(path, unsafe_lambda=unsafe_lambda)
    declared = with_inputs(model, inputs, without)
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

    def noting(call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(called: Any, *args: Any, **kwargs: Any) -> Any:
            result = call(called, *args, **kwargs)
            if called is model:
                results.append(result)
            return result

        return noted

    with wrapped_here(type(model), "call", noting):
        yield results


def _at_inference(model: Any) -> Mapping[str, bool]:
    """Return `training` for a call that demands it; any other is told by the model around it."""
    parameter = call_arguments(model).get("training")
    return (
        {} if parameter is None or parameter.default is not parameter.empty else {"training": False}
    )
