"""The judge of random models is right where the answer is known."""

import keras
import pytest
from fuzz import checking
from fuzz.checking import Outcome, check, smallest
from fuzz.plans import Input, Node, Plan

X = Input((4,), "float32")


def plan(*nodes, outputs=None, inputs=(X,), style="functional"):
    return Plan(inputs, nodes, outputs or (len(inputs) + len(nodes) - 1,), style)


def test_equal_answers_agree():
    assert check(plan(Node("Dense", (0,), options={"units": 3}))) == Outcome("agreed")


def test_what_onnx_cannot_say_is_refused_with_its_reason():
    outcome = check(plan(Node("ops.linalg.eigh", (0,)), inputs=(Input((3, 3), "float32"),)))
    assert outcome.verdict == "refused"
    assert "eigh" in outcome.text
    assert not outcome.failed


def test_what_keras_cannot_run_is_not_the_exporters_fault():
    outcome = check(plan(Node("Reshape", (0,), options={"target_shape": [3]})))
    assert outcome.verdict == "keras"
    assert not outcome.failed


def test_a_jump_at_the_edge_of_a_step_is_unsteady_and_not_wrong(monkeypatch):
    noisy = plan(Node("Rescaling", (0,), options={"scale": 1e7}), Node("ops.sin", (1,), options={}))
    moved = checking.compare

    def differing(session, arrays, expected):
        moved(session, arrays, {name: array + 1e-3 for name, array in expected.items()})

    monkeypatch.setattr(checking, "compare", differing)
    assert check(noisy).verdict == "unsteady"


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX has no float64 by default")
def test_a_difference_of_rounded_numbers_is_no_nearer_in_keras(monkeypatch):
    cancelled = plan(Node("ops.tanh_shrink", (0,)), Node("ops.rsqrt", (1,)), style="layer")
    assert not check(cancelled, seed=1).failed
    monkeypatch.setattr("mimo_export.backend.nn.tanh_shrink", lambda x: x * 0.3)
    assert check(cancelled, seed=1).verdict == "mismatch"


def test_a_window_larger_than_what_there_is_leaves_nothing_to_compare():
    narrow = plan(
        Node("CategoryEncoding", (0,), options={"num_tokens": 9, "output_mode": "multi_hot"}),
        # No convolution: oneDNN in TensorFlow then returns memory that nobody has written.
        Node("AveragePooling1D", (1,), options={"pool_size": [3]}),
        inputs=(Input((None, 2), "int32"),),
    )
    assert check(narrow).verdict == "keras"


def test_nan_has_no_place_in_an_order(monkeypatch):
    nodes = [Node("ops.log", (0,)), Node("ops.max", (1,), options={"axis": -1})]
    monkeypatch.setattr("mimo_export.backend.numpy.reduction.max", lambda x, *_, **__: x[..., 0])
    monkeypatch.setattr("mimo_export.backend.numpy.max", lambda x, *_, **__: x[..., 0])
    assert check(plan(*nodes, style="layer")).verdict == "unsteady"
    nodes[0] = Node("ops.exp", (0,))
    assert check(plan(*nodes, style="layer")).verdict == "mismatch"


def test_infinity_is_no_tolerance(monkeypatch):
    endless = plan(
        Node("Rescaling", (0,), options={"scale": 1e30}), Node("ops.square", (1,), options={})
    )
    assert check(endless).verdict == "agreed"
    monkeypatch.setattr("mimo_export.backend.numpy.square", lambda x: x)
    assert check(endless).verdict == "mismatch"


@pytest.fixture
def tanh_is_wrong(monkeypatch):
    monkeypatch.setattr("mimo_export.backend.numpy.tanh", lambda x: x)


def test_a_wrong_operator_is_a_mismatch_and_is_found(tanh_is_wrong):
    wrong = plan(
        Node("Dense", (0,), options={"units": 3}),
        Node("Activation", (1,), options={"activation": "tanh"}),
        Node("Dense", (2,), options={"units": 2}),
        outputs=(1, 3),
    )
    outcome = check(wrong)
    assert outcome.verdict == "mismatch"
    assert outcome.failed
    part = smallest(wrong)
    assert [node.kind for node in part.nodes] == ["Dense", "Activation"]
    assert part.outputs == (2,)
