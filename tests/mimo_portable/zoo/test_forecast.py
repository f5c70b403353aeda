"""The forecast networks: layers, names, units, and the two options."""

from __future__ import annotations

import dataclasses

import keras
import numpy as np
import pytest

from mimo_portable.errors import ConfigError
from mimo_portable.zoo import forecast
from mimo_portable.zoo.forecast import CONFIGURATIONS, SPEC, ForecastConfig


def test_the_reference_is_one_lstm_and_three_heads():
    model = forecast.build(ForecastConfig())
    assert [(layer.name, type(layer).__name__) for layer in model.layers] == [
        ("series", "InputLayer"),
        ("normalization", "Rescaling"),
        ("lstm", "LSTM"),
        ("output_1", "Dense"),
        ("output_2", "Dense"),
        ("output_3", "Dense"),
        ("output_1_unit", "Rescaling"),
        ("output_2_unit", "Rescaling"),
        ("output_3_unit", "Rescaling"),
    ]
    assert model.get_layer("lstm").units == 64
    assert model.count_params() == 4 * 64 * (1 + 64 + 1) + 3 * 65


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_inputs_and_outputs_are_the_contract(name):
    model = forecast.build(CONFIGURATIONS[name])
    assert [(t.name, t.shape, t.dtype) for t in model.inputs] == [
        (t.name, (None, *t.shape), t.dtype) for t in SPEC.inputs
    ]
    assert {n: (t.shape, t.dtype) for n, t in model.output.items()} == {
        t.name: ((None, *t.shape), t.dtype) for t in SPEC.outputs
    }
    assert list(model.output) == ["output_1", "output_2", "output_3"]


def test_losses_and_weights_are_those_of_the_contract():
    assert [(o.loss, o.weight, o.metrics, o.baseline) for o in SPEC.outputs] == [
        ("mse", 1.0, ("mae",), "persistence"),
        ("mse", 0.8, ("mae",), "persistence"),
        ("mse", 0.5, ("mae",), "persistence"),
    ]


def test_the_model_speaks_the_unit_of_the_series():
    """A series in another unit gives the same forecast in that unit."""
    values = np.random.default_rng(0).normal(0, 1, (2, 100, 1)).astype(np.float32)
    plain = forecast.build(ForecastConfig(lstm_units=4))
    scaled = forecast.build(ForecastConfig(mean=500.0, variance=10_000.0, lstm_units=4))
    scaled.set_weights(plain.get_weights())
    expected = plain.predict(values, verbose=0)
    got = scaled.predict(values * 100 + 500, verbose=0)
    for name in expected:
        np.testing.assert_allclose(got[name], expected[name] * 100 + 500, rtol=1e-5)


def test_a_shared_encoder_reads_both_spans_with_the_same_weights():
    plain = forecast.build(ForecastConfig(lstm_units=4))
    shared = forecast.build(ForecastConfig(lstm_units=4, shared_encoder=True))
    assert len(shared.get_layer("lstm").weights) == len(plain.get_layer("lstm").weights) == 3
    assert shared.get_layer("spans").output.shape == (None, 8)
    spans = keras.Model(shared.inputs, shared.get_layer("spans").output)
    values = np.random.default_rng(0).normal(0, 1, (2, 100, 1)).astype(np.float32)
    encoder = keras.Sequential([keras.Input((None, 1)), shared.get_layer("lstm")])
    np.testing.assert_allclose(
        spans.predict(values, verbose=0)[:, 4:],
        encoder.predict(values[:, 50:], verbose=0),
        atol=1e-6,
    )


def test_outputs_can_branch_from_different_depths():
    config = ForecastConfig(lstm_units=4, dense_units=(5, 6), outputs_by_depth=True)
    model = forecast.build(config)
    widths = [model.get_layer(name).kernel.shape[0] for name in model.output]
    assert widths == [4, 5, 6]
    together = forecast.build(dataclasses.replace(config, outputs_by_depth=False))
    assert [together.get_layer(name).kernel.shape[0] for name in together.output] == [6, 6, 6]


def test_sharing_without_an_lstm_is_refused():
    with pytest.raises(ConfigError) as error:
        ForecastConfig(lstm_units=0, shared_encoder=True)
    assert str(error.value) == (
        "shared_encoder=true shares an LSTM, and lstm_units=0 leaves it out\n"
        "  where:  the configuration of model 'forecast'\n"
        "  remedy: set lstm_units to 1 or more, or shared_encoder=false"
    )


def test_branching_from_a_single_depth_is_refused():
    with pytest.raises(ConfigError) as error:
        ForecastConfig(outputs_by_depth=True)
    assert str(error.value) == (
        "outputs_by_depth=true needs a second layer, and dense_units is empty\n"
        "  where:  the configuration of model 'forecast'\n"
        "  remedy: set dense_units, such as dense_units=64,32, or outputs_by_depth=false"
    )
