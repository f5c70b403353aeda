"""What was measured is kept with where, and says nothing else of the machine."""

from __future__ import annotations

import keras
import onnxruntime
import pytest


@pytest.fixture(scope="module")
def results(load_script):
    return load_script("speed_results")


def test_what_is_kept_is_read_back(results, tmp_path):
    results.write(tmp_path / "new", "m", {"cells": [1.5, None]})
    assert results.read(tmp_path / "new", "m") == results.Result(
        results.here(), {"cells": [1.5, None]}
    )


def test_what_was_never_measured_is_none(results, tmp_path):
    assert results.read(tmp_path, "m") is None


def test_the_place_has_the_processor_and_the_versions_that_were_measured(results):
    place = results.here()
    assert place.processor
    assert f"onnxruntime {onnxruntime.__version__}, keras {keras.__version__}" in place.versions


def test_where_packages_and_scratch_files_lie_is_left_out(results, tmp_path):
    why = "in /home/me/lib/site-packages/tf2onnx/a.py: '/scratch/tmp1a2b3c4d/m.onnx' is no file"
    results.write(tmp_path, "m", {"why": why})
    found = results.read(tmp_path, "m").found
    assert found == {"why": "in tf2onnx/a.py: 'm.onnx' is no file"}
