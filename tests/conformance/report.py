"""What a run of Keras's tests found: a table for people, a document for programs."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.outcomes import FAILED, KERAS_FAILS, KINDS, KNOWN, REFUSED, SKIPPED, Outcome

_TOLD = (FAILED, KERAS_FAILS, KNOWN)
_SHOWN = 300  # letters of a failure's reason


def document(outcomes: Sequence[Outcome], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything as one JSON document.

    Args:
        outcomes: How each test ended.
        about: What was run: versions, backend, options.
    """
    return {
        **about,
        "total": _counts(outcomes),
        "files": {file: _counts(part) for file, part in _by_file(outcomes).items()},
        "refused": dict(_reasons(outcomes)),
        "tests": [
            dataclasses.asdict(o) for o in outcomes if o.kind in (FAILED, KERAS_FAILS, KNOWN)
        ],
    }


def markdown(outcomes: Sequence[Outcome], about: Mapping[str, Any]) -> str:
    """Return the table per file, the reasons of refusals, and the failures."""
    parts = _by_file(outcomes)
    rows = [(file, *_counts(part).values()) for file, part in parts.items()]
    lines = [
        "# Keras's own tests on the ONNX backend",
        "",
        "; ".join(f"{name} {value}" for name, value in about.items()),
        "",
        *_table(("tests", *KINDS), [*rows, ("all", *_counts(outcomes).values())]),
        "",
        "`not asked`: nothing in the test reached our backend (symbolic shapes, files, training).",
        "`fails in Keras`: the test fails without our backend too. `cannot agree`: for the reason",
        "given; Keras's own backends differ, or the test notices that it is watched.",
    ]
    refusals = _reasons(outcomes)
    if refusals:
        lines += ["", "## Refused", "", *_table(("reason", "tests"), refusals)]
    missing = Counter((o.file, o.reason) for o in outcomes if o.kind == SKIPPED and o.reason)
    if missing:
        cells = [(file, why, count) for (file, why), count in missing.items()]
        lines += ["", "## Not run", "", *_table(("file", "why", "tests"), cells)]
    failures = [o for o in outcomes if o.kind in _TOLD]
    if failures:
        cells = [(f"{o.name}", o.kind, _one_line(o.reason)[:_SHOWN]) for o in failures]
        lines += ["", "## Failed", "", *_table(("test", "", "what happened"), cells)]
    return "\n".join(lines) + "\n"


def _by_file(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    parts: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        parts.setdefault(outcome.file, []).append(outcome)
    return parts


def _counts(outcomes: Iterable[Outcome]) -> dict[str, int]:
    found = Counter(outcome.kind for outcome in outcomes)
    return {kind: found[kind] for kind in KINDS}


def _reasons(outcomes: Iterable[Outcome]) -> list[tuple[str, int]]:
    """Return the reasons of refusals, with the number of tests; what it was called on left out."""
    refused = (o.reason for o in outcomes if o.kind == REFUSED)
    reasons = Counter(re.sub(r"\w+\[[^]]*\]", "a tensor", _one_line(why)) for why in refused)
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in ([*header], ["---"] * len(header), *cells)]
