from __future__ import annotations

import json
from pathlib import Path

import pytest

from mimo_export import runtimes, worker
from mimo_export.compare import Tolerance
from mimo_export.errors import BundleError
from mimo_export.manifest import open_bundle, write_manifest
from mimo_export.verify import published_tolerance, verify_bundle


@pytest.mark.usefixtures("alone")
def test_a_bundle_agrees_with_its_stored_vectors_and_with_fresh_ones(exported: Path) -> None:
    found = verify_bundle(exported)
    assert found.passed
    assert found.fresh is not None
    assert (found.stored.seed, found.fresh.seed, found.not_fresh) == (None, 1, "")
    assert [row.runtime for row in found.stored.rows] == [
        *["onnxruntime"] * 2,
        *["onnxruntime, not optimised"] * 2,
    ]
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["passed"] is True


def test_without_a_backend_the_stored_vectors_still_count(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (runtimes, worker):
        monkeypatch.setattr(module, "installed_backends", tuple)
    found = verify_bundle(exported)
    assert found.passed
    assert found.fresh is None
    assert found.not_fresh == (
        "Keras has no backend to run on: none of jax, torch, tensorflow is installed; "
        "pip install 'mimo-portable[jax]'"
    )


@pytest.mark.usefixtures("alone")
def test_an_altered_file_fails_and_is_not_given_to_keras(bundle: Path) -> None:
    (bundle / "model.keras").write_bytes(b"evil")
    found = verify_bundle(bundle)
    assert not found.passed
    assert found.stored.files[0].startswith("model.keras was altered: it has 4 bytes, ")
    assert found.fresh is None
    assert found.not_fresh == "the bundle's files are not what was published"


@pytest.mark.usefixtures("alone")
def test_a_model_that_computes_something_else_fails_even_with_a_fitting_manifest(
    bundle: Path,
) -> None:
    path = bundle / "golden" / "test_data_set_1" / "output_0.pb"
    content = bytearray(path.read_bytes())
    content[-1] ^= 0x40
    path.write_bytes(content)
    write_manifest(bundle, {})
    found = verify_bundle(bundle)
    assert found.stored.files == ()
    assert not found.stored.passed
    assert found.fresh is not None
    assert found.fresh.passed
    assert not found.passed


def test_the_tolerance_is_that_of_the_publication(bundle: Path) -> None:
    parity = json.loads((bundle / "parity.json").read_text())
    parity["tolerance"] = {"atol": 0.5, "rtol": 0.25}
    (bundle / "parity.json").write_text(json.dumps(parity))
    assert published_tolerance(open_bundle(bundle)) == Tolerance(0.5, 0.25)


def test_a_folder_without_a_bundle_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="this folder is no bundle: there is no manifest"):
        verify_bundle(tmp_path)


def test_a_bundle_of_a_fixed_batch_is_verified(fixed_batch: Path) -> None:
    found = verify_bundle(fixed_batch)
    assert found.passed
    assert found.fresh is not None


def saved_model_rows(bundle: Path, *, saved_model: bool) -> set[str]:
    found = verify_bundle(bundle, saved_model=saved_model)
    rows = [row for row in found.stored.rows if row.runtime.startswith("saved_model")]
    assert {row.status for row in rows} == {"not run"}
    return {row.reason for row in rows}


def test_a_saved_model_is_run_on_request_alone_and_never_where_a_hash_is_wrong(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (runtimes, worker):
        monkeypatch.setattr(module, "installed_backends", tuple)
    (bundle / "saved_model").mkdir()
    (bundle / "saved_model" / "saved_model.pb").write_bytes(b"a program")
    write_manifest(bundle, {})
    assert saved_model_rows(bundle, saved_model=False) == {
        "it is a program of whoever made it; --saved-model runs it"
    }
    assert verify_bundle(bundle).passed
    (wanted,) = saved_model_rows(bundle, saved_model=True)
    assert wanted.startswith("tensorflow is not installed")  # it would have been run
    (bundle / "saved_model" / "saved_model.pb").write_bytes(b"a PROGRAM")
    assert saved_model_rows(bundle, saved_model=True) == {
        "the bundle's files are not what was published"
    }
