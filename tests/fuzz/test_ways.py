"""A fault that shows in one way alone is found."""

import keras
import pytest
from fuzz import ways
from fuzz.checking import Outcome
from fuzz.plans import Input, Node, Plan
from fuzz.ways import check_way, ways_of

DENSE = Plan(
    (Input((4,), "float32"),),
    (
        Node("Dense", (0,), options={"units": 3}),
        Node("Activation", (1,), options={"activation": "tanh"}),
    ),
    (1, 2),
    "functional",
)
IDS = Plan(
    (Input((4,), "float32"),),
    (Node("Embedding", (0,), options={"input_dim": 50, "output_dim": 2}),),
    (1,),
    "functional",
)


@pytest.mark.parametrize("way", ways_of(DENSE))
def test_each_way_agrees_on_a_plain_model(way):
    assert check_way(DENSE, way) == Outcome("agreed")


def test_ids_are_drawn_from_the_whole_table():
    assert check_way(IDS, "ranges") == Outcome("agreed")


def test_a_program_is_in_no_file():
    assert "loaded" not in ways_of(Plan(DENSE.inputs, DENSE.nodes, (1,), "layer"))


def test_another_name_after_loading_is_found(monkeypatch):
    def renamed(path):
        model = keras.saving.load_model(path)
        return keras.Model(
            model.inputs, [keras.layers.Identity(name="z")(y) for y in model.outputs]
        )

    monkeypatch.setattr(ways, "load_keras", renamed)
    assert check_way(IDS, "loaded") == Outcome("other bytes", "loaded")


def test_a_wrong_operator_in_a_wrapped_model_is_found(monkeypatch):
    monkeypatch.setattr("mimo_export.backend.numpy.tanh", lambda x: x)
    assert check_way(DENSE, "scoped").verdict == "mismatch"
