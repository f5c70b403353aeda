from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mimo_export.archive_graph import check_graph
from mimo_export.errors import ModelFileError


def called(*args: Any, **kwargs: Any) -> dict[str, Any]:
    node = {"args": [*args], "kwargs": kwargs}
    layer = {"class_name": "Arange", "name": "count", "inbound_nodes": [node]}
    return {"class_name": "Functional", "config": {"layers": [{"config": {"layer": layer}}]}}


def test_what_reads_no_tensor_is_not_computed() -> None:
    with pytest.raises(ModelFileError) as caught:
        check_graph(called(400_000_000, dtype="float32"), Path("m.keras"))
    assert str(caught.value) == (
        "the configuration calls something that reads no tensor of the model\n"
        "  where:  'count' (Arange) of m.keras\n"
        "  remedy: do not load this file; ask whoever made it for one that Keras itself has saved"
    )


def test_a_tensor_anywhere_in_the_arguments_is_one() -> None:
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    check_graph(called([1, {"a": tensor}]), Path("m.keras"))
    check_graph(called(1, query=tensor), Path("m.keras"))


def test_models_that_keras_saved_pass(keras_file: Path) -> None:
    with zipfile.ZipFile(keras_file) as archive:
        check_graph(json.loads(archive.read("config.json")), keras_file)


@pytest.mark.parametrize("key", ["layers", "inbound_nodes"])
def test_a_model_of_very_many_layers_or_calls_is_refused(key: str) -> None:
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    check_graph({key: [{"args": [tensor]}] * 20_000}, Path("m.keras"))
    with pytest.raises(ModelFileError) as caught:
        check_graph({"config": {key: [{"args": [tensor]}] * 20_001}}, Path("m.keras"))
    assert caught.value.what == "the configuration has more than 20,000 layers and calls of them"
