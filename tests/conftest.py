from __future__ import annotations

from collections.abc import Iterator

import keras
import pytest

from mimo_export.backend import _switch


@pytest.fixture(autouse=True)
def _no_name_scope_is_left() -> Iterator[None]:
    """Fail the test that leaves one, not a later test: Keras names everything after it too."""
    yield
    left = _switch.current_scope()
    if left:
        keras.utils.clear_session()
    assert not left
