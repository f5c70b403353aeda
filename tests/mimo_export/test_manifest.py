from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mimo_export import manifest
from mimo_export.contract import Signature
from mimo_export.errors import BundleError
from mimo_export.manifest import (
    check_files,
    file_problems,
    open_bundle,
    write_manifest,
    write_signature,
)
from mimo_portable.specs import TensorSpec

SIGNATURE = Signature((TensorSpec("ids", (4,), "int32"),), (TensorSpec("y", (1,)),))
AGAIN = "export the model again with `mimo-portable export`"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "golden").mkdir(parents=True)
    (folder / "model.onnx").write_bytes(b"onnx")
    (folder / "golden" / "one.pb").write_bytes(b"one")
    write_signature(folder, SIGNATURE, {"ids": 9})
    write_manifest(folder, {"via": "keras"})
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        open_bundle(folder)
    return str(caught.value)


def block(what: str, where: Path, remedy: str) -> str:
    return f"{what}\n  where:  {where}\n  remedy: {remedy}"


def test_a_bundle_opens_with_its_contract(folder: Path) -> None:
    bundle = open_bundle(folder)
    assert bundle.signature == SIGNATURE
    assert bundle.limits == {"ids": 9}
    assert bundle.formats == ("onnx",)
    assert file_problems(bundle) == ()


def test_the_manifest_holds_size_and_checksum_of_every_other_file(folder: Path) -> None:
    document = json.loads((folder / "manifest.json").read_text())
    assert list(document) == ["format_version", "via", "files"]
    assert list(document["files"]) == ["golden/one.pb", "model.onnx", "signature.json"]
    digest = hashlib.sha256(b"onnx").hexdigest()
    assert document["files"]["model.onnx"] == {"bytes": 4, "sha256": digest}


def test_altered_missing_and_added_files_are_each_named(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"onNX")
    (folder / "golden" / "one.pb").unlink()
    (folder / "extra.txt").write_text("x")
    sums = [hashlib.sha256(text).hexdigest()[:12] for text in (b"onNX", b"onnx")]
    assert file_problems(open_bundle(folder)) == (
        "golden/one.pb is missing",
        "extra.txt is not in the manifest",
        f"model.onnx was altered: 4 bytes with SHA-256 {sums[0]}, "
        f"the manifest says 4 with {sums[1]}",
    )


def test_what_a_program_needs_is_there_and_unaltered_or_it_is_an_error(folder: Path) -> None:
    bundle = open_bundle(folder)
    check_files(bundle, "onnx")
    with pytest.raises(BundleError) as caught:
        check_files(bundle, "onnx", "saved_model")
    again = "export the model again with --format saved_model"
    assert str(caught.value) == block("there is no saved_model in the bundle", folder, again)
    (folder / "golden" / "one.pb").unlink()
    with pytest.raises(BundleError) as caught:
        check_files(bundle, "onnx")
    assert str(caught.value) == block(
        "the bundle's files are not what was published: golden/one.pb is missing",
        folder,
        "`mimo-portable verify` shows all that differs; export the model again",
    )


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "none"
    remedy = "name the folder that `export` has written"
    assert refused(path) == block("there is no such folder", path, remedy)


def test_a_file_is_no_bundle(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"")
    remedy = "name the folder that `export` has written"
    assert refused(path) == block("a bundle is a folder", path, remedy)


@pytest.mark.parametrize("name", ["manifest.json", "signature.json"])
def test_a_folder_without_papers_is_no_bundle(folder: Path, name: str) -> None:
    (folder / name).unlink()
    what = f"this folder is no bundle: there is no {name} in it"
    assert refused(folder) == block(what, folder, AGAIN)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "the file is no JSON: Expecting property name enclosed in double quotes: line 1 "),
        ("[]", "the file holds no object"),
    ],
)
def test_damaged_papers_are_named(folder: Path, text: str, what: str) -> None:
    (folder / "signature.json").write_text(text)
    message = refused(folder)
    assert message.startswith(what)
    assert message.endswith(f"\n  where:  {folder / 'signature.json'}\n  remedy: {AGAIN}")


def test_a_contract_without_outputs_is_refused(folder: Path) -> None:
    (folder / "signature.json").write_text('{"inputs": []}')
    place = f"{folder / 'signature.json'}: $"
    assert refused(folder) == block("'outputs' is missing", Path(place), AGAIN)


def test_a_bundle_of_a_later_format_asks_for_a_later_program(folder: Path) -> None:
    document = json.loads((folder / "manifest.json").read_text())
    manifest.write_json(folder / "manifest.json", {**document, "format_version": 2})
    assert refused(folder) == block(
        "the bundle has format version 2; this program knows up to 1",
        folder / "manifest.json",
        "pip install --upgrade mimo-portable",
    )


def test_papers_never_hold_numbers_that_json_does_not_know(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        manifest.write_json(tmp_path / "x.json", {"x": float("nan")})


def test_the_same_content_gives_the_same_manifest(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = (folder / "manifest.json").read_bytes()
    write: Callable[..., None] = write_manifest
    write(folder, {"via": "keras"})
    assert (folder / "manifest.json").read_bytes() == first


def test_a_device_or_a_larger_file_is_altered_and_is_not_read(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    (folder / "model.onnx").symlink_to("/dev/zero")
    (folder / "golden" / "one.pb").write_bytes(b"one more")
    assert file_problems(open_bundle(folder)) == (
        "golden/one.pb was altered: it has 8 bytes, the manifest says 3",
        "model.onnx is no file",
    )
