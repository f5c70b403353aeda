"""Lay a bundle out as model servers want it: their folders, and their description of the contract.

1. `triton`: a model repository of NVIDIA's Triton, `NAME/1/model.onnx` and `NAME/config.pbtxt`,
   with the labels of classes; Triton puts the batch in front of each shape, and joins requests,
   but where a first size is fixed or is not the batch.
2. `tensorflow-serving`: `NAME/1/`, the SavedModel, as TensorFlow Serving's base path.
3. `mlflow`: an MLflow model with its signature, of the flavors `onnx` and `python_function`.
   Written without MLflow, which puts weights into a file with a random name.

The same bundle gives the same bytes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mimo_export import manifest
from mimo_export.distributions import distribution
from mimo_export.errors import BundleError, InputError
from mimo_export.hosts.identifiers import spell
from mimo_export.hosts.rendering import ESCAPES
from mimo_export.hosts.view import model_name
from mimo_export.manifest import Bundle, open_bundle
from mimo_export.markdown import one_line
from mimo_export.publish import staging
from mimo_portable.specs import TensorSpec

MAX_BATCH = 256
"""What Triton joins requests up to."""

_TRITON = {
    "bool": "TYPE_BOOL",
    **{f"int{bits}": f"TYPE_INT{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"TYPE_UINT{bits}" for bits in (8, 16, 32, 64)},
    "float16": "TYPE_FP16",
    "bfloat16": "TYPE_BF16",
    "float32": "TYPE_FP32",
    "float64": "TYPE_FP64",
    "string": "TYPE_STRING",
}


def write_layout(directory: str | Path, layout: str, target: str | Path) -> tuple[str, ...]:
    """Write a bundle's files into a new folder as a server wants them, and return their paths.

    Args:
        directory: The bundle.
        layout: One of `LAYOUTS`.
        target: The folder: Triton's repository, TensorFlow Serving's models, or the MLflow model.

    Raises:
        InputError: The layout is unknown, or the server has no such dtype.
        BundleError: The bundle is damaged or lacks the file that the server loads, or there is
            something at `target` already.
        OSError: The disk is full or cannot be written.
    """
    if layout not in LAYOUTS:
        raise InputError(f"'{layout}' is no layout", remedy=f"choose from {', '.join(LAYOUTS)}")
    bundle, target = open_bundle(directory), Path(target)
    needed, write = LAYOUTS[layout]
    manifest.check_files(bundle, needed)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BundleError(
            "there is something else already, which is not overwritten",
            where=str(target),
            remedy="choose another folder, or remove this one",
        )
    with staging(target) as folder:
        write(bundle, folder)
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return tuple(path.relative_to(folder).as_posix() for path in paths)


def _copy_onnx(bundle: Bundle, folder: Path) -> None:
    """Copy the ONNX file, with the weights that are beside it where it is large."""
    path = bundle.folder / manifest.ONNX
    folder.mkdir(parents=True, exist_ok=True)
    for source in (path, path.with_name(f"{path.name}.data")):
        if source.is_file():
            shutil.copyfile(source, folder / source.name)


# === Triton ===


def _triton(bundle: Bundle, folder: Path) -> None:
    name = spell(model_name(bundle)).snake
    _copy_onnx(bundle, folder / name / "1")
    signature, lines = bundle.signature, [f"name: {_quoted(name)}", 'backend: "onnxruntime"']
    joined = signature.takes_one_batch
    # Triton joins requests along the first size, if that is one size of all tensors and free.
    lines += [f"max_batch_size: {MAX_BATCH if joined else 0}", *["dynamic_batching { }"] * joined]
    for spec in signature.inputs:
        lines += ["input {", *_described(spec, joined=joined), "}"]
    for number, spec in enumerate(signature.outputs):
        labels = []
        if len(spec.labels) > 1:
            path = f"labels_{number}.txt"
            text = "".join(f"{one_line(label)}\n" for label in spec.labels)
            (folder / name / path).write_text(text, encoding="utf-8")
            labels = [f"  label_filename: {_quoted(path)}"]
        lines += ["output {", *_described(spec, joined=joined), *labels, "}"]
    config = folder / name / "config.pbtxt"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _described(spec: TensorSpec, *, joined: bool) -> list[str]:
    shape = spec.shape if joined else spec.sizes
    sizes = [size if isinstance(size, int) else -1 for size in shape]
    lines = [f"  name: {_quoted(spec.name)}", f"  data_type: {_TRITON[spec.dtype]}"]
    if sizes:
        return [*lines, f"  dims: {sizes}"]
    # Triton has no tensor without dimensions beside the batch: one element stands for the number.
    return [*lines, "  dims: [1]", "  reshape { shape: [] }"]


def _quoted(text: str) -> str:
    return ESCAPES["octal"](text)


# === TensorFlow Serving ===


def _tensorflow(bundle: Bundle, folder: Path) -> None:
    source = bundle.folder / manifest.SAVED_MODEL
    shutil.copytree(source, folder / spell(model_name(bundle)).snake / "1")


# === MLflow ===

_MLFLOW_RUNS = ("onnx", "onnxruntime")


def _mlflow(bundle: Bundle, folder: Path) -> None:
    for spec in (*bundle.signature.inputs, *bundle.signature.outputs):
        if spec.dtype == "bfloat16":
            raise InputError(
                "MLflow has no bfloat16, as NumPy has none",
                where=f"'{spec.name}'",
                remedy="choose another layout, or cast inside of the model",
            )
    _copy_onnx(bundle, folder)
    # JSON is YAML, and needs no library.
    manifest.write_json(folder / "MLmodel", _flavors(bundle))
    requirements = ["mlflow", *("==".join(distribution(name)) for name in _MLFLOW_RUNS)]
    (folder / "requirements.txt").write_text("\n".join(requirements) + "\n", encoding="utf-8")
    environment = {
        "python": "3.11",
        "build_dependencies": ["pip", "setuptools", "wheel"],
        "dependencies": ["-r requirements.txt"],
    }
    manifest.write_json(folder / "python_env.yaml", environment)


def _flavors(bundle: Bundle) -> dict[str, Any]:
    """Return what MLflow's `MLmodel` says."""
    return {
        "flavors": {
            "onnx": {
                "code": None,
                "data": manifest.ONNX,
                "onnx_session_options": None,
                "onnx_version": distribution("onnx")[1],
                "providers": ["CPUExecutionProvider"],
            },
            "python_function": {
                "data": manifest.ONNX,
                "env": {"virtualenv": "python_env.yaml"},
                "loader_module": "mlflow.onnx",
                "python_version": "3.11",
            },
        },
        "signature": {
            "inputs": json.dumps([_tensor(spec) for spec in bundle.signature.inputs]),
            "outputs": json.dumps([_tensor(spec) for spec in bundle.signature.outputs]),
            "params": None,
        },
    }


def _tensor(spec: TensorSpec) -> dict[str, Any]:
    sizes = [size if isinstance(size, int) else -1 for size in spec.sizes]
    dtype = "str" if spec.dtype == "string" else spec.dtype
    return {"name": spec.name, "type": "tensor", "tensor-spec": {"dtype": dtype, "shape": sizes}}


LAYOUTS: Mapping[str, tuple[str, Callable[[Bundle, Path], None]]] = {
    "triton": ("onnx", _triton),
    "tensorflow-serving": ("saved_model", _tensorflow),
    "mlflow": ("onnx", _mlflow),
}
