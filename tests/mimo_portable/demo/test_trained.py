from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from demo_bundles import retold

from mimo_export.errors import BundleError, InputError
from mimo_export.manifest import MANIFEST, SIGNATURE, write_manifest
from mimo_portable.data.errors import DataError
from mimo_portable.demo.trained import load_data, read_trained


def test_a_bundle_says_what_its_model_was_trained_with(medical: Path) -> None:
    trained = read_trained(medical)
    assert trained.spec.name == "medical"
    assert (trained.data["name"], trained.data["origin"]) == ("simulated_medical", "simulated")
    assert trained.seed == 3


def test_the_data_are_those_of_the_run_whatever_folder_is_named(
    medical: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MIMO_PORTABLE_DATA", str(tmp_path))
    assert load_data(read_trained(medical)).name == "simulated_medical"
    assert load_data(read_trained(medical), str(tmp_path)).name == "simulated_medical"


def test_an_older_bundle_that_does_not_say_is_refused(medical: Path, tmp_path: Path) -> None:
    bundle = retold(medical, tmp_path / "b", data={})
    with pytest.raises(BundleError) as caught:
        read_trained(bundle)
    assert str(caught.value) == (
        "the bundle does not say which data its model was trained with\n"
        f"  where:  {bundle}\n"
        "  remedy: export the folder of its training run again: "
        "`mimo-portable export RUN -o BUNDLE`"
    )


def test_a_real_set_wants_its_folder(medical: Path, tmp_path: Path) -> None:
    trained = read_trained(retold(medical, tmp_path / "b", data={"name": "icu_rate_shock"}))
    with pytest.raises(InputError) as caught:
        load_data(trained)
    assert str(caught.value) == (
        "the data set 'icu_rate_shock', whose test part the examples are of, is not here\n"
        f"  where:  {tmp_path / 'b'}, trained with 'icu_rate_shock'\n"
        "  remedy: give --data FOLDER, or set MIMO_PORTABLE_DATA; mimo_portable/data/README.md "
        "says what the folder holds"
    )
    with pytest.raises(DataError, match=r"the folder has no file icu_rate_shock\.npz"):
        load_data(trained, str(tmp_path))


def test_data_of_the_users_own_are_never_replaced_by_others(medical: Path, tmp_path: Path) -> None:
    trained = read_trained(retold(medical, tmp_path / "b", data={"name": "mine.csv"}))
    with pytest.raises(InputError) as caught:
        load_data(trained, str(tmp_path))
    assert str(caught.value) == (
        "the page can show no examples of 'mine.csv', which is none of the known data sets\n"
        f"  where:  {tmp_path / 'b'}, trained with 'mine.csv'\n"
        "  remedy: give a bundle that was trained with simulated_medical or icu_rate_shock or "
        "icu_alarm_expert; `mimo-portable embed --lang web` makes a page for any bundle"
    )


def test_another_model_than_the_zoos_is_refused(medical: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "b"
    shutil.copytree(medical, bundle)
    text = (bundle / SIGNATURE).read_text(encoding="utf-8")
    (bundle / SIGNATURE).write_text(text.replace("ecg_input", "pulse"), encoding="utf-8")
    document = json.loads((bundle / MANIFEST).read_text(encoding="utf-8"))
    (bundle / MANIFEST).unlink()
    write_manifest(bundle, {"training": document["training"]})
    with pytest.raises(InputError) as caught:
        read_trained(bundle)
    assert str(caught.value) == (
        "the page knows no model with the inputs pulse, bp_input\n"
        f"  where:  {bundle}\n"
        "  remedy: give bundles of sentiment, forecast, medical; `mimo-portable embed --lang web` "
        "makes a page for any bundle"
    )


def test_an_altered_bundle_is_refused(medical: Path, tmp_path: Path) -> None:
    shutil.copytree(medical, tmp_path / "b")
    (tmp_path / "b" / "model.onnx").write_bytes(b"x")
    with pytest.raises(BundleError, match=r"not what was published: model\.onnx was altered"):
        read_trained(tmp_path / "b")
