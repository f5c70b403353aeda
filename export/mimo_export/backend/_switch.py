"""The one door to private Keras: puts the ONNX backend in the place of the running one for a while.

Keras's layers and operations do all their arithmetic through the module `keras.src.backend`. While
a `Switch` is on, its families (`numpy`, `nn`, ...), its top-level functions (`cast`, `lstm`, ...)
and every copy of them that Keras's own modules imported by name are ours in the thread that
switched, so that calling a model builds a graph; other threads find Keras's own (`_threads`). On
the way out everything is put back, also when the model's code raised.

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
import re
import threading
import types
import weakref
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import keras
from keras.src import backend as keras_backend
from keras.src.backend.common import dtypes as keras_dtypes
from keras.src.backend.common.name_scope import name_scope as plain_name_scope
from keras.src.ops import nn as keras_nn
from keras.src.saving import serialization_lib
from keras.src.utils.backend_utils import DynamicBackend

from mimo_export.backend import _keras_private, _threads
from mimo_export.backend._asking import functions_of, places_of
from mimo_export.backend._backend_name import NAME, answer, listening, untraceable
from mimo_export.backend._foreign import foreign_refusal
from mimo_export.backend._graph import OpsetTooLowError
from mimo_export.backend._keras_private import FAMILIES, global_state
from mimo_export.backend._memory import enter_layer
from mimo_export.backend._refused import describe_layer, exchanged, refusal, refuse_unbuilt
from mimo_export.backend._session import remembered, unfiltered
from mimo_export.backend._steps import step_by_step
from mimo_export.errors import UnsupportedOperationError
from mimo_export.forms import forms

_NOT_IN_SCOPE = re.compile(r"^[^A-Za-z0-9.]|[^A-Za-z0-9_.\\/>-]")
_held_kinds: MutableMapping[type, bool] = weakref.WeakKeyDictionary()

# The running backend's own, kept for tensors that were made before the trace.
is_running_tensor: Callable[[Any], bool] = _keras_private.asked("is_tensor")
running_to_numpy: Callable[[Any], Any] = _keras_private.asked("convert_to_numpy")
running_name_scope: Any = keras_backend.name_scope

output_spec: Callable[..., Any] = _keras_private.asked("compute_output_spec")

serialization: Any = serialization_lib
"""Keras's module that makes layers of what a file says of them."""

# Keras's own formulas, for what ONNX's operators cannot say.
composed_layer_normalization: Callable[..., Any] = keras_nn._layer_normalization
composed_rms_normalization: Callable[..., Any] = keras_nn._rms_normalization


class Switch:
    """What takes the place of Keras's backend in a thread that traces.

    Args:
        families: Our module for each of `FAMILIES`.
        top_level: Modules with the functions that Keras asks of the backend itself.
        formulas: By name, what `keras.ops.nn` composes and ONNX has operators for.
    """

    def __init__(
        self,
        families: Mapping[str, types.ModuleType],
        top_level: Sequence[types.ModuleType],
        formulas: Mapping[str, Callable[..., Any]],
    ) -> None:
        # By id: modules and functions are compared as what they are, not by value.
        self._ours = _stand_ins(families, top_level)
        self._asked = frozenset(self._ours)
        self._always = [*_formulas(formulas), *_dtype_tables(), *_methods()]

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        """Let Keras compute with our modules inside the block, one thread at a time."""
        if _threads.is_tracing():
            yield
            return
        with (
            _threads.tracing(),
            _threads.exchanged(self._replacements()),
            _forms_called(),
            remembered(),
            unfiltered(),
            listening(),
        ):
            yield

    def _replacements(self) -> list[tuple[Any, str, Any]]:
        """Return every (owner, name, what asks in that place which thread looks at it)."""
        return [
            *((module, name, self._ours[key]) for module, name, key in places_of(self._asked)),
            *self._always,
        ]


@contextlib.contextmanager
def _forms_called() -> Iterator[None]:
    """Let the form of a layer's class stand in for its `call`."""
    with contextlib.ExitStack() as stack:
        for kind, form in forms().items():
            stack.enter_context(_threads.wrapped_here(kind, "call", lambda _, it=form: it))  # type: ignore[misc]
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
        elif isinstance(error, Exception) and not isinstance(
            error, (OpsetTooLowError, MemoryError)
        ):
            refused = named or untraceable(place, error)
            refused.locate(place, model)
            raise refused from error


class _Scope(running_name_scope):  # type: ignore[misc] # Keras is not typed
    """The scope that a thread gets for a name: a traced one, Keras's, or one of plain words."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is _Scope and _threads.is_tracing():
            return TracedScope(*args, **kwargs)
        return super().__new__(cls)

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        plain = _NOT_IN_SCOPE.sub("x", name) if _here.plain_words else name
        super().__init__(plain, *args, **kwargs)


class _Here(threading.local):
    """Whether this thread's scopes are plain ASCII words."""

    plain_words = False


_here = _Here()


@contextlib.contextmanager
def graph_scopes() -> Iterator[None]:
    """Let TensorFlow call layers of any name in a graph, where its scopes are plain ASCII words."""
    before = _here.plain_words
    with _threads.exchanged([(keras_backend, "name_scope", _Scope)]):
        _here.plain_words = True
        try:
            yield
        finally:
            _here.plain_words = before


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


def _stand_ins(
    families: Mapping[str, types.ModuleType], top_level: Sequence[types.ModuleType]
) -> dict[int, Any]:
    """Return what takes the place of the running backend's modules and functions, by their id."""
    ours = {} if _keras_private.RUNS_ON_ONNX else _computing(families, top_level)
    ours[id(keras_backend.backend)] = _threads.split(keras_backend.backend, answer)
    # Where another thread is in `graph_scopes`, ours is there already.
    return ours | dict.fromkeys((id(running_name_scope), id(_Scope)), _Scope)


def _computing(
    families: Mapping[str, types.ModuleType], top_level: Sequence[types.ModuleType]
) -> dict[int, Any]:
    """Return ours for each module and function of the running backend, by their id."""
    ours: dict[int, Any] = {}
    for family, module in families.items():
        running = _keras_private.family(family)
        ours[id(running)] = _threads.SplitModule(
            running,
            module,
            {name: refusal(f"{family}.{name}") for name in _functions(running)},
            _keras_private.composed(family, module),
        )
    for name, function in _outside_families().items():
        candidates = (getattr(m, name) for m in top_level if hasattr(m, name))
        ours[id(function)] = _threads.split(function, next(candidates, refusal(name)))
    for room in _keras_private.inner_rooms():
        ours[id(room)] = exchanged(room, ours)
    return ours


def _formulas(formulas: Mapping[str, Callable[..., Any]]) -> list[tuple[Any, str, Any]]:
    return [
        (keras_nn, f"_{name}", _threads.split(getattr(keras_nn, f"_{name}"), function))
        for name, function in formulas.items()
    ]


def _methods() -> list[tuple[Any, str, Any]]:
    """Return the methods of Keras's classes that must not reach the running backend."""
    dynamic: Any = vars(DynamicBackend)
    named = _threads.split(dynamic["name"].fget, lambda _self: NAME)
    ours: dict[tuple[Any, str], Callable[..., Any]] = {
        (keras.Layer, "add_weight"): refuse_unbuilt,
        # What a variable is assigned may be traced.
        (keras.Variable, "_convert_to_tensor"): _assigned,
        **{(kind, "inner_loop"): step_by_step for kind in (keras.layers.LSTM, keras.layers.GRU)},
        # Preprocessing layers hold a backend of their own, which reads the real one by name.
        (DynamicBackend, "__getattr__"): lambda _self, name: _keras_private.asked(name),
    }
    if hasattr(DynamicBackend, "_get_module"):  # Keras 3.16 fetches it by its name
        ours[DynamicBackend, "_get_module"] = lambda _self: keras_backend
    split = [(o, name, _threads.split(getattr(o, name), it)) for (o, name), it in ours.items()]
    return [*split, (DynamicBackend, "name", property(named))]


def _assigned(_variable: Any, value: Any, dtype: Any = None) -> Any:
    return _keras_private.asked("convert_to_tensor")(value, dtype)


def _outside_families() -> dict[str, Callable[..., Any]]:
    """Return the functions that Keras asks of the running backend itself, not of a family."""
    rooms = (keras_backend, *_keras_private.inner_rooms())
    return {name: value for room in rooms for name, value in _functions(room).items()}


def _functions(module: types.ModuleType) -> dict[str, Callable[..., Any]]:
    return functions_of(module, keras_backend.backend())


def _dtype_tables() -> list[tuple[Any, str, Any]]:
    """Return Keras's dtype tables with our entries where they differ from backend to backend."""
    python = {int: "int32", "int": "int32"}
    narrow = {wide: wide for wide in ("int64", "uint64", "float64")}
    return [
        (keras_dtypes, name, _threads.SplitTable(getattr(keras_dtypes, name), entries))
        for name, entries in (("PYTHON_DTYPES_MAP", python), ("BIT64_TO_BIT32_DTYPE", narrow))
    ]
