"""What the speed benchmark has measured: a file for each model, with where it was measured."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

_VECTORS = ("avx512_vnni", "avx512f", "avx2", "asimd")
_PACKAGES = (
    *("onnxruntime", "keras", "jax", "torch", "tensorflow-cpu", "tf2onnx", "jax2onnx"),
    *("ai-edge-litert", "openvino"),
)
_HERE = re.compile(r"[^\s'\"(]*/(site-packages|tmp\w{8})/")
"""What failed says where packages and scratch files lie on this machine."""


@dataclass(frozen=True)
class Place:
    """Where something was measured.

    Attributes:
        processor: What it calls itself, and the widest vectors it has.
        versions: Of the packages that were compared.
    """

    processor: str
    versions: str


@dataclass(frozen=True)
class Result:
    """What was measured, and where."""

    place: Place
    found: Mapping[str, Any]


def write(folder: Path, name: str, found: Mapping[str, Any]) -> None:
    """Keep what was measured in this process's environment, in place of what was kept before."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"place": asdict(here()), "found": found}, indent=1)
    (folder / f"{name}.json").write_text(_HERE.sub("", text) + "\n", encoding="utf-8")


def read(folder: Path, name: str) -> Result | None:
    """Return what was kept, None if nothing was."""
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    return Result(Place(**data["place"]), data["found"])


def here() -> Place:
    """Return where this process runs."""
    return Place(_processor(), _versions())


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    facts = dict(re.findall(r"^([\w ]+?)\s*: (.*)", text, re.MULTILINE))
    name = facts.get("model name", platform.machine())
    # Processors of several generations go by one name in virtual machines.
    numbers = [f"{key} {facts[key]}" for key in ("cpu family", "model") if key in facts]
    kind = f" ({', '.join(numbers)})" if numbers else ""
    wide = next((f" with {vector}" for vector in _VECTORS if f" {vector}" in text), "")
    return f"{name}{kind}{wide}"


def _versions() -> str:
    found = {d.name.replace("_", "-"): d.version for d in metadata.distributions()}
    return ", ".join(f"{name} {found[name]}" for name in _PACKAGES if name in found)
