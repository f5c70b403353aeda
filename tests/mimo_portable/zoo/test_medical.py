"""The medical networks: layers, names, normalisation inside, and the two options."""

from __future__ import annotations

import numpy as np
import pytest

from mimo_portable.zoo import medical
from mimo_portable.zoo.medical import CONFIGURATIONS, SPEC, MedicalConfig


def samples(n=3):
    rng = np.random.default_rng(0)
    ecg = rng.normal(0, 400, (n, 256, 1)).astype(np.float32)
    return {"ecg_input": ecg, "bp_input": rng.normal(120, 20, (n, 1)).astype(np.float32)}


def test_the_reference_is_one_convolution_and_two_heads():
    model = medical.build(MedicalConfig())
    assert [(layer.name, type(layer).__name__) for layer in model.layers] == [
        ("ecg_input", "InputLayer"),
        ("ecg_normalization", "LayerNormalization"),
        ("ecg_convolution_1", "Conv1D"),
        ("ecg_pool_1", "MaxPooling1D"),
        ("bp_input", "InputLayer"),
        ("joined_flatten", "Flatten"),
        ("bp_normalization", "Rescaling"),
        ("joined", "Concatenate"),
        ("diagnosis_output", "Dense"),
        ("risk_output", "Dense"),
    ]
    assert model.get_layer("joined").output.shape == (None, 127 * 32 + 1)
    assert model.count_params() == 3 * 32 + 32 + 4 * (127 * 32 + 1 + 1)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_inputs_and_outputs_are_the_contract(name):
    model = medical.build(CONFIGURATIONS[name])
    assert [(t.name, t.shape, t.dtype) for t in model.inputs] == [
        (t.name, (None, *t.shape), t.dtype) for t in SPEC.inputs
    ]
    assert {n: (t.shape, t.dtype) for n, t in model.output.items()} == {
        t.name: ((None, *t.shape), t.dtype) for t in SPEC.outputs
    }
    assert list(model.output) == ["diagnosis_output", "risk_output"]


def test_losses_and_weights_are_those_of_the_contract():
    assert [(o.loss, o.weight, o.scores[0], o.baseline) for o in SPEC.outputs] == [
        ("categorical_crossentropy", 1.0, "balanced_accuracy", "majority"),
        ("binary_crossentropy", 0.5, "mae", "median"),
    ]


def test_the_gain_and_offset_of_the_recorder_do_not_matter():
    model = medical.build(MedicalConfig(filters=(4,)))
    values = samples()
    expected = model.predict(values, verbose=0)
    got = model.predict({**values, "ecg_input": values["ecg_input"] * 7 + 90}, verbose=0)
    for name in expected:
        np.testing.assert_allclose(got[name], expected[name], atol=1e-4)


def test_a_flat_line_gives_numbers():
    model = medical.build(MedicalConfig(filters=(4,)))
    values = samples()
    outputs = model.predict({**values, "ecg_input": np.full_like(values["ecg_input"], 80)})
    assert all(np.isfinite(value).all() for value in outputs.values())


def test_the_pressure_is_normalised_by_the_configuration():
    plain = medical.build(MedicalConfig(0.0, 1.0, filters=(4,)))
    scaled = medical.build(MedicalConfig(130.0, 400.0, filters=(4,)))
    scaled.set_weights(plain.get_weights())
    values = samples()
    standard = {**values, "bp_input": (values["bp_input"] - 130) / 20}
    expected, got = plain.predict(standard, verbose=0), scaled.predict(values, verbose=0)
    for name in expected:
        np.testing.assert_allclose(got[name], expected[name], atol=1e-5)


def test_a_shared_encoder_is_one_set_of_weights_for_both_halves():
    model = medical.build(MedicalConfig(filters=(4, 6), shared_encoder=True))
    convolutions = [layer for layer in model.layers if type(layer).__name__ == "Conv1D"]
    assert [layer.name for layer in convolutions] == ["ecg_convolution_1", "ecg_convolution_2"]
    assert [layer.kernel.shape for layer in convolutions] == [(3, 1, 4), (3, 4, 6)]
    # Half a window: 128 samples, 126 after a convolution, 63 after the pooling, then 61 and 30.
    assert model.get_layer("ecg_halves_2").output.shape == (None, 60, 6)


def test_the_risk_can_branch_off_before_the_diagnosis():
    model = medical.build(MedicalConfig(filters=(4, 6), risk_from_first_block=True))
    assert model.get_layer("risk_output").kernel.shape == (127 * 4 + 1, 1)
    assert model.get_layer("diagnosis_output").kernel.shape == (62 * 6 + 1, 3)


def test_both_options_work_together():
    config = MedicalConfig(filters=(4, 6), shared_encoder=True, risk_from_first_block=True)
    model = medical.build(config)
    assert model.get_layer("risk_output").kernel.shape == (2 * 63 * 4 + 1, 1)
    assert model.get_layer("diagnosis_output").kernel.shape == (60 * 6 + 1, 3)
