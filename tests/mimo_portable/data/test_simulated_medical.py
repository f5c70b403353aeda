import numpy as np
import pytest

from mimo_portable.data import simulated_medical


@pytest.fixture(scope="module")
def data():
    return simulated_medical.load(seed=0)


def _beats_a_minute(ecg):
    """Read the rate of a window off its R waves: no model, no label."""
    fast = ecg - np.convolve(ecg, np.full(9, 1 / 9), "same")
    peaks = []
    for i in np.argsort(-fast):
        if fast[i] < 0.5 * fast.max():
            break
        if all(abs(i - peak) >= 8 for peak in peaks):
            peaks.append(i)
    return 60 * 32 / np.median(np.diff(sorted(peaks)))


def test_arrays_and_origin_follow_the_contract(data):
    assert (data.name, data.origin) == ("simulated_medical", "simulated")
    assert [len(p) for p in (data.train, data.validation, data.test)] == [2800, 600, 600]
    assert data.train.inputs["ecg_input"].shape == (2800, 256, 1)
    for values in (*data.train.inputs.values(), *data.train.targets.values()):
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
    assert data.train.targets["diagnosis_output"].mean(axis=0).min() > 0.2


def test_the_same_seed_gives_the_same_arrays_and_another_seed_others(data):
    again, other = simulated_medical.load(seed=0), simulated_medical.load(seed=1)
    np.testing.assert_array_equal(again.test.inputs["ecg_input"], data.test.inputs["ecg_input"])
    np.testing.assert_array_equal(again.train.inputs["bp_input"], data.train.inputs["bp_input"])
    assert not np.array_equal(other.train.inputs["bp_input"], data.train.inputs["bp_input"])


def test_the_ecg_tells_the_diagnosis(data):
    rate = [_beats_a_minute(window) for window in data.test.inputs["ecg_input"][..., 0]]
    guess = np.digitize(rate, [60, 100])
    truth = data.test.targets["diagnosis_output"].argmax(axis=1)
    assert np.mean([(guess[truth == c] == c).mean() for c in range(3)]) > 0.75


def test_risk_wants_both_inputs(data):
    risk = data.train.targets["risk_output"][:, 0]
    rate = data.train.targets["diagnosis_output"].argmax(axis=1)
    pressure = data.train.inputs["bp_input"][:, 0]
    left = {}
    for name, given in (
        ("rate", np.eye(3)[rate]),
        ("pressure", np.stack([np.ones_like(pressure), pressure], axis=1)),
        ("both", np.column_stack([np.eye(3)[rate], pressure])),
    ):
        fit = np.linalg.lstsq(given, risk, rcond=None)[0]
        left[name] = np.var(risk - given @ fit) / np.var(risk)
    assert left["both"] < 0.6 * min(left["rate"], left["pressure"])


def test_no_patient_is_in_two_parts(monkeypatch):
    monkeypatch.setattr(simulated_medical, "PATIENTS", 20)
    seen = {}
    original = simulated_medical.medical

    def spy(about, windows, parts, *, diagnoses):
        seen["parts"] = parts
        return original(about, windows, parts, diagnoses=diagnoses)

    monkeypatch.setattr(simulated_medical, "medical", spy)
    simulated_medical.load(seed=3)
    parts = seen["parts"]
    of = [
        set(rows // simulated_medical.WINDOWS)
        for rows in (parts.train, parts.validation, parts.test)
    ]
    assert [len(p) for p in of] == [14, 3, 3]
    assert not of[0] & of[1]
    assert not of[0] & of[2]
    assert not of[1] & of[2]
