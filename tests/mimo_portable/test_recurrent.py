"""Fused layers on PyTorch: Keras's values and gradients, and plain Keras layers in every file."""

from __future__ import annotations

import json
import zipfile

import keras
import numpy as np
import onnx_ir as ir
import pytest
from keras import layers
from tiny_models import OPTIONS, tiny_dataset

from mimo_export.onnx import to_onnx
from mimo_portable import zoo
from mimo_portable.recurrent import fuse
from mimo_portable.training import seeding
from mimo_portable.training.batches import shuffled
from mimo_portable.training.fit import compile_by_name
from mimo_portable.zoo import Recipe, options

BATCH, STEPS, FEATURES, UNITS = 7, 9, 3, 5
ON_TORCH = keras.config.backend() == "torch"
torch_only = pytest.mark.skipif(not ON_TORCH, reason="only on PyTorch does fuse change anything")

LAYERS = {
    "last": {},
    "sequence": {"return_sequences": True},
    "backwards": {"go_backwards": True},
    "backwards sequence": {"go_backwards": True, "return_sequences": True},
    "without bias": {"use_bias": False, "return_sequences": True},
    "with state": {"return_state": True},
    "zeros for masked": {"zero_output_for_mask": True},
    "zeros for masked sequence": {"zero_output_for_mask": True, "return_sequences": True},
}
MASKS = {
    "none": None,
    "right": np.arange(STEPS) < np.array([9, 3, 1, 0, 7, 2, 4])[:, None],
    "any": np.random.default_rng(1).integers(0, 2, (BATCH, STEPS)).astype(bool),
}
MASKS["any"][:2] = [[False], [True]]


def is_fused(layer):
    return "inner_loop" in vars(layer)


def is_fused_call(layer, monkeypatch, **call):
    """Whether PyTorch's kernel computes a call of the layer."""
    import torch

    names = []
    for name in ("lstm", "gru"):
        kernel = getattr(torch, name)
        monkeypatch.setattr(
            torch, name, lambda *a, name=name, kernel=kernel: names.append(name) or kernel(*a)
        )
    layer(**call)
    return bool(names)


def pair(make, seed=0):
    """Make two layers of the same weights, the second of them fused."""
    plain, fused = make(), make()
    rng = np.random.default_rng(seed)
    for layer in (plain, fused):
        layer.build((None, STEPS, FEATURES))
    plain.set_weights([0.4 * rng.normal(size=v.shape) for v in plain.weights])
    fused.set_weights(plain.get_weights())
    assert fuse(fused) == {}
    return plain, fused


def values_and_gradients(layer, mask, states=()):
    """Return what a layer gives, and the gradients of inputs, states and weights."""
    import torch

    rng = np.random.default_rng(2)
    inputs = [rng.normal(size=(BATCH, STEPS, FEATURES))]
    inputs += [rng.normal(size=(BATCH, UNITS)) for _ in states]
    tensors = [torch.tensor(x.astype("float32"), requires_grad=True) for x in inputs]
    call = {"initial_state": tensors[1:]} if states else {}
    if mask is not None:
        call["mask"] = torch.tensor(mask)
    outputs = keras.tree.flatten(layer(tensors[0], **call))
    # Each output has a weight of its own in the sum, so that none stands for another.
    loss = sum((y * torch.cos(torch.arange(y.numel())).reshape(y.shape)).sum() for y in outputs)
    wanted = [*tensors, *(v.value for v in layer.trainable_variables)]
    gradients = torch.autograd.grad(loss, wanted)
    return [[x.detach().numpy() for x in part] for part in (outputs, gradients)]


def check_equal(plain, fused, mask=None, states=()):
    expected, expected_gradients = values_and_gradients(plain, mask, states)
    found, gradients = values_and_gradients(fused, mask, states)
    for got, want in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5, strict=True)
    for got, want in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4, strict=True)


@torch_only
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("options", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU])
def test_values_and_gradients_are_those_of_keras(kind, options, mask):
    check_equal(*pair(lambda: kind(UNITS, **options)), mask)


@torch_only
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU])
def test_both_directions_are_those_of_keras(kind, return_sequences, mask):
    def make():
        return layers.Bidirectional(kind(UNITS, return_sequences=return_sequences))

    plain, fused = pair(make)
    assert is_fused(fused.forward_layer)
    assert is_fused(fused.backward_layer)
    check_equal(plain, fused, mask)


@torch_only
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize(("kind", "states"), [(layers.LSTM, "hc"), (layers.GRU, "h")])
def test_initial_states_and_their_gradients_are_those_of_keras(kind, states, mask):
    check_equal(*pair(lambda: kind(UNITS)), mask, states)


@torch_only
@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU])
def test_second_derivatives_are_those_of_keras(kind):
    import torch

    inputs = torch.ones((2, STEPS, FEATURES), requires_grad=True)
    results = []
    for layer in pair(lambda: kind(UNITS)):
        (gradient,) = torch.autograd.grad(layer(inputs).sum(), inputs, create_graph=True)
        variables = [v.value for v in layer.trainable_variables]
        results.append(torch.autograd.grad(gradient.square().sum(), [inputs, *variables]))
    for want, got in zip(*results, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4, strict=True)


@torch_only
def test_double_precision_stays_double():
    plain, fused = pair(lambda: layers.LSTM(UNITS, dtype="float64"))
    values = np.random.default_rng(0).normal(size=(BATCH, STEPS, FEATURES))
    found, expected = (keras.ops.convert_to_numpy(layer(values)) for layer in (fused, plain))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12, strict=True)


@torch_only
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: layers.LSTM(2, activation="relu"), "its activation is not tanh"),
        (
            lambda: layers.GRU(2, recurrent_activation="hard_sigmoid"),
            "its recurrent activation is not sigmoid",
        ),
        (lambda: layers.LSTM(2, dropout=0.1), "it has dropout"),
        (lambda: layers.LSTM(2, recurrent_dropout=0.1), "it has dropout"),
        (lambda: layers.GRU(2, reset_after=False), "reset_after=False"),
        (lambda: layers.LSTM(2, stateful=True, unroll=True), "stateful=True; unroll=True"),
        (lambda: type("Mine", (layers.LSTM,), {})(2), "it is a subclass"),
    ],
)
def test_what_the_kernel_cannot_do_keeps_the_loop_and_is_told(make, reason):
    layer = make()
    assert fuse(layer) == {layer.name: reason}
    assert not is_fused(layer)


@torch_only
@pytest.mark.parametrize(
    ("options", "call"),
    [
        ({"dtype": "mixed_float16"}, {}),
        ({"return_state": True}, {"mask": np.ones((2, STEPS), bool)}),
        ({}, {"sequences": np.zeros((0, STEPS, FEATURES), "float32")}),
        ({}, {"initial_state": [np.zeros((1, UNITS), "float32")] * 2}),
    ],
    ids=["half precision", "state and mask", "no sample", "one state for all"],
)
def test_a_call_that_the_kernel_cannot_take_is_computed_by_keras(options, call, monkeypatch):
    plain, fused = pair(lambda: layers.LSTM(UNITS, **options))
    call = {"sequences": np.ones((2, STEPS, FEATURES), "float32"), **call}
    call = keras.tree.map_structure(keras.ops.convert_to_tensor, call)
    found, expected = (keras.tree.flatten(layer(**call)) for layer in (fused, plain))
    for got, want in zip(found, expected, strict=True):
        arrays = keras.ops.convert_to_numpy(got), keras.ops.convert_to_numpy(want)
        np.testing.assert_array_equal(*arrays, strict=True)
    assert not is_fused_call(fused, monkeypatch, **call)


@torch_only
@pytest.mark.parametrize("mode", ["jit.is_tracing", "compiler.is_compiling"])
def test_a_traced_or_compiled_call_is_computed_by_keras(mode, monkeypatch):
    import torch

    _, fused = pair(lambda: layers.GRU(UNITS))
    part, name = mode.split(".")
    monkeypatch.setattr(getattr(torch, part), name, lambda: True)
    sequences = keras.ops.ones((2, STEPS, FEATURES))
    assert not is_fused_call(fused, monkeypatch, sequences=sequences)


@torch_only
def test_other_calls_go_to_the_kernel(monkeypatch):
    _, fused = pair(lambda: layers.GRU(UNITS))
    assert is_fused_call(fused, monkeypatch, sequences=keras.ops.ones((2, STEPS, FEATURES)))


@torch_only
def test_layers_are_found_in_models_within_models():
    inner = keras.Sequential([layers.GRU(2, return_sequences=True, name="inner")])
    outer = layers.Bidirectional(layers.LSTM(2, dropout=0.5, name="outer"))
    model = keras.Sequential([keras.Input((STEPS, FEATURES)), inner, outer])
    assert fuse(model) == {
        "forward_outer": "it has dropout",
        "backward_outer": "it has dropout",
    }
    assert is_fused(inner.layers[0])


@pytest.mark.skipif(ON_TORCH, reason="on PyTorch fuse changes the layer")
def test_other_backends_keep_their_own_loop():
    layer = layers.LSTM(2, dropout=0.5)
    assert fuse(layer) == {}
    assert not is_fused(layer)


def zoo_model(name):
    """Build a small network with its text masked, and the data to train it."""
    entry = zoo.find(name)
    dataset = tiny_dataset(entry.spec)
    words = (*OPTIONS[name], *(["embedding_mask=true"] if name == "sentiment" else []))
    config = options.parse(entry.configuration("reference"), words)
    model = entry.build(options.replace(config, dataset.statistics))
    seeding.initialize(model, 0)
    return model, dataset


RECURRENT = {"forecast": "lstm", "sentiment": "text_lstm"}


@pytest.mark.parametrize(("name", "layer"), RECURRENT.items())
def test_the_zoo_is_fused_where_that_is_faster(name, layer):
    model, _ = zoo_model(name)
    assert type(model.get_layer(layer)) is layers.LSTM
    assert is_fused(model.get_layer(layer)) == ON_TORCH
    assert fuse(model) == {}


@torch_only
@pytest.mark.parametrize("name", RECURRENT)
def test_training_goes_where_it_goes_with_the_loop_of_keras(name):
    fused, dataset = zoo_model(name)
    plain = keras.models.clone_model(fused)
    assert not is_fused(plain.get_layer(RECURRENT[name]))
    plain.set_weights(fused.get_weights())
    spec = zoo.find(name).spec
    if name == "sentiment":
        dataset.train.inputs["text_input"][:, 60:] = 0
    for model in (fused, plain):
        compile_by_name(model, spec, Recipe(1, 8, 1e-3, 1), 2)
        for epoch in range(5):
            model.fit(shuffled(dataset.train, spec, 8, (0, epoch)), shuffle=False, verbose=0)
    for got, want in zip(fused.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5, strict=True)


@pytest.mark.parametrize("name", RECURRENT)
def test_files_and_graphs_know_nothing_of_it(name, tmp_path):
    model, _ = zoo_model(name)
    parts = []
    for i in range(2):
        model.save(tmp_path / f"{i}.keras")
        with zipfile.ZipFile(tmp_path / f"{i}.keras") as archive:
            config = json.loads(archive.read("config.json"))
        parts.append((config, ir.to_proto(to_onnx(model)).SerializeToString()))
        vars(model.get_layer(RECURRENT[name])).pop("inner_loop", None)
    assert parts[0] == parts[1]
    loaded = keras.models.load_model(tmp_path / "0.keras").get_layer(RECURRENT[name])
    assert type(loaded) is layers.LSTM
    assert not is_fused(loaded)
