from __future__ import annotations

import ast
import re
from typing import Any

import numpy as np

from mimo_export.card import model_card
from mimo_export.compare import Tolerance
from mimo_export.contract import Signature
from mimo_export.golden import Case
from mimo_export.preprocessing.rules import Bucket, Encoding, Rule
from mimo_export.report import Answers, make_report
from mimo_export.source import Source
from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec

SIGNATURE = Signature(
    (TensorSpec("bp", ("steps", 1), "float32", "systolic pressure", "mmHg"),),
    (TensorSpec("class", (2,), labels=("low", "high")),),
)
SPEC = ModelSpec("tiny", "Says low or high.", SIGNATURE.inputs, (OutputSpec("class", (2,)),))
METRICS = {
    "data": {
        "name": "ward",
        "origin": "simulated",
        "source": "A simulator | CC BY 4.0",
        "samples": {"train": 4053, "test": 10},
    },
    "outputs": {
        "class": {
            "scores": {"accuracy": 0.51},
            "baseline": "majority",
            "baseline_scores": {"accuracy": 0.6},
            "beaten": False,
        }
    },
}


def card(rules: tuple[Rule, ...] = (), **source: Any) -> str:
    values = np.array([[0.25, 0.75]], "float32")
    case = Case("test_data_set_0", {"bp": np.zeros((1, 2, 1), "float32")}, {"class": values})
    answers = [
        Answers("onnxruntime", ({"class": values},)),
        Answers("keras-torch", not_run="torch is not installed", gates=False),
    ]
    report = make_report(answers, [case], SIGNATURE, Tolerance(), reference="keras-jax")
    return model_card(Source(**source), SIGNATURE, report, {"keras": "3.12", "jax": "0.6"}, rules)


def test_the_contract_is_a_table_with_meanings_units_and_labels() -> None:
    text = card()
    assert "| `bp` | (batch, steps, 1) | float32 | systolic pressure | mmHg |  |" in text
    assert "| `class` | (batch, 2) | float32 |  |  | low, high |" in text


def test_the_parity_table_shows_what_was_run_and_why_the_rest_was_not() -> None:
    text = card()
    assert (
        "Every value beside keras-jax, on 1 sets of golden vectors; allowed: 1e-05 + 1e-05" in text
    )
    assert "| onnxruntime | `class` | pass | 0 | 0 | 1 of 1 |" in text
    assert "| keras-torch | `class` | not run: torch is not installed |  |  |  |" in text


def test_a_plain_file_has_neither_scores_nor_data() -> None:
    text = card()
    assert text.startswith("# Exported model\n\n## Contract\n")
    assert "## Data" not in text
    assert "## Scores" not in text


def test_a_trained_model_shows_origin_notice_and_scores_beside_the_baseline() -> None:
    text = card(spec=SPEC, metrics=METRICS)
    assert text.startswith("# tiny\n\nSays low or high.\n")
    assert "`ward`, SIMULATED data: these scores say nothing about real cases." in text
    assert "A simulator | CC BY 4.0" in text
    assert "Samples: 4,053 train, 10 test." in text
    assert "| `class` | accuracy | 0.51 | majority | 0.6 |" in text
    assert "**The baseline is not beaten on `class`.**" in text


def test_versions_are_sorted() -> None:
    assert card().endswith("## Made with\n\n- jax 0.6\n- keras 3.12\n")


def test_rules_kept_beside_the_files_are_a_table() -> None:
    output = TensorSpec("pair", (1,), "int64")
    rule = Rule(output, ("a", "b"), "hashed", "cross", Encoding("int", 9), bucket=Bucket(9))
    text = card((rule,))
    assert "## Preprocessing\n\nThese inputs are made of strings before the files are run" in text
    assert "| `pair` | `a`, `b` | cross | hashed |" in text
    assert "- `preprocessing.json`: how inputs are made of strings, with the vocabularies" in text
    assert "preprocessing" not in card().lower()


def test_names_of_any_kind_are_words_and_never_markup_or_code() -> None:
    hostile = '"); import os #`|<script>\n```\n# heading\x1b[31m'
    tensors = (TensorSpec(hostile, (2,), labels=(hostile, "high"), meaning=hostile, unit=hostile),)
    signature = Signature(tensors, tensors)
    case = Case("test_data_set_0", {hostile: np.zeros((1, 2))}, {hostile: np.zeros((1, 2))})
    report = make_report([], [case], signature, Tolerance(), reference="keras-jax")
    spec = ModelSpec(hostile, hostile, tensors, ())
    data = {"name": hostile, "origin": hostile, "source": hostile, "samples": {hostile: 3}}
    source = Source(spec=spec, metrics={"data": data})
    text = model_card(source, signature, report, {hostile: hostile})
    outside, sample, rest = re.split(r"```(?:python)?\n", text)
    assert "<script>" not in outside + rest
    assert "\x1b" not in text
    assert [line for line in text.splitlines() if line.startswith("# ")] == [text.splitlines()[0]]
    (imported, *made) = ast.parse(sample).body
    assert isinstance(imported, ast.Import)
    assert len(made) == 2
    call = made[1].value
    assert ast.literal_eval(call.args[0]) == [hostile]
    assert [key.value for key in call.args[1].keys] == [hostile]
