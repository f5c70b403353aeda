"""Run Keras itself at inference, by name: what every other runtime is held against."""

from __future__ import annotations

from typing import Any

import keras

from mimo_export import golden
from mimo_export.backend import _switch
from mimo_export.contract import Signature
from mimo_export.errors import UnsupportedOperationError
from mimo_export.interface import call_by_name, interface_of, named_outputs, widened
from mimo_export.keras_model import private_graph
from mimo_export.keras_predict import predicted


def run_by_name(model: Any, arrays: golden.Arrays) -> dict[str, Any]:
    """Run Keras at inference as `predict` does, compiled where the backend compiles.

    On JAX this takes a third of the time of calling the model, which compiles every operation
    alone.
    """
    interface = interface_of(model)
    args, kwargs = interface.arguments(arrays)
    if kwargs or len(args) != 1 or private_graph.output_structure(model) is None:
        # `predict` knows one argument only, and on JAX it sorts a dictionary of outputs.
        return call_by_name(model, arrays)
    with _switch.graph_scopes():
        result = predicted(model, args[0])
    return named_outputs(model, result, list(arrays))


def answer(model: Any, signature: Signature, arrays: golden.Arrays) -> dict[str, Any]:
    """Return what `run_by_name` does, in the dtypes of the contract.

    Raises:
        UnsupportedOperationError: The contract has strings, and this backend has none; or its
            answer is of another dtype than the contract has.
    """
    if signature.strings and keras.backend.backend() != "tensorflow":
        raise UnsupportedOperationError(
            f"Keras on {keras.backend.backend()} has no strings",
            where=f"'{signature.strings[0]}' of model '{model.name}'",
            remedy="run Keras on TensorFlow: KERAS_BACKEND=tensorflow, on the command line "
            "--backend tensorflow",
        )
    dtypes = {spec.name: spec.dtype for spec in signature.outputs}
    outputs = run_by_name(model, arrays)
    answers = {name: widened(array, dtypes[name]) for name, array in outputs.items()}
    for name, array in answers.items():
        if array.dtype.kind in "biuf" and str(array.dtype) != dtypes[name]:
            raise UnsupportedOperationError(
                f"Keras on {keras.backend.backend()} answers '{name}' with {array.dtype}, where "
                f"the file, as Keras elsewhere, has {dtypes[name]}",
                where=f"model '{model.name}'",
                remedy="run Keras on another backend: KERAS_BACKEND=jax, on the command line "
                "--backend jax; or cast the output in the model",
            )
    return answers
