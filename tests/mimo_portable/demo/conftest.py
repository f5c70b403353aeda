"""A bundle for the tests of the page's makers, and programs that stand for node and npm."""

from __future__ import annotations

import os
from pathlib import Path

import demo_bundles
import pytest

from mimo_portable.data import simulated_medical

NPM = """#!/bin/sh
echo "$@" >> "$CALLS"
case "$1" in
install)
  mkdir -p node_modules/onnxruntime-web/dist
  for name in ort.wasm.min.mjs ort-wasm-simd-threaded.mjs ort-wasm-simd-threaded.wasm; do
    echo "$name" > "node_modules/onnxruntime-web/dist/$name"
  done ;;
run)
  mkdir -p out/js && cp js/main.ts out/js/main.js
  for model in models/*; do
    mkdir -p "out/$model/src" && cp "$model/src/client.ts" "out/$model/src/client.js"
  done ;;
esac
"""


@pytest.fixture(autouse=True)
def _few_patients_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    _few_patients(monkeypatch)


def _few_patients(patch: pytest.MonkeyPatch) -> None:
    patch.delenv("MIMO_PORTABLE_DATA", raising=False)
    patch.setattr(simulated_medical, "PATIENTS", 60)


@pytest.fixture(scope="session")
def medical(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a bundle of the medical model; not to be written to."""
    with pytest.MonkeyPatch.context() as patch:
        _few_patients(patch)
        return demo_bundles.bundle("medical", tmp_path_factory.mktemp("bundles"))


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a `node` and an `npm` on the PATH that do nearly nothing; return the list of calls."""
    if os.name != "posix":
        pytest.skip("the programs are shell scripts")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("node", "npm"):
        (programs / name).write_text(NPM)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return tmp_path / "calls"
