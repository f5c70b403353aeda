"""The graphs of the zoo as text, one file each, the same for every backend.

`nox -s golden` runs this file, which writes them anew; a test compares.
"""

from __future__ import annotations

from pathlib import Path

import onnx_ir as ir
from parity_models import draw_weights

from mimo_export.onnx import to_onnx
from mimo_portable.zoo import MODELS

FOLDER = Path(__file__).with_name("golden")


def graph_of(name: str) -> ir.Model:
    """Return the exported reference network of that name."""
    entry = MODELS[name]
    model = entry.build(entry.configuration("reference"))
    draw_weights(model)
    return to_onnx(model)


def text_of(model: ir.Model) -> str:
    """Return a graph as text: every node with its names and attributes, weights by name alone."""
    model.metadata_props.clear()  # versions
    model.producer_version = None
    return ir.to_onnx_text(model, exclude_initializers=True) + "\n"


def path_of(name: str) -> Path:
    """Return where the text of a model is kept."""
    return FOLDER / f"{name}.onnx.txt"


def main() -> None:
    """Write every golden file."""
    FOLDER.mkdir(exist_ok=True)
    for name in MODELS:
        path_of(name).write_text(text_of(graph_of(name)), encoding="utf-8")


if __name__ == "__main__":
    main()
