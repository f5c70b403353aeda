"""An example of each layer of Keras: how it is made, and what it is called on for the table.

Where a class is not listed, its options are Keras's defaults and the input is the one of its kind:
pictures for what works on two dimensions, sequences for one, volumes for three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
from keras import layers

ROW = (6,)
SEQUENCE = (8, 3)
PICTURE = (8, 8, 3)
VOLUME = (4, 4, 4, 3)


@dataclass(frozen=True)
class Example:
    """One use of a layer.

    Attributes:
        options: What the layer is made with.
        inputs: The shapes without the batch that it is called on, one argument each; a list is
            one argument of several tensors. Nothing: the input of the layer's kind.
        dtype: Of the inputs.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Any, ...] = ()
    dtype: str = "float32"


def _input_of(dims: int) -> tuple[int, ...]:
    return (SEQUENCE, PICTURE, VOLUME)[dims - 1]


def _by_dims(name: str, options: Mapping[str, Any]) -> dict[str, Example]:
    return {name.format(d): Example(options, (_input_of(d),)) for d in (1, 2, 3)}


_PAIR = ([ROW, ROW],)
_MERGING = ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract")
_UNITS = {"units": 4}
_FACTOR = {"factor": 0.2}
_CONVOLUTION = {"filters": 4, "kernel_size": 3}

EXAMPLES: Mapping[str, Example] = {
    **{name: Example({}, _PAIR) for name in _MERGING},
    "Dot": Example({"axes": -1}, _PAIR),
    **_by_dims("Conv{}D", _CONVOLUTION),
    **_by_dims("Conv{}DTranspose", _CONVOLUTION),
    **{f"SeparableConv{d}D": Example(_CONVOLUTION, (_input_of(d),)) for d in (1, 2)},
    **{f"DepthwiseConv{d}D": Example({"kernel_size": 3}, (_input_of(d),)) for d in (1, 2)},
    **{f"ConvLSTM{d}D": Example(_CONVOLUTION, ((3, *_input_of(d)),)) for d in (1, 2, 3)},
    **_by_dims("AveragePooling{}D", {"pool_size": 2}),
    **_by_dims("AdaptiveAveragePooling{}D", {"output_size": 2}),
    **_by_dims("AdaptiveMaxPooling{}D", {"output_size": 2}),
    **_by_dims("SpatialDropout{}D", {"rate": 0.5}),
    **{name: Example({"rate": 0.5}) for name in ("AlphaDropout", "Dropout", "GaussianDropout")},
    **{name: Example(_UNITS, (SEQUENCE,)) for name in ("GRU", "LSTM", "SimpleRNN")},
    "GRUCell": Example(_UNITS, (ROW, [(4,)])),
    "LSTMCell": Example(_UNITS, (ROW, [(4,), (4,)])),
    "SimpleRNNCell": Example(_UNITS, (ROW, [(4,)])),
    "StackedRNNCells": Example({"cells": [layers.GRUCell(4)]}, (ROW, [[(4,)]])),
    "RNN": Example({"cell": layers.GRUCell(4)}, (SEQUENCE,)),
    "Bidirectional": Example({"layer": layers.LSTM(4)}, (SEQUENCE,)),
    "TimeDistributed": Example({"layer": layers.Dense(4)}, (SEQUENCE,)),
    "SpectralNormalization": Example({"layer": layers.Dense(4)}),
    "Activation": Example({"activation": "relu"}),
    "Dense": Example(_UNITS),
    "EinsumDense": Example({"equation": "bi,ij->bj", "output_shape": 4}),
    "Embedding": Example({"input_dim": 9, "output_dim": 4}, dtype="int32"),
    "ReversibleEmbedding": Example({"input_dim": 9, "output_dim": 4}, dtype="int32"),
    "AdditiveAttention": Example({}, ([SEQUENCE, SEQUENCE],)),
    "Attention": Example({}, ([SEQUENCE, SEQUENCE],)),
    "MultiHeadAttention": Example({"num_heads": 2, "key_dim": 4}, (SEQUENCE, SEQUENCE)),
    "GroupedQueryAttention": Example(
        {"head_dim": 4, "num_query_heads": 4, "num_key_value_heads": 2}, (SEQUENCE, SEQUENCE)
    ),
    "GroupNormalization": Example({"groups": 3}, (PICTURE,)),
    "Masking": Example({}, (SEQUENCE,)),
    "Lambda": Example({"function": abs}),
    "Permute": Example({"dims": (2, 1)}, (SEQUENCE,)),
    "RepeatVector": Example({"n": 3}),
    "Reshape": Example({"target_shape": (3, 2)}),
    "GaussianNoise": Example({"stddev": 0.1}),
    "Flatten": Example({}, (PICTURE,)),
    "CategoryEncoding": Example({"num_tokens": 4}, dtype="int32"),
    "Discretization": Example({"bin_boundaries": [0.0, 1.0]}),
    "Hashing": Example({"num_bins": 4}, dtype="int32"),
    "HashedCrossing": Example({"num_bins": 4}, ([(1,), (1,)],), "int32"),
    "IntegerLookup": Example({"vocabulary": [1, 2]}, dtype="int32"),
    "StringLookup": Example({"vocabulary": ["a", "b"]}, dtype="string"),
    "TextVectorization": Example({"vocabulary": ["a", "b"]}, ((1,),), "string"),
    "Normalization": Example({"mean": 1.0, "variance": 2.0}),
    "Rescaling": Example({"scale": 0.5}),
    "MelSpectrogram": Example({"sequence_stride": 64, "fft_length": 128}, ((512,),)),
    "STFTSpectrogram": Example({}, ((512, 1),)),
    "CenterCrop": Example({"height": 4, "width": 4}),
    "RandomCrop": Example({"height": 4, "width": 4}),
    "Resizing": Example({"height": 4, "width": 4}),
    "Pipeline": Example({"layers": [layers.Rescaling(0.5)]}),
    "RandomTranslation": Example({"height_factor": 0.2, "width_factor": 0.2}),
    "RandomZoom": Example({"height_factor": 0.2}),
    **{
        f"Random{name}": Example(_FACTOR)
        for name in (
            *("Brightness", "ColorDegeneration", "Contrast", "Hue"),
            *("Rotation", "Saturation", "Sharpness"),
        )
    },
    "RandomPosterization": Example({"factor": 4}),
    "MaxNumBoundingBoxes": Example({"max_number": 2}),
}

WRAPPERS = ("FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper")
"""Layers that cannot be made without the package or the file that they wrap."""

_WITHIN = ("Equalization",)

_ROWS = (
    *("ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax", "Identity", "ActivityRegularization"),
    *("AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "Activation", "Dense"),
    *("EinsumDense", "Embedding", "ReversibleEmbedding", "Lambda", "RepeatVector", "Reshape"),
    *("SpectralNormalization", "CategoryEncoding", "Discretization", "Hashing", "IntegerLookup"),
    *("StringLookup", "Normalization", "Rescaling", "LayerNormalization", "RMSNormalization"),
    *("UnitNormalization", "BatchNormalization"),
)


def model_of(layer_class: type[keras.Layer]) -> keras.Model:
    """Return a model that is the example of a layer."""
    name = layer_class.__name__
    if layer_class is layers.InputLayer:
        x = keras.Input(ROW, name="x")
        return keras.Model(x, x)
    example = EXAMPLES.get(name, Example())
    inputs: list[Any] = []

    def symbolic(shape: Any) -> Any:
        if isinstance(shape, list):
            return [symbolic(part) for part in shape]
        inputs.append(keras.Input(shape, dtype=example.dtype, name=f"x{len(inputs)}"))
        return inputs[-1]

    args = [symbolic(shape) for shape in example.inputs or (_usual(name),)]
    layer = layer_class(**example.options)
    return keras.Model(inputs, (_Within(layer) if name in _WITHIN else layer)(*args))


class _Within(keras.Layer):
    """A layer around one that gives its symbolic input back, which no graph of Keras's takes."""

    def __init__(self, layer: keras.Layer) -> None:
        super().__init__()
        self.layer = layer

    def call(self, x: Any) -> Any:
        return self.layer(x)


def _usual(name: str) -> tuple[int, ...]:
    """Return the shape of what a layer works on, by its name."""
    if name in _ROWS:
        return ROW
    return SEQUENCE if "1D" in name else VOLUME if "3D" in name else PICTURE
