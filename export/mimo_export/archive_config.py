"""Decide which classes the configuration of a `.keras` file may name.

Keras turns every `{"class_name": ..., "module": ..., "config": ...}` of the file into an object.
Allowed are the parts of Keras that models are made of, and what the caller has registered. Refused
are, even though Keras has them: layers that carry code (Lambda), that carry a pickle
(TorchModuleWrapper), that wrap another framework's functions (JaxLayer, FlaxLayer), that open a
model elsewhere (TFSMLayer), and every file name in place of a vocabulary.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimo_export.errors import ModelFileError

# Keras's public modules of building blocks, and their private homes, which files name too.
_ALLOWED_MODULES = frozenset(
    f"{home}.{part}"
    for home in ("keras", "keras.src")
    for part in (
        "activations",
        "constraints",
        "dtype_policies",
        "initializers",
        "layers",
        "losses",
        "metrics",
        "models",
        "ops",
        "optimizers",
        "quantizers",
        "random",
        "regularizers",
    )
)
_ALLOWED_IN_KERAS = frozenset({"DTypePolicy", "FloatDTypePolicy", "Model", "Sequential"})
# Written by Keras 3 around plain values; `__lambda__` and `__typespec__` are not among them.
_VALUES = frozenset(
    {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__"}
)
_REFUSED = {
    "Lambda": "carries Python code inside the file",
    "__lambda__": "carries Python code inside the file",
    "TorchModuleWrapper": "carries a pickle inside the file, which may run any code",
    "JaxLayer": "wraps functions of another framework that the file cannot hold",
    "FlaxLayer": "wraps functions of another framework that the file cannot hold",
    "TFSMLayer": "loads another model from a path that the file names",
    "__typespec__": "names a type of another framework",
}
_FILE_KEYS = frozenset({"vocabulary", "idf_weights", "filepath"})

_WRITE_A_LAYER = (
    "put the computation into a layer class, register it with "
    "@keras.saving.register_keras_serializable(), and save the model again"
)


@dataclass(frozen=True)
class _Place:
    """Where in the configuration we are: the nearest object that has a name."""

    path: Path
    label: str = "the model"

    def __str__(self) -> str:
        return f"{self.label} of {self.path}"


def check_config(config: dict[str, Any], path: Path) -> None:
    """Refuse a configuration that names anything else than layers, values and registered classes.

    Args:
        config: The content of `config.json`.
        path: The file it came from, for the error.

    Raises:
        ModelFileError: Names the object, its layer, and the remedy.
    """
    # A list instead of recursion: how deep the file is nested is its maker's choice.
    todo: list[tuple[Any, _Place]] = [(config, _Place(path))]
    while todo:
        node, place = todo.pop()
        if isinstance(node, dict):
            inside = _inside(node, place)
            if "class_name" in node:
                _check_class(node, inside)
            _check_no_file(node, inside)
            todo.extend((value, inside) for value in node.values())
        elif isinstance(node, list):
            todo.extend((value, place) for value in node)


def _inside(node: dict[str, Any], place: _Place) -> _Place:
    config = node.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    if not isinstance(name, str) or not isinstance(node.get("class_name"), str):
        return place
    return _Place(place.path, f"'{name}' ({node['class_name']})")


def _check_class(node: dict[str, Any], place: _Place) -> None:
    name, module = node["class_name"], node.get("module")
    if not isinstance(name, str) or not isinstance(module, str | None):
        what = f"an object of the configuration has no proper class: {name!r}"
        raise ModelFileError(what, where=str(place), remedy="save the model again with Keras 3")
    if name in _REFUSED:
        what = f"the model holds a {name}, which {_REFUSED[name]}"
        raise ModelFileError(what, where=str(place), remedy=_WRITE_A_LAYER)
    if name in _VALUES or _is_registered(node):
        return
    target = node.get("config") if name == "function" else name
    if not _is_allowed(target, module):
        shown = f"{module}.{target}" if module else str(target)
        raise ModelFileError(
            f"the class or function '{node.get('registered_name') or shown}' is neither part of "
            "Keras's layers nor registered",
            where=str(place),
            remedy="import the module that registers it, with "
            "@keras.saving.register_keras_serializable(), before loading; on the command line: "
            "--import MODULE",
        )


def _is_registered(node: dict[str, Any]) -> bool:
    """Tell whether Keras would take the caller's own class or function for this node."""
    import keras  # noqa: PLC0415 - it starts a backend, so it waits until a file is really read

    names: Iterator[Any]
    if node["class_name"] == "function":
        names = iter((node.get("config"),))
    else:
        names = iter((node.get("registered_name"), node["class_name"]))
    return any(
        isinstance(name, str) and keras.saving.get_registered_object(name) is not None
        for name in names
    )


def _is_allowed(name: Any, module: str | None) -> bool:
    if not isinstance(name, str):
        return False
    if module == "keras":
        return name in _ALLOWED_IN_KERAS
    if module == "keras.utils":
        return name == "FeatureSpace"
    if module in {None, "builtins"}:
        return _is_public_building_block(name)
    if module.startswith("keras.src.applications."):
        return _is_layer(name, module)
    return any(
        module == allowed or module.startswith(allowed + ".") for allowed in _ALLOWED_MODULES
    )


def _is_public_building_block(name: str) -> bool:
    """Tell whether a name without a module, as older files have it, is one of Keras's own."""
    import keras  # noqa: PLC0415 - see `_is_registered`

    homes = [module.removeprefix("keras.") for module in _ALLOWED_MODULES if module.count(".") == 1]
    return name in {"Functional", "Model", "Sequential"} or any(
        hasattr(getattr(keras, home), name) for home in homes
    )


def _is_layer(name: str, module: str) -> bool:
    """Tell whether one of Keras's modules has a layer of that name, as models of Keras's own do."""
    import keras  # noqa: PLC0415 - see `_is_registered`

    try:
        found = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError:
        return False
    return isinstance(found, type) and issubclass(found, keras.Layer)


def _check_no_file(node: dict[str, Any], place: _Place) -> None:
    for key in _FILE_KEYS & node.keys():
        if isinstance(node[key], str):
            raise ModelFileError(
                f"the configuration asks Keras to read the file '{node[key]}' ('{key}')",
                where=str(place),
                remedy="give the layer its words as a list, and save the model again",
            )
