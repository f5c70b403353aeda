"""The process in which a file is tried, because a bad one may end onnxruntime and its process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mimo_export import _worker, manifest
from mimo_export.golden import read_cases
from mimo_export.report import run_onnx


def _try(path: str, folder: str) -> dict[str, Any]:
    """Run a file on a bundle's golden vectors; return why it cannot be used, empty if it can."""
    bundle = manifest.open_bundle(folder)
    cases = read_cases(bundle.folder / manifest.GOLDEN, bundle.signature)
    answers = run_onnx(Path(path), cases, bundle.signature)
    return {"problem": next((text for a in answers for text in a.problems), "")}


if __name__ == "__main__":
    _worker.serve(lambda _: _try)
