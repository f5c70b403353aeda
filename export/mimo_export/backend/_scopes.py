"""Which layers are being called: Keras's stack of name scopes, and the scope of a traced call."""

from __future__ import annotations

import weakref
from collections.abc import Callable, MutableMapping
from typing import Any

import keras

from mimo_export.backend import _keras_private
from mimo_export.backend._foreign import foreign_refusal
from mimo_export.backend._graph import OpsetTooLowError
from mimo_export.backend._keras_private import global_state, plain_name_scope
from mimo_export.backend._memory import enter_layer
from mimo_export.backend._refused import describe_layer, refuse_unbuilt
from mimo_export.errors import UnsupportedOperationError

_held_kinds: MutableMapping[type, bool] = weakref.WeakKeyDictionary()
_is_running_tensor: Callable[[Any], bool] = _keras_private.asked("is_tensor")


class TracedScope(plain_name_scope):  # type: ignore[misc] # Keras is not typed
    """Keras's name scope, in which a layer finds its tensors traced, and an error its layer."""

    def __enter__(self) -> Any:
        if isinstance(self.caller, keras.Sequential) and not self.caller.built:
            refuse_unbuilt(self.caller)  # half built, it would not let itself be built again
        enter_layer(self.caller, is_held_tensor)
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


def is_held_tensor(value: Any) -> bool:
    """Tell whether a layer holds a tensor of the running backend beside its weights."""
    # By class: TensorFlow looks at each value it does not know for all that a tensor can do.
    kind = type(value)
    if kind not in _held_kinds:
        _held_kinds[kind] = _is_running_tensor(value) and not isinstance(value, keras.Variable)
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
