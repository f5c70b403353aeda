"""Plans survive JSON, can be cut down, and mean the same model every time."""

import dataclasses

import keras
from fuzz.building import model_of
from fuzz.plans import Input, Node, Plan, from_json, reduced, to_json

PLAN = Plan(
    (Input((None, 3), "float32"), Input((4,), "float32")),
    (
        Node("Dense", (0,), options={"units": 2, "activation": "relu"}),
        Node("Dense", (1,), options={"units": 5}),
        Node("LSTM", (2,), outputs=3, options={"units": 2, "return_state": True}),
        Node("Dense", (0,), options={"units": 2, "activation": "relu"}, shares=0),
        Node("index", (7,), options={"index": ["...", [1, None, None], None, 0]}),
    ),
    (3, 4, 7),
)


def test_a_plan_survives_json():
    assert from_json(to_json(PLAN)) == PLAN


def test_tensors_know_their_nodes():
    assert PLAN.makers() == [None, None, 0, 1, 2, 2, 2, 3, 4]


def test_a_part_keeps_what_its_outputs_need_and_every_input():
    part = reduced(PLAN, [5, 7])
    assert [node.kind for node in part.nodes] == ["Dense", "LSTM", "Dense"]
    assert [node.inputs for node in part.nodes] == [(0,), (2,), (0,)]
    assert part.nodes[2].shares == 0
    assert part.outputs == (4, 6)
    assert part.inputs == PLAN.inputs


def test_a_model_has_the_plans_layers_and_shares_them():
    model = model_of(PLAN)
    assert [tuple(y.shape) for y in model.outputs] == [(None, 5), (None, 2), (None, None, 2)]
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.name for layer in dense] == ["dense_0", "dense_1"]


def test_a_program_is_one_layer_and_outputs_may_have_names():
    nodes = (
        Node("ops.concatenate", (0, 0), options={"axis": 1}),
        Node("ops.sum", (1,), options={"axis": [1], "keepdims": True}),
    )
    plan = Plan((Input((4,), "float32"),), nodes, (1, 2), "layer", named=True)
    model = model_of(plan)
    assert [layer.name for layer in model.layers] == ["x0", "program"]
    assert {name: tuple(y.shape) for name, y in model.output.items()} == {
        "y0": (None, 8),
        "y1": (None, 1),
    }


def test_cells_and_models_inside_are_made():
    inner = Plan((Input((None, 3), "float32"),), (Node("ELU", (0,)),), (1,))
    cells = [{"kind": "GRUCell", "options": {"units": n}} for n in (2, 3)]
    nodes = (
        Node("Model", (0,), options={"plan": dataclasses.asdict(inner)}),
        Node("RNN", (1,), options={"cell": cells}),
    )
    model = model_of(from_json(to_json(Plan(inner.inputs, nodes, (2,)))))
    assert tuple(model.outputs[0].shape) == (None, 3)
