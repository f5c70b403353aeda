"""Refuse calls in the configuration of a `.keras` file that read no tensor, or are too many.

Keras calls each layer and operation of a Functional model again when it loads it. On a symbolic
tensor that works out a shape, in about a millisecond; without one the operation computes at once,
and a count in the file is memory taken. Keras itself writes no such call.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mimo_export.archive_zip import NOT_TRUSTED
from mimo_export.errors import ModelFileError

_MOST = 20_000  # layers and calls of them, ten times what a model of a thousand layers has
_COUNTED = ("layers", "inbound_nodes", "cells")
_TENSOR = '"__keras_tensor__"'


def check_graph(config: dict[str, Any], path: Path) -> None:
    """Refuse a model that makes and calls too much, or calls something on constants alone.

    Args:
        config: The content of `config.json`.
        path: The file it came from, for the error.

    Raises:
        ModelFileError: Names the layer or operation.
    """
    # A list instead of recursion: how deep the file is nested is its maker's choice.
    todo: list[Any] = [config]
    count = 0
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            todo.extend(item.values())
            count += sum(len(part) for part in map(item.get, _COUNTED) if isinstance(part, list))
            if count > _MOST:
                raise ModelFileError(
                    f"the configuration has more than {_MOST:,} layers and calls of them",
                    where=str(path),
                    remedy=NOT_TRUSTED,
                )
            if _computes_at_once(item.get("inbound_nodes")):
                raise ModelFileError(
                    "the configuration calls something that reads no tensor of the model",
                    where=f"{item.get('name')!r} ({item.get('class_name')}) of {path}",
                    remedy=NOT_TRUSTED,
                )
        elif isinstance(item, list):
            todo.extend(item)


def _computes_at_once(nodes: Any) -> bool:
    calls = nodes if isinstance(nodes, list) else []
    return any(isinstance(call, dict) and _TENSOR not in json.dumps(call) for call in calls)
