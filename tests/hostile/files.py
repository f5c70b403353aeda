"""What the hostile files are made of: a good one, written without Keras, and ways to change it.

Every byte follows from the code, so that a file that once did harm is there again on the next run.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"


@dataclass(frozen=True)
class File:
    """A `.keras` file: what is wrong with it, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Targets:
    """What a hostile file may try to reach; whoever checks looks whether it was reached.

    Attributes:
        secret: A file to be read, a folder of words and arrays beside it.
        written: A path where nothing is.
        module: A module that can be imported, and should not be.
        url: Of a server that counts who asks.
    """

    secret: Path
    written: Path
    module: str
    url: str


def ref(name: str = "x", shape: Sequence[int | None] = (None, 3)) -> dict[str, Any]:
    """Return what stands for a layer's output in the arguments of the next."""
    history = {"shape": [*shape], "dtype": "float32", "keras_history": [name, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": history}


def node(
    class_name: str,
    config: Mapping[str, Any] | None = None,
    *args: Any,
    module: str | None = "keras.layers",
    name: str = "y",
    **kwargs: Any,
) -> dict[str, Any]:
    """Return a layer or operation of a Functional model, called on the input or on `args`."""
    return {
        "module": module,
        "class_name": class_name,
        "config": {"name": name, **(config or {})},
        "registered_name": None,
        "name": name,
        "inbound_nodes": [{"args": [*(args or (ref(),))], "kwargs": kwargs}],
    }


def source(
    shape: Sequence[Any] = (None, 3), dtype: str = "float32", name: str = "x"
) -> dict[str, Any]:
    """Return the input layer."""
    config = {"batch_shape": [*shape], "dtype": dtype, "sparse": False, "name": name}
    return {**node("InputLayer", config, name=name), "inbound_nodes": []}


def functional(
    *nodes: dict[str, Any], first: dict[str, Any] | None = None, name: Any = "m", **changed: Any
) -> dict[str, Any]:
    """Return the configuration of a Functional model; the last layer gives its output."""
    first = first or source()
    last = nodes[-1]["name"] if nodes else first["name"]
    config = {
        "name": name,
        "trainable": True,
        "layers": [first, *nodes],
        "input_layers": [[first["name"], 0, 0]],
        "output_layers": [[last, 0, 0]],
    }
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {**config, **changed},
        "registered_name": "Functional",
        "build_config": {"input_shape": None},
        "compile_config": {},
    }


def dense(**changed: Any) -> dict[str, Any]:
    """Return a Dense layer of two units."""
    return node("Dense", {"units": 2, "activation": "linear", **changed})


GOOD = functional(dense())


def weights(change: Any = None, kernel: Any = None, *, plain: bool = True) -> bytes:
    """Return an HDF5 file with the weights of the good model, changed by a function of the file."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.create_group("vars")
        if plain:
            kernel = np.ones((3, 2), "float32") if kernel is None else kernel
            file["layers/dense/vars/0"] = kernel
            file["layers/dense/vars/1"] = np.ones(2, "float32")
        if change is not None:
            change(file)
    return content.getvalue()


def members(
    config: Any = None, stored: bytes | None = None, **others: bytes
) -> list[tuple[str, bytes]]:
    """Return the members of a good file, changed."""
    text = config if isinstance(config, bytes) else json.dumps(config or GOOD).encode()
    named = [(name.replace("__", "/"), content) for name, content in others.items()]
    versions = (METADATA, b'{"keras_version": "3.15.1", "date_saved": "2026-01-01@00:00:00"}')
    return [versions, (CONFIG, text), (WEIGHTS, weights() if stored is None else stored), *named]


def packed(
    entries: Sequence[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_STORED
) -> bytes:
    """Return a zip archive; all its times are the same."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in entries:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            info.compress_type = method
            archive.writestr(info, data)
    return content.getvalue()


def keras_file(config: Any = None, stored: bytes | None = None, **others: bytes) -> bytes:
    """Return a `.keras` file with a configuration and weights."""
    return packed(members(config, stored, **others))
