"""The `.keras` file of a model in memory, and what of its Lambda layers such a file can hold.

Keras writes the bytecode of a Python lambda into the file, and the name of any other function. What
a lambda reads of its module stays behind, `ops` or `np` above all: no process can run such a layer
from the file. The model's own process needs no file, so that ONNX is always written.
"""

from __future__ import annotations

import builtins
import dis
import json
import types
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras

from mimo_export.backend._framework_functions import keras_functions
from mimo_export.errors import UnsupportedOperationError
from mimo_export.keras_errors import keras_errors, reason_of

_LAYER_OF_ITS_OWN = (
    "put the computation into a layer class of your own, registered with "
    "@keras.saving.register_keras_serializable()"
)
_PARTS = ("function", "mask", "_output_shape")


def save_portable(model: Any, path: Path) -> None:
    """Write a model's `.keras` file, with Keras's functions in the place of a framework's.

    Raises:
        UnsupportedOperationError: Keras cannot write a part of the model.
        OSError: The disk is full or cannot be written.
    """
    try:
        with keras_functions(model):
            model.save(path)
    except keras_errors() as error:
        raise UnsupportedOperationError(
            f"Keras cannot save the model, which a bundle holds: {reason_of(error)}",
            where=f"model {model.name!r} ({type(model).__name__})",
            remedy="write ONNX alone with `export_onnx`, which needs no file of the model; or "
            + _LAYER_OF_ITS_OWN,
        ) from error


def check_portable(model: Any, path: Path) -> None:
    """Refuse a file with a Lambda that another process cannot run.

    Args:
        model: The model in memory.
        path: Its file.

    Raises:
        UnsupportedOperationError: Names the layer, and what its function would miss.
    """
    names = _lambdas_in(path)
    with keras_functions(model):
        for layer in model._flatten_layers() if names else ():
            if layer.name not in names or not isinstance(layer, keras.layers.Lambda):
                continue
            for reason in filter(None, (_reason(getattr(layer, part, None)) for part in _PARTS)):
                raise UnsupportedOperationError(
                    f"a SavedModel is written from the .keras file, which cannot hold the function "
                    f"of Lambda layer {layer.name!r}: {reason}",
                    where=f"model {model.name!r} ({type(model).__name__})",
                    remedy="leave the SavedModel out (formats=('onnx',), --format onnx), or "
                    + _LAYER_OF_ITS_OWN,
                )


def _lambdas_in(path: Path) -> set[str]:
    """Return the names of the Lambda layers that a file holds, rather than makes anew."""
    with zipfile.ZipFile(path) as archive:
        todo = [json.loads(archive.read("config.json"))]
    names = set()
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            if node.get("class_name") == "Lambda":
                names.add(str(node["config"]["name"]))
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)
    return names


def _reason(function: Any) -> str:
    """Return why a function does not come back from a file; nothing where it does."""
    if isinstance(function, types.LambdaType) and function.__name__ == "<lambda>":
        missing = sorted(set(_global_names(function.__code__)) - vars(builtins).keys())
        return f"it reads {', '.join(map(repr, missing))} of its module" if missing else ""
    if not callable(function) or _is_found_again(function):
        return ""
    shown = getattr(function, "__qualname__", repr(function))
    return f"{shown} is not registered with Keras"


def _global_names(code: types.CodeType) -> Iterator[str]:
    """Yield the names that code, and the functions inside of it, look up in their module."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _global_names(constant)


def _is_found_again(function: Callable[..., Any]) -> bool:
    """Tell whether Keras finds a function by the name that it writes."""
    if str(getattr(function, "__module__", "")).partition(".")[0] == "keras":
        return True
    name = keras.saving.get_registered_name(function)
    return isinstance(name, str) and keras.saving.get_registered_object(name) is function
