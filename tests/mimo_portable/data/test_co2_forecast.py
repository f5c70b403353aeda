import sys

import numpy as np
import pytest

from mimo_portable.data import co2_forecast
from mimo_portable.data.errors import DataError


@pytest.fixture(scope="module")
def data():
    return co2_forecast.load(seed=0)


def test_the_series_is_the_one_in_the_wheel():
    weekly = co2_forecast.read()
    assert weekly.shape == (2284,)
    assert np.isnan(weekly).sum() == 59
    assert np.flatnonzero(np.isnan(weekly)).max() == 1427
    assert weekly[[0, -1]].tolist() == [316.1, 371.5]


def test_parts_are_stretches_of_time_that_share_no_value(data):
    assert [len(p) for p in (data.train, data.validation, data.test)] == [1432, 84, 240]
    weekly = co2_forecast.read()
    for part, start in ((data.validation, 1608), (data.test, 1868)):
        first = weekly[start : start + 151]
        expected = [first[i + 51] - first[i : i + 52].mean() for i in range(100)]
        np.testing.assert_allclose(part.inputs["series"][0, :, 0], expected, atol=1e-4)
    assert data.origin == "real"
    assert data.units == dict.fromkeys(("series", "output_1", "output_2", "output_3"), "ppm")


def test_a_window_keeps_the_day_of_its_last_value(data):
    times = data.test.notes["time"]
    assert np.unique(np.diff(times)).tolist() == [np.timedelta64(7, "D")]
    assert times[-1] == np.datetime64("2001-12-29") - 26 * np.timedelta64(7, "D")
    assert data.horizons == {"output_1": 4, "output_2": 13, "output_3": 26}


def test_the_season_beats_the_last_value_at_every_horizon(data):
    series = data.test.inputs["series"][..., 0]
    for i, h in enumerate(co2_forecast.HORIZONS, start=1):
        target = data.test.targets[f"output_{i}"][:, 0]
        last = np.abs(target - series[:, -1]).mean()
        year_ago = np.abs(target - series[:, h - 53]).mean()
        assert year_ago < 0.8 * last


def test_gaps_become_straight_lines():
    filled = co2_forecast.fill(np.array([1.0, np.nan, np.nan, 4.0, 2.0]))
    assert filled.tolist() == [1.0, 2.0, 3.0, 4.0, 2.0]


def test_without_statsmodels_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.datasets", None)
    with pytest.raises(DataError) as caught:
        co2_forecast.load(seed=0)
    assert str(caught.value).startswith(
        "the package statsmodels, whose wheel holds the shipped series, is not installed\n"
        "  where:  importing statsmodels.datasets.co2: "
    )
    assert str(caught.value).endswith("  remedy: run: pip install 'mimo-portable[data]'")
