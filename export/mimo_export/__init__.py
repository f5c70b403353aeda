"""Keras 3 models to ONNX and SavedModel: the same file whichever backend trained them.

The names below are loaded when they are first used: importing the package starts no backend.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mimo_export.backend._graph import op
    from mimo_export.bundle import ExportOptions, export_bundle
    from mimo_export.compare import Tolerance
    from mimo_export.errors import MimoExportError
    from mimo_export.forms import onnx_form
    from mimo_export.inspection import inspect
    from mimo_export.prediction import predict
    from mimo_export.single_file import export_onnx
    from mimo_export.verify import verify_bundle

__all__ = [
    "ExportOptions",
    "MimoExportError",
    "Tolerance",
    "export_bundle",
    "export_onnx",
    "inspect",
    "onnx_form",
    "op",
    "predict",
    "verify_bundle",
]

_HOMES = {
    "ExportOptions": "bundle",
    "MimoExportError": "errors",
    "Tolerance": "compare",
    "export_bundle": "bundle",
    "export_onnx": "single_file",
    "inspect": "inspection",
    "onnx_form": "forms",
    "op": "backend._graph",
    "predict": "prediction",
    "verify_bundle": "verify",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that defines it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
