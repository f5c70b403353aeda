"""Real data for the forecast model: New York taxi passengers, one count every half hour.

Numenta Anomaly Benchmark, `nyc_taxi.csv`, MIT licence, from the NYC Taxi and Limousine Commission.
The series is cut into three stretches of time, and the data end before November, because the
marathon, Thanksgiving, Christmas, New Year and a blizzard follow.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mimo_portable.data.assemble import About, forecast
from mimo_portable.data.contract import Array, Dataset

FOLDER = "nyc_taxi"
VARIANTS = {"nyc_taxi": ("nyc_taxi.csv",)}
"""The files that each variant needs."""
ABOUT = About(
    "nyc_taxi",
    "real",
    "Real: half-hourly taxi passengers of New York, July to October 2014 (Numenta Anomaly "
    "Benchmark, MIT; NYC Taxi and Limousine Commission). Horizons: 1, 12 and 48 steps, that is "
    "30 minutes, 6 and 24 hours.",
)
WINDOW = 100
HORIZONS = (1, 12, 48)
PER_DAY = 48
STOP = 5904
"""How many values come before November."""
TEST_DAYS = 24
VALIDATION_DAYS = 14
"""Two of every weekday."""


def load(folder: Path, *, variant: str, seed: int) -> Dataset:
    """Cut the series into windows by time.

    Returns:
        series float32 [n, 100, 1] and output_1, output_2, output_3 float32 [n, 1], in passengers.
    """
    path = folder / "nyc_taxi.csv"
    test = STOP - TEST_DAYS * PER_DAY
    borders = [test - VALIDATION_DAYS * PER_DAY, test]
    stretches, times = (np.split(x[:STOP], borders) for x in (read(path), read_times(path)))
    return forecast(ABOUT, stretches, times, window=WINDOW, horizons=HORIZONS, unit="passengers")


def read(path: Path) -> Array:
    """Return the passengers per half hour, float64 [10320]."""
    return np.loadtxt(path, delimiter=",", skiprows=1, usecols=1)


def read_times(path: Path) -> Array:
    """Return when each half hour begins, datetime64 [10320]."""
    return np.loadtxt(path, delimiter=",", skiprows=1, usecols=0, dtype="datetime64[m]")
