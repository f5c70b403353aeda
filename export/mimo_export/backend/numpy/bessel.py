"""Bessel's function of the first kind and order 0, by Chebyshev series (Cephes, S. Moshier 1984).

The series are those of exp(-x) i0(x) up to 8, and of exp(-x) sqrt(x) i0(x) beyond, highest degree
first; they are good to float64.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy._dtypes import is_float
from mimo_export.backend.numpy.real import arccos


def i0(x: Any) -> TracedTensor:
    """Two Chebyshev series, one for sizes up to 8."""
    x = convert_to_tensor(x)
    if not is_float(x):
        x = cast(x, "float64" if x.dtype == "int64" else keras.config.floatx())
    size = run("Abs", x)
    one, four, eight, sixteen = (constant(n, x.dtype) for n in (1, 4, 8, 16))
    large = run("Max", size, eight)
    near = _series(run("Sub", run("Div", size, four), one), _NEAR)
    far = _series(run("Sub", run("Div", sixteen, large), one), _FAR)
    far = run("Div", far, run("Sqrt", large))
    return run("Mul", run("Exp", size), run("Where", run("Less", size, eight), near, far))


def _series(x: TracedTensor, coefficients: tuple[float, ...]) -> TracedTensor:
    """Return the sum of c[k] cos(k arccos(x)), which is Chebyshev's; the last one counts half."""
    one = constant(1, x.dtype)
    angle = arccos(run("Max", run("Min", x, one), run("Neg", one)))
    degrees = constant(np.arange(len(coefficients))[::-1], x.dtype)
    waves = run("Cos", run("Mul", op("Unsqueeze", angle, ints(-1)), degrees))
    weights = np.array([*coefficients[:-1], coefficients[-1] / 2])
    return op("Squeeze", run("MatMul", waves, constant(weights[:, None], x.dtype)), ints(-1))


_NEAR = (
    -4.4153416464793395e-18,
    3.3307945188222384e-17,
    -2.431279846547955e-16,
    1.715391285555133e-15,
    -1.1685332877993451e-14,
    7.676185498604936e-14,
    -4.856446783111929e-13,
    2.95505266312964e-12,
    -1.726826291441556e-11,
    9.675809035373237e-11,
    -5.189795601635263e-10,
    2.6598237246823866e-09,
    -1.300025009986248e-08,
    6.046995022541919e-08,
    -2.670793853940612e-07,
    1.1173875391201037e-06,
    -4.4167383584587505e-06,
    1.6448448070728896e-05,
    -5.754195010082104e-05,
    0.00018850288509584165,
    -0.0005763755745385824,
    0.0016394756169413357,
    -0.004324309995050576,
    0.010546460394594998,
    -0.02373741480589947,
    0.04930528423967071,
    -0.09490109704804764,
    0.17162090152220877,
    -0.3046826723431984,
    0.6767952744094761,
)
_FAR = (
    -7.233180487874754e-18,
    -4.830504485944182e-18,
    4.46562142029676e-17,
    3.461222867697461e-17,
    -2.8276239805165836e-16,
    -3.425485619677219e-16,
    1.7725601330565263e-15,
    3.8116806693526224e-15,
    -9.554846698828307e-15,
    -4.150569347287222e-14,
    1.54008621752141e-14,
    3.8527783827421426e-13,
    7.180124451383666e-13,
    -1.7941785315068062e-12,
    -1.3215811840447713e-11,
    -3.1499165279632416e-11,
    1.1889147107846439e-11,
    4.94060238822497e-10,
    3.3962320257083865e-09,
    2.266668990498178e-08,
    2.0489185894690638e-07,
    2.8913705208347567e-06,
    6.889758346916825e-05,
    0.0033691164782556943,
    0.8044904110141088,
)
