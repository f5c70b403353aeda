"""A stranger's bundle, its hashes right: every document is a right one, or one error block."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutations
import numpy as np
import preparation_rules
import pytest

from mimo_export.compare import Tolerance
from mimo_export.errors import BundleError, MimoExportError
from mimo_export.hosts.embed import embed_bundle
from mimo_export.inspection import inspect
from mimo_export.manifest import file_problems, open_bundle, write_manifest
from mimo_export.prediction import predict
from mimo_export.runtimes import Pool
from mimo_export.serving import LAYOUTS, write_layout
from mimo_export.verify import stored_report

TRAINING = {
    "model": "small",
    "seed": 3,
    "backend": "jax",
    "data": {"name": "own", "origin": "yours", "source": "here", "samples": {"train": 9}},
    "outputs": {
        "risk": {
            "scores": {"mae": 0.5},
            "baseline": "median",
            "baseline_scores": {"mae": 1.0},
            "beaten": True,
        }
    },
}
SMALLER = {
    "model.float16.onnx": {
        "file": "model.float16.onnx",
        "precision": "float16",
        "data": "rows",
        "sizes": [9, 5],
        "changes": [{"output": "risk", "metric": "mae", "before": 1.0, "after": "nan"}],
        "kept": [],
    }
}
DOCUMENTS = (
    "signature.json",
    "manifest.json",
    "parity.json",
    "preprocessing.json",
    "vocabulary.json",
    "optimized.json",
)


@pytest.fixture(scope="module")
def whole(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a bundle that has every document; not to be written to."""
    folder = tmp_path_factory.mktemp("whole") / "bundle"
    preparation_rules.with_rules(exported, folder, ["a", "b c"])
    (folder / "model.float16.onnx").write_bytes(b"5")
    (folder / "vocabulary.json").write_text(json.dumps({"words": ["one", "two"]}))
    (folder / "optimized.json").write_text(json.dumps(SMALLER))
    signature = json.loads((folder / "signature.json").read_text())
    signature["outputs"][1]["labels"] = ["a", "b", "c"]
    signature["inputs"][0] |= {"interval": [0.0, 200.0], "unit": "mV"}
    (folder / "signature.json").write_text(json.dumps(signature))
    write_manifest(folder, {"via": "keras", "versions": {"onnx": "1"}, "training": TRAINING})
    return folder


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    """Give a copy that a test may damage."""
    return Path(shutil.copytree(whole, tmp_path / "bundle"))


def rows() -> dict[str, np.ndarray[Any, Any]]:
    return {
        "ecg": np.full((2, 16, 1), 100, "float32"),
        "words": np.ones((2, 12), "int32"),
    }


def texts() -> dict[str, np.ndarray[Any, Any]]:
    return {"ecg": rows()["ecg"], **preparation_rules.rows_of(["a", "b"])}


def uses(folder: Path, scratch: Path) -> dict[str, Callable[[], Any]]:
    """Return all that a person does with a bundle, into new folders."""
    opened = (scratch / f"target{number}" for number in itertools.count())

    def stored() -> Any:
        with Pool() as pool:
            bundle = open_bundle(folder)
            report = stored_report(bundle, Tolerance(), pool, file_problems(bundle))
        return report.to_dict()

    return {
        "inspect": lambda: inspect(folder),
        "predict": lambda: predict(folder, rows()),
        "predict texts": lambda: predict(folder, texts()),
        "embed node": lambda: embed_bundle(folder, "node", next(opened)),
        "embed c": lambda: embed_bundle(folder, "c", next(opened)),
        **{
            f"layout {name}": lambda name=name: write_layout(folder, name, next(opened))
            for name in LAYOUTS
        },
        "verify": stored,
    }


def drawn(items: list[Any], count: int) -> list[Any]:
    """Return some of the items, the same ones in every run."""
    order = np.random.default_rng(0).permutation(len(items))
    return [items[place] for place in order[:count]]


def ended(use: Callable[[], Any]) -> Any:
    """Return an answer, or the error block that a person reads; anything else is a traceback."""
    try:
        return use()
    except MimoExportError:
        return None


def test_the_whole_bundle_is_a_right_one(whole: Path, tmp_path: Path) -> None:
    for name, use in uses(whole, tmp_path).items():
        if name != "layout tensorflow-serving":  # there is no SavedModel
            assert use(), name


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_wrong_value_is_an_error_block_or_changes_no_number(
    copied: Path, name: str, tmp_path: Path
) -> None:
    document = json.loads((copied / name).read_text("utf-8"))
    manifest = (copied / "manifest.json").read_bytes()
    wanted = predict(copied, rows())
    found = list(mutations.mutations(document))
    accepted = []
    for label, changed in drawn(found, 80):
        (copied / "manifest.json").write_bytes(manifest)
        mutations.publish(copied, name, changed)
        if ended(lambda: open_bundle(copied)):
            accepted.append((label, changed))
    assert len(accepted) < 40  # most are refused
    for number, (label, changed) in enumerate(drawn(accepted, 1)):
        (copied / "manifest.json").write_bytes(manifest)
        mutations.publish(copied, name, changed)
        for use, call in uses(copied, tmp_path / f"{number}").items():
            answer = ended(call)
            if use == "predict" and answer is not None:
                same = all(np.array_equal(answer[k], wanted[k]) for k in wanted)
                assert same, f"{label}: {use}"


@pytest.mark.parametrize(
    ("file", "path", "value", "place", "what"),
    [
        ("signature", ("outputs",), [""], "$.outputs[0]", '"" where an object is expected'),
        (
            "signature",
            ("outputs", 1, "labels"),
            1,
            "$.outputs[1].labels",
            "1 where a list is expected",
        ),
        (
            "signature",
            ("outputs", 1, "labels"),
            ["a"],
            "$.outputs[1].labels",
            "1 labels where the last axis has 3",
        ),
        (
            "signature",
            ("inputs", 0, "unit"),
            [-1],
            "$.inputs[0].unit",
            "a list where a text is expected",
        ),
        ("signature", ("inputs", 0, "shape"), 5, "$.inputs[0].shape", "5 where a list is expected"),
        ("signature", ("inputs", 0, "shape", 0), -3, "$.inputs[0].shape[0]", "a dimension of -3"),
        (
            "signature",
            ("inputs", 0, "shape", 0),
            True,
            "$.inputs[0].shape[0]",
            "true where an integer or a text or null is expected",
        ),
        (
            "signature",
            ("inputs", 0, "dtype"),
            "complex64",
            "$.inputs[0].dtype",
            "no file has the dtype 'complex64'",
        ),
        ("signature", ("inputs",), {}, "$.inputs", "an object where a list is expected"),
        ("signature", ("inputs",), [], "$.inputs", "a model has at least one"),
        ("signature", ("inputs", 1, "name"), "ecg", "$.inputs[1].name", "'ecg' is there twice"),
        ("signature", ("inputs", 1, "ids"), 0, "$.inputs[1].ids", "0 ids for an input of int32"),
        (
            "signature",
            ("inputs", 0, "interval"),
            [2, 1],
            "$.inputs[0].interval",
            "no numbers are from 2.0 to 1.0",
        ),
        (
            "signature",
            ("inputs", 0, "name"),
            "\ud800",
            "$.inputs[0].name",
            "a text holds half of a character that needs two",
        ),
        ("manifest", ("files",), {"x": "y"}, "$.files.x", '"y" where an object is expected'),
        (
            "manifest",
            ("files", "../x"),
            {"bytes": 1, "sha256": 64 * "0"},
            '$.files["../x"]',
            "no file of a bundle has such a path",
        ),
        (
            "manifest",
            ("files", "model.onnx", "sha256"),
            "0",
            '$.files["model.onnx"].sha256',
            "a SHA-256 has 64 hexadecimal digits",
        ),
        (
            "manifest",
            ("format_version",),
            "1",
            "$.format_version",
            '"1" where an integer is expected',
        ),
        (
            "manifest",
            ("training", "outputs", "risk", "baseline_scores"),
            {},
            "$.training.outputs.risk.baseline_scores",
            "a score has no baseline",
        ),
        ("parity", ("tolerance",), "x", "$.tolerance", '"x" where an object is expected'),
        (
            "parity",
            ("tolerance", "atol"),
            "x",
            "$.tolerance.atol",
            '"x" where a number is expected',
        ),
        ("parity", ("tolerance", "atol"), "nan", "$.tolerance.atol", "a tolerance of nan"),
        ("parity", ("rows", 0, "output"), "y", "$.rows[0].output", "'y' is no output"),
        (
            "vocabulary",
            ("words",),
            ["a", "a"],
            "$.words",
            "the words of 'words' are no list of different texts",
        ),
        (
            "vocabulary",
            ("words",),
            [str(i) for i in range(49)],
            "$.words",
            "49 words, where the model knows 48",
        ),
        (
            "optimized",
            ("model.float16.onnx", "sizes"),
            [1],
            '$["model.float16.onnx"].sizes',
            "a list of 1 where 2 belong",
        ),
        (
            "preprocessing",
            ("rules", 0, "kind"),
            "x",
            "$.rules[0].kind",
            "\"x\" where 'text' or 'lookup' or 'hash' or 'cross' is expected",
        ),
    ],
)
def test_an_altered_document_is_named_with_the_path_in_it(
    copied: Path, file: str, path: tuple[str | int, ...], value: object, place: str, what: str
) -> None:
    name = f"{file}.json"
    document = json.loads((copied / name).read_text("utf-8"))
    mutations.publish(copied, name, mutations.mutated(document, path, value))
    with pytest.raises(BundleError) as caught:
        open_bundle(copied)
    assert (caught.value.what, caught.value.where) == (what, f"{copied / name}: {place}")
