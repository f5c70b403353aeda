from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keras
import pytest

from mimo_export.backend import _switch

TESTS = Path(__file__).parent

ONCE = (
    "benchmarks",
    "mimo_export/bench",
    "mimo_export/hosts",
    "mimo_export/optimize",
    "mimo_export/passes",
    "mimo_export/test_bundle_schema.py",
    "mimo_export/test_documents.py",
    "mimo_portable/demo",
    "test_architecture.py",
    "test_readme.py",
)
"""Tests of what reads files and graphs, which are the same whichever backend made them."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs to run on one backend only; noxfile.py chooses JAX."""
    for item in items:
        if item.path.is_relative_to(TESTS) and item.path.relative_to(TESTS).as_posix().startswith(
            ONCE
        ):
            item.add_marker("once")


@pytest.fixture(autouse=True)
def _no_name_scope_is_left() -> Iterator[None]:
    """Fail the test that leaves one, not a later test: Keras names everything after it too."""
    yield
    left = _switch.current_scope()
    if left:
        keras.utils.clear_session()
    assert not left
