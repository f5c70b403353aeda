from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from mimo_portable import data, zoo
from mimo_portable.data import DataError, Dataset, drawn_sentiment
from mimo_portable.demo import examples
from mimo_portable.demo.examples import choose_examples


@pytest.fixture(scope="module")
def medical() -> Dataset:
    return data.load(zoo.find("medical").spec)


@pytest.fixture(scope="module")
def forecast() -> Dataset:
    return data.load(zoo.find("forecast").spec)


@pytest.fixture
def posts(monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setattr(drawn_sentiment, "POSTS", 150)
    return drawn_sentiment.load(seed=0)


def test_medical_rows_are_the_test_parts_own_and_of_all_classes(medical: Dataset) -> None:
    rows = choose_examples("medical", medical).document["rows"]
    assert len(rows) == 12
    for row in rows:
        inputs, targets = (
            {name: values[row["row"]] for name, values in part.items()}
            for part in (medical.test.inputs, medical.test.targets)
        )
        np.testing.assert_array_equal(np.float32(row["ecg"]), inputs["ecg_input"][:, 0])
        assert np.float32(row["pressure"]) == inputs["bp_input"][0]
        assert targets["diagnosis_output"].argmax() == row["diagnosis"]
        assert np.float32(row["risk"]) == targets["risk_output"][0]
    assert sorted(row["diagnosis"] for row in rows) == [0] * 4 + [1] * 4 + [2] * 4


def test_forecast_rows_spread_over_the_test_part_and_hold_what_came(forecast: Dataset) -> None:
    document = choose_examples("forecast", forecast).document
    assert (document["unit"], document["stepSeconds"]) == ("ppm", 7 * 86_400)
    assert document["horizons"] == [4, 13, 26]
    numbers = [row["row"] for row in document["rows"]]
    assert numbers == sorted(numbers)
    assert numbers[-1] - numbers[0] > 0.6 * len(forecast.test)
    for row in document["rows"]:
        window = forecast.test.inputs["series"][row["row"], :, 0]
        np.testing.assert_array_equal(np.float32(row["history"]), window)
        assert row["truth"] == [row["future"][steps - 1] for steps in (4, 13, 26)]
        truth = [forecast.test.targets[f"output_{i}"][row["row"], 0] for i in (1, 2, 3)]
        np.testing.assert_array_equal(np.float32(row["truth"]), truth)
        assert np.datetime64(row["time"]) == forecast.test.notes["time"][row["row"]]


def test_sentiment_rows_have_pictures_of_their_own_pixels_and_words_for_them(
    posts: Dataset,
) -> None:
    from PIL import Image  # noqa: PLC0415 - of the data's extra

    found = choose_examples("sentiment", posts)
    assert found.document["language"] == "en"
    for row in found.document["rows"]:
        with Image.open(io.BytesIO(found.files[row["picture"]])) as picture:
            pixels = np.asarray(picture)
        np.testing.assert_array_equal(pixels, posts.test.inputs["image_input"][row["row"]])
        assert row["described"].startswith("a ")
        assert row["text"] == posts.test.notes["text"][row["row"]]
        assert row["positive"] == (posts.test.targets["sentiment"][row["row"], 0] == 1)
    assert {row["positive"] for row in found.document["rows"]} == {True, False}


def test_a_class_with_few_rows_gives_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "COUNT", 5)
    rows = examples._of_each(np.array([0, 0, 1, 0, 0, 0]), np.random.default_rng(0))
    assert len(set(rows)) == 5
    assert 2 in rows


def test_the_draw_is_seeded(medical: Dataset) -> None:
    first, again = (choose_examples("medical", medical, seed=1).document for _ in range(2))
    assert first == again
    assert first != choose_examples("medical", medical, seed=2).document


def test_what_is_written_is_json_and_pictures(posts: Dataset, tmp_path: Path) -> None:
    found = choose_examples("sentiment", posts)
    found.write(tmp_path)
    text = (tmp_path / "examples.json").read_text(encoding="utf-8")
    assert json.loads(text) == found.document
    assert {path.name for path in tmp_path.glob("*.png")} == set(found.files)


def test_without_pillow_the_command_that_installs_it_is_named(
    posts: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(DataError, match="the package pillow is needed for this and is not install"):
        choose_examples("sentiment", posts)
