"""What may stand where in the configuration of a `.keras` file.

Keras turns every `{"class_name": ..., "config": ...}` of a file into an object, wherever it stands.
A class that is harmless in one place need not be in another: an operation that calls its argument
turns a class into a call with arguments of the file's choice. So each place has its roles.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any

from mimo_export import archive_names as an

NONE: frozenset[str] = frozenset()
ANY = frozenset({*an.CLASS_ROLES, *an.FUNCTION_ROLES}) - {an.LAMBDA}
MODELS = frozenset({an.LAYER, an.OPERATION, an.CONTROL})
TRAINING = frozenset({an.LOSS, an.METRIC, an.OPTIMIZER, an.SCHEDULE, an.INITIALIZER, an.POLICY})
CALLED = "a function that is called"
"""The role of what the caller has registered among the arguments of a call."""

_BY_KEY = {
    **dict.fromkeys(("layer", "backward_layer", "forward_layer"), frozenset({an.LAYER})),
    **dict.fromkeys(("cell", "cells", "preprocessor"), frozenset({an.LAYER})),
    "layers": MODELS,
    **dict.fromkeys(("dtype", "policy_map"), frozenset({an.POLICY})),
    **dict.fromkeys(("features", "crosses"), frozenset({an.FEATURE})),
    **dict.fromkeys(("seed", "seed_generator"), frozenset({an.SEED})),
}
_BY_ENDING = {
    "activation": frozenset({an.ACTIVATION, an.LAYER, an.OPERATION}),
    "constraint": frozenset({an.CONSTRAINT}),
    "initializer": frozenset({an.INITIALIZER}),
    "quantization_config": frozenset({an.QUANTIZER}),
    "quantizer": frozenset({an.QUANTIZER}),
    "regularizer": frozenset({an.REGULARIZER}),
}
_DTYPES = frozenset(
    {
        *("bool", "string", "bfloat16", "float16", "float32", "float64"),
        *("float8_e4m3fn", "float8_e5m2", "complex64", "complex128"),
        *(f"{sign}int{bits}" for sign in ("", "u") for bits in (4, 8, 16, 32, 64)),
    }
)


def roles_in(key: str) -> frozenset[str]:
    """Return what an argument of Keras's own classes takes, by its name; else plain values."""
    found = _BY_KEY.get(key)
    if found is not None:
        return found
    return next((roles for end, roles in _BY_ENDING.items() if key.endswith(end)), NONE)


def registered(name: Any) -> Any:
    """Return what the caller has registered with Keras under a name, or None."""
    keras: Any = sys.modules.get("keras")  # where it was never imported, nothing is registered
    return keras.saving.get_registered_object(name) if keras and isinstance(name, str) else None


def registered_class(node: dict[str, Any]) -> Any:
    """Return the caller's own class that Keras would take for a node, or None."""
    name = node["class_name"]
    found = registered(node.get("registered_name", name))
    # The older form, without a module, is looked up by the name of its class alone.
    return registered(name) if found is None and "module" not in node else found


def registered_function(node: dict[str, Any]) -> Any:
    """Return the caller's own function that Keras would take for a node, or None."""
    name, keras = node.get("config"), sys.modules.get("keras")
    found = registered(name)
    if found is None and keras is not None and node.get("module") == "builtins":
        # Keras 3.6 and older wrote the function's name without its package.
        own = keras.saving.get_custom_objects().items()
        found = next((value for key, value in own if key.endswith(f">{name}")), None)
    return found


def is_number_or_empty(values: Iterable[Any]) -> bool:
    """Tell whether all values are numbers, or left out."""
    return all(value is None or isinstance(value, int | float) for value in values)


def _is_dtype(name: Any) -> bool:
    return isinstance(name, str) and name in _DTYPES


def value_problem(name: str, config: Any) -> str:
    """Return what is wrong with a value that Keras wrote down in its own way, or nothing."""
    if name == "__ellipsis__":
        return ""
    if not isinstance(config, dict):
        return "has no content"
    if name in {"__tensor__", "__numpy__"}:
        # NumPy reads whole languages there: "(40000,40000)f8" is an array of 12 GB.
        return (
            "" if _is_dtype(config.get("dtype")) else f"has the dtype {config.get('dtype')!r:.40}"
        )
    if name == "__bytes__":
        return "" if isinstance(config.get("value"), str) else "has no text"
    if name == "__keras_tensor__":
        shape, dtype = config.get("shape"), config.get("dtype")
        good = isinstance(shape, list) and is_number_or_empty(shape) and _is_dtype(dtype)
        return "" if good else f"has the shape {shape!r:.40} and the dtype {dtype!r:.40}"
    return ""  # a slice: its ends are looked at as all values are


def is_pattern(text: str) -> bool:
    """Tell whether a text is a pattern of `keras.ops.rearrange`."""
    return re.fullmatch(r"[\w\s().>…-]{1,1000}", text) is not None and "->" in text
