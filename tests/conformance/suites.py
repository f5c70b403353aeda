"""Which of Keras's own tests are run: those of the installed wheel, by name of their subject."""

from __future__ import annotations

import importlib.util
import sys
import types
import zlib
from pathlib import Path
from typing import NoReturn

import keras
import pytest

OPERATIONS = ("core", "numpy", "nn", "math", "linalg", "image", "einops")
ACTIVATIONS = "activations"
LAYERS = (
    "layers/activations",
    "layers/attention",
    "layers/convolutional",
    "layers/core",
    "layers/merging",
    "layers/normalization",
    "layers/pooling",
    "layers/preprocessing",
    "layers/regularization",
    "layers/reshaping",
    "layers/rnn",
)
_RARE = ("grain",)
NAMES = (*OPERATIONS, ACTIVATIONS, *LAYERS)


def home() -> Path:
    """Return the folder of Keras's sources, which hold its tests."""
    spec = importlib.util.find_spec("keras")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("keras is not installed", name="keras")
    return Path(spec.submodule_search_locations[0]) / "src"


def files(name: str) -> list[Path]:
    """Return the test files of a subject: a family of operations, or a folder of layers."""
    if name in OPERATIONS:
        return [home() / "ops" / f"{name}_test.py"]
    return sorted((home() / name).rglob("*_test.py"))


def provide_conftest() -> None:
    """Give Keras's tests what they import from a file that is not in the wheel."""
    conftest = types.ModuleType("conftest")
    conftest.skip_if_backend = _skip_if_backend  # type: ignore[attr-defined]
    sys.modules.setdefault("conftest", conftest)
    for name in _RARE:
        if name not in sys.modules and importlib.util.find_spec(name) is None:
            sys.modules[name] = _Missing(name)


class _Missing(types.ModuleType):
    """A package that a file of tests imports for a few of them: those are skipped."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        pytest.skip(f"{self.__name__} is not installed")


def _skip_if_backend(backend: str, reason: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(keras.backend.backend() == backend, reason=reason)


class Sample:
    """A plugin of pytest that keeps a fixed part of the tests, spread over all of them.

    Args:
        every: Keep about one test out of so many; which ones depends on their names alone.
    """

    def __init__(self, every: int) -> None:
        self._every = every

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leave out the tests that are not in the sample."""
        kept = [item for item in items if self._is_kept(item)]
        left_out = [item for item in items if not self._is_kept(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept

    def _is_kept(self, item: pytest.Item) -> bool:
        name = f"{item.path.name}::{item.nodeid.split('::', 1)[1]}"
        return zlib.crc32(name.encode()) % self._every == 0
