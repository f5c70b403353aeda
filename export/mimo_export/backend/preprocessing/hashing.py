"""Hashing and HashedCrossing: of integers, whose text or bits can be computed; never of strings."""

from __future__ import annotations

import functools
from typing import Any

import keras

from mimo_export.backend._graph import constant, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import shaping
from mimo_export.backend.preprocessing._encoding import encode
from mimo_export.backend.preprocessing._fingerprint import as_integers, combine, hash_bucket
from mimo_export.backend.preprocessing._words import Word, word
from mimo_export.errors import UnsupportedOperationError
from mimo_export.forms import own_form

_CROSSING_KEY = 0xDECAFCAFFE  # TensorFlow's, of tf.sparse.cross_hashed


@own_form(keras.layers.Hashing)
def hashing(layer: Any, inputs: Any) -> TracedTensor:
    """Return the bucket of each number, as `output_mode` asks for it; bucket 0 is the mask's."""
    x = convert_to_tensor(inputs)
    _check(layer)
    if layer.output_mode == "one_hot" and x.dims[-1] == 1:
        x = shaping.squeeze(x, -1)
    masked = layer.mask_value is not None and layer.num_bins > 1
    bins = hash_bucket(x, layer.num_bins - masked, layer.salt)
    if masked:
        bins = op("Add", bins, constant(1, "int64"))
        mask = run("Equal", x, constant(layer.mask_value, x.dtype))
        bins = op("Where", mask, constant(0, "int64"), bins)
    return encode(bins, layer.output_mode, layer.num_bins, layer.dtype)


@own_form(keras.layers.HashedCrossing)
def hashed_crossing(layer: Any, inputs: Any) -> TracedTensor:
    """Return the bucket of each combination of integers, as `output_mode` asks for it."""
    _check(layer)
    words = [Word(cast(as_integers(convert_to_tensor(x)), "uint64")) for x in inputs]
    hashed = functools.reduce(combine, words, word(_CROSSING_KEY))
    bins = (hashed % layer.num_bins).as_int64()
    return encode(bins, layer.output_mode, layer.num_bins, layer.compute_dtype)


def _check(layer: Any) -> None:
    if layer.sparse:
        raise UnsupportedOperationError(
            "a sparse tensor has no ONNX form", remedy="make the layer with sparse=False"
        )
