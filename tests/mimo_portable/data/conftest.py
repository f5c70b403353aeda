"""Small contracts of the three models, and the folder of the real sets."""

import os
from pathlib import Path

import pytest

from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec

MEDICAL = ModelSpec(
    "medical",
    "",
    (TensorSpec("ecg_input", (256, 1)), TensorSpec("bp_input", (1,))),
    (
        OutputSpec("diagnosis_output", (3,), labels=("slow", "normal", "fast")),
        OutputSpec("risk_output", (1,)),
    ),
)
SENTIMENT = ModelSpec(
    "sentiment",
    "",
    (TensorSpec("image_input", (128, 128, 3)), TensorSpec("text_input", (100,), "int32")),
    (OutputSpec("sentiment", (1,), labels=("positive",)),),
)
FORECAST = ModelSpec(
    "forecast",
    "",
    (TensorSpec("series", (100, 1)),),
    tuple(OutputSpec(f"output_{i}", (1,)) for i in (1, 2, 3)),
)


@pytest.fixture
def medical() -> ModelSpec:
    return MEDICAL


@pytest.fixture
def sentiment() -> ModelSpec:
    return SENTIMENT


@pytest.fixture
def forecast() -> ModelSpec:
    return FORECAST


@pytest.fixture(scope="session")
def real_folder() -> Path:
    named = os.environ.get("MIMO_PORTABLE_DATA")
    folder = Path(named) if named else Path(__file__).parents[4] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real sets are not in {folder}; set MIMO_PORTABLE_DATA to their folder")
    return folder
