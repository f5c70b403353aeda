"""The package benchmarks/extremes, and what it shares with the scripts beside it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

FOLDER = Path(__file__).parents[3] / "benchmarks"
NAMES = ("cases", "measure", "page")


@pytest.fixture(scope="module")
def extremes() -> Iterator[SimpleNamespace]:
    """Give the modules, which are forgotten after the file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        modules = {name: importlib.import_module(f"extremes.{name}") for name in NAMES}
        yield SimpleNamespace(**modules)
    for name in [*sys.modules]:
        if name == "speed_profile" or name.partition(".")[0] == "extremes":
            del sys.modules[name]
