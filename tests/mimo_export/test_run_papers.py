"""The documents of a run's folder are read strictly, and errors name the place in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mimo_export.contract import Signature
from mimo_export.errors import ModelFileError
from mimo_export.run_papers import check_described, read_metrics, read_spec
from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec

SPEC = ModelSpec(
    "small",
    "A small model.",
    (TensorSpec("ecg", (16, 1), unit="microvolts", interval=(-5.0, 5.0)),),
    (OutputSpec("diagnosis", (3,), labels=("a", "b", "c")),),
)


def written(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


def changed(part: str, **fields: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(SPEC.to_dict()))
    document[part][0] |= fields
    return document


def test_a_contract_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assert read_spec(written(tmp_path / "spec.json", SPEC.to_dict())) == SPEC
    assert read_spec(tmp_path / "none.json") is None
    assert read_metrics(tmp_path / "none.json") == {}


@pytest.mark.parametrize(
    ("document", "what", "where"),
    [
        (changed("outputs", labels=1), "1 where a list is expected", "$.outputs[0].labels"),
        (
            changed("outputs", labels=["a", "b"]),
            "2 labels where the last axis has 3",
            "$.outputs[0].labels",
        ),
        (changed("inputs", shape=5), "5 where a list is expected", "$.inputs[0].shape"),
        (changed("inputs", dtype="complex64"), "no file has the dtype", "$.inputs[0].dtype"),
        (changed("inputs", unit=[-1]), "a list where a text is expected", "$.inputs[0].unit"),
        (changed("inputs", interval=[2, 1]), "no numbers are from 2.0", "$.inputs[0].interval"),
        ({"name": "x"}, "'description' is missing", "$"),
    ],
)
def test_a_damaged_contract_is_named_with_the_place(
    tmp_path: Path, document: Any, what: str, where: str
) -> None:
    path = written(tmp_path / "spec.json", document)
    with pytest.raises(ModelFileError) as caught:
        read_spec(path)
    assert caught.value.what.startswith(f"the file is damaged: {what}")
    assert caught.value.where == f"{path}: {where}"
    assert caught.value.remedy == "train again, or export the .keras file alone by naming it"


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"outputs": 5}, "$.outputs"),
        ({"data": ["x"]}, "$.data"),
        ({"backend": 3}, "$.backend"),
        ({"seed": -1}, "$.seed"),
        ({"outputs": {"risk": {"scores": {"mae": "<script>"}}}}, "$.outputs.risk.scores.mae"),
    ],
)
def test_damaged_metrics_are_named_with_the_place(
    tmp_path: Path, document: Any, where: str
) -> None:
    path = written(tmp_path / "metrics.json", document)
    with pytest.raises(ModelFileError, match=r"^the file is damaged: ") as caught:
        read_metrics(path)
    assert caught.value.where == f"{path}: {where}"


def test_labels_that_do_not_fit_the_model_are_refused(tmp_path: Path) -> None:
    signature = Signature(SPEC.inputs, (TensorSpec("diagnosis", (4,), labels=("a", "b", "c")),))
    with pytest.raises(ModelFileError) as caught:
        check_described(signature, tmp_path / "spec.json")
    assert caught.value.what == ("the file is damaged: 3 labels where the last axis has 4")
