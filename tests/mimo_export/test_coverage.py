"""A report says which values the golden vectors hold."""

from __future__ import annotations

import numpy as np

from mimo_export.coverage import coverage
from mimo_export.drawing import Range
from mimo_export.golden import Case


def test_each_input_has_its_line():
    inputs = {
        "ids": np.array([[0, 4, 4]], "int32"),
        "image": np.array([[0, 255, 7]], "uint8"),
        "ecg": np.array([[-1.5, 0.25, np.nan]], "float32"),
        "flag": np.array([[True, False]]),
        "word": np.array([["a", "b"]], object),
        "table": np.array([[9.0, 0.5]], "float32"),
        "given": np.array([[1.0, 2.0]], "float32"),
    }
    ranges = {
        "ids": Range("token", 0, 5, "int32"),
        "image": Range("integer", 0, 256, "uint8"),
        "ecg": Range("normal", 0, 1, "float32"),
        "flag": Range("token", 0, 2, "bool"),
        "word": Range("choice", 0, 2, "string", ("a", "b")),
        "table": Range("normal", 0, 1, "float32", rows=(1000, 0), sizes=(2,)),
    }
    assert coverage([Case("test_data_set_0", inputs, {})], ranges) == (
        "ids: 0 to 4, 2 of 5 ids",
        "image: 0 to 255, 3 different values",
        "ecg: -1.5 to 0.25",
        "flag: False and True",
        "word: 2 different strings",
        "table: 0.5 to 9; ids of tables of 1,000, and other numbers beside them",
        "given: 1 to 2, from the samples",
    )
