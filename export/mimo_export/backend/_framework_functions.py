"""Functions of TensorFlow, PyTorch and JAX that Keras has too.

A layer may hold one of them, as its activation above all: `Dense(activation=tf.nn.gelu)`. It is the
same function as Keras's, with the defaults of its framework, and is exported and saved as that one.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import keras
from keras import activations, ops

from mimo_export.backend._held import replaced

Function = Callable[..., Any]
Registered = TypeVar("Registered", bound=Function)


def _registered(function: Registered) -> Registered:
    found: Registered = keras.saving.register_keras_serializable("mimo_export")(function)
    return found


@_registered
def gelu(x: Any, approximate: Any = True) -> Any:
    """JAX's and PyTorch's: the approximation by tanh is asked for by a truth value, or by name."""
    return ops.gelu(x, approximate=approximate is True or approximate == "tanh")


@_registered
def exact_gelu(x: Any, approximate: Any = "none") -> Any:
    """TensorFlow's and PyTorch's: the exact one where nothing is asked for."""
    return gelu(x, approximate)


@_registered
def leaky_relu(x: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """PyTorch's and JAX's: a tenth as steep as TensorFlow's and Keras's."""
    return ops.leaky_relu(x, negative_slope)


@_registered
def steeper_leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Any:
    """TensorFlow's."""
    return ops.leaky_relu(features, alpha)


@_registered
def silu(features: Any, beta: float = 1.0) -> Any:
    """TensorFlow's, which may be steeper."""
    return features * ops.sigmoid(features * beta)


@_registered
def crelu(features: Any, axis: int = -1, name: str | None = None) -> Any:
    """TensorFlow's: what is positive beside what is negative."""
    return ops.concatenate([ops.relu(features), ops.relu(-features)], axis=axis)


@_registered
def softmax_of_rows(x: Any, axis: int | None = -1, name: str | None = None) -> Any:
    """TensorFlow's and JAX's."""
    return ops.softmax(x, -1 if axis is None else axis)


@_registered
def log_softmax_of_rows(x: Any, axis: int | None = -1, name: str | None = None) -> Any:
    """TensorFlow's and JAX's."""
    return ops.log_softmax(x, -1 if axis is None else axis)


@_registered
def softmax(x: Any, dim: int | None = None) -> Any:
    """PyTorch's, along the axis that it takes where none is named."""
    return ops.softmax(x, _axis(x, dim))


@_registered
def log_softmax(x: Any, dim: int | None = None) -> Any:
    """PyTorch's, along the axis that it takes where none is named."""
    return ops.log_softmax(x, _axis(x, dim))


def _axis(x: Any, dim: int | None) -> int:
    return dim if dim is not None else int(len(x.shape) not in (0, 1, 3))


@_registered
def glu(x: Any, dim: int = -1) -> Any:
    """PyTorch's."""
    return ops.glu(x, dim)


_KERAS = (
    *("relu", "relu6", "sigmoid", "tanh", "softplus", "softsign", "silu", "elu", "selu", "celu"),
    *("mish", "hard_sigmoid", "hard_silu", "hard_tanh", "log_sigmoid", "tanh_shrink", "glu"),
    *("soft_shrink", "hard_shrink", "sparse_plus", "sparse_sigmoid", "squareplus", "exponential"),
)
_ARITHMETIC = (
    *("exp", "square", "sqrt", "rsqrt", "sin", "cos", "log", "log1p", "sign", "floor", "ceil"),
    *("round", "erf"),
)

_SAME: Mapping[str, Mapping[str, str]] = {
    "tensorflow": {
        **{f"nn.{name}": name for name in ("relu", "relu6", "elu", "selu", "softplus", "softsign")},
        **{f"nn.{name}": name for name in ("sigmoid", "tanh")},
        **{f"math.{name}": name for name in ("sigmoid", "tanh", "softplus", "log_sigmoid")},
        **{f"math.{name}": name for name in _ARITHMETIC},
        "math.abs": "abs",
        "math.negative": "negative",
        "identity": "linear",
        "stop_gradient": "linear",
    },
    "torch": {
        **{f"nn.functional.{name}": name for name in _KERAS[:11]},
        "nn.functional.hardtanh": "hard_tanh",
        "nn.functional.hardsigmoid": "hard_sigmoid",
        "nn.functional.hardswish": "hard_silu",
        "nn.functional.logsigmoid": "log_sigmoid",
        "nn.functional.tanhshrink": "tanh_shrink",
        "nn.functional.softshrink": "soft_shrink",
        "nn.functional.hardshrink": "hard_shrink",
        **{name: name for name in ("relu", "sigmoid", "tanh", "selu", "abs", *_ARITHMETIC)},
        "neg": "negative",
        "special.expit": "sigmoid",
    },
    "jax": {
        **{f"nn.{name}": name for name in _KERAS},
        "nn.soft_sign": "softsign",
        "nn.swish": "silu",
        "nn.hard_swish": "hard_silu",
        "nn.identity": "linear",
        "scipy.special.expit": "sigmoid",
        "lax.logistic": "sigmoid",
        **{f"numpy.{name}": name for name in ("tanh", "abs", "negative", *_ARITHMETIC)},
        **{f"lax.{name}": name for name in ("tanh", "rsqrt", "erf", "exp")},
        "scipy.special.erf": "erf",
    },
}
"""By framework and name: the function of Keras that takes the tensor alone and is the same."""

_OTHER: Mapping[str, Mapping[str, tuple[Function, str]]] = {
    "tensorflow": {
        "nn.gelu": (exact_gelu, "gelu(x, approximate=False)"),
        "nn.leaky_relu": (steeper_leaky_relu, "leaky_relu"),
        "nn.silu": (silu, "silu"),
        "nn.swish": (silu, "silu"),
        "nn.crelu": (crelu, "relu of x and of -x"),
        "nn.softmax": (softmax_of_rows, "softmax"),
        "nn.log_softmax": (log_softmax_of_rows, "log_softmax"),
    },
    "torch": {
        "nn.functional.gelu": (exact_gelu, "gelu(x, approximate=False)"),
        "nn.functional.leaky_relu": (leaky_relu, "leaky_relu(x, negative_slope=0.01)"),
        "nn.functional.softmax": (softmax, "softmax"),
        "nn.functional.log_softmax": (log_softmax, "log_softmax"),
        "nn.functional.glu": (glu, "glu"),
    },
    "jax": {
        "nn.gelu": (gelu, "gelu"),
        "nn.leaky_relu": (leaky_relu, "leaky_relu(x, negative_slope=0.01)"),
        "nn.softmax": (softmax_of_rows, "softmax"),
        "nn.log_softmax": (log_softmax_of_rows, "log_softmax"),
    },
}
"""Those whose parameters or defaults are not Keras's, and how Keras would be called."""

_ALIASES = {
    "concat": "concatenate",
    "cat": "concatenate",
    "gather": "take",
    "pow": "power",
    "permute": "transpose",
    "view": "reshape",
    "unsqueeze": "expand_dims",
    "mm": "matmul",
    "bmm": "matmul",
    "size": "shape",
    "clip_by_value": "clip",
    "clamp": "clip",
    "neg": "negative",
    "constant": "convert_to_tensor",
    "tensor": "convert_to_tensor",
    "to": "cast",
    "as_tensor": "convert_to_tensor",
    "asarray": "convert_to_tensor",
    "type": "cast",
    "float": "cast",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "dim": "ndim",
    "range": "arange",
    "batch_gather": "take_along_axis",
    "contiguous": "copy",
    "tensordot": "tensordot",
    "swapdims": "swapaxes",
    "moveaxis": "moveaxis",
    "l2_normalize": "normalize",
    "map_fn": "map",
    "fill": "full",
    "roll": "roll",
    "unsorted_segment_sum": "segment_sum",
    "unsorted_segment_max": "segment_max",
    "boolean_mask": "x[mask]",
    "bias_add": "add",
    "conv2d": "conv",
    "conv1d": "conv",
    "avg_pool2d": "average_pool",
    "max_pool2d": "max_pool",
    "dot": "matmul",
}


def keras_function(value: Any) -> Function | None:
    """Return Keras's function for a framework's, or a partial of one; None for anything else."""
    if isinstance(value, functools.partial):
        same = keras_function(value.func)
        if same is None:
            return None
        try:
            inspect.signature(same).bind_partial(None, *value.args, **value.keywords)
        except TypeError:  # an option that Keras's has not
            return None
        return functools.partial(same, *value.args, **value.keywords)
    found = _table(_loaded()).get(id(value))
    return found and found[1]


def keras_name(name: str, function: Any) -> str:
    """Return how an error names Keras's function for a framework's, if there is one.

    Args:
        name: The name of the framework's function.
        function: That function, or None.
    """
    found = _table(_loaded()).get(id(function))
    plain = name.removeprefix("reduce_")
    wanted = found[2] if found else _ALIASES.get(plain, plain)
    if found or hasattr(ops, wanted):
        return f"keras.ops.{wanted}"
    return wanted if wanted == "x[mask]" else ""


@contextlib.contextmanager
def keras_functions(model: Any) -> Iterator[None]:
    """Let the layers of a model hold Keras's functions instead of a framework's inside the block.

    Other threads that call the model meanwhile find the framework's.
    """
    with contextlib.ExitStack() as undo:
        for layer in model._flatten_layers():
            same = {name: _kept(value) for name, value in list(vars(layer).items())}
            known = {name: function for name, function in same.items() if function is not None}
            undo.enter_context(replaced(layer, known))
        yield


def _kept(value: Any) -> Any:
    """Return what an attribute becomes that holds such functions; None if it stays."""
    if not isinstance(value, list) and type(value) is not tuple:
        return keras_function(value)
    parts = [keras_function(part) for part in value]
    return [b or a for a, b in zip(value, parts, strict=True)] if any(parts) else None


def _loaded() -> tuple[str, ...]:
    return tuple(name for name in _SAME if isinstance(sys.modules.get(name), types.ModuleType))


@functools.lru_cache(maxsize=4)
def _table(frameworks: tuple[str, ...]) -> dict[int, tuple[Any, Function, str]]:
    """Return by identity: the framework's function, Keras's, and how that is called."""
    table: dict[int, tuple[Any, Function, str]] = {}
    for framework in frameworks:
        same = {
            path: (getattr(activations, name, None) or getattr(ops, name), name)
            for path, name in _SAME[framework].items()
        }
        for path, (ours, shown) in {**same, **_OTHER[framework]}.items():
            theirs = _found(framework, path)
            if theirs is not None:  # a name that this version of the framework has
                table[id(theirs)] = (theirs, ours, shown)
    return table


def _found(framework: str, path: str) -> Any:
    found: Any = sys.modules[framework]
    for name in path.split("."):
        found = getattr(found, name, None)
    return found
