from __future__ import annotations

from pathlib import Path

import keras
import onnx
import pytest
from keras import layers

from mimo_export import export_onnx
from mimo_export.bench.graph import nodes_of, size_of, work_of

CASES = {
    "dense": ((5,), layers.Dense(7), 5 * 7, 5 * 7 + 7),
    "convolution": ((9, 3), layers.Conv1D(4, 3), 7 * 4 * 3 * 3, 4 * 3 * 3 + 4),
    "lstm": ((6, 2), layers.LSTM(3), 6 * 4 * (2 * 3 + 3 * 3), None),
}


@pytest.mark.parametrize("case", CASES)
def test_multiply_adds_are_two_operations_each(case: str, tmp_path: Path) -> None:
    shape, layer, multiply_adds, numbers = CASES[case]
    x = keras.Input(shape)
    path = export_onnx(keras.Model(x, layer(x)), tmp_path / "m.onnx")
    work = work_of(path)
    assert work.flops == 2 * multiply_adds
    assert numbers is None or work.weight_bytes >= 4 * numbers


def test_nodes_inside_of_loops_count(tmp_path: Path) -> None:
    x = keras.Input((6, 2))
    loop = layers.RNN(layers.SimpleRNNCell(3))(x)
    path = export_onnx(keras.Model(x, loop), tmp_path / "m.onnx")
    assert nodes_of(path) >= len(onnx.load(path).graph.node)


def test_sizes_are_of_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "a.data").write_bytes(b"4567")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_bytes(b"12")
    assert (size_of(tmp_path / "a"), size_of(tmp_path / "b"), size_of(tmp_path)) == (7, 2, 9)
