import numpy as np
import pytest

from mimo_portable.data import assemble
from mimo_portable.data.splits import Parts

ABOUT = assemble.About("set", "simulated", "here")
PARTS = Parts(np.array([0, 1]), np.array([2]), np.array([3]))


def _medical(systolic):
    windows = assemble.MedicalWindows(
        np.ones((4, 256), np.int16), np.array(systolic), np.array([0, 1, 2, 1]), np.full(4, 0.5)
    )
    return assemble.medical(ABOUT, windows, PARTS, diagnoses=("a", "b", "c"))


def test_medical_has_the_contracts_names_shapes_and_one_hot_classes():
    data = _medical([100.0, 120.0, 90.0, 80.0])
    assert {k: (v.shape, v.dtype) for k, v in data.train.inputs.items()} == {
        "ecg_input": ((2, 256, 1), np.float32),
        "bp_input": ((2, 1), np.float32),
    }
    assert data.test.targets["diagnosis_output"].tolist() == [[0, 1, 0]]
    assert data.statistics == {"bp_mean": 110.0, "bp_variance": 100.0}


def test_medical_statistics_do_not_see_validation_and_test():
    assert (
        _medical([100.0, 120.0, 90.0, 80.0]).statistics
        == _medical([100.0, 120.0, 9e9, 1.0]).statistics
    )


def test_forecast_statistics_do_not_see_later_stretches():
    past, recent = np.arange(20.0), np.arange(20.0)

    def made(newest):
        return assemble.forecast(
            ABOUT,
            [past, recent, newest],
            [np.arange(20).astype("datetime64[D]")] * 3,
            window=5,
            horizons=(1, 2),
            unit="ppm",
        )

    data = made(np.arange(20.0))
    assert data.statistics == made(np.full(20, 1e6)).statistics
    assert data.statistics == {"mean": 9.5, "variance": pytest.approx(33.25)}
    assert data.units == {"series": "ppm", "output_1": "ppm", "output_2": "ppm"}
    assert data.horizons == {"output_1": 1, "output_2": 2}
    days = data.test.notes["time"]
    assert (len(days), days[0]) == (len(data.test), np.datetime64("1970-01-05"))


def test_sentiment_vocabulary_does_not_see_validation_and_test():
    def made(last):
        posts = [
            assemble.Posts(
                np.zeros((2, 128, 128, 3), np.uint8),
                texts,
                np.array([True, False]),
                ["white", "empty"],
            )
            for texts in (["a b", "b a"], ["a c", "c c"], last)
        ]
        return assemble.sentiment(ABOUT, *posts, length=4)

    data = made(["c a", "b"])
    assert data.vocabulary == made(["z z", "z"]).vocabulary == {"text_input": ("a", "b")}
    assert data.statistics == {"vocabulary_size": 4}
    assert data.test.inputs["text_input"].tolist() == [[1, 2, 0, 0], [3, 0, 0, 0]]
    assert data.test.notes["text"].tolist() == ["c a", "b"]
    assert data.test.notes["picture"].tolist() == ["white", "empty"]
    assert data.test.targets["sentiment"].tolist() == [[1.0], [0.0]]
