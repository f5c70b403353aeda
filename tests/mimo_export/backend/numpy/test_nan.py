"""NaN is left out, and a result of nothing says so."""

import numpy as np
import pytest
from functions import check_function
from keras import ops

FUNCTIONS = {
    "sum": ops.nansum,
    "prod": ops.nanprod,
    "mean": ops.nanmean,
    "max": ops.nanmax,
    "min": ops.nanmin,
    "var": ops.nanvar,
    "std": ops.nanstd,
}
PLACES = {"argmax": ops.nanargmax, "argmin": ops.nanargmin}
RUNNING = {"cumsum": ops.nancumsum, "cumprod": ops.nancumprod}


def _holes(rng, shape):
    array = rng.normal(size=shape)
    array[rng.random(shape) < 0.3] = np.nan
    array[..., 0] = 1.5
    return array


@pytest.mark.parametrize("axis", [None, -1])
def test_reductions_leave_nan_out(axis):
    check_function(
        lambda x: {n: f(x, axis=axis) for n, f in (FUNCTIONS | PLACES).items()},
        (3, 4),
        values=_holes,
    )


def test_running_totals_leave_nan_out():
    check_function(lambda x: {n: f(x, axis=1) for n, f in RUNNING.items()}, (5,), values=_holes)


def test_nothing_but_nan():
    check_function(
        lambda x: {"max": ops.nanmax(x, axis=1), "argmax": ops.nanargmax(x, axis=1)},
        (3,),
        values=lambda _, shape: np.full(shape, np.nan),
    )


@pytest.mark.skipif(not hasattr(ops, "nanquantile"), reason="this Keras has no nanquantile")
def test_quantiles_leave_nan_out():
    check_function(
        lambda x: [
            ops.nanmedian(x),
            ops.nanmedian(x, axis=1),
            ops.nanquantile(x, [0.2, 0.7], axis=-1),
            ops.nanpercentile(x, 30.0, axis=(1, 2)),
            ops.nanquantile(x, 0.3, axis=1, keepdims=True),
            *(ops.nanquantile(x, 0.4, axis=1, method=m) for m in ("lower", "higher", "nearest")),
        ],
        (4, 3),
        values=_holes,
    )


@pytest.mark.skipif(not hasattr(ops, "nanmedian"), reason="this Keras has no nanmedian")
def test_median_of_nothing():
    check_function(
        lambda x: ops.nanmedian(x, axis=1), (3,), values=lambda _, shape: np.full(shape, np.nan)
    )
