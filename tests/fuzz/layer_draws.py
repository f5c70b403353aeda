"""Every family of keras.layers that takes one tensor, with random options, by rank and dtype.

A function draws the class and the options of a layer for a tensor; `FAMILIES` says for which ranks
(the batch included). Options that do not fit are not avoided: Keras refuses the layer, and the
graph grows elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]
Chosen = tuple[str, dict[str, Any]]

ACTIVATIONS = (
    *("celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu"),
    *("hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6"),
    *("selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus"),
    *("sparse_sigmoid", "sparsemax", "squareplus", "tanh", "tanh_shrink", "threshold"),
)
GATES = ("tanh", "sigmoid", "relu", "hard_sigmoid", "elu", "softsign", "silu")

some = st.sampled_from
flag = st.booleans()
small = st.integers(1, 3)


def _options(draw: Draw, **strategies: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Draw options, each of which may be left out."""
    return {
        name: draw(strategy) for name, strategy in strategies.items() if draw(st.integers(0, 2)) > 0
    }


def _sizes(draw: Draw, rank: int, one: st.SearchStrategy[int] = small) -> Any:
    """Draw one size for all spatial axes, or one for each."""
    return draw(one) if draw(flag) else [draw(one) for _ in range(rank - 2)]


def activation(draw: Draw, x: Any) -> Chosen:
    """Draw an activation layer."""
    kind = draw(some(["Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax"]))
    if kind == "Activation":
        return kind, {"activation": draw(some(ACTIVATIONS))}
    if kind == "ReLU":
        return kind, _options(
            draw, max_value=some([1.0, 6.0]), negative_slope=some([0.0, 0.2]), threshold=some([0.1])
        )
    if kind == "PReLU":
        return kind, {"shared_axes": list(range(1, x.ndim - 1))} if x.ndim > 2 else {}
    axes = st.integers(1, x.ndim - 1)
    return kind, _options(draw, axis=axes) if kind == "Softmax" else {}


def dense(draw: Draw, x: Any) -> Chosen:
    """Draw a dense layer of any kind."""
    if x.ndim in (3, 4) and draw(flag):
        letters = "bcde"[: x.ndim - 1]
        last, shape = "z", [None] * (x.ndim - 2) + [draw(small)]
        return "EinsumDense", {
            "equation": f"a{letters[:-1]}y,yz->a{letters[:-1]}{last}",
            "output_shape": shape,
            **_options(draw, bias_axes=some([last]), activation=some(GATES)),
        }
    options = _options(draw, activation=some(ACTIVATIONS), use_bias=flag)
    inner = {"units": draw(st.integers(1, 6)), **options}
    if draw(st.integers(0, 5)) == 0:
        return "SpectralNormalization", {"layer": {"kind": "Dense", "options": inner}}
    return "Dense", inner


def convolution(draw: Draw, x: Any) -> Chosen:
    """Draw a convolution of any kind; strides and dilations exclude each other in Keras."""
    dims = x.ndim - 2
    names = ["Conv", "Conv", "SeparableConv", "DepthwiseConv", "Transpose"]
    name = draw(some(names if dims < 3 else ["Conv", "Transpose"]))
    padding = ["valid", "same", "causal"] if (name, dims) == ("Conv", 1) else ["valid", "same"]
    options = {
        "kernel_size": _sizes(draw, x.ndim),
        **_options(draw, padding=some(padding), use_bias=flag, activation=some(GATES)),
    }
    if name != "DepthwiseConv":
        options["filters"] = draw(some([2, 3, 4, 6]))
    if name in ("SeparableConv", "DepthwiseConv"):
        options |= _options(draw, depth_multiplier=small)
    if name == "Conv" and x.shape[-1] in (2, 4, 6):
        options |= _options(draw, groups=some([1, 2]))
    even = draw(small) if name == "DepthwiseConv" else _sizes(draw, x.ndim)
    options |= draw(some([{}, {"strides": even}, {"dilation_rate": even}]))
    kind = f"Conv{dims}DTranspose" if name == "Transpose" else f"{name}{dims}D"
    return kind, options


def pooling(draw: Draw, x: Any) -> Chosen:
    """Draw a pooling layer: over windows, to a size, or over everything."""
    dims, how = x.ndim - 2, draw(some(["Max", "Average"]))
    kind = draw(some(["Pooling", "Pooling", "Global", "Adaptive"]))
    if kind == "Global":
        return f"Global{how}Pooling{dims}D", _options(draw, keepdims=flag)
    if kind == "Adaptive":
        return f"Adaptive{how}Pooling{dims}D", {"output_size": _sizes(draw, x.ndim)}
    return f"{how}Pooling{dims}D", {
        "pool_size": _sizes(draw, x.ndim),
        **_options(draw, strides=small, padding=some(["valid", "same"])),
    }


def _cell(draw: Draw) -> dict[str, Any]:
    kind = draw(some(["LSTM", "GRU", "SimpleRNN"]))
    return {"kind": f"{kind}Cell", "options": {"units": draw(small), **_gates(draw, kind)}}


def _gates(draw: Draw, kind: str) -> dict[str, Any]:
    options = _options(draw, activation=some(GATES), use_bias=flag, dropout=some([0.3]))
    if kind != "SimpleRNN":
        options |= _options(draw, recurrent_activation=some(GATES))
    if kind == "GRU":
        options |= _options(draw, reset_after=flag)
    return options


def recurrent(draw: Draw, x: Any) -> Chosen:
    """Draw a recurrent layer: fused, of cells, both ways, or of every step alone."""
    flow = _options(
        draw, return_sequences=flag, return_state=flag, go_backwards=flag, unroll=some([False])
    )
    name = draw(some(["plain", "plain", "cells", "Bidirectional", "TimeDistributed"]))
    if name == "TimeDistributed":
        return name, {"layer": {"kind": "Dense", "options": {"units": draw(small)}}}
    if name == "cells":
        cells = [_cell(draw) for _ in range(draw(small))]
        return "RNN", {"cell": cells if len(cells) > 1 else cells[0], **flow}
    kind = draw(some(["LSTM", "GRU", "SimpleRNN"]))
    options = {"units": draw(st.integers(1, 4)), **_gates(draw, kind), **flow}
    if name == "plain":
        return kind, options
    merge = draw(some(["concat", "sum", "mul", "ave", None]))
    return "Bidirectional", {"layer": {"kind": kind, "options": options}, "merge_mode": merge}


def convolutional_recurrent(draw: Draw, x: Any) -> Chosen:
    """Draw a convolutional LSTM, or a layer for every step."""
    if draw(flag):
        inner = {"filters": draw(small), "kernel_size": 2, "padding": "same"}
        layer = {"kind": f"Conv{x.ndim - 3}D", "options": inner}
        return "TimeDistributed", {"layer": layer}
    return f"ConvLSTM{x.ndim - 3}D", {
        "filters": draw(small),
        "kernel_size": draw(small),
        **_options(draw, padding=some(["same"]), return_sequences=flag, go_backwards=flag),
    }


def normalization(draw: Draw, x: Any) -> Chosen:
    """Draw a normalisation over some axes."""
    axis = st.integers(1, x.ndim - 1)
    kind = draw(some(["Batch", "Layer", "Group", "Unit", "RMS", "Statistics"]))
    if kind == "Statistics":
        return "Normalization", {"axis": None, "mean": 0.4, "variance": 2.5}
    if kind == "Group":
        return "GroupNormalization", {"groups": draw(some([1, 2, 3, -1]))}
    if kind == "Batch":
        return "BatchNormalization", _options(draw, axis=axis, center=flag, scale=flag)
    if kind == "Layer":
        axes = st.lists(axis, min_size=1, max_size=2, unique=True)
        return "LayerNormalization", _options(draw, axis=axis | axes, center=flag, scale=flag)
    return f"{kind}Normalization", _options(draw, axis=some([-1]))


def regularization(draw: Draw, x: Any) -> Chosen:
    """Draw a layer that does nothing at inference."""
    kinds = ["Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "Identity"]
    if x.ndim in (3, 4, 5):
        kinds.append(f"SpatialDropout{x.ndim - 2}D")
    kind = draw(some([*kinds, "ActivityRegularization"]))
    if kind in ("Identity", "ActivityRegularization"):
        return kind, {}
    return kind, {"stddev" if kind == "GaussianNoise" else "rate": 0.3}


def reshaping(draw: Draw, x: Any) -> Chosen:
    """Draw a layer that gives elements another order or shape."""
    shapes = some([[-1], [-1, 1], [1, -1], [-1, 2], [2, -1]])
    options: dict[str, dict[str, Any]] = {
        "Flatten": {},
        "Masking": {},
        "Permute": {"dims": draw(st.permutations(range(1, x.ndim)))},
        "Rescaling": {"scale": 0.5, **_options(draw, offset=some([-0.25, 1.0]))},
        "Reshape": {"target_shape": draw(shapes)},
    }
    if x.ndim == 2:
        options["RepeatVector"] = {"n": draw(small)}
    kind = draw(some(list(options)))
    return kind, options[kind]


def bordering(draw: Draw, x: Any) -> Chosen:
    """Draw a layer that leaves out, adds or repeats elements."""
    dims = x.ndim - 2
    pairs = [[draw(st.integers(0, 2)), draw(st.integers(0, 1))] for _ in range(dims)]
    kind = draw(some(["Cropping", "ZeroPadding", "UpSampling"]))
    if kind == "UpSampling":
        mode = {"interpolation": draw(some(["nearest", "bilinear"]))} if dims == 2 else {}
        return f"{kind}{dims}D", {
            "size": draw(small) if dims == 1 else _sizes(draw, x.ndim),
            **mode,
        }
    name = "cropping" if kind == "Cropping" else "padding"
    return f"{kind}{dims}D", {name: pairs[0] if dims == 1 else pairs}


def picture(draw: Draw, x: Any) -> Chosen:
    """Draw a layer that prepares pictures; augmentation does nothing at inference."""
    size = {"height": draw(st.integers(2, 6)), "width": draw(st.integers(2, 6))}
    kind = draw(some(["Resizing", "CenterCrop", "RandomFlip", "RandomRotation", "RandomZoom"]))
    if kind == "Resizing":
        return kind, {**size, **_options(draw, interpolation=some(["bilinear", "nearest"]))}
    if kind == "CenterCrop":
        return kind, size
    return kind, {} if kind == "RandomFlip" else {
        "factor" if kind == "RandomRotation" else "height_factor": 0.1
    }


def tokens(draw: Draw, x: Any) -> Chosen:
    """Draw what is made of token ids."""
    if x.ndim <= 3 and draw(st.integers(0, 3)) > 0:
        options = _options(draw, mask_zero=flag)
        return "Embedding", {"input_dim": 9, "output_dim": draw(st.integers(2, 4)), **options}
    mode = draw(some(["multi_hot", "count", "one_hot"]))
    return "CategoryEncoding", {"num_tokens": 9, "output_mode": mode}


def bins(draw: Draw, x: Any) -> Chosen:
    """Draw a discretisation."""
    bounds = {"bin_boundaries": [-0.7, 0.1, 0.9]}
    return "Discretization", {**bounds, **_options(draw, output_mode=some(["int", "multi_hot"]))}


Family = Callable[[Draw, Any], Chosen]
FAMILIES: dict[Family, tuple[int, ...]] = {
    activation: (2, 3, 4, 5),
    dense: (2, 3, 4),
    convolution: (3, 4, 5),
    pooling: (3, 4, 5),
    recurrent: (3,),
    convolutional_recurrent: (4, 5),
    normalization: (2, 3, 4, 5),
    regularization: (2, 3, 4, 5),
    reshaping: (2, 3, 4, 5),
    bordering: (3, 4, 5),
    picture: (4,),
    bins: (2,),
}


def layer_for(draw: Draw, x: Any) -> Chosen | None:
    """Draw a layer for a tensor; None for what no layer takes."""
    if not keras.backend.is_float_dtype(x.dtype):
        return tokens(draw, x) if "int" in x.dtype else None
    fitting = [family for family, ranks in FAMILIES.items() if x.ndim in ranks]
    return draw(some(fitting))(draw, x) if fitting else None
