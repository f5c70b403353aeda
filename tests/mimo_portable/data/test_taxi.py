import numpy as np
import pytest

from mimo_portable.data import taxi


@pytest.fixture(scope="module")
def folder(real_folder):
    return real_folder / taxi.FOLDER


@pytest.fixture(scope="module")
def data(folder):
    return taxi.load(folder, variant="nyc_taxi", seed=0)


def test_the_test_part_is_the_published_one(data):
    assert len(data.test) == 1005
    last = data.test.inputs["series"][:, -1]
    errors = [np.abs(data.test.targets[f"output_{i}"] - last).mean() for i in (1, 2, 3)]
    assert [round(float(e)) for e in errors] == [1330, 9337, 2538]


def test_parts_share_no_value_of_the_series(data, folder):
    series = taxi.read(folder / "nyc_taxi.csv")
    assert len(series) == 10320
    ends = np.cumsum([len(p) + 147 for p in (data.train, data.validation, data.test)])
    assert ends.tolist() == [4080, 4752, 5904]
    for part, start in zip((data.train, data.validation, data.test), [0, *ends[:2]], strict=True):
        np.testing.assert_array_equal(part.inputs["series"][0, :, 0], series[start : start + 100])
        for i, h in enumerate((1, 12, 48), start=1):
            assert part.targets[f"output_{i}"][0, 0] == series[start + 99 + h]


def test_a_window_keeps_the_time_of_its_last_value(data):
    times = data.test.notes["time"]
    assert len(times) == len(data.test)
    # The test part begins at midnight of 8 October; its first window ends 99 half hours later.
    assert times[0] == np.datetime64("2014-10-08T00:00") + 99 * np.timedelta64(30, "m")
    assert data.horizons == {"output_1": 1, "output_2": 12, "output_3": 48}


def test_statistics_are_the_training_stretchs_in_passengers(data, folder):
    train = taxi.read(folder / "nyc_taxi.csv")[:4080]
    assert data.statistics == {
        "mean": pytest.approx(train.mean()),
        "variance": pytest.approx(train.var()),
    }
    assert data.units["series"] == "passengers"
