"""A result is a file that one process leaves to another."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def hub_result():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("hub_result")


def test_a_result_is_read_as_it_was_written(hub_result, tmp_path):
    result = hub_result.Result(
        "VGGBackbone", "jax", 1500, 12, 0.2, 1e-7, 0.5, None, None, None, "a"
    )
    hub_result.write(result, tmp_path)
    assert hub_result.read(hub_result.path_of("VGGBackbone", tmp_path)) == result
    hub_result.write(result, tmp_path, "begun")
    assert hub_result.read(tmp_path / "begun.json") == result


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        ("", False),
        ("differs by 0.1", True),
        ("refused: no form", True),
        ("as expected, refused: no form", False),
        ("Keras cannot run it: no torchvision", False),
    ],
)
def test_only_the_exporter_fails(hub_result, error, failed):
    assert hub_result.Result("VGGBackbone", "jax", error=error).failed is failed
