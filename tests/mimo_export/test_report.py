from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mimo_export.compare import Tolerance
from mimo_export.contract import Signature
from mimo_export.errors import VerificationError
from mimo_export.golden import Case, read_cases
from mimo_export.manifest import open_bundle
from mimo_export.report import CONTRACT, Answers, Report, make_report, run_onnx
from mimo_portable.specs import TensorSpec

SIGNATURE = Signature(
    (TensorSpec("x", (1,)),), (TensorSpec("y", (2,)), TensorSpec("c", (2,), labels=("no", "yes")))
)
Y, C = np.array([[1.0, 2.0]], "float32"), np.array([[0.9, 0.7]], "float32")
CASES = (Case("set", {"x": np.zeros((1, 1), "float32")}, {"y": Y, "c": C}),)
GOOD = Answers("good", ({"y": Y, "c": C},))


def report(*answers: Answers, **facts: Any) -> Report:
    return make_report(answers, CASES, SIGNATURE, Tolerance(), reference="keras-jax", **facts)


def off(by: float, **facts: Any) -> Answers:
    return Answers("off", ({"y": Y + np.float32(by), "c": C},), **facts)


def refused(found: Report) -> str:
    with pytest.raises(VerificationError) as caught:
        found.check("there")
    return str(caught.value)


def test_agreement_on_every_output_passes() -> None:
    found = report(GOOD)
    found.check("there")
    assert found.passed
    assert [(row.runtime, row.output, row.status) for row in found.rows] == [
        ("good", "y", "pass"),
        ("good", "c", "pass"),
    ]
    assert found.inputs == ("set: x float32[1, 1]",)


def test_an_output_with_labels_is_compared_by_class() -> None:
    assert [row.classes for row in report(GOOD).rows] == ["", "1 of 1"]


def test_a_difference_is_told_with_everything_about_it() -> None:
    assert refused(report(GOOD, off(0.25))) == (
        "the export and Keras disagree: off, y: 2 of 2 values differ, at most by 0.25 in set at "
        "[0, 0] (1.25 where Keras gives 1); a tolerance of 0.125 would have passed\n"
        "  where:  there\n"
        "  remedy: nothing was published; `mimo-portable verify MODEL --locate` names the layer; "
        "if the passing tolerance is acceptable for this model, give it with --atol and --rtol"
    )


def test_beside_a_difference_stands_how_far_keras_is_from_itself() -> None:
    keras_torch = dataclasses.replace(off(0.5, gates=False), runtime="keras-torch")
    assert (
        "a tolerance of 0.125 would have passed; y of keras-torch itself is at most 0.5 from "
        "keras-jax\n"
    ) in refused(report(GOOD, off(0.25), keras_torch))


def test_another_shape_dtype_or_class_is_told_as_what_it_is() -> None:
    shape = Answers("a", ({"y": Y[0], "c": C},))
    dtype = Answers("b", ({"y": Y.astype("float64"), "c": C},))
    flipped = np.array([[0.5, 0.5]], "float32")
    cases = (Case("set", CASES[0].inputs, {"y": Y, "c": flipped + np.array([0, 1e-6])}),)
    label = Answers("c", ({"y": Y, "c": flipped + np.array([1e-6, 0])},))
    found = make_report([label], cases, SIGNATURE, Tolerance(), reference="keras-jax")
    text = refused(report(shape, dtype))
    assert "a, y: the shapes differ ([(2,)] where Keras gives [(1, 2)])" in text
    assert "b, y: the dtypes differ (float64 where Keras gives float32)" in text
    assert "c, c: the classes differ (0 of 1 rows agree)" in refused(found)


def test_a_broken_contract_is_one_failing_row() -> None:
    found = report(GOOD, Answers("bad", problems=("outputs are z; the contract has y, c",)))
    assert [(row.output, row.status) for row in found.rows][-1] == (CONTRACT, "fail")
    assert "bad, (contract): outputs are z; the contract has y, c" in refused(found)


def test_another_keras_backend_informs_and_never_gates() -> None:
    found = report(GOOD, off(0.25, gates=False))
    assert found.passed
    assert [row.status for row in found.rows] == ["pass", "pass", "fail", "pass"]


def test_what_was_not_run_is_no_pass() -> None:
    found = report(GOOD, Answers("away", not_run="it is not installed"))
    assert found.passed
    assert {(row.status, row.reason) for row in found.rows if row.runtime == "away"} == {
        ("not run", "it is not installed")
    }


def test_comparing_nothing_fails() -> None:
    assert not report(Answers("away", not_run="it is not installed")).passed
    assert refused(report(Answers("away", not_run="why"))) == (
        "nothing was compared: no runtime could run what was exported\n"
        "  where:  there\n"
        "  remedy: `mimo-portable doctor` shows what is installed"
    )


def test_agreement_of_keras_with_itself_alone_is_no_pass() -> None:
    assert not report(Answers("keras-torch", GOOD.outputs, gates=False)).passed


def test_an_altered_file_fails_whatever_the_numbers_say() -> None:
    assert refused(report(GOOD, files=("model.onnx is missing",))) == (
        "model.onnx is missing\n"
        "  where:  there\n"
        "  remedy: export the model again, or copy the bundle again"
    )


def test_the_report_is_json_even_with_endless_differences() -> None:
    document = report(off(float("nan"))).to_dict()
    text = json.dumps(document, allow_nan=False)
    assert document["passed"] is False
    assert json.loads(text)["rows"][0]["largest"] == {
        "size": "inf",
        "case": "set",
        "index": [0, 0],
        "expected": 1.0,
        "got": "nan",
    }


def test_an_onnx_file_runs_with_and_without_optimisations(exported: Path) -> None:
    bundle = open_bundle(exported)
    cases = read_cases(exported / "golden", bundle.signature)
    answers = run_onnx(exported / "model.onnx", cases, bundle.signature)
    assert [(a.runtime, a.problems, len(a.outputs)) for a in answers] == [
        ("onnxruntime", (), 4),
        ("onnxruntime, not optimised", (), 4),
    ]
    assert make_report(answers, cases, bundle.signature, Tolerance(), reference="x").passed


def test_a_file_that_onnxruntime_refuses_is_a_failing_row(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"nothing")
    found = report(*run_onnx(path, CASES, SIGNATURE))
    assert [row.status for row in found.rows] == ["fail", "fail"]
    assert found.rows[0].reason.startswith("onnxruntime cannot load the file: ")
