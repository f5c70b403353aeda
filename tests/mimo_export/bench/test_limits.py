from __future__ import annotations

import pytest

from mimo_export.bench import limits


def test_limits_are_positive_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_SIZE", 16), ("_FLOATS", 64), ("_ROUNDS", 1)):
        monkeypatch.setattr(limits, name, value)
    found = limits.limits(2)
    assert list(found) == ["gflops", "gbps"]
    assert all(value > 0 for value in found.values())
