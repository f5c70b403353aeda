from __future__ import annotations

from importlib import metadata

import pytest

from mimo_export import distributions
from mimo_export.distributions import distribution, version_of


def only(monkeypatch: pytest.MonkeyPatch, **there: str) -> None:
    def version(name: str) -> str:
        if name.replace("-", "_") not in there:
            raise metadata.PackageNotFoundError(name)
        return there[name.replace("-", "_")]

    monkeypatch.setattr(distributions.metadata, "version", version)


def test_a_nightly_build_stands_for_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, keras_nightly="3.16.0.dev1", onnx="1.23")
    assert distribution("keras") == ("keras-nightly", "3.16.0.dev1")
    assert distribution("onnx") == ("onnx", "1.23")
    assert version_of("tensorflow") == ""


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch)
    with pytest.raises(metadata.PackageNotFoundError, match="numpy"):
        distribution("numpy")
