"""An example of each function of Keras's backend interface: what it is called on for the table.

A parameter without a default has the value that its name says, unless the function's own line or
its family's says otherwise.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras

BATCH = "batch"


@dataclass(frozen=True)
class Tensor:
    """A tensor that the example is traced on: its dimensions, and its dtype."""

    dims: tuple[int | str, ...]
    dtype: str = "float32"


X = Tensor((BATCH, 4))
INTEGERS = Tensor((BATCH, 4), "int32")
BOOLEANS = Tensor((BATCH, 4), "bool")
FLAGS = Tensor((BATCH,), "bool")
SCALAR = Tensor((), "int32")
IMAGES = Tensor((BATCH, 8, 8, 3))
SQUARE = Tensor((BATCH, 3, 3))
SIGNAL = Tensor((BATCH, 32))
STEPS = Tensor((BATCH, 5, 3))
STATE = Tensor((BATCH, 4))
CORNERS = Tensor((BATCH, 4, 2))

BY_PARAMETER: Mapping[str, Any] = {
    **dict.fromkeys(("x", "x1", "x2", "y", "a", "b", "inputs", "input", "data", "array"), X),
    **dict.fromkeys(("values", "updates", "variable", "elements", "xs", "elems", "init"), X),
    **dict.fromkeys(("target", "output", "predictions", "init_val", "loop_vars"), X),
    **dict.fromkeys(("images", "query", "key", "value"), IMAGES),
    **dict.fromkeys(("axis", "axis1", "source", "shift", "kth"), 1),
    **dict.fromkeys(("axis2", "destination", "start"), 0),
    **dict.fromkeys(("k", "block_size", "indices_or_sections", "repeats", "pad_width"), 2),
    **dict.fromkeys(("pool_size", "kernel_size", "output_size"), 2),
    **dict.fromkeys(("N", "n", "num_classes", "stop"), 5),
    "activation": keras.activations.tanh,
    "recurrent_activation": keras.activations.sigmoid,
    "bins": [0.0, 1.0],
    "dtype": "int32",
    "fill_value": 0.5,
    "indices": INTEGERS,
    "q": 0.5,
    "segment_ids": Tensor((BATCH,), "int32"),
    "sequence_length": 8,
    "sequence_stride": 4,
    "fft_length": 8,
    "shape": (2, 3),
    "minval": 0,
    "maxval": 1,
    "rate": 0.5,
    "alpha": 1.0,
    "beta": 1.0,
    "x_min": -1.0,
    "x_max": 1.0,
}

BY_FAMILY: Mapping[str, Mapping[str, Any]] = {
    "linalg": {"x": SQUARE, "a": SQUARE, "b": SQUARE},
    "image": {"x": IMAGES, "start_points": CORNERS, "end_points": CORNERS},
}


def _sum(carry: Any, x: Any) -> tuple[Any, Any]:
    return carry + x, carry


_TWO_PLANES = (Tensor((BATCH, 8)), Tensor((BATCH, 8)))
_LSTM_WEIGHTS = {
    "kernel": Tensor((3, 16)),
    "recurrent_kernel": Tensor((4, 16)),
    "bias": Tensor((16,)),
}
_GRU_WEIGHTS = {
    "kernel": Tensor((3, 12)),
    "recurrent_kernel": Tensor((4, 12)),
    "bias": Tensor((2, 12)),
}


def _both(weights: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{way}_{name}": value for way in ("fwd", "bwd") for name, value in weights.items()}


BY_FUNCTION: Mapping[str, Mapping[str, Any]] = {
    "core.associative_scan": {"f": lambda a, b: a + b, "elems": Tensor((6, BATCH))},
    "core.cond": {"pred": Tensor((), "bool"), "true_fn": lambda: 1.0, "false_fn": lambda: 2.0},
    "core.fori_loop": {"lower": 0, "upper": SCALAR, "body_fun": lambda i, x: x + 1.0},
    "core.map": {"f": lambda x: x + 1.0},
    "core.remat": {"f": lambda x: x},
    "core.scan": {"f": _sum, "init": Tensor((4,)), "xs": X},
    "core.scatter": {"indices": Tensor((BATCH, 1), "int32"), "shape": (9, 4)},
    "core.scatter_update": {
        "inputs": Tensor((9, 4)),
        "indices": Tensor((BATCH, 1), "int32"),
    },
    "core.slice": {"start_indices": (0, 1), "shape": (2, 3)},
    "core.slice_update": {"start_indices": (0, 1), "updates": Tensor((2, 3))},
    "core.unstack": {"axis": 1},
    "core.vectorized_map": {"function": lambda x: x + 1.0},
    "core.while_loop": {
        "cond": lambda i: i < 9,
        "body": lambda i: (i + 1,),
        "loop_vars": (SCALAR,),
    },
    "image.elastic_transform": {"seed": 0},
    "image.affine_transform": {"transform": Tensor((BATCH, 8))},
    "image.map_coordinates": {
        "inputs": Tensor((8, 8)),
        "coordinates": Tensor((2, BATCH)),
        "order": 1,
    },
    "image.resize": {"size": (16, 16)},
    "image.scale_and_translate": {
        "output_shape": (2, 16, 16, 3),
        "scale": [2.0, 2.0],
        "translation": [0.0, 0.0],
        "spatial_dims": (1, 2),
        "method": "linear",
        "images": Tensor((2, 8, 8, 3)),
    },
    "linalg.lstsq": {"a": Tensor((4, 3)), "b": Tensor((4,))},
    "math.extract_sequences": {"x": SIGNAL},
    "math.fft": {"x": _TWO_PLANES},
    "math.fft2": {"x": (SQUARE, SQUARE)},
    "math.ifft2": {"x": (SQUARE, SQUARE)},
    "math.in_top_k": {"targets": Tensor((BATCH,), "int32")},
    "math.irfft": {"x": (Tensor((BATCH, 5)), Tensor((BATCH, 5)))},
    "math.istft": {"x": (Tensor((BATCH, 6, 5)), Tensor((BATCH, 6, 5)))},
    "math.rfft": {"x": Tensor((BATCH, 8))},
    "math.stft": {"x": SIGNAL},
    "nn.adaptive_average_pool": {"inputs": IMAGES},
    "nn.adaptive_max_pool": {"inputs": IMAGES},
    "nn.average_pool": {"inputs": IMAGES},
    "nn.batch_normalization": {"mean": Tensor((4,)), "variance": Tensor((4,))},
    "nn.conv": {"inputs": IMAGES, "kernel": Tensor((3, 3, 3, 2))},
    "nn.conv_transpose": {"inputs": IMAGES, "kernel": Tensor((3, 3, 2, 3))},
    "nn.ctc_decode": {"inputs": STEPS, "sequence_lengths": Tensor((BATCH,), "int32")},
    "nn.ctc_loss": {
        "target": INTEGERS,
        "output": STEPS,
        "target_length": Tensor((BATCH,), "int32"),
        "output_length": Tensor((BATCH,), "int32"),
    },
    "nn.depth_to_space": {"x": Tensor((BATCH, 8, 8, 4))},
    "nn.depthwise_conv": {"inputs": IMAGES, "kernel": Tensor((3, 3, 3, 2))},
    "nn.fold": {"x": Tensor((BATCH, 12, 16)), "output_size": (8, 8), "kernel_size": (2, 2)},
    "nn.max_pool": {"inputs": IMAGES},
    "nn.moments": {"axes": [1]},
    "nn.multi_hot": {"x": INTEGERS},
    "nn.one_hot": {"x": INTEGERS},
    "nn.psnr": {"max_val": 1.0},
    "nn.separable_conv": {
        "inputs": IMAGES,
        "depthwise_kernel": Tensor((3, 3, 3, 2)),
        "pointwise_kernel": Tensor((1, 1, 6, 4)),
    },
    "nn.space_to_depth": {"x": IMAGES},
    "nn.sparse_categorical_crossentropy": {"target": Tensor((BATCH,), "int32")},
    "nn.threshold": {"threshold": 0.5, "default_value": 0.0},
    "nn.unfold": {"input": Tensor((BATCH, 3, 8, 8))},
    **{
        f"numpy.{name}": {"x": INTEGERS, "y": INTEGERS}
        for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift")
    },
    "numpy.bitwise_left_shift": {"x": INTEGERS, "y": INTEGERS},
    "numpy.bitwise_right_shift": {"x": INTEGERS, "y": INTEGERS},
    "numpy.bitwise_not": {"x": INTEGERS},
    "numpy.bitwise_invert": {"x": INTEGERS},
    "numpy.arange": {"start": SCALAR},
    "numpy.array_split": {"axis": 1},
    "numpy.bincount": {"x": Tensor((BATCH,), "int32"), "minlength": 4},
    "numpy.broadcast_to": {"x": Tensor((1, 4)), "shape": (3, 4)},
    "numpy.concatenate": {"xs": [X, X]},
    "numpy.correlate": {"x1": Tensor((4,)), "x2": Tensor((3,))},
    "numpy.cross": {"x1": STEPS, "x2": STEPS},
    "numpy.diag": {"x": Tensor((4,))},
    "numpy.dot": {"x2": Tensor((4, 3))},
    "numpy.dsplit": {"x": Tensor((BATCH, 3, 4))},
    "numpy.dstack": {"xs": [X, X]},
    "numpy.gcd": {"x1": INTEGERS, "x2": INTEGERS},
    "numpy.geomspace": {"start": 1.0, "stop": 5.0},
    "numpy.hstack": {"xs": [X, X]},
    "numpy.hsplit": {"x": X},
    "numpy.kaiser": {"x": 5},
    "numpy.bartlett": {"x": 5},
    "numpy.blackman": {"x": 5},
    "numpy.hamming": {"x": 5},
    "numpy.hanning": {"x": 5},
    "numpy.lcm": {"x1": INTEGERS, "x2": INTEGERS},
    "numpy.ldexp": {"x2": INTEGERS},
    "numpy.logical_and": {"x1": BOOLEANS, "x2": BOOLEANS},
    "numpy.logical_not": {"x": BOOLEANS},
    "numpy.logical_or": {"x1": BOOLEANS, "x2": BOOLEANS},
    "numpy.logical_xor": {"x1": BOOLEANS, "x2": BOOLEANS},
    "numpy.matmul": {"x2": Tensor((4, 3))},
    "numpy.linspace": {"stop": 5.0},
    "numpy.logspace": {"stop": 5.0},
    "numpy.pad": {"pad_width": ((0, 0), (1, 1))},
    "numpy.reshape": {"newshape": (-1, 2, 2)},
    "numpy.searchsorted": {"sorted_sequence": Tensor((5,))},
    "numpy.select": {"condlist": [BOOLEANS], "choicelist": [X]},
    "numpy.split": {"axis": 1},
    "numpy.squeeze": {"x": Tensor((BATCH, 1, 4)), "axis": 1},
    "numpy.stack": {"x": [X, X]},
    "numpy.take": {"axis": 1, "indices": Tensor((3,), "int32")},
    "numpy.take_along_axis": {"axis": 1},
    "numpy.unravel_index": {"indices": Tensor((BATCH,), "int32")},
    "numpy.vdot": {"x1": Tensor((4,)), "x2": Tensor((4,))},
    "numpy.vectorize": {"pyfunc": lambda x: x + 1.0},
    "numpy.view": {"dtype": "int32"},
    "numpy.vsplit": {"x": Tensor((4, 3))},
    "numpy.vstack": {"xs": [X, X]},
    "numpy.where": {"condition": BOOLEANS, "x1": X, "x2": X},
    "rnn.bidirectional_gru": {
        "inputs": STEPS,
        "fwd_initial_state": STATE,
        "bwd_initial_state": STATE,
        "mask": None,
        **_both(_GRU_WEIGHTS),
    },
    "rnn.bidirectional_lstm": {
        "inputs": STEPS,
        **_both({"initial_state_h": STATE, "initial_state_c": STATE, **_LSTM_WEIGHTS}),
        "mask": None,
    },
    "rnn.gru": {"inputs": STEPS, "initial_state": STATE, "mask": None, **_GRU_WEIGHTS},
    "rnn.lstm": {
        "inputs": STEPS,
        "initial_state_h": STATE,
        "initial_state_c": STATE,
        "mask": None,
        **_LSTM_WEIGHTS,
    },
    "rnn.rnn": {
        "step_function": lambda x, states: (x + states[0], [x + states[0]]),
        "inputs": STEPS,
        "initial_states": [Tensor((BATCH, 3))],
    },
}

POSITIONAL: Mapping[str, tuple[Any, ...]] = {
    "core.compute_output_spec": (lambda x: x, X),
    "core.switch": (SCALAR, [lambda x: x, lambda x: x + 1.0], X),
    "numpy.einsum": ("bi,ij->bj", X, Tensor((4, 3))),
    "numpy.meshgrid": (Tensor((3,)), Tensor((4,))),
    "rnn.cudnn_ok": (),
}


def arguments_of(name: str, function: Callable[..., Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the positional and the named arguments of a function's example.

    Args:
        name: Family and function, as "numpy.add".
        function: Ours, whose parameters are looked at.

    Raises:
        KeyError: A parameter has no example yet.
    """
    if name in POSITIONAL:
        return POSITIONAL[name], {}
    own = BY_FUNCTION.get(name, {})
    values = {**BY_PARAMETER, **BY_FAMILY.get(name.split(".", 1)[0], {}), **own}
    wanted = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is not parameter.VAR_KEYWORD
        and parameter.kind is not parameter.VAR_POSITIONAL
        and (parameter.default is parameter.empty or parameter.name in own)
    ]
    missing = [parameter for parameter in wanted if parameter not in values]
    if missing:
        raise KeyError(f"{name} needs an example of {missing} in {__name__}.py")
    return (), {parameter: values[parameter] for parameter in wanted}
