"""No branch of an If reads an output of the graph, and OpenVINO can load the file."""

import pytest
from harness import check_layer, check_openvino
from keras import layers

from mimo_export.passes.captured import CapturedPass


def one(x):
    """Return what an LSTM reads, and what it gives."""
    read = layers.Dense(6, name="read")(x)
    return [read, layers.LSTM(4, name="lstm")(read)]


def several(x):
    """Return what an LSTM with wider layers behind it reads, and what comes of it."""
    read = layers.Dense(6, name="read")(x)
    last = layers.Dense(30, name="wide")(layers.LSTM(4, name="lstm")(read))
    return [read, layers.Dense(50, name="wider")(last)]


@pytest.mark.parametrize("network", [one, several])
def test_what_a_branch_reads_and_the_graph_hands_out_is_copied_once(network):
    model = check_layer(network, (5, 3))
    (identity,) = [node for node in model.graph if node.op_type == "Identity"]
    assert identity.inputs[0] is model.graph.outputs[0]
    (choice,) = [node for node in model.graph if node.op_type == "If"]
    branches = [attribute.as_graph() for attribute in choice.attributes.values()]
    read = [value for branch in branches for node in branch for value in node.inputs]
    assert identity.outputs[0] in read
    assert identity.inputs[0] not in read
    assert not CapturedPass()(model).modified


def test_what_is_no_output_is_read_as_it_is():
    model = check_layer(lambda x: several(x)[1], (5, 3))
    assert "Identity" not in [node.op_type for node in model.graph]


@pytest.mark.hosts
@pytest.mark.parametrize("network", [one, several])
def test_openvino_loads_it_and_is_right(network):
    check_openvino(network, (5, 3))
