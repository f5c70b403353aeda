"""What is held against float64: operations and layers at three sizes, on two levels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
from keras import layers, ops

from extremes.case import (
    MAPS,
    SERIES,
    VECTOR,
    VOLUMES,
    Case,
    Sizes,
    alike,
    function,
    layer,
    uniform,
)
from extremes.more_cases import lookups, others, recurrences

ZEROS_OF_JAX = "JAX multiplies what it does not read by zero, so NaN is in whole rows and columns"


def reductions() -> list[Case]:
    """Return reductions over the last axis, a middle one and several."""
    made = partial(Case, kind="reduction")
    named = ("sum", "mean", "max", "min", "var", "std", "logsumexp")
    found = []
    for name in named:
        called = getattr(ops, name)
        where = (("the last axis", -1, VECTOR), ("a middle axis", 1, SERIES))
        for words, axis, sizes in (*where, ("axes 1 and 2", (1, 2), MAPS)):
            compute = function(called, axis=axis)
            found.append(made(name=f"`{name}`, {words}", compute=compute, sizes=sizes))
    others = {
        "ptp": (getattr(ops, "ptp", None), {"axis": 1}, SERIES),
        "norm": (ops.norm, {"axis": -1}, VECTOR),
        "average": (ops.average, {"axis": 1}, SERIES),
        "nanmean": (getattr(ops, "nanmean", None), {"axis": 1}, SERIES),
        "nanvar": (getattr(ops, "nanvar", None), {"axis": 1}, SERIES),
        "nanmax": (getattr(ops, "nanmax", None), {"axis": 1}, SERIES),
        "nansum": (getattr(ops, "nansum", None), {"axis": -1}, VECTOR),
        "median": (ops.median, {"axis": 1}, SERIES[:2]),
        "amax": (ops.amax, {"axis": 1}, SERIES),
        "argmax": (ops.argmax, {"axis": 1}, SERIES),
        "count_nonzero": (ops.count_nonzero, {"axis": 1}, SERIES),
    }
    for name, (called, options, sizes) in others.items():
        if called is not None:
            axis = "the last axis" if options["axis"] == -1 else "a middle axis"
            compute = function(called, **options)
            found.append(made(name=f"`{name}`, {axis}", compute=compute, sizes=sizes))
    return found


def _moments(x: Any) -> Any:
    mean, variance = ops.moments(x, axes=(1, 2), keepdims=True)
    return (x - mean) / ops.sqrt(variance + 1e-5)


def normalizations() -> list[Case]:
    """Return layers and functions that subtract a mean, or divide by a norm."""
    made = partial(Case, kind="normalization")
    on_maps = {
        "GroupNormalization(1)": layer(layers.GroupNormalization, 1),
        "GroupNormalization(8)": layer(layers.GroupNormalization, 8),
        "GroupNormalization(-1)": layer(layers.GroupNormalization, -1),
        "moments by hand over axes 1 and 2": function(_moments),
        "LayerNormalization()": layer(layers.LayerNormalization),
        "LayerNormalization(axis=(1, 2, 3))": layer(layers.LayerNormalization, axis=(1, 2, 3)),
        "RMSNormalization()": layer(layers.RMSNormalization),
        "UnitNormalization(axis=(1, 2))": layer(layers.UnitNormalization, axis=(1, 2)),
        "BatchNormalization()": layer(layers.BatchNormalization),
        "BatchNormalization(), then Dense": _before_dense,
        "Normalization(mean=1e4, variance=2)": layer(layers.Normalization, mean=1e4, variance=2.0),
    }
    found = [made(name=f"`{name}`", compute=c, sizes=MAPS) for name, c in on_maps.items()]
    long = {"softmax": ops.softmax, "log_softmax": ops.log_softmax, "normalize": ops.normalize}
    found += [made(name=f"`{name}`", compute=function(f), sizes=VECTOR) for name, f in long.items()]
    return found


def _before_dense(dtype: str) -> Callable[[Any], Any]:
    return keras.Sequential([layers.BatchNormalization(dtype=dtype), layers.Dense(8, dtype=dtype)])


def poolings() -> list[Case]:
    """Return windows of all sizes, up to the whole image."""
    made = partial(Case, kind="pooling")
    maps = {
        "MaxPooling2D(2)": layer(layers.MaxPooling2D, 2),
        'MaxPooling2D(3, strides=2, padding="same")': layer(
            layers.MaxPooling2D, 3, strides=2, padding="same"
        ),
        "AveragePooling2D(2)": layer(layers.AveragePooling2D, 2),
        "MaxPooling2D(12, strides=1)": layer(layers.MaxPooling2D, 12, strides=1),
        "AveragePooling2D(12, strides=1)": layer(layers.AveragePooling2D, 12, strides=1),
        "GlobalAveragePooling2D()": layer(layers.GlobalAveragePooling2D),
        "GlobalMaxPooling2D()": layer(layers.GlobalMaxPooling2D),
        "AdaptiveAveragePooling2D(5)": layer(layers.AdaptiveAveragePooling2D, 5),
        "AdaptiveMaxPooling2D(5)": layer(layers.AdaptiveMaxPooling2D, 5),
    }
    found = [made(name=f"`{name}`", compute=c, sizes=MAPS) for name, c in maps.items()]
    series = {
        "MaxPooling1D(20, strides=1)": layer(layers.MaxPooling1D, 20, strides=1),
        "AveragePooling1D(20, strides=1)": layer(layers.AveragePooling1D, 20, strides=1),
        "GlobalAveragePooling1D()": layer(layers.GlobalAveragePooling1D),
        "GlobalMaxPooling1D()": layer(layers.GlobalMaxPooling1D),
    }
    found += [made(name=f"`{name}`", compute=c, sizes=SERIES) for name, c in series.items()]
    volume = layer(layers.GlobalAveragePooling3D)
    return [*found, made(name="`GlobalAveragePooling3D()`", compute=volume, sizes=VOLUMES)]


def scans() -> list[Case]:
    """Return what goes through an axis one number after the other."""
    made = partial(Case, kind="scan")
    near_one = (("near 1", uniform(0.999, 1.001)),)
    return [
        made(name="`cumsum`", compute=function(ops.cumsum, axis=-1), sizes=VECTOR),
        made(name="`cumsum`, a middle axis", compute=function(ops.cumsum, axis=1), sizes=SERIES),
        made(
            name="`cumprod`",
            compute=function(ops.cumprod, axis=-1),
            sizes=((100,), (1_000,), (100_000,)),
            data=near_one,
        ),
        made(
            name="`associative_scan(add)`",
            compute=lambda dtype: lambda x: ops.associative_scan(ops.add, x, axis=1),
            sizes=((50, 8), (500, 8), (2_000, 8)),
            answer=alike("float32"),
        ),
    ]


def resizes() -> list[Case]:
    """Return images that are made smaller and larger."""
    made = partial(
        Case,
        kind="resize",
        data=(("0 to 255", uniform(0, 255)),),
        special=ZEROS_OF_JAX,
        truth="torch",  # TensorFlow resizes in float32 alone
    )
    sizes: Sizes = ((32, 32, 3), (256, 256, 3), (1024, 1024, 3))
    forms = {
        "Resizing(20, 28)": layer(layers.Resizing, 20, 28),
        "Resizing(224, 224)": layer(layers.Resizing, 224, 224),
        "Resizing(300, 32)": layer(layers.Resizing, 300, 32),
        'Resizing(224, 224, "nearest")': layer(layers.Resizing, 224, 224, "nearest"),
        'Resizing(224, 224, "bicubic")': layer(layers.Resizing, 224, 224, "bicubic"),
        "Resizing(20, 28, antialias=True)": layer(layers.Resizing, 20, 28, antialias=True),
        'UpSampling2D(2, interpolation="bilinear")': layer(
            layers.UpSampling2D, 2, interpolation="bilinear"
        ),
    }
    cubic = "PyTorch's cubic kernel is another one (-0.75); the file has that of JAX and TensorFlow"
    reasons = {'Resizing(224, 224, "bicubic")': cubic}
    return [
        made(name=f"`{name}`", compute=c, sizes=sizes, reason=reasons.get(name, ""))
        for name, c in forms.items()
    ]


def cases() -> list[Case]:
    """Return all cases, in the order of the table."""
    parts = (reductions, normalizations, poolings, scans, resizes, recurrences, lookups, others)
    return [case for part in parts for case in part()]
