from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx


def test_a_good_bundle_is_verified(run: Any, bundle: Path) -> None:
    code, out, err = run("verify", bundle)
    assert (code, err) == (0, "")
    assert "beside the stored answers of Keras, allowed 1e-05 + 1e-05 * |value|:\n" in out
    assert out.endswith("the bundle is verified\n")


def test_json_says_what_was_stored_and_what_is_fresh(run: Any, bundle: Path) -> None:
    code, out, _ = run("verify", bundle, "--json", "--seed", "5")
    document = json.loads(out)
    assert (code, document["passed"], document["fresh"]["seed"]) == (0, True, 5)


def test_an_altered_bundle_is_a_failed_check(run: Any, bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(bundle, tmp_path / "b")
    card = tmp_path / "b" / "README.md"
    card.write_text(card.read_text() + "!")
    code, out, err = run("verify", "b")
    assert (code, err) == (1, "")
    assert "FAIL README.md was altered: " in out
    assert "fresh golden vectors were not run, because the bundle's files are not what " in out
    assert out.endswith("the bundle is NOT verified\n")


def test_a_folder_without_a_bundle_is_an_error(run: Any, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert run("verify", "b") == (
        2,
        "",
        "error: this folder is no bundle: there is no manifest.json in it\n"
        "  where:  b\n"
        "  remedy: export the model again with `mimo-portable export`\n",
    )


def test_locate_names_what_was_altered(run: Any, bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(bundle, tmp_path / "b")
    path = tmp_path / "b" / "model.onnx"
    proto = onnx.load(path)
    name = next(t.name for t in proto.graph.initializer if len(t.dims) == 2)
    for tensor in proto.graph.initializer:
        if tensor.name == name:
            array = onnx.numpy_helper.to_array(tensor) + np.float32(1)
            tensor.CopyFrom(onnx.numpy_helper.from_array(array, name))
    onnx.save(proto, path)
    code, out, err = run("verify", "b", "--locate")
    assert (code, err) == (1, "")
    assert " layers agree with Keras in the form that the exporter gives them now\n" in out
    count = array.size
    assert out.endswith(
        f"FAIL the ONNX file: {count} of the {count} numbers of weight '{name}' "
        "are not the model's\n"
    )


def test_locate_compares_a_model_file_layer_by_layer(run: Any, bundle: Path) -> None:
    code, out, err = run("verify", bundle / "model.keras", "--locate", "--json")
    document = json.loads(out)
    assert (code, err, document["located"]["differ"]) == (0, "", [])
    assert len(document["located"]["layers"]) > 1


def test_nothing_is_located_where_the_check_passes(run: Any, bundle: Path) -> None:
    code, out, _ = run("verify", bundle, "--locate", "--json")
    assert (code, "located" in json.loads(out)) == (0, False)


def test_an_altered_model_is_not_given_to_keras(run: Any, bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(bundle, tmp_path / "b")
    with (tmp_path / "b" / "model.keras").open("ab") as file:
        file.write(b"!")
    code, _, err = run("verify", "b", "--locate")
    assert code == 2
    assert ", so that it is not given to Keras\n  where:  b\n" in err


def test_a_runtime_replays_the_stored_vectors(run: Any, bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(bundle, tmp_path / "b")
    code, out, err = run("verify", "b", "--runtime", "onnxruntime, basic")
    assert (code, err) == (0, "")
    assert "onnxruntime, basic  " in out
    assert out.endswith("every runtime that was run agrees\n")
    rows = json.loads((tmp_path / "b" / "parity.json").read_text())["rows"]
    assert "onnxruntime, basic" in {row["runtime"] for row in rows}
    code, out, _ = run("verify", "b", "--runtime", "onnxruntime", "--json")
    assert (code, json.loads(out)["passed"]) == (0, True)


def test_an_unknown_runtime_is_an_error(run: Any, bundle: Path) -> None:
    code, _, err = run("verify", bundle, "--runtime", "abacus")
    assert code == 2
    assert err.startswith("error: there is no runtime 'abacus'\n")
