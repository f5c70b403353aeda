"""Decide which classes and functions the configuration of a `.keras` file may name, and where.

Keras turns every `{"class_name": ..., "module": ..., "config": ...}` of the file into an object.
Allowed is what is listed (`mimo_export.archive_names`), in a place for its role
(`mimo_export.archive_roles`), and what the caller has registered:

1. a class in a place for its role: an initializer where an initializer belongs;
2. a function in a place for its role, and never a class in its stead;
3. among the arguments of a call, numbers and tensors alone: no class, no function, no text;
4. an operation that calls a function only with one that the caller has registered;
5. no file name in place of a vocabulary.

A `Lambda` is code of the file's maker: allowed where the caller says so, and nothing else changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from inspect import isclass
from pathlib import Path
from typing import Any, NoReturn

from mimo_export import archive_names as an
from mimo_export import archive_roles as roles
from mimo_export.errors import ModelFileError

# Written by Keras 3 around plain values; `__lambda__` and `__typespec__` are not among them.
_VALUES = frozenset(
    {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__"}
)
_HOLD_NUMBERS = frozenset({"__tensor__", "__numpy__", "__keras_tensor__", "__bytes__"})
_LAMBDAS = frozenset({"Lambda", "__lambda__"})
_FILE_KEYS = frozenset({"vocabulary", "idf_weights", "filepath"})

_WRITE_A_LAYER = (
    "put the computation into a layer class, register it with "
    "@keras.saving.register_keras_serializable(), and save the model again"
)
_OR_TRUST = (
    "; or, if you trust whoever made the file with everything that you may do on this computer, "
    "let its code run: unsafe_lambda=True, on the command line --unsafe-lambda"
)
_REGISTER = (
    "import the module that registers it, with @keras.saving.register_keras_serializable(), "
    "before loading; on the command line: --import MODULE"
)
_NOT_BY_KERAS = "Keras itself saves no such file: ask whoever made it how it was made"
_SAVE_AGAIN = "save the model again with Keras 3"


@dataclass(frozen=True)
class _Place:
    """Where in the configuration we are.

    Attributes:
        path: The file.
        label: The nearest object that has a name.
        allowed: The roles of what may stand here.
        free: Whether the caller's own code reads this, which may take any text and any class.
        call: Whether these are the arguments of a call.
    """

    path: Path
    label: str = "the model"
    allowed: frozenset[str] = roles.MODELS
    free: bool = False
    call: bool = False

    def __str__(self) -> str:
        return f"{self.label} of {self.path}"

    def for_values(self) -> _Place:
        return _Place(self.path, self.label, roles.NONE)


class _Check:
    """One walk through a configuration.

    A list instead of recursion: how deep the file is nested is its maker's choice.
    """

    def __init__(self, path: Path, *, unsafe_lambda: bool) -> None:
        self._path, self._unsafe = path, unsafe_lambda
        self._names = an.allowed_names()
        self._todo: list[tuple[Any, _Place]] = []
        self._shared: dict[Any, tuple[Any, ...]] = {}

    def run(self, config: dict[str, Any]) -> None:
        self._push(config, _Place(self._path, allowed=frozenset({an.LAYER})))
        while self._todo:
            node, place = self._todo.pop()
            if isinstance(node, list):
                for value in node:
                    self._push(value, place)
            elif "class_name" in node:
                self._object(node, place)
            else:
                self._plain(node, place)

    def _push(self, value: Any, place: _Place) -> None:
        if isinstance(value, dict | list):
            self._todo.append((value, place))
        elif place.call and not place.free and isinstance(value, str):
            _refuse(f"it is called with the text {value!r:.80}", place, _NOT_BY_KERAS)

    def _plain(self, node: dict[str, Any], place: _Place) -> None:
        for key in _FILE_KEYS & node.keys():
            _check_no_file(key, node[key], place)
        for value in node.values():
            self._push(value, place)

    def _object(self, node: dict[str, Any], place: _Place) -> None:
        name, module = node["class_name"], node.get("module")
        inside = _inside(node, place)
        texts = (module, node.get("registered_name"))
        if not isinstance(name, str) or not all(isinstance(text, str | None) for text in texts):
            what = f"an object of the configuration has no proper class: {name!r:.80}"
            _refuse(what, inside, _SAVE_AGAIN)
        self._check_shared(node, inside)
        if name in _VALUES:
            self._value(node, inside)
        elif name == "function":
            self._check_function(node, inside)
        else:
            self._class(node, inside)

    def _check_shared(self, node: dict[str, Any], place: _Place) -> None:
        """Refuse one number for objects of two classes: Keras takes the first for both."""
        number = node.get("shared_object_id")
        if number is None:
            return
        this = (node["class_name"], node.get("module"), node.get("registered_name"))
        if isinstance(number, list | dict) or self._shared.setdefault(number, this) != this:
            _refuse(f"objects of two classes share the number {number!r:.40}", place, _NOT_BY_KERAS)

    def _value(self, node: dict[str, Any], place: _Place) -> None:
        problem = roles.value_problem(node["class_name"], node.get("config"))
        if problem:
            _refuse(f"a value ({node['class_name']}) {problem}", place, _NOT_BY_KERAS)
        if node["class_name"] not in _HOLD_NUMBERS:
            self._push(node.get("config"), place)

    def _check_function(self, node: dict[str, Any], place: _Place) -> None:
        name, module, alias = (node.get(key) for key in ("config", "module", "registered_name"))
        own = roles.registered_function(node)
        if own is not None and not isclass(own):
            if place.call and roles.CALLED not in place.allowed:
                _refuse(f"it is called with the function '{name}'", place, _NOT_BY_KERAS)
            return
        found_roles = roles.NONE
        if isinstance(name, str) and alias in {None, "", "function", name}:
            found_roles = self._names.function_roles(name, module)
        if not found_roles:
            self._unknown(node, str(name), place)
        if not found_roles & place.allowed:
            _refuse_here(f"the function '{name}'", place)

    def _class(self, node: dict[str, Any], place: _Place) -> None:
        name, config = node["class_name"], node.get("config")
        if name == "__lambda__" and self._unsafe and not place.call:
            return
        if name.startswith("__"):
            self._unknown(node, name, place)
        if roles.registered_class(node) is not None:
            if place.call:
                _refuse(f"it is called with an object of '{name}'", place, _NOT_BY_KERAS)
            self._inside_of(node, place, own=True)
            return
        found = self._names.class_roles(name, node.get("module"))
        if an.LAMBDA in found and self._unsafe:
            found |= {an.LAYER}
        if not found - {an.LAMBDA}:
            self._unknown(node, name, place)
        if not found & place.allowed:
            _refuse_here(f"'{name}'", place)
        if not isinstance(config, dict):
            _refuse(f"'{name}' has no configuration", place, _SAVE_AGAIN)
        self._inside_of(node, place, own=False)

    def _inside_of(self, node: dict[str, Any], place: _Place, *, own: bool) -> None:
        """Look at what a class is made from, and at the arguments of its calls."""
        name, config, here = node["class_name"], node.get("config"), place.for_values()
        training = place.allowed == roles.TRAINING
        if isinstance(config, dict):
            for key in _FILE_KEYS & config.keys():
                _check_no_file(key, config[key], here)
            functions = frozenset(an.FUNCTION_ROLES) if name == "Lambda" else roles.NONE
            for key, value in config.items():
                if isinstance(value, dict | list):  # texts and numbers are free here
                    allowed = roles.TRAINING if training else roles.roles_in(key) | functions
                    allowed = roles.ANY if own else allowed
                    self._push(value, _Place(place.path, place.label, allowed, free=own))
        for key, value in node.items():
            if key == "inbound_nodes":
                self._calls(value, name, place, own=own)
            elif key == "compile_config":
                self._push(value, _Place(place.path, place.label, roles.TRAINING))
            elif key != "config":
                self._push(value, here)

    def _calls(self, nodes: Any, name: str, place: _Place, *, own: bool) -> None:
        calls = name in an.CALLING
        allowed = frozenset({roles.CALLED}) if own or calls else roles.NONE
        arguments = _Place(place.path, place.label, allowed, free=own, call=True)
        for node in nodes if isinstance(nodes, list) else ():
            if isinstance(node, dict):
                for key in node.keys() & {"args", "kwargs"}:
                    self._push(_without_pattern(node[key], name), arguments)
            elif isinstance(node, list):
                # The older form: [layer, node, tensor] and, it may be, named arguments.
                for tensor in node:
                    self._push(tensor[3:] if isinstance(tensor, list) else tensor, arguments)

    def _unknown(self, node: dict[str, Any], target: str, place: _Place) -> NoReturn:
        module = node.get("module")
        if node["class_name"] in an.REFUSED:
            name = node["class_name"]
            remedy = _WRITE_A_LAYER + (_OR_TRUST if name in _LAMBDAS else "")
            _refuse(f"the model holds a {name}, which {an.REFUSED[name]}", place, remedy)
        shown = f"{module}.{target}" if module else target
        alias = node.get("registered_name")
        _refuse(
            f"the class or function '{shown if alias in {None, '', 'function'} else alias}' is "
            "neither part of Keras's layers nor registered",
            place,
            _REGISTER,
        )


def check_config(config: dict[str, Any], path: Path, *, unsafe_lambda: bool = False) -> None:
    """Refuse a configuration that names anything else than building blocks in their places.

    Args:
        config: The content of `config.json`.
        path: The file it came from, for the error.
        unsafe_lambda: Whether the code of its maker may run.

    Raises:
        ModelFileError: Names the object, its layer, and the remedy.
    """
    _Check(path, unsafe_lambda=unsafe_lambda).run(config)


def _refuse(what: str, place: _Place, remedy: str) -> NoReturn:
    raise ModelFileError(what, where=str(place), remedy=remedy)


def _refuse_here(what: str, place: _Place) -> NoReturn:
    if place.call:
        _refuse(f"it is called with {what}", place, _NOT_BY_KERAS)
    expected = " or ".join(sorted(place.allowed)) or "a number or a text"
    _refuse(f"{what} stands in the place of {expected}", place, _NOT_BY_KERAS)


def _inside(node: dict[str, Any], place: _Place) -> _Place:
    config = node.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    if not isinstance(name, str) or not isinstance(node.get("class_name"), str):
        return place
    label = f"'{name}' ({node['class_name']})"
    return _Place(place.path, label, place.allowed, place.free, place.call)


def _without_pattern(arguments: Any, name: str) -> Any:
    """Leave out the one text that an operation of Keras is called with, if it is one."""
    if name != "Rearrange":
        return arguments
    pattern = roles.is_pattern
    if isinstance(arguments, list):
        return [value for value in arguments if not (isinstance(value, str) and pattern(value))]
    if isinstance(arguments, dict):
        text = arguments.get("pattern")
        known = isinstance(text, str) and pattern(text)
        return {key: v for key, v in arguments.items() if not (known and key == "pattern")}
    return arguments


def _check_no_file(key: str, value: Any, place: _Place) -> None:
    if isinstance(value, str):
        _refuse(
            f"the configuration asks Keras to read the file '{value}' ('{key}')",
            place,
            "give the layer its words as a list, and save the model again",
        )
