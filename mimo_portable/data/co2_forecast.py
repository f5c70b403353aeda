"""Shipped data for the forecast model: carbon dioxide in the air over Mauna Loa, one value a week.

Source: the `co2` data set inside the wheel of statsmodels (statsmodels.datasets.co2), weekly means
in ppm from March 1958 to December 2001, public domain. Keeling and Whorf 2004, Atmospheric CO2
concentrations derived from flask air samples at sites in the SIO network, in Trends: A Compendium
of Data on Global Change, CDIAC, Oak Ridge National Laboratory.

What was done to it:

1. 59 of the 2,284 weeks have no value, in gaps of at most 18 weeks, the last in 1985: they are
   filled by the straight line between their neighbours.
2. The series here is each week's value minus the mean of the 52 weeks that end with it, in ppm. The
   raw series climbs out of the range of any past, so that a network that knows the past alone fails
   on it (measured: 4.4 ppm off one week ahead, where the last value is 0.4 off).
3. It is cut by time: the last 8 years are the test part, the 5 before them validation. Gaps and
   means are taken inside each stretch, so that no part holds a value of another.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mimo_portable.data.assemble import About, forecast
from mimo_portable.data.contract import Array, Dataset
from mimo_portable.data.errors import DataError

ABOUT = About(
    "co2_forecast",
    "real",
    "Real: weekly carbon dioxide at Mauna Loa, 1958 to 2001, in ppm above the mean of the last "
    "52 weeks (Keeling and Whorf 2004, public domain, from the statsmodels wheel). "
    "Horizons: 4, 13 and 26 steps, that is 4, 13 and 26 weeks.",
)
WINDOW = 100
HORIZONS = (4, 13, 26)
PER_YEAR = 52
TEST_YEARS = 8
VALIDATION_YEARS = 5


def load(*, seed: int) -> Dataset:
    """Cut the series into windows by time.

    Returns:
        series float32 [n, 100, 1] and output_1, output_2, output_3 float32 [n, 1], in ppm.

    Raises:
        DataError: statsmodels is not installed.
    """
    weekly = read()
    test = len(weekly) - TEST_YEARS * PER_YEAR
    borders = [test - VALIDATION_YEARS * PER_YEAR, test]
    return forecast(
        ABOUT,
        [above_last_year(fill(stretch)) for stretch in np.split(weekly, borders)],
        [stretch[PER_YEAR - 1 :] for stretch in np.split(read_times(), borders)],
        window=WINDOW,
        horizons=HORIZONS,
        unit="ppm",
    )


def read() -> Array:
    """Return the weekly values in ppm, float64 [2284], NaN where there is none."""
    return np.asarray(_weekly(), np.float64)


def read_times() -> Array:
    """Return the day that each week is named by, datetime64 [2284]."""
    return np.asarray(_weekly().index, "datetime64[D]")


def _weekly() -> Any:
    try:
        from statsmodels.datasets import co2  # noqa: PLC0415 (a second to import)
    except ImportError as error:
        raise DataError(
            "the package statsmodels, whose wheel holds the shipped series, is not installed",
            where=f"importing statsmodels.datasets.co2: {error}",
            remedy="run: pip install 'mimo-portable[data]'",
        ) from error
    return co2.load_pandas().data["co2"]


def fill(series: Array) -> Array:
    """Fill each gap with the straight line between its neighbours.

    >>> fill(np.array([1.0, np.nan, np.nan, 4.0])).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    known = np.flatnonzero(~np.isnan(series))
    return np.interp(np.arange(len(series)), known, series[known])


def above_last_year(series: Array) -> Array:
    """Return each value minus the mean of the 52 that end with it; the first 51 have none."""
    return series[PER_YEAR - 1 :] - np.convolve(series, np.full(PER_YEAR, 1 / PER_YEAR), "valid")
