"""Functions of keras.ops with random arguments, by what they take.

As in `layer_draws`, arguments that do not fit are left for Keras to refuse.
"""

from __future__ import annotations

from typing import Any

import keras
from fuzz.layer_draws import Chosen, Draw, flag, small, some
from hypothesis import strategies as st

REAL = (
    *("abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "cos"),
    *("cosh", "deg2rad", "erf", "exp", "exp2", "expm1", "floor", "log", "log10", "log1p", "log2"),
    *("negative", "rad2deg", "reciprocal", "round", "rsqrt", "sign", "sin", "sinh", "sqrt"),
    *("square", "tan", "tanh", "trunc", "isnan", "isfinite", "isinf", "nan_to_num", "signbit"),
    *("celu", "elu", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu"),
    *("log_sigmoid", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softplus"),
    *("softsign", "sparse_plus", "sparse_sigmoid", "squareplus", "tanh_shrink", "threshold"),
)
ANY = (
    *("abs", "negative", "sign", "square", "logical_not", "zeros_like", "ones_like", "ravel"),
    *("isfinite", "sqrt", "exp", "floor", "round", "copy", "flip"),
)
TWO = (
    *("add", "subtract", "multiply", "divide", "true_divide", "floor_divide", "mod", "power"),
    *("maximum", "minimum", "arctan2", "equal", "not_equal", "less", "less_equal", "greater"),
    *("greater_equal", "logical_and", "logical_or", "logical_xor", "logaddexp", "hypot"),
    *("divide_no_nan", "fmod", "fmax", "fmin", "heaviside", "isclose", "matmul", "dot", "outer"),
    *("inner", "bitwise_and", "bitwise_or", "bitwise_xor", "vdot", "append"),
)
REDUCTIONS = (
    *("sum", "mean", "max", "min", "prod", "any", "all", "var", "std", "count_nonzero"),
    *("logsumexp", "amax", "amin", "argmax", "argmin", "nansum", "nanmean", "nanmax", "ptp"),
    *("median", "norm", "nanmin", "nanprod", "average"),
)
ALONG = ("cumsum", "cumprod", "sort", "argsort", "softmax", "log_softmax", "diff", "flip", "roll")
DTYPES = ("float32", "int32", "int8", "bool", "int16")
# What a large number becomes in a narrow integer is up to the compiler.
DTYPES_OF_REAL = ("float32", "int32", "bool")

BACKEND = keras.backend.backend()
# Functions in which one backend differs from the others, and from what Keras declares: PyTorch in
# the dtype, or in that it squeezes nothing where it cannot, TensorFlow in where it sorts NaN.
UNLIKE = {
    "torch": {"top_k", "heaviside", "squeeze"},
    "tensorflow": {"sort", "argsort", "top_k"},
}.get(BACKEND, set())
# Of integers: where a product overflows, Keras wraps and onnxruntime stops at the largest.
OVERFLOWING = {"prod", "nanprod"}
# PyTorch has no symmetric padding: what Keras makes of its others repeats the edge.
PADDINGS = ("constant", "constant", "reflect", "symmetric")[: 3 if BACKEND == "torch" else 4]


def _axis(draw: Draw, x: Any) -> int:
    return draw(st.integers(-x.ndim, max(x.ndim - 1, -x.ndim)))


def elementwise(draw: Draw, x: Any) -> Chosen:
    """Draw a function of one tensor."""
    real = keras.backend.is_float_dtype(x.dtype)
    return f"ops.{draw(some(REAL if real else ANY))}", {}


def reduction(draw: Draw, x: Any) -> Chosen:
    """Draw a reduction over one axis, several, or all."""
    real = keras.backend.is_float_dtype(x.dtype)
    left_out = UNLIKE if real else OVERFLOWING
    name = draw(some([name for name in REDUCTIONS if name not in left_out]))
    many = st.lists(st.integers(0, max(x.ndim - 1, 0)), min_size=1, max_size=2, unique=True)
    single = name in ("argmax", "argmin", "median")
    axis = None if x.ndim == 0 else draw(st.none() | st.just(_axis(draw, x)) if single else many)
    keep = {} if name == "average" else {"keepdims": draw(flag)}
    return f"ops.{name}", {"axis": axis, **keep}


def along(draw: Draw, x: Any) -> Chosen:
    """Draw a function that works along one axis."""
    name = draw(some([name for name in ALONG if name not in UNLIKE]))
    shift = {"shift": draw(st.integers(-3, 3))} if name == "roll" else {}
    return f"ops.{name}", {"axis": _axis(draw, x), **shift}


def shaping(draw: Draw, x: Any) -> Chosen:
    """Draw a function that moves, repeats or adds elements."""
    axis, other = _axis(draw, x), _axis(draw, x)
    pads = [[draw(st.integers(0, 2)), draw(st.integers(0, 1))] for _ in range(x.ndim)]
    mode = draw(some(PADDINGS))
    dtypes = DTYPES_OF_REAL if keras.backend.is_float_dtype(x.dtype) else DTYPES
    functions = [
        ("expand_dims", {"axis": axis}),
        ("squeeze", {"axis": axis}),
        ("transpose", {"axes": draw(st.permutations(range(x.ndim)))}),
        ("moveaxis", {"source": axis, "destination": other}),
        ("swapaxes", {"axis1": axis, "axis2": other}),
        ("reshape", {"newshape": draw(some([[-1], [-1, 1], [1, -1], [-1, 2]]))}),
        ("repeat", {"repeats": draw(small), "axis": axis}),
        ("tile", {"repeats": [draw(small) for _ in range(x.ndim)]}),
        ("pad", {"pad_width": pads, "mode": mode}),
        ("split", {"indices_or_sections": draw(small), "axis": axis}),
        ("split", {"indices_or_sections": [1, 2], "axis": axis}),
        ("tril", {"k": draw(st.integers(-1, 1))}),
        ("triu", {"k": draw(st.integers(-1, 1))}),
        ("diagonal", {"offset": draw(st.integers(-1, 1))}),
        ("top_k", {"k": draw(small)}),
        ("one_hot", {"num_classes": 9}),
        ("clip", {"x_min": 0, "x_max": 2}),
        ("cast", {"dtype": draw(some(dtypes))}),
        ("full_like", {"fill_value": 2}),
    ]
    name, options = draw(some([known for known in functions if known[0] not in UNLIKE]))
    return f"ops.{name}", options


def indexing(draw: Draw, x: Any) -> Chosen:
    """Draw an index of numbers, slices, new axes and an ellipsis."""
    bound = st.none() | st.integers(-3, 3)
    piece = st.tuples(bound, bound, st.none() | some([1, 2])).map(list)
    parts = [draw(piece | st.integers(-1, 1) | st.none()) for _ in range(draw(small))]
    if isinstance(x, keras.KerasTensor):
        # The batch stays: how many rows were left would not be known, and onnxruntime ends the
        # process where a recurrent operator gets none.
        parts.insert(0, [None, None, None])
    if draw(flag):
        parts.insert(draw(st.integers(0, len(parts))), "...")
    return "index", {"index": parts}


def taking(draw: Draw, x: Any) -> Chosen:
    """Draw a choice of elements by numbers."""
    if draw(flag):
        return "ops.take", {"indices": draw(some([[0], [0, -1], 0])), "axis": _axis(draw, x)}
    return "ops.flip", {"axis": _axis(draw, x)}


def function_for(draw: Draw, x: Any) -> Chosen:
    """Draw a function of one tensor."""
    families = [elementwise, elementwise, reduction]
    if x.ndim:
        families += [along, shaping, shaping, indexing, taking]
    return draw(some(families))(draw, x)


def merging_function(draw: Draw, tensors: list[Any]) -> Chosen:
    """Draw a function of two tensors, or of three."""
    if len(tensors) == 3:
        return "ops.where", {}
    joined = draw(some([None, None, "ops.concatenate", "ops.stack"]))
    if joined:
        return joined, {"axis": _axis(draw, tensors[0]) if tensors[0].ndim else 0}
    # TensorFlow sums the products of small integers as real numbers, and casts those.
    cast = {"dot", "inner", "vdot", "matmul"} if tensors[0].dtype in ("int8", "int16") else set()
    name = draw(some([name for name in TWO if name not in UNLIKE | cast]))
    if BACKEND == "tensorflow" and name == "add" and tensors[1].ndim == 1 < tensors[0].ndim:
        name = "subtract"  # Keras takes the vector for a bias there, of the second axis if it fits
    return f"ops.{name}", {}
