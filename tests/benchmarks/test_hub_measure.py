"""How a model of KerasHub is measured, on a model of Keras alone."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers, ops

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def hub_measure():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("hub_measure")


@pytest.fixture(scope="module")
def hub_parts():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("hub_parts")


def reader(*, units, blind=False):
    """Return the mean of the embedded words that a mask lets through."""
    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    mask = keras.Input((None,), dtype="int32", name="padding_mask")
    weight = ops.cast(mask, "float32")[..., None]
    total = ops.sum(layers.Embedding(24, units)(tokens) * weight, axis=1)
    mean = total / ops.sum(weight, axis=1)
    output = ops.zeros_like(mean) if blind else layers.Dense(units)(mean)
    return keras.Model({"token_ids": tokens, "padding_mask": mask}, output)


@pytest.fixture(scope="module")
def package():
    return SimpleNamespace(models=SimpleNamespace(Reader=reader, Backbone=keras.Model))


def test_a_model_agrees_and_its_mask_masks(hub_measure, hub_parts, package, tmp_path):
    reading = hub_measure.Small(hub_parts.Part("models.Reader", {"units": 3}))
    result = hub_measure.measure("Reader", reading, package, tmp_path)
    assert result.error == ""
    assert (result.model, result.backend) == ("Reader", keras.backend.backend())
    assert result.parameters == 24 * 3 + 3 * 3 + 3
    assert result.difference <= 1e-5
    assert result.masked > 1e-2
    assert result.response > 1e-2
    assert len(result.sha256) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["begun.json"]


def test_a_model_that_does_not_look_at_its_inputs_proves_nothing(
    hub_measure, hub_parts, package, tmp_path
):
    part = hub_parts.Part("models.Reader", {"units": 3, "blind": True})
    result = hub_measure.measure("Reader", hub_measure.Small(part), package, tmp_path)
    assert result.error == "the outputs do not depend on the inputs"


def test_padding_is_at_the_end_and_the_last_row_is_whole(hub_measure):
    kept = hub_measure.kept(np.random.default_rng(0), (3, 9))
    assert kept.shape == (3, 9)
    assert (np.diff(kept, axis=1) <= 0).all()
    assert kept.sum(axis=1).tolist()[-1] == 9
    assert set(kept.sum(axis=1).tolist()[:-1]) <= {6, 7, 8}
    assert hub_measure.kept(np.random.default_rng(0), (1, 9)).sum() == 8


@pytest.mark.parametrize(
    ("name", "shape", "run", "sizes"),
    [
        ("token_ids", (None,), 0, [7]),
        ("token_ids", (None,), 1, [9]),
        ("decoder_token_ids", (None,), 1, [6]),
        ("images", (None, None, 3), 1, [64, 96, 3]),
        ("images", (32, 32, 3), 1, [32, 32, 3]),
        ("sound", (None, 8), 1, [20, 8]),
        ("patches", (None, None, 4), 0, [1, 16, 4]),
    ],
)
def test_free_sizes_are_what_the_name_or_the_model_says(hub_measure, name, shape, run, sizes):
    lengths = {"sound": (10, 20), "patches": ((1, 16), (1, 16))}
    model = hub_measure.Small(None, lengths=lengths)
    assert hub_measure.sizes_of(name, shape, model, run) == sizes


def test_words_are_padded_with_zero_only_where_no_mask_says_what_is_padding(hub_measure):
    rng = np.random.default_rng(0)
    assert (hub_measure.values_of("token_ids", (3, 9), "int32", rng, masked=True) > 0).all()
    padded = hub_measure.values_of("token_ids", (3, 9), "int32", rng, masked=False)
    assert (padded[:-1] == 0).any()
    assert (padded[-1] > 0).all()
    places = hub_measure.values_of("position_ids", (2, 4), "int32", rng, masked=True)
    assert places.tolist() == [[0, 1, 2, 3]] * 2


def test_a_difference_is_in_units_of_each_output(hub_measure):
    wanted = {"a": np.array([[100.0, -1.0]], "float32"), "b": np.array([[0.5]], "float32")}
    assert hub_measure.difference(wanted, wanted) == 0
    found = {**wanted, "b": np.array([[0.25]], "float32")}
    assert hub_measure.difference(found, wanted) == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize(
    ("worst", "response", "exact", "rounding", "error"),
    [
        (1e-6, 0.5, None, None, ""),
        (2e-5, 0.5, 1e-5, 2e-5, ""),
        (2e-5, 0.5, 5e-5, 2e-5, "differs by 2e-05"),
        (2e-5, 0.5, None, None, "differs by 2e-05"),
        (float("nan"), 0.5, float("nan"), 0.0, "differs by nan"),
        (0.0, 1e-7, None, None, "the outputs do not depend on the inputs"),
    ],
)
def test_a_problem_is_what_the_file_adds_to_keras(
    hub_measure, worst, response, exact, rounding, error
):
    assert hub_measure.problem(worst, response, exact, rounding) == error


def test_a_model_of_fixed_sizes_is_one_around_the_free_one(hub_measure, hub_parts, package):
    part = hub_parts.Part("models.Reader", {"units": 3})
    lengths = {"token_ids": (5, 5), "padding_mask": (5, 5)}
    model = hub_measure.built(hub_measure.Small(part, lengths=lengths, fixed=True), package)
    assert {x.name: x.shape for x in model.inputs} == {
        "token_ids": (None, 5),
        "padding_mask": (None, 5),
    }
