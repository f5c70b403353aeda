"""The profile of a file: each operator's share of the time."""

import keras
import pytest
from keras import layers

from mimo_export import export_onnx


@pytest.fixture(scope="module")
def profile(load_script):
    return load_script("speed_profile")


def test_every_operator_has_a_row_and_bodies_are_not_counted_twice(profile, tmp_path, capsys):
    tokens = keras.Input((30,), dtype="int32", name="tokens")
    x = layers.LSTM(4)(layers.Embedding(9, 3)(tokens))
    export_onnx(keras.Model(tokens, layers.Dense(2)(x)), tmp_path / "m.onnx")
    assert profile.main([str(tmp_path / "m.onnx"), "--batch", "3", "--runs", "4"]) == 0
    header, _, *rows = capsys.readouterr().out.splitlines()
    assert header == "| operator | share | microseconds a run | nodes |"
    counts = {row.split(" | ")[0].strip("| "): row.split(" | ")[3].strip(" |") for row in rows}
    assert {counts[kind] for kind in ("LSTM", "Gemm", "Gather")} == {"1"}
    assert counts["the call"] == ""
    assert "If" not in counts


def test_shares_are_of_the_whole_run(profile):
    def node(name, kind, microseconds):
        return {"cat": "Node", "name": name, "dur": microseconds, "args": {"op_name": kind}}

    events = [
        {"cat": "Session", "name": "model_run", "dur": 100},
        node("a_kernel_time", "Conv", 60),
        node("a_fence_before", "Conv", 1),
        node("b_kernel_time", "If", 30),
        node("c_kernel_time", "LSTM", 25),
    ]
    assert profile.table(events, 1).splitlines()[2:] == [
        "| Conv | 60% | 60.0 | 1 |",
        "| LSTM | 25% | 25.0 | 1 |",
        "| the call | 15% | 15.0 |  |",
    ]
