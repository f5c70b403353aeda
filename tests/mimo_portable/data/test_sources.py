import re

import numpy as np
import pytest

from mimo_portable import data
from mimo_portable.data import DataError, drawn_sentiment, sources
from mimo_portable.specs import ModelSpec

GUIDE = "mimo_portable/data/README.md says what the folder holds and where the originals are"


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    monkeypatch.delenv(sources.VARIABLE, raising=False)


def _error(*args, **kwargs):
    with pytest.raises(DataError) as caught:
        data.load(*args, **kwargs)
    return str(caught.value)


def test_the_public_face_is_short():
    assert data.__all__ == ["DataError", "Dataset", "Split", "load"]


def test_without_a_source_the_shipped_sets_are_taken(monkeypatch, sentiment, forecast, medical):
    monkeypatch.setattr(drawn_sentiment, "POSTS", 40)
    names = [data.load(spec).name for spec in (sentiment, forecast, medical)]
    assert names == ["drawn_sentiment", "co2_forecast", "simulated_medical"]


def test_the_parent_folder_the_sets_own_folder_and_the_variable_give_the_same(
    real_folder, forecast, monkeypatch
):
    parent = data.load(forecast, real_folder)
    itself = data.load(forecast, str(real_folder / "nyc_taxi"))
    monkeypatch.setenv(sources.VARIABLE, str(real_folder))
    named = data.load(forecast)
    assert parent.name == itself.name == named.name == "nyc_taxi"
    np.testing.assert_array_equal(parent.test.inputs["series"], named.test.inputs["series"])


def test_a_variant_is_chosen_by_name(real_folder, medical):
    assert data.load(medical, real_folder).name == "icu_rate_shock"
    assert data.load(medical, real_folder, variant="icu_alarm_expert").name == "icu_alarm_expert"


def test_an_unknown_variant_is_named(tmp_path, medical):
    assert _error(medical, tmp_path, variant="icu") == (
        "unknown variant 'icu', expected icu_rate_shock or icu_alarm_expert\n"
        f"  where:  {tmp_path}\n"
        "  remedy: leave the variant out, or give one of these names"
    )
    assert _error(medical, variant="icu").startswith(
        "unknown variant 'icu', expected simulated_medical\n  where:  the package\n"
    )


def test_a_missing_source_is_named(tmp_path, medical):
    path = tmp_path / "nowhere"
    assert _error(medical, path) == (
        f"no such file or folder: {path}\n"
        f"  where:  {path}\n"
        "  remedy: give an .npz, .parquet or .csv file, or a folder with the real sets; " + GUIDE
    )


def test_a_variable_that_names_no_folder_never_falls_back(tmp_path, medical, monkeypatch):
    path = tmp_path / "nowhere"
    monkeypatch.setenv(sources.VARIABLE, str(path))
    assert _error(medical) == (
        f"no such folder: {path}\n"
        f"  where:  {path} (from MIMO_PORTABLE_DATA)\n"
        "  remedy: give a folder with the real sets; " + GUIDE
    )


def test_a_folder_without_the_set_is_named(tmp_path, forecast):
    assert _error(forecast, tmp_path) == (
        "the folder has no file nyc_taxi.csv, which the set 'nyc_taxi' needs\n"
        f"  where:  {tmp_path}, looked for model 'forecast'\n"
        "  remedy: give the folder 'nyc_taxi' or the one that holds it; " + GUIDE
    )


@pytest.mark.parametrize("content", [b"", b"torn", b"PK\x03\x04torn"])
def test_a_damaged_set_is_an_error_of_three_lines(tmp_path, medical, content):
    (tmp_path / "icu_rate_shock.npz").write_bytes(content)
    assert re.fullmatch(
        r"the set 'icu_rate_shock' is damaged: \w+: .*\n"
        rf"  where:  {re.escape(str(tmp_path))}: icu_rate_shock\.npz\n"
        rf"  remedy: fetch the files again; {re.escape(GUIDE)}",
        _error(medical, tmp_path),
    )


def test_a_model_without_a_set_is_told_to_bring_its_own(tmp_path):
    spec = ModelSpec("other", "", (), ())
    assert _error(spec) == (
        "no set is shipped for model 'other'\n"
        "  where:  the package\n"
        "  remedy: give an .npz, .parquet or .csv file of your own"
    )
    assert _error(spec, tmp_path).startswith("no set is known for model 'other'\n")


def test_a_file_is_your_own(tmp_path, medical):
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n")
    assert _error(medical, path).startswith("column 'ecg_input' is missing; the file has 'x'\n")
