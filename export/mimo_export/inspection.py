"""Say what is in a bundle, an ONNX file or a `.keras` file, without running it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from mimo_export import manifest
from mimo_export.archive_folder import as_file, is_model_folder
from mimo_export.errors import ModelFileError
from mimo_export.worker import Worker, choose_backend


def inspect(
    path: str | Path, *, backend: str | None = None, imports: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the facts of a bundle (a folder), an `.onnx` file or a `.keras` file, JSON-ready.

    Args:
        path: What to look at.
        backend: Which backend loads a `.keras` file; the first that is installed when None.
        imports: Modules that register the user's classes in a `.keras` file.

    Raises:
        BundleError: The folder is no bundle.
        ModelFileError: The file is missing, damaged, of another kind, or not safe to load.
    """
    path = Path(path)
    if is_model_folder(path):
        with as_file(path) as file:
            return inspect(file, backend=backend, imports=imports)
    if path.is_dir() or not path.suffix:
        return _bundle(path)
    if path.suffix == ".onnx":
        return {"kind": "onnx", **inspect_onnx(path)}
    if path.suffix == ".keras":
        with Worker(backend or choose_backend(), imports) as process:
            return {"kind": "keras", **process.ask("inspect", source=str(path.absolute()))}
    raise ModelFileError(
        f"a file ending in '{path.suffix}' cannot be inspected",
        where=str(path),
        remedy="name a bundle (a folder), an .onnx file or a .keras file",
    )


def _bundle(folder: Path) -> dict[str, Any]:
    bundle = manifest.open_bundle(folder)
    contract = bundle.signature.to_dict()
    for item in contract["inputs"]:
        if item["name"] in bundle.limits:
            item["ids"] = bundle.limits[item["name"]]
    files = bundle.manifest["files"]
    facts = {
        "kind": "bundle",
        **contract,
        "formats": list(bundle.formats),
        "bytes": sum(file["bytes"] for file in files.values()),
        "versions": bundle.manifest.get("versions", {}),
    }
    onnx_file = folder / manifest.ONNX
    if onnx_file.is_file():
        found = inspect_onnx(onnx_file)
        facts["onnx"] = {k: v for k, v in found.items() if k not in ("inputs", "outputs")}
    return facts


def inspect_onnx(path: Path) -> dict[str, Any]:
    """Return inputs, outputs, operator counts, opset and size of an ONNX file.

    Raises:
        ModelFileError: The file is missing or no ONNX file.
    """
    model = read_onnx(path)
    graph = model.graph
    counts = Counter(node.op_type for node in graph.node)
    return {
        "inputs": [_value(value) for value in graph.input],
        "outputs": [_value(value) for value in graph.output],
        "opset": {entry.domain or "ai.onnx": entry.version for entry in model.opset_import},
        "ir_version": model.ir_version,
        "producer": " ".join(
            part for part in (model.producer_name, model.producer_version) if part
        ),
        "bytes": path.stat().st_size,
        "nodes": sum(counts.values()),
        "operators": dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        "metadata": {entry.key: entry.value for entry in model.metadata_props},
    }


def read_onnx(path: Path) -> onnx.ModelProto:
    """Read an ONNX file without the weights that are beside it.

    Raises:
        ModelFileError: The file is missing or no ONNX file.
    """
    try:
        model = onnx.load(path, load_external_data=False)
    except FileNotFoundError as error:
        raise ModelFileError(
            "there is no such file", where=str(path), remedy="check the path"
        ) from error
    except (DecodeError, ValueError, RuntimeError) as error:
        raise _no_onnx(path) from error
    if not model.HasField("graph") or not model.opset_import:
        raise _no_onnx(path)
    return model


def _no_onnx(path: Path) -> ModelFileError:
    return ModelFileError(
        "not an ONNX file, or one that is cut short",
        where=str(path),
        remedy="copy the file again, or export the model again",
    )


def _value(value: onnx.ValueInfoProto) -> dict[str, Any]:
    tensor = value.type.tensor_type
    sizes = [size.dim_param or size.dim_value for size in tensor.shape.dim]
    names = onnx.TensorProto.DataType
    known = tensor.elem_type in names.values()
    dtype = names.Name(tensor.elem_type).lower() if known else f"type {tensor.elem_type}"
    return {"name": value.name, "shape": sizes, "dtype": {"float": "float32"}.get(dtype, dtype)}
