"""The one door to private Keras: puts the ONNX backend in the place of the running one for a while.

Keras's layers and operations do all their arithmetic through the module `keras.src.backend`. While
`switched` is active, its families (`numpy`, `nn`, ...), its top-level functions (`cast`, `lstm`,
...) and every copy of them that Keras's own modules imported by name are ours, so that calling a
model builds a graph; on the way out everything is put back, also when the model's code raised.

Every call goes to us, also one without a traced argument: what a framework would compute differs
from the next in its last bits, and the file must not depend on which is installed. So, too,
`backend()` has one answer here and 64-bit dtypes stay what the model says they are.

Private names used (tried with Keras 3.15 and 3.16): keras.src.backend and its families (see
`_keras_private`), backend.common.{name_scope, dtypes}, backend.config.backend,
utils.backend_utils.DynamicBackend, ops.nn.{_layer_normalization, _rms_normalization},
saving.serialization_lib.
"""

# ruff: noqa: TID251 - one of the two files that the rule points to
from __future__ import annotations

import contextlib
import functools
import re
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import keras
from keras.src import backend as keras_backend
from keras.src.backend.common import dtypes as keras_dtypes
from keras.src.backend.common import global_state
from keras.src.backend.common.name_scope import name_scope as plain_name_scope
from keras.src.ops import nn as keras_nn
from keras.src.saving import serialization_lib
from keras.src.utils.backend_utils import DynamicBackend

from mimo_export.backend import _keras_private
from mimo_export.backend._foreign import foreign_refusal
from mimo_export.backend._graph import OpsetTooLowError
from mimo_export.backend._keras_private import FAMILIES
from mimo_export.backend._memory import enter_layer
from mimo_export.backend._refused import (
    describe_layer,
    exchanged,
    refusal,
    refuse_unbuilt,
    stand_in,
)
from mimo_export.backend._steps import step_by_step
from mimo_export.errors import UnsupportedOperationError
from mimo_export.forms import forms

NAME = "onnx"
"""What `keras.backend.backend()` answers while a model is traced."""

_KEPT = frozenset({"Variable", "name_scope", "device_scope"})
_NOT_IN_SCOPE = re.compile(r"^[^A-Za-z0-9.]|[^A-Za-z0-9_.\\/>-]")
_lock = threading.RLock()
_held_kinds: MutableMapping[type, bool] = weakref.WeakKeyDictionary()

# The running backend's own, kept for tensors that were made before the trace.
is_running_tensor: Callable[[Any], bool] = _keras_private.asked("is_tensor")
running_to_numpy: Callable[[Any], Any] = _keras_private.asked("convert_to_numpy")

serialization: Any = serialization_lib
"""Keras's module that makes layers of what a file says of them."""

# Keras's own formulas, for what ONNX's operators cannot say.
composed_layer_normalization: Callable[..., Any] = keras_nn._layer_normalization
composed_rms_normalization: Callable[..., Any] = keras_nn._rms_normalization


@contextlib.contextmanager
def switched(
    families: Mapping[str, types.ModuleType],
    top_level: Sequence[types.ModuleType],
    formulas: Mapping[str, Callable[..., Any]],
) -> Iterator[None]:
    """Let Keras compute with other modules inside the block, one thread at a time.

    Args:
        families: Our module for each of `FAMILIES`.
        top_level: Modules with the functions that Keras asks of the backend itself.
        formulas: By name, what `keras.ops.nn` composes and ONNX has operators for.
    """
    with _lock, contextlib.ExitStack() as undo:
        composed = [(keras_nn, f"_{name}", function) for name, function in formulas.items()]
        for owner, name, replacement in (*_replacements(families, top_level), *composed):
            undo.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, replacement)
        for table, key, value in _dtype_entries():
            undo.callback(table.__setitem__, key, table[key])
            table[key] = value
        if keras.config.is_traceback_filtering_enabled():
            # Keras would rewrite our errors, losing where they happened and what to do.
            undo.callback(keras.config.enable_traceback_filtering)
            keras.config.disable_traceback_filtering()
        yield


class TracedScope(plain_name_scope):  # type: ignore[misc] # Keras is not typed
    """Keras's name scope, in which a layer finds its tensors traced, and an error its layer."""

    def __enter__(self) -> Any:
        if isinstance(self.caller, keras.Sequential) and not self.caller.built:
            refuse_unbuilt(self.caller)  # half built, it would not let itself be built again
        enter_layer(self.caller, _is_held_tensor)
        return super().__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        stack = global_state.get_global_attribute("name_scope_stack") or []
        place = describe_layer(current_layer())
        model = place if len(stack) == 1 else ""
        super().__exit__(kind, error, trace)
        if self.caller is None:
            return  # a name scope in a call: the layer around it says where
        named = foreign_refusal(error, trace)
        if isinstance(error, UnsupportedOperationError) and named is None:
            error.locate(place, model)
        elif isinstance(error, Exception) and not isinstance(error, OpsetTooLowError):
            refused = named or UnsupportedOperationError(
                f"{place} cannot be traced: {type(error).__name__}: {error}",
                remedy="write its call with keras.ops alone; for code that calls a framework "
                "directly, export/README.md, 'Add an operation', shows how to give it an ONNX form",
            )
            refused.locate(place, model)
            raise refused from error


@contextlib.contextmanager
def graph_scopes() -> Iterator[None]:
    """Let TensorFlow call layers of any name in a graph, where its scopes are plain ASCII words."""
    running: Any = keras_backend.name_scope
    keras_backend.name_scope = lambda name, **kept: running(_NOT_IN_SCOPE.sub("x", name), **kept)
    try:
        yield
    finally:
        keras_backend.name_scope = running


def _is_held_tensor(value: Any) -> bool:
    # By class: TensorFlow looks at each value it does not know for all that a tensor can do.
    kind = type(value)
    if kind not in _held_kinds:
        _held_kinds[kind] = is_running_tensor(value) and not isinstance(value, keras.Variable)
    return _held_kinds[kind]


def current_layer() -> Any:
    """Return the Keras layer whose `call` is running, or None."""
    stack = global_state.get_global_attribute("name_scope_stack") or []
    return next((scope.caller for scope in reversed(stack) if scope.caller is not None), None)


def current_scope() -> list[tuple[str, str]]:
    """Return the layers that are being called, the outermost first, each by name and class.

    The model itself is left out, unless it computes outside of its layers. A name scope of no layer
    has no class.
    """
    stack = global_state.get_global_attribute("name_scope_stack") or []
    parts = [
        (scope.name, "")
        if scope.caller is None
        else (scope.caller.name, type(scope.caller).__name__)
        for scope in stack
    ]
    return parts[1:] or parts


def interface() -> dict[str, tuple[str, ...]]:
    """Return every function that Keras may ask of its backend, by family ("" is the top level)."""
    table = {name: tuple(_functions(_keras_private.family(name))) for name in FAMILIES}
    table[""] = tuple(_outside_families())
    return table


def _replacements(
    families: Mapping[str, types.ModuleType], top_level: Sequence[types.ModuleType]
) -> list[tuple[Any, str, Any]]:
    """Return every (owner, name, ours): attributes that lead to the running backend's functions."""
    ours: dict[int, Any] = {}
    for family, module in families.items():
        running = _keras_private.family(family)
        ours[id(running)] = stand_in(family, running, module, _functions(running))
        _keras_private.without_composed(ours[id(running)], family, module)
    for name, function in _outside_families().items():
        candidates = (getattr(m, name) for m in top_level if hasattr(m, name))
        ours[id(function)] = next(candidates, refusal(name))
    for room in _keras_private.inner_rooms():
        ours[id(room)] = exchanged(room, ours)
    ours[id(keras_backend.backend)] = lambda: NAME
    ours[id(keras_backend.name_scope)] = TracedScope
    found = [
        (module, name, ours[id(value)])
        for module, name in _places(len(sys.modules))
        if id(value := vars(module).get(name)) in ours
    ]
    return [
        *found,
        *((layer_class, "call", function) for layer_class, function in forms().items()),
        *((kind, "inner_loop", step_by_step) for kind in (keras.layers.LSTM, keras.layers.GRU)),
        (keras.Layer, "add_weight", refuse_unbuilt),
        # What a variable is assigned may be traced.
        (keras.Variable, "_convert_to_tensor", _assigned),
        # Preprocessing layers hold a backend of their own, which reads the real one by name.
        (DynamicBackend, "__getattr__", lambda _self, name: _keras_private.asked(name)),
        (DynamicBackend, "name", property(lambda _self: NAME)),
    ]


def _assigned(_variable: Any, value: Any, dtype: Any = None) -> Any:
    return _keras_private.asked("convert_to_tensor")(value, dtype)


@functools.lru_cache(maxsize=1)
def _places(_modules: int) -> list[tuple[types.ModuleType, str]]:
    """Return where Keras's modules keep what is the backend's, for this number of modules.

    Looking through all of them takes a third of the time in which a small model is exported.
    """
    kept = [keras_backend.backend, keras_backend.name_scope, *_keras_private.inner_rooms()]
    kept += [*map(_keras_private.family, FAMILIES), *_outside_families().values()]
    asked = {id(value) for value in kept}
    return [
        (module, name)
        for module_name, module in list(sys.modules.items())
        if _is_asking(module_name) and isinstance(module, types.ModuleType)
        for name, value in list(vars(module).items())
        if id(value) in asked
    ]


def _is_asking(module_name: str) -> bool:
    """Whether a module asks the backend for something, rather than being (part of) one."""
    if module_name.startswith("keras.src.backend."):
        return module_name.startswith(("keras.src.backend.common.", "keras.src.backend.config"))
    return module_name == "keras" or module_name.startswith("keras.")


def _outside_families() -> dict[str, Callable[..., Any]]:
    """Return the functions that Keras asks of the running backend itself, not of a family."""
    rooms = (keras_backend, *_keras_private.inner_rooms())
    return {name: value for room in rooms for name, value in _functions(room).items()}


def _functions(module: types.ModuleType) -> dict[str, Callable[..., Any]]:
    """Return the public functions that the running backend itself defines in a module."""
    home = f"keras.src.backend.{keras_backend.backend()}."
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value)
        and not isinstance(value, type)
        and not name.startswith("_")
        and name not in _KEPT
        and str(getattr(value, "__module__", "")).startswith(home)
    }


def _dtype_entries() -> list[tuple[MutableMapping[Any, str], Any, str]]:
    """Return the entries of Keras's dtype tables that differ from backend to backend."""
    python, narrow = keras_dtypes.PYTHON_DTYPES_MAP, keras_dtypes.BIT64_TO_BIT32_DTYPE
    return [
        (python, int, "int32"),
        (python, "int", "int32"),
        *((narrow, wide, wide) for wide in ("int64", "uint64", "float64")),
    ]
