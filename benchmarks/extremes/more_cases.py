"""Cases that go step by step, look numbers up, or are of no kind with others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from extremes.case import (
    LEVELS,
    MAPS,
    VECTOR,
    Case,
    Sizes,
    alike,
    around,
    function,
    ids_below,
    layer,
)

SQUEEZED = "onnxruntime's LSTM and GRU squeeze NaN and infinity into numbers"


def recurrences() -> list[Case]:
    """Return recurrent layers over long series."""
    made = partial(Case, kind="recurrence", sizes=((10, 4), (200, 8), (1_000, 8)))
    forms: dict[str, Callable[[str], Any]] = {
        "SimpleRNN(16)": layer(layers.SimpleRNN, 16),
        "LSTM(16)": layer(layers.LSTM, 16),
        "LSTM(16, return_sequences=True)": layer(layers.LSTM, 16, return_sequences=True),
        "GRU(16)": layer(layers.GRU, 16),
        "GRU(16, return_sequences=True)": layer(layers.GRU, 16, return_sequences=True),
        "Bidirectional(LSTM(16))": lambda dtype: layers.Bidirectional(
            layers.LSTM(16, dtype=dtype), dtype=dtype
        ),
        "RNN([LSTMCell(16), GRUCell(8)])": lambda dtype: layers.RNN(
            [layers.LSTMCell(16, dtype=dtype), layers.GRUCell(8, dtype=dtype)], dtype=dtype
        ),
        "Masking(), then LSTM(16)": lambda dtype: keras.Sequential(
            [layers.Masking(dtype=dtype), layers.LSTM(16, dtype=dtype)]
        ),
    }
    data = (("0", around(0)),)
    return [
        made(
            name=f"`{name}`",
            compute=compute,
            data=data,
            special="" if name.startswith("SimpleRNN") else SQUEEZED,
        )
        for name, compute in forms.items()
    ]


def lookups() -> list[Case]:
    """Return what finds numbers in tables."""
    made = partial(Case, kind="lookup")
    edges = [float(edge) for edge in np.linspace(-3, 3, 10_000)]
    normal = (("0", around(0)),)
    ids = (("below 1,000", ids_below(1_000)),)
    whole: Sizes = ((100,), (1_000,), (50_000,))
    return [
        made(
            name="`bincount`, 1,000 bins",
            compute=function(ops.bincount, minlength=1_000),
            answer=lambda x: keras.KerasTensor((x.shape[0], 1_000), "int32"),
            sizes=whole,
            data=ids,
        ),
        made(
            name="`digitize`, 10,000 edges",
            compute=lambda dtype: lambda x: ops.digitize(x, np.array(edges, dtype)),
            sizes=whole,
            data=normal,
        ),
        made(
            name="`searchsorted`, 10,000 edges",
            compute=lambda dtype: (
                lambda x: ops.reshape(
                    ops.searchsorted(np.array(edges, dtype), ops.reshape(x, (-1,))), ops.shape(x)
                )
            ),
            answer=alike("int32"),
            sizes=whole,
            data=normal,
        ),
        made(
            name="`Discretization`, 10,000 edges",
            compute=lambda dtype: layers.Discretization(bin_boundaries=edges),
            sizes=whole,
            data=normal,
        ),
        made(
            name='`CategoryEncoding(1000, "multi_hot")`',
            compute=layer(layers.CategoryEncoding, 1_000, output_mode="multi_hot"),
            sizes=whole,
            data=ids,
        ),
        made(
            name='`CategoryEncoding(1000, "count")`',
            compute=layer(layers.CategoryEncoding, 1_000, output_mode="count"),
            sizes=whole,
            data=ids,
        ),
        made(
            name="`one_hot`",
            compute=function(ops.one_hot, num_classes=1_000),
            sizes=((10,), (100,), (1_000,)),
            data=ids,
        ),
        made(
            name="`Embedding(1000, 16)`",
            compute=layer(layers.Embedding, 1_000, 16),
            sizes=whole,
            data=ids,
        ),
    ]


def others() -> list[Case]:
    """Return what else was slow or inexact."""
    made = partial(Case, kind="other", data=(("0", around(0)),))
    return [
        made(
            name="`stft`",
            compute=lambda dtype: lambda x: ops.stft(x, 256, 128, 256),
            sizes=((1_000,), (10_000,), (100_000,)),
            special="a product with waves makes infinities of one, and Keras's algorithms NaN",
        ),
        made(
            name="`Conv3D(16, 3)`",
            compute=layer(layers.Conv3D, 16, 3),
            sizes=((8, 8, 8, 4), (16, 16, 16, 16), (32, 32, 32, 32)),
        ),
        made(
            name="`BatchNormalization()`, then `Conv2D(8, 3)`",
            compute=lambda dtype: keras.Sequential(
                [layers.BatchNormalization(dtype=dtype), layers.Conv2D(8, 3, dtype=dtype)]
            ),
            sizes=MAPS,
            data=tuple(LEVELS.items()),
        ),
        made(
            name="`inv`",
            compute=lambda dtype: lambda x: ops.inv(x + 10 * ops.eye(x.shape[-1], dtype=x.dtype)),
            sizes=((4, 4), (16, 16), (64, 64)),
            finite=True,
        ),
        made(
            name="`floor_divide` by 0.1",
            compute=lambda dtype: lambda x: ops.floor_divide(x, 0.1),
            sizes=VECTOR,
        ),
        made(name="`gelu`", compute=function(ops.gelu), sizes=VECTOR),
        made(name="`softplus`", compute=function(ops.softplus), sizes=VECTOR),
    ]
