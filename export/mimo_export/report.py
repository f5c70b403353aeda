"""The gate: what was exported is held against Keras, number by number, before anybody may have it.

Every runtime runs the same golden vectors. Those that a bundle must satisfy gate it; Keras's own
other backends stand beside them, so that a reader sees whether it is the file or float32. A runtime
that is not installed is "not run", with the reason; it never counts as a pass.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mimo_export.compare import (
    CONTRACT,
    Comparison,
    Pair,
    Tolerance,
    compare_output,
    is_distribution,
)
from mimo_export.contract import Signature
from mimo_export.errors import BundleError, VerificationError
from mimo_export.golden import Arrays, Case
from mimo_export.onnx_runtime import OnnxModel

_REMEDY = (
    "nothing was published; `mimo-portable verify MODEL --locate` names the layer; "
    "if the passing tolerance is acceptable for this model, give it with --atol and --rtol"
)


@dataclass(frozen=True)
class Answers:
    """What one runtime gave for every golden data set.

    Attributes:
        runtime: Its name.
        outputs: Per data set, arrays under the outputs' names; empty when it was not run.
        problems: How its names, order, dtypes or dimensions differ from the contract.
        not_run: Why it was not run.
        gates: Whether it decides over the bundle.
    """

    runtime: str
    outputs: tuple[Arrays, ...] = ()
    problems: tuple[str, ...] = ()
    not_run: str = ""
    gates: bool = True


@dataclass(frozen=True)
class Report:
    """Every runtime's every output beside Keras.

    Attributes:
        reference: Which Keras gave the expected values, such as "keras-jax".
        tolerance: What was allowed.
        rows: One per runtime and output.
        inputs: One line per golden data set: its inputs' shapes.
        refused: Sizes that Keras itself refused, with its reason.
        covered: One line per input: which values it has in the golden vectors; empty for stored
            ones.
        seed: Of the golden vectors' inputs; None for stored ones.
        files: What is wrong with the bundle's files.
    """

    reference: str
    tolerance: Tolerance
    rows: tuple[Comparison, ...]
    inputs: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    covered: tuple[str, ...] = ()
    seed: int | None = None
    files: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[Comparison, ...]:
        """Return the rows that keep a bundle from being published."""
        return tuple(row for row in self.rows if row.gates and row.status == "fail")

    @property
    def passed(self) -> bool:
        """Tell whether something that gates was compared, and nothing of it failed."""
        compared = any(row.gates and row.status == "pass" for row in self.rows)
        return compared and not self.failures and not self.files

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready data; numbers that JSON does not know become words."""
        data: dict[str, Any] = jsonable(dataclasses.asdict(self))
        return {"passed": self.passed, **data}

    def check(self, where: str, remedy: str = _REMEDY) -> None:
        """Raise what a user reads when the gate stays closed.

        Args:
            where: The model or folder.
            remedy: What he can do where an output differs.

        Raises:
            VerificationError: Names the first failing output and every number about it.
        """
        if self.passed:
            return
        if self.files:
            raise VerificationError(
                self.files[0],
                where=where,
                remedy="export the model again, or copy the bundle again",
            )
        if not self.failures:
            raise VerificationError(
                "nothing was compared: no runtime could run what was exported",
                where=where,
                remedy="`mimo-portable doctor` shows what is installed",
            )
        lines = [describe_failure(row) for row in self.failures]
        raise VerificationError(
            "the export and Keras disagree: " + "; ".join([*lines, *self._spread()]),
            where=where,
            remedy=remedy,
        )

    def _spread(self) -> Iterator[str]:
        """Yield how far Keras's other backends are from this one, in the outputs that failed."""
        failed = {row.output for row in self.failures}
        for row in self.rows:
            if not row.gates and row.largest is not None and row.output in failed:
                apart = f"{row.largest.size:.3g} from {self.reference}"
                yield f"{row.output} of {row.runtime} itself is at most {apart}"


def describe_failure(row: Comparison) -> str:
    """Return one line about a failing row: what, where, by how much."""
    text = f"{row.runtime}, {row.output}: {row.reason}"
    if row.shapes != row.expected_shapes:
        return f"{text} ({list(row.shapes)} where Keras gives {list(row.expected_shapes)})"
    if row.dtype != row.expected_dtype:
        return f"{text} ({row.dtype} where Keras gives {row.expected_dtype})"
    if row.classes and row.reason == "the classes differ":
        return f"{text} ({row.classes} rows agree)"
    if row.largest is None:
        return text
    largest = row.largest
    return (
        f"{text}, at most by {largest.size:.3g} in {largest.case} at {list(largest.index)}"
        f" ({largest.got:.8g} where Keras gives {largest.expected:.8g});"
        f" a tolerance of {row.passing_tolerance:.3g} would have passed"
    )


def make_report(
    answers: Iterable[Answers],
    cases: Sequence[Case],
    signature: Signature,
    tolerance: Tolerance,
    **facts: Any,
) -> Report:
    """Compare every runtime's answers with Keras's.

    Args:
        answers: Per runtime.
        cases: The golden vectors.
        signature: The contract: names, and which outputs are classes (they have labels, or rows
        that
            are probabilities).
        tolerance: What is allowed.
        facts: Further fields of the report.
    """
    rows: list[Comparison] = []
    for answer in answers:
        if answer.not_run:
            rows += [
                Comparison(answer.runtime, s.name, "not run", answer.not_run, gates=answer.gates)
                for s in signature.outputs
            ]
            continue
        if answer.problems:
            reason = "; ".join(answer.problems)
            rows.append(Comparison(answer.runtime, CONTRACT, "fail", reason, gates=answer.gates))
            continue
        rows += [_row(answer, spec, cases, tolerance) for spec in signature.outputs]
    shown = tuple(_shown_inputs(case) for case in cases)
    return Report(tolerance=tolerance, rows=tuple(rows), inputs=shown, **facts)


def told_of_golden(prepared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a report that the making of golden vectors has told."""
    return {name: tuple(prepared[name]) for name in ("refused", "covered")}


def _row(answer: Answers, spec: Any, cases: Sequence[Case], tolerance: Tolerance) -> Comparison:
    pairs = [
        Pair(case.name, np.asarray(case.outputs[spec.name]), np.asarray(given[spec.name]))
        for case, given in zip(cases, answer.outputs, strict=True)
    ]
    expected = [pair.expected for pair in pairs]
    is_class = len(spec.labels) > 1 or is_distribution(expected)
    return compare_output(
        answer.runtime, spec.name, pairs, tolerance, is_class=is_class, gates=answer.gates
    )


def _shown_inputs(case: Case) -> str:
    arrays = (f"{name} {array.dtype}{list(array.shape)}" for name, array in case.inputs.items())
    return f"{case.name}: {', '.join(arrays)}"


LEVELS = {"onnxruntime": "all", "onnxruntime, not optimised": "none"}
"""The rows of a file in onnxruntime, and the level of its optimisations in each."""


def run_onnx(
    path: Path,
    cases: Sequence[Case],
    signature: Signature,
    levels: Mapping[str, str] = LEVELS,
) -> tuple[Answers, ...]:
    """Run an ONNX file as users do, with all optimisations, and once more without any."""
    found = []
    for name, level in levels.items():
        try:
            model = OnnxModel(path, level=level)
            problems = model.contract_problems(signature)
            outputs = () if problems else tuple(model.run(case.inputs) for case in cases)
        except BundleError as error:
            problems, outputs = (f"{error.what} ({error.where})",), ()
        found.append(Answers(name, outputs, problems))
    return tuple(found)


def jsonable(value: Any) -> Any:
    """Return the data with words in the place of NaN and infinity, which JSON does not know."""
    if isinstance(value, Mapping):
        return {key: jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
