from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import preparation_rules
import pytest

from mimo_export import manifest
from mimo_export.errors import BundleError, InputError
from mimo_export.hosts.language import Language
from mimo_export.hosts.view import Dimension, view_of
from mimo_export.manifest import open_bundle
from mimo_export.preprocessing.rules import read_preprocessing, write_preprocessing

TYPES = {name: {"word": name} for name in ("float32", "int32")}
LANGUAGE = Language("zig", "Zig", "snake", "json", ("onnx",), {}, TYPES, frozenset({"risk"}))


def published_again(bundle: Path) -> None:
    """Make the manifest true of what is there."""
    manifest.write_manifest(bundle, {"via": "keras"})


def test_the_picture_holds_the_contract_in_its_order(exported: Path) -> None:
    model = view_of(open_bundle(exported), LANGUAGE)
    assert (model.name, model.package, model.spelling.pascal) == ("small", "small", "Small")
    assert [t.name for t in model.inputs] == ["ecg", "words"]
    ecg, words = model.inputs
    assert (ecg.dtype, ecg.type, ecg.rank, ecg.shape_text) == (
        "float32",
        {"word": "float32"},
        3,
        "[batch, 16, 1]",
    )
    assert ecg.dimensions == (Dimension(None, "batch"), Dimension(16), Dimension(1))
    assert (ecg.ids, words.ids) == (None, 50)
    assert [(t.identifier, t.index, t.is_class) for t in model.outputs] == [
        ("risk_output", 0, False),
        ("diagnosis", 1, True),
    ]
    assert model.symbols == ("batch",)
    assert (model.tolerance.atol, model.tolerance.rtol) == (1e-5, 1e-5)


def test_the_picture_names_the_file_with_its_checksum_and_the_golden_vectors(
    exported: Path,
) -> None:
    model = view_of(open_bundle(exported), LANGUAGE)
    stated = open_bundle(exported).manifest["files"]["model.onnx"]
    assert model.onnx.path == "model/model.onnx"
    assert {"bytes": model.onnx.bytes, "sha256": model.onnx.sha256} == stated
    assert [case.name for case in model.cases] == [f"test_data_set_{i}" for i in range(4)]
    assert model.cases[1].inputs[1].shape == (2, 12)


def test_the_symbols_and_words_of_the_contract_are_there(bundle: Path) -> None:
    contract = json.loads((bundle / "signature.json").read_text())
    contract["inputs"][0] |= {"shape": ["time", None], "meaning": "a wave", "unit": "mV"}
    contract["outputs"][1]["labels"] = ["a", "b", "c"]
    (bundle / "signature.json").write_text(json.dumps(contract))
    published_again(bundle)
    model = view_of(open_bundle(bundle), LANGUAGE)
    ecg = model.inputs[0]
    assert ecg.shape_text == "[batch, time, ecg_dim_2]"
    assert (ecg.meaning, ecg.unit) == ("a wave", "mV")
    assert model.symbols == ("batch", "time", "ecg_dim_2")
    assert model.outputs[1].labels == ("a", "b", "c")


def test_a_bundle_without_an_onnx_file_has_its_folders_name(bundle: Path) -> None:
    (bundle / "model.onnx").unlink()
    (bundle / "saved_model").mkdir()
    (bundle / "saved_model" / "saved_model.pb").write_bytes(b"x")
    published_again(bundle)
    language = dataclasses.replace(LANGUAGE, formats=("saved_model",))
    model = view_of(open_bundle(bundle), language)
    assert model.name == "small"
    assert [file.path for file in model.files] == ["model/saved_model/saved_model.pb"]


def test_a_bundle_that_was_altered_is_refused(bundle: Path) -> None:
    with (bundle / "model.onnx").open("ab") as file:
        file.write(b"!")
    with pytest.raises(BundleError) as raised:
        view_of(open_bundle(bundle), LANGUAGE)
    assert "what was published: model.onnx was altered: " in raised.value.what
    assert raised.value.where == str(bundle)


def test_a_format_that_is_not_there_is_refused(exported: Path) -> None:
    language = dataclasses.replace(LANGUAGE, formats=("onnx", "saved_model"))
    with pytest.raises(BundleError) as raised:
        view_of(open_bundle(exported), language)
    assert str(raised.value) == (
        f"there is no saved_model in the bundle\n  where:  {exported}\n"
        "  remedy: export the model again with --format saved_model"
    )


def test_a_dtype_that_the_language_has_not_is_refused(exported: Path) -> None:
    language = dataclasses.replace(LANGUAGE, types={"float32": {}, "int64": {}})
    with pytest.raises(InputError) as raised:
        view_of(open_bundle(exported), language)
    assert str(raised.value) == (
        "Zig has no type for int32; it has float32, int64\n"
        "  where:  input 'words'\n"
        "  remedy: choose another language, or cast inside of the model"
    )


def test_preprocessing_beside_the_files_is_refused_where_the_language_has_none(
    exported: Path, tmp_path: Path
) -> None:
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", ["a b"])
    with pytest.raises(InputError) as raised:
        view_of(open_bundle(bundle), LANGUAGE)
    assert str(raised.value) == (
        "the bundle keeps preprocessing of strings beside its files, which Zig does not do yet\n"
        f"  where:  {bundle / 'preprocessing.json'}\n"
        "  remedy: export with `--preprocessing inside`, or run it with `mimo-portable predict`"
    )


def test_a_user_gives_what_the_rules_take(exported: Path, tmp_path: Path) -> None:
    types = {name: {"word": name} for name in ("float32", "int32", "int64", "string")}
    language = dataclasses.replace(LANGUAGE, types=types, extras={"preprocessing": {}})
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", ["a b"])
    model = view_of(open_bundle(bundle), language)
    assert [tensor.name for tensor in model.inputs] == ["ecg", "words"]
    assert [(tensor.name, tensor.dtype, tensor.shape_text) for tensor in model.given] == [
        ("ecg", "float32", "[batch, 16, 1]"),
        ("comment", "string", "[batch]"),
        ("tags", "string", "[batch, 2]"),
        ("code", "int64", "[batch]"),
    ]
    assert [tensor.name for tensor in model.sources] == ["comment", "tags", "code"]
    assert [tensor.name for tensor in model.prepared] == ["words"]
    assert model.extras == ("preprocessing",)
    without = view_of(open_bundle(exported), language)
    assert (without.given, without.extras) == (without.inputs, ())
    assert (without.sources, without.prepared) == ((), ())


def test_only_what_a_user_gives_may_have_a_type_of_rules(exported: Path, tmp_path: Path) -> None:
    types = {name: {"word": name} for name in ("float32", "int32", "int64")}
    language = dataclasses.replace(LANGUAGE, types=types, extras={"preprocessing": {}})
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", ["a b"])
    with pytest.raises(InputError, match="Zig has no type for string"):
        view_of(open_bundle(bundle), language)
    wider = dataclasses.replace(language, given_types={"string": {"word": "text"}})
    model = view_of(open_bundle(bundle), wider)
    assert [tensor.type["word"] for tensor in model.given] == ["float32", "text", "text", "int64"]


def test_free_dimensions_of_what_is_given_have_symbols(exported: Path, tmp_path: Path) -> None:
    types = {name: {"word": name} for name in ("float32", "int32", "int64", "string")}
    language = dataclasses.replace(LANGUAGE, types=types, extras={"preprocessing": {}})
    bundle = preparation_rules.with_rules(exported, tmp_path / "bundle", ["a b"])
    document = read_preprocessing(bundle)
    assert document is not None
    inputs = [
        dataclasses.replace(spec, shape=(None,)) if spec.name == "tags" else spec
        for spec in document.inputs
    ]
    write_preprocessing(bundle, dataclasses.replace(document, inputs=tuple(inputs)))
    published_again(bundle)
    assert view_of(open_bundle(bundle), language).symbols == ("batch", "tags_dim_1")


def test_weights_in_a_second_file_are_refused(bundle: Path) -> None:
    (bundle / "model.onnx.data").write_bytes(b"weights")
    published_again(bundle)
    with pytest.raises(InputError) as raised:
        view_of(open_bundle(bundle), LANGUAGE)
    assert str(raised.value) == (
        "the model's weights are more than 2 GiB, in a second file, which no host loads yet\n"
        f"  where:  {bundle / 'model.onnx.data'}\n"
        "  remedy: run it with `mimo-portable predict`"
    )


def test_golden_vectors_that_are_gone_are_named(bundle: Path) -> None:
    shutil.rmtree(bundle / "golden")
    published_again(bundle)
    with pytest.raises(BundleError, match="there are no golden vectors"):
        view_of(open_bundle(bundle), LANGUAGE)


def test_words_are_there_for_a_language_that_uses_them(bundle: Path) -> None:
    (bundle / "vocabulary.json").write_text('{"words": ["a", "b"]}')
    published_again(bundle)
    without = view_of(open_bundle(bundle), LANGUAGE)
    assert (without.vocabulary, without.texts, without.extras) == (None, (), ())
    language = dataclasses.replace(LANGUAGE, extras={"vocabulary": {}})
    model = view_of(open_bundle(bundle), language)
    assert model.vocabulary is not None
    assert model.vocabulary.words == {"words": ("a", "b")}
    assert [tensor.name for tensor in model.texts] == ["words"]
    assert model.extras == ("vocabulary",)


def test_a_fixed_batch_is_refused_by_name(fixed_batch: Path) -> None:
    with pytest.raises(InputError) as raised:
        view_of(open_bundle(fixed_batch), LANGUAGE)
    assert raised.value.what == (
        "a Zig client takes any number of rows, the same for all tensors; the first size of 'x' "
        "is 1"
    )
