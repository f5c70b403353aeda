"""The table of models has a row for each class, under its name."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def hub_models():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield importlib.import_module("hub_models")


def test_every_model_has_its_class_for_a_name(hub_models):
    assert len(hub_models.MODELS) >= 90
    for name, model in hub_models.MODELS.items():
        assert model.part.name.rpartition(".")[2] == name.partition(" ")[0]
