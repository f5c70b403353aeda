"""Parts of models are data, and built when they are wanted."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def hub_parts():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("hub_parts")


def test_parts_are_built_from_the_inside(hub_parts):
    part = hub_parts.Part
    group = SimpleNamespace(pair=lambda items, scale: (items, scale), unit=lambda: "unit")
    built = part("pair", {"items": [part("unit"), 2], "scale": part("unit")})(group)
    assert built == (["unit", 2], "unit")
