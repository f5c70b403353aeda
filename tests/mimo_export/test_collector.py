from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from mimo_export import onnx as onnx_module
from mimo_export.collector import collector_off
from mimo_export.onnx import to_onnx


@pytest.fixture
def running() -> Iterator[None]:
    """Let the collector run, and afterwards be as it was."""
    enabled = gc.isenabled()
    gc.enable()
    yield
    if not enabled:
        gc.disable()


@pytest.mark.usefixtures("running")
def test_the_collector_rests_inside_the_block_and_goes_on_after_it() -> None:
    with collector_off():
        assert not gc.isenabled()
        with collector_off():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.usefixtures("running")
def test_it_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="no"), collector_off():
        raise ValueError("no")
    assert gc.isenabled()


@pytest.mark.usefixtures("running")
def test_where_the_user_has_turned_it_off_it_stays_off() -> None:
    gc.disable()
    with collector_off():
        pass
    assert not gc.isenabled()


@pytest.mark.usefixtures("running")
def test_it_rests_while_a_model_is_exported(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    real = onnx_module.check_onnx
    monkeypatch.setattr(
        onnx_module, "check_onnx", lambda built: seen.append(gc.isenabled()) or real(built)
    )
    to_onnx(model)
    assert (seen, gc.isenabled()) == ([False], True)
