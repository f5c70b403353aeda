"""The model card: what a person must know before they build on a bundle.

Names, labels, meanings and the words about the data come from the model's author: they are written
through `markdown`, as words and never as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mimo_export.contract import Signature
from mimo_export.markdown import code, python, table, text
from mimo_export.preprocessing.rules import Rule
from mimo_export.report import Report
from mimo_export.source import Source
from mimo_portable.specs import TensorSpec

_ORIGINS = {
    "real": "real data",
    "semi-real": "semi-real data: a part of it was made for this purpose",
    "simulated": "SIMULATED data: these scores say nothing about real cases",
    "yours": "the user's own data",
}


def model_card(
    source: Source,
    signature: Signature,
    report: Report,
    versions: Mapping[str, str],
    rules: Sequence[Rule] = (),
) -> str:
    """Return the card as Markdown: contract, data, scores, parity, files and versions."""
    spec = source.spec
    name = spec.name if spec else "Exported model"
    parts = [
        f"# {text(name)}",
        text(spec.description) if spec else "",
        "## Contract\n\nFeed and read by name; the order is the order here.",
        _contract("Input", signature.inputs),
        _contract("Output", signature.outputs),
        _use(signature),
        _preprocessing(rules),
        *_training(source.metrics),
        _parity(report),
        "## Files\n\n" + _files(source, rules),
        "## Made with\n\n" + _bullets(text(f"{k} {v}") for k, v in sorted(versions.items())),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _contract(kind: str, specs: Sequence[TensorSpec]) -> str:
    rows = [
        (code(s.name), *map(text, (_shape(s), s.dtype, s.meaning, s.unit, ", ".join(s.labels))))
        for s in specs
    ]
    return table((kind, "shape", "dtype", "meaning", "unit", "labels"), rows)


def _use(signature: Signature) -> str:
    feeds = ", ".join(f"{python(spec.name)}: ..." for spec in signature.inputs)
    names = ", ".join(python(spec.name) for spec in signature.outputs)
    return (
        "## Use\n\n```python\nimport onnxruntime\n\n"
        'session = onnxruntime.InferenceSession("model.onnx")\n'
        f"outputs = session.run([{names}], {{{feeds}}})\n```"
    )


def _shape(spec: TensorSpec) -> str:
    sizes = ("any" if size is None else size for size in spec.sizes)
    return f"({', '.join(map(str, sizes))})"


def _training(metrics: Mapping[str, Any]) -> list[str]:
    """Return the data's origin and licence, and the test scores beside the trivial baseline."""
    data, outputs = metrics.get("data"), metrics.get("outputs")
    parts = []
    if data:
        origin = _ORIGINS.get(data.get("origin", ""), data.get("origin", "unknown"))
        samples = data.get("samples", {})
        counts = ", ".join(f"{count:,} {text(part)}" for part, count in samples.items())
        parts.append(
            f"## Data\n\n{code(data.get('name'))}, {text(origin)}.\n\n"
            f"{text(data.get('source', ''))}\n\n"
            f"Samples: {counts or 'not recorded'}. The licence of the data holds for what was "
            "learnt from it as well: keep the notice above with every copy."
        )
    if outputs:
        rows = [
            (
                code(name),
                text(score),
                _number(value),
                text(item["baseline"]),
                _number(item["baseline_scores"][score]),
            )
            for name, item in outputs.items()
            for score, value in item["scores"].items()
        ]
        header = ("Output", "score", "this model", "trivial baseline", "its score")
        parts.append("## Scores on the test part\n\n" + table(header, rows))
        missed = [code(name) for name, item in outputs.items() if not item["beaten"]]
        if missed:
            parts.append(f"**The baseline is not beaten on {', '.join(missed)}.**")
    return parts


def _parity(report: Report) -> str:
    rows = []
    for row in report.rows:
        size = "" if row.largest is None else f"{row.largest.size:.2g}"
        passing = "" if row.passing_tolerance is None else f"{row.passing_tolerance:.2g}"
        status = row.status if row.status != "not run" else f"not run: {row.reason}"
        rows.append((text(row.runtime), code(row.output), text(status), size, passing, row.classes))
    header = (
        "Runtime",
        "output",
        "result",
        "largest difference",
        "would pass at",
        "same class",
    )
    limits = report.tolerance
    covered = (
        f"\n\nInputs in them:\n\n{_bullets(map(text, report.covered))}" if report.covered else ""
    )
    return (
        f"## Parity\n\nEvery value beside {report.reference}, on {len(report.inputs)} sets of "
        f"golden vectors; allowed: {limits.atol:g} + {limits.rtol:g} x |value|. The rows of other "
        "Keras backends show how far Keras differs from itself.\n\n" + table(header, rows) + covered
    )


def _preprocessing(rules: Sequence[Rule]) -> str:
    if not rules:
        return ""
    rows = [
        (code(rule.output.name), ", ".join(map(code, rule.sources)), rule.kind, text(rule.layer))
        for rule in rules
    ]
    return (
        "## Preprocessing\n\nThese inputs are made of strings before the files are run, by the "
        "rules in `preprocessing.json`, which also has examples for your own program to be held "
        "against; `mimo-portable predict` follows the rules.\n\n"
        + table(("Input", "made of", "rule", "Keras layer"), rows)
    )


def _files(source: Source, rules: Sequence[Rule]) -> str:
    files = [
        "`model.onnx`, `saved_model/`: what programs load (whichever was exported)",
        "`model.keras`: the source",
        "`signature.json`: the contract above; `ids` is how many token ids an input knows",
        "`golden/test_data_set_N/`: inputs and Keras's outputs, as ONNX tensors",
        "`parity.json`: the table above in full",
        "`manifest.json`: SHA-256 of every file; `mimo-portable verify` checks it",
    ]
    if source.vocabulary:
        files.insert(
            2,
            "`vocabulary.json`: words by id from 2 on (0 is padding, 1 is unknown); the docstring "
            "of `mimo_portable.text` is the rule from text to words, and the projects of "
            "`mimo-portable embed` follow it",
        )
    if rules:
        files.insert(
            2, "`preprocessing.json`: how inputs are made of strings, with the vocabularies"
        )
    return _bullets(files)


def _number(value: float) -> str:
    return f"{value:.4g}"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
