"""Small files that declare large things: layers, tensors, constants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hostile.files import (
    File,
    Targets,
    dense,
    functional,
    keras_file,
    node,
    ref,
    source,
    weights,
)

N = 2_000_000_000


def files(_: Targets) -> Iterator[File]:
    """Give every file of a large declaration."""
    for number, layer in enumerate(_vectors()):
        yield _file(number, layer, (None, 3))
    for number, layer in enumerate(_series()):
        yield _file(number, layer, (None, 6, 4))
    for number, layer in enumerate(_pictures()):
        yield _file(number, layer, (None, 8, 8, 3))
    for number, layer in enumerate(_eager()):
        yield _file(number, layer, (None, 3))
    for number, shape in enumerate(_shapes()):
        yield File(f"size: input {number}", keras_file(functional(dense(), first=source(shape))))
    for number, shape in enumerate(_shapes()):
        layer = {**dense(), "build_config": {"input_shape": [*shape]}}
        yield File(f"size: built for {number}", keras_file(functional(layer)))
    many = [
        node("Dense", {"units": 4000}, ref("x" if n == 0 else f"d{n - 1}"), name=f"d{n}")
        for n in range(40)
    ]
    yield File("size: many of middle size", keras_file(functional(*many)))


def _file(number: int, layer: dict[str, Any], shape: tuple[int | None, ...]) -> File:
    layer["inbound_nodes"][0]["args"] = layer["inbound_nodes"][0]["args"] or [ref()]
    for argument in layer["inbound_nodes"][0]["args"]:
        if isinstance(argument, dict):
            argument["config"]["shape"] = [*shape]
    name = f"size: {layer['class_name']} {len(shape)}.{number}"
    return File(name, keras_file(functional(layer, first=source(shape)), weights()))


def _shapes() -> tuple[tuple[Any, ...], ...]:
    return (
        (None, N),
        (N, 3),
        (None, N, N),
        (None, *(N,) * 9),
        (None, 2**62),
        (None, 2**64),
        (1,) * 99,
    )


def _vectors() -> Iterator[dict[str, Any]]:
    yield node("Dense", {"units": N})
    yield node("Dense", {"units": 2**63})
    yield node("Dense", {"units": 2, "lora_rank": N})
    for mode in ("int8", "int4", "float8"):
        policy = {
            "module": "keras",
            "class_name": "QuantizedDTypePolicy",
            "config": {"mode": mode, "source_name": "float32"},
            "registered_name": None,
        }
        yield node("Dense", {"units": N, "dtype": policy})
    yield node("EinsumDense", {"equation": "ab,bc->ac", "output_shape": N, "bias_axes": "c"})
    yield node("Embedding", {"input_dim": N, "output_dim": 8})
    yield node("Embedding", {"input_dim": 8, "output_dim": N})
    yield node("RepeatVector", {"n": N})
    yield node("Reshape", {"target_shape": [N, N]})
    yield node("CategoryEncoding", {"num_tokens": N, "output_mode": "multi_hot"})
    yield node("CategoryEncoding", {"num_tokens": N, "output_mode": "one_hot"})
    yield node(
        "Discretization", {"num_bins": N, "bin_boundaries": [0.0, 1.0], "output_mode": "one_hot"}
    )
    yield node("Hashing", {"num_bins": N, "output_mode": "multi_hot"})
    yield node("IntegerLookup", {"max_tokens": N, "vocabulary": [1, 2], "output_mode": "multi_hot"})
    yield node("IntegerLookup", {"num_oov_indices": N, "vocabulary": [1, 2]})
    yield node("Dropout", {"rate": 0.5, "noise_shape": [N, N], "seed": 1})
    yield node("GaussianNoise", {"stddev": 1e308})
    yield node("STFTSpectrogram", {"fft_length": N, "sequence_length": N})
    yield node("MelSpectrogram", {"fft_length": N, "num_mel_bins": N})
    yield node("BatchNormalization", {"axis": N})
    yield node("Flatten", {"data_format": "x" * 1000})


def _series() -> Iterator[dict[str, Any]]:
    cell = {
        "module": "keras.layers",
        "class_name": "LSTMCell",
        "config": {"units": N},
        "registered_name": None,
    }
    for name in ("LSTM", "GRU", "SimpleRNN"):
        yield node(name, {"units": N})
    yield node("RNN", {"cell": cell})
    yield node(
        "RNN", {"cell": {**cell, "class_name": "StackedRNNCells", "config": {"cells": [cell] * 9}}}
    )
    yield node("Bidirectional", {"layer": node("LSTM", {"units": N})})
    yield node("TimeDistributed", {"layer": node("Dense", {"units": N})})
    yield node("Conv1D", {"filters": N, "kernel_size": [3]})
    yield node(
        "Conv1D", {"filters": 4, "kernel_size": [3], "dilation_rate": [N], "padding": "same"}
    )
    yield node("Conv1DTranspose", {"filters": 4, "kernel_size": [3], "strides": [N]})
    yield node("Conv1DTranspose", {"filters": 4, "kernel_size": [N]})
    yield node("SeparableConv1D", {"filters": N, "kernel_size": [3]})
    yield node("DepthwiseConv1D", {"depth_multiplier": N, "kernel_size": [3]})
    yield node("ZeroPadding1D", {"padding": [N, N]})
    yield node("UpSampling1D", {"size": N})
    yield node("MaxPooling1D", {"pool_size": [N], "padding": "same"})
    yield node("Cropping1D", {"cropping": [-N, 0]})
    attention = {"num_heads": 2, "key_dim": N}
    yield node("MultiHeadAttention", attention, ref(), ref())
    yield node(
        "GroupedQueryAttention",
        {"head_dim": N, "num_query_heads": 2, "num_key_value_heads": 1},
        ref(),
        ref(),
    )
    yield node(
        "SpectralNormalization", {"layer": node("Dense", {"units": N}), "power_iterations": N}
    )


def _pictures() -> Iterator[dict[str, Any]]:
    yield node("Conv2D", {"filters": N, "kernel_size": [3, 3]})
    yield node("Conv2D", {"filters": 2, "kernel_size": [N, N], "padding": "same"})
    yield node("Conv2DTranspose", {"filters": 2, "kernel_size": [3, 3], "strides": [N, N]})
    yield node("DepthwiseConv2D", {"depth_multiplier": N, "kernel_size": [3, 3]})
    yield node("ZeroPadding2D", {"padding": [[N, N], [N, N]]})
    yield node("ZeroPadding2D", {"padding": [[30_000, 0], [30_000, 0]]})
    yield node("UpSampling2D", {"size": [N, N], "interpolation": "bilinear"})
    yield node("UpSampling2D", {"size": [8000, 8000]})
    for name in ("Resizing", "CenterCrop", "RandomCrop"):
        yield node(name, {"height": N, "width": N})
    yield node("AveragePooling2D", {"pool_size": [N, N], "padding": "same"})
    yield node("GroupNormalization", {"groups": N})


def _eager() -> Iterator[dict[str, Any]]:
    home = "keras.src.ops.numpy"
    yield node("Arange", {}, N * 50, module=home)
    yield node("Arange", {}, 400_000_000, module=home)
    yield node("Eye", {}, 200_000, module=home)
    yield node("Full", {}, [N, 50], 1.0, module=home)
    yield node("Zeros", {}, [N, 50], module=home)
    yield node("Ones", {}, [N, 50], module=home)
    yield node("Linspace", {}, 0.0, 1.0, N * 50, module=home)
    yield node("Tile", {"repeats": [1, N]}, ref(), module=home)
    yield node("Repeat", {"repeats": N, "axis": 1}, ref(), module=home)
    yield node("Pad", {"pad_width": [[0, 0], [N, N]]}, ref(), module=home)
    yield node("BroadcastTo", {"shape": [N, N, 3]}, ref(), module=home)
    yield node("OneHot", {"num_classes": N}, ref(), module="keras.src.ops.nn")
    yield node("Vander", {"N": N}, ref(), module=home)
    yield node("Reshape", {"newshape": [N, -1]}, ref(), module=home)
    yield node("Kron", {}, ref(), ref(), module=home)
    yield node("Power", {}, 10, N, module=home)
