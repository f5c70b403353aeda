import numpy as np
import pytest

from mimo_portable.data import icu


@pytest.fixture(scope="module")
def folder(real_folder):
    return real_folder / icu.FOLDER


@pytest.mark.parametrize(
    ("variant", "origin", "sizes", "classes"),
    [
        ("icu_rate_shock", "semi-real", [4053, 600, 1097], [194, 639, 264]),
        ("icu_alarm_expert", "real", [191, 34, 54], [30, 5, 19]),
    ],
)
def test_variants_have_the_published_sizes_and_classes(folder, variant, origin, sizes, classes):
    data = icu.load(folder, variant=variant, seed=0)
    assert (data.name, data.origin) == (variant, origin)
    assert [len(part) for part in (data.train, data.validation, data.test)] == sizes
    assert data.test.targets["diagnosis_output"].sum(axis=0).tolist() == classes
    assert data.test.inputs["ecg_input"].shape == (sizes[2], 256, 1)
    assert data.test.inputs["ecg_input"].dtype == np.float32
    assert "never for care" in data.source


def test_units_are_microvolts_and_mmhg_and_risk_follows_the_shock_index(folder):
    data = icu.load(folder, variant="icu_rate_shock", seed=0)
    with np.load(folder / "icu_rate_shock.npz", allow_pickle=False) as file:
        test = file["split"] == 2
        np.testing.assert_array_equal(data.test.inputs["ecg_input"][..., 0], file["ecg_uV"][test])
        np.testing.assert_array_equal(data.test.inputs["bp_input"][:, 0], file["sbp"][test])
        index = file["hr"][test] / file["sbp"][test]
    np.testing.assert_allclose(
        data.test.targets["risk_output"][:, 0], np.minimum(1, index / 1.5), rtol=1e-5
    )


@pytest.mark.parametrize("variant", icu.VARIANTS)
def test_no_record_is_in_two_parts(folder, variant):
    with np.load(folder / f"{variant}.npz", allow_pickle=False) as file:
        records = [set(file["record"][file["split"] == i]) for i in range(3)]
    assert not records[0] & records[1]
    assert not records[0] & records[2]
    assert not records[1] & records[2]


def test_statistics_are_the_training_parts(folder):
    data = icu.load(folder, variant="icu_rate_shock", seed=0)
    pressure = data.train.inputs["bp_input"].astype(np.float64)
    assert data.statistics == {
        "bp_mean": pytest.approx(pressure.mean()),
        "bp_variance": pytest.approx(pressure.var()),
    }
