from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras

from mimo_export.worker import installed_backends

BACKEND = keras.backend.backend()


def test_a_bundle_is_compared_with_every_backend(run: Any, bundle: Path) -> None:
    code, out, err = run("parity", bundle, "--backend", BACKEND)
    assert (code, err) == (0, "")
    assert out.startswith(f"beside keras-{BACKEND}, allowed 1e-05 + 1e-05 * |value|:\n")
    for name in ("jax", "torch", "tensorflow"):
        if name in installed_backends():
            assert (f"\nkeras-{name} " in out) is (name != BACKEND)
        else:
            assert f"keras-{name} was not run, because {name} is not installed" in out


def test_a_keras_file_is_exported_for_the_comparison_alone(
    run: Any, trained: Path, tmp_path: Path
) -> None:
    code, out, err = run("parity", trained / "model.keras", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert (document["passed"], document["seed"]) == (True, 1)
    runtimes = {row["runtime"] for row in document["rows"]}
    assert "onnxruntime" in runtimes
    assert ("saved_model" in runtimes) is ("tensorflow" in installed_backends())
    assert list(tmp_path.iterdir()) == []
