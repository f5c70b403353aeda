"""What an answer to an empty batch costs: a file beside itself without the question."""

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from keras import layers

from mimo_export import export_onnx


@pytest.fixture(scope="module")
def empty_batch(load_script):
    load_script("speed_profile")
    return load_script("empty_batch")


def exported(path, *between):
    x = hidden = keras.Input((6, 3), name="x")
    for layer in between:
        hidden = layer(hidden)
    export_onnx(keras.Model(x, layers.Dense(2, name="y")(hidden)), path)
    return path


def test_the_other_file_asks_nothing_and_says_the_same(empty_batch, tmp_path):
    layer = layers.Bidirectional(layers.GRU(4, return_sequences=True))
    model = onnx.load(exported(tmp_path / "m.onnx", layer, layers.LSTM(4)))
    before = model.SerializeToString(deterministic=True)
    plain = empty_batch.without_question(model)
    onnx.checker.check_model(plain, full_check=True)
    kinds = [node.op_type for node in plain.graph.node]
    assert not {"If", "Shape", "Cast", "Reshape"} & set(kinds)
    assert {"GRU", "LSTM"} <= set(kinds)
    feeds = {"x": np.random.default_rng(0).normal(size=(5, 6, 3)).astype("float32")}
    answers = [
        onnxruntime.InferenceSession(found.SerializeToString()).run(["y"], feeds)[0]
        for found in (model, plain)
    ]
    np.testing.assert_array_equal(answers[1], answers[0])
    assert model.SerializeToString(deterministic=True) == before


def test_each_batch_and_number_of_threads_has_a_row(empty_batch, tmp_path, capsys):
    path = exported(tmp_path / "m.onnx", layers.LSTM(4))
    words = [str(path), "--batch", "1", "3", "--threads", "1", "--rounds", "3"]
    assert empty_batch.main(words) == 0
    header, _, *rows = capsys.readouterr().out.splitlines()
    assert header == "| file | batch | threads | with the question / without |"
    cells = [[cell.strip() for cell in row.strip("| ").split("|")] for row in rows]
    assert [cell[:3] for cell in cells] == [[str(path), "1", "1"], [str(path), "3", "1"]]
    assert all(float(cell[3].split()[0]) > 0 for cell in cells)


def test_a_file_without_the_question_is_refused(empty_batch, tmp_path):
    model = onnx.load(exported(tmp_path / "m.onnx", layers.Flatten()))
    with pytest.raises(ValueError, match="the file has no If"):
        empty_batch.without_question(model)
