from __future__ import annotations

import argparse

import numpy as np
import pytest

from mimo_export.compare import Tolerance
from mimo_export.contract import Signature
from mimo_export.golden import Case
from mimo_export.report import Answers, make_report
from mimo_portable.cli import _exporting
from mimo_portable.specs import TensorSpec

SIGNATURE = Signature((TensorSpec("x", (1,)),), (TensorSpec("y", (1,)), TensorSpec("z", (1,))))


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    _exporting.add_backend(parser, "the first")
    _exporting.add_tolerance(parser, "1e-5")
    return parser.parse_args(words)


def test_a_tolerance_that_is_not_given_stays_what_it_was() -> None:
    default = Tolerance(0.5, 0.25)
    assert _exporting.tolerance(parsed(), default) == default
    assert _exporting.tolerance(parsed("--rtol", "0.125"), default) == Tolerance(0.5, 0.125)
    assert _exporting.tolerance(parsed("--atol", "0"), default) == Tolerance(0, 0.25)


@pytest.mark.parametrize("text", ["-1", "inf", "nan", "many"])
def test_a_tolerance_that_means_nothing_is_refused(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parsed(f"--atol={text}")
    assert "argument --atol: " in capsys.readouterr().err


def test_modules_to_import_add_up() -> None:
    assert parsed("--import", "a", "--import", "b.c").imports == ["a", "b.c"]


def test_a_report_is_a_table_with_the_reasons_below(capsys: pytest.CaptureFixture[str]) -> None:
    one = np.ones((1, 1), "float32")
    case = Case("set", {"x": one}, {"y": one, "z": one})
    answers = [
        Answers("good", ({"y": one, "z": one},)),
        Answers("off", ({"y": one + 1, "z": one},), gates=False),
        Answers("away", not_run="it is not installed"),
    ]
    report = make_report(
        answers,
        [case],
        SIGNATURE,
        Tolerance(),
        reference="keras-jax",
        refused=("batch 1: too short",),
        files=("model.onnx is missing",),
    )
    _exporting.print_report(report)
    assert capsys.readouterr().out == (
        "beside keras-jax, allowed 1e-05 + 1e-05 * |value|:\n"
        "runtime  output  result          values  largest difference  would pass at  same class\n"
        "good     y       pass            1 to 1  0                   0\n"
        "good     z       pass            1 to 1  0                   0\n"
        "off      y       fail (no gate)  1 to 1  1                   0.5\n"
        "off      z       pass (no gate)  1 to 1  0                   0\n"
        "away     y       not run\n"
        "away     z       not run\n"
        "away was not run, because it is not installed\n"
        "Keras itself refuses batch 1: too short\n"
        "FAIL model.onnx is missing\n"
    )


def test_a_first_size_that_is_not_the_batch_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = [{}, {"batch": 1}, {"batch": "n_bonds"}]
    inputs = [{"name": "x", "shape": [5], "dtype": "float32", **size} for size in sizes]
    _exporting.print_contract({"inputs": inputs, "outputs": []})
    lines = capsys.readouterr().out.splitlines()
    shapes = [line[line.index("(") : line.index(")") + 1] for line in lines if "(" in line]
    assert shapes == ["(5)", "(batch=1, 5)", "(n_bonds, 5)"]


@pytest.mark.parametrize("text", ["-1", "1.5", "x", str(2**63)])
def test_a_seed_is_a_whole_number_that_a_document_can_hold(text: str) -> None:
    assert _exporting.seed("7") == 7
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        _exporting.seed(text)
    assert str(caught.value) == f"{text} is no whole number from 0 to 2^63 - 1"
