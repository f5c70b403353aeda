"""Models without some of their optional inputs.

1. Of a Functional model the layers are called again, with None in the place of what is left out;
2. of any other model the inputs that are left are stated, and `call` has its own default.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.errors import InputError, ModelFileError
from mimo_export.interface import interface_of
from mimo_export.keras_errors import keras_errors, reason_of
from mimo_export.keras_model import private_graph
from mimo_export.keras_model.noted_inputs import call_arguments


def without_inputs(
    model: Any, stated: Sequence[Any], names: Sequence[str]
) -> tuple[Any, Sequence[Any]]:
    """Return a model, and the inputs to state for it, so that some inputs are left out.

    Args:
        model: A Keras model.
        stated: What a person has stated of its inputs, if anything.
        names: Those to leave out.

    Raises:
        InputError: There is no such input, or it was stated too.
        ModelFileError: The model cannot do without it.
    """
    if isinstance(model, keras.Sequential) or private_graph.input_structure(model) is None:
        _check_arguments(model, names)
        kept = stated or interface_of(model).inputs
        return model, [spec for spec in kept if spec.name not in names]
    tensors = keras.tree.flatten(private_graph.input_structure(model))
    known = [private_graph.input_name(tensor) for tensor in tensors]
    _check_names(model, names, known)
    kept = [x for x, name in zip(tensors, known, strict=True) if name not in names]
    places = [None if name in names else x for x, name in zip(tensors, known, strict=True)]
    structure = private_graph.output_structure(model)
    try:
        outputs = private_graph.called_from(tensors, structure, places)
        return keras.Model(kept, outputs, name=model.name), stated
    except keras_errors() as error:
        raise ModelFileError(
            f"model {model.name!r} cannot do without {', '.join(names)}: {reason_of(error)}",
            where=type(model).__name__,
            remedy="leave out optional inputs alone: keras.Input(..., optional=True), which the "
            "layers that read them take as None",
        ) from error


def _check_arguments(model: Any, names: Sequence[str]) -> None:
    arguments = call_arguments(model)
    optional = [name for name, x in arguments.items() if x.default is not x.empty]
    _check_names(model, names, [name for name in optional if name not in ("training", "mask")])


def _check_names(model: Any, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise InputError(
                f"there is no input '{name}' to leave out",
                where=f"model {model.name!r} ({type(model).__name__})",
                remedy=f"choose from {', '.join(known) or 'nothing: it has no optional inputs'}",
            )
