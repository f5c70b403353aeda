# ruff: noqa: T201, PLC0415 - a program, which chooses the backend before Keras is imported
"""Runs Keras's own tests from the installed wheel against our backend and prints a table.

KERAS_BACKEND=tensorflow python tests/conformance/run.py [--dynamic] numpy core math linalg
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import warnings
from collections import Counter, defaultdict
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


class Outcomes:
    """Collects how each test ended."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.reasons: Counter[str] = Counter()
        self.failures: list[dict[str, str]] = []

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        report = outcome.get_result()
        if report.when != "call" and report.passed:
            return
        file = Path(str(item.fspath)).stem
        kind = report.outcome
        if report.failed and call.excinfo is not None:
            text = str(call.excinfo.value)
            refused = any(
                "UnsupportedOperationError" in k.__name__ for k in _chain(call.excinfo.value)
            )
            kind = "refused" if refused else "failed"
            (
                self.reasons.update([text.splitlines()[0] if text else ""])
                if refused
                else self.failures.append(
                    {
                        "test": item.nodeid.split("::", 1)[1],
                        "error": f"{type(call.excinfo.value).__name__}: {text[:600]}",
                        "at": str(call.excinfo.traceback[-1].path)[-40:]
                        + f":{call.excinfo.traceback[-1].lineno + 1}",
                    }
                )
            )
        self.counts[file][kind] += 1


def _chain(error):
    while error is not None:
        yield type(error)
        error = error.__cause__ or error.__context__


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="*", default=["numpy", "core", "math", "linalg"])
    parser.add_argument("--dynamic", action="store_true")
    parser.add_argument("--details", type=Path)
    parser.add_argument("-k", default="")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    import evaluation

    from mimo_export.backend import _switch

    evaluation.dynamic = options.dynamic
    evaluation.install(
        [
            getattr(_switch.keras_backend, name)
            for name in ("numpy", "math", "linalg", "nn", "image", "core")
            if name in options.families
        ]
    )
    home = Path(importlib.util.find_spec("keras").submodule_search_locations[0]) / "src" / "ops"
    outcomes = Outcomes()
    pytest.main(
        [
            "-q",
            "--no-header",
            "--tb=no",
            "-c",
            os.devnull,
            "-p",
            "no:cacheprovider",
            "-p",
            "no:warnings",
            "--import-mode=importlib",
            "-k",
            options.k,
            *(str(home / f"{name}_test.py") for name in options.families),
        ],
        plugins=[outcomes],
    )
    for file, counts in outcomes.counts.items():
        print(file, dict(counts))
    if options.details:
        options.details.write_text(
            json.dumps(
                {"failures": outcomes.failures, "refused": outcomes.reasons.most_common()}, indent=1
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
