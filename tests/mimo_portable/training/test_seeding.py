"""Initial weights: Keras's own distributions, drawn by NumPy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tiny_models
from keras import initializers, layers

from mimo_portable import zoo
from mimo_portable.training import seeding
from mimo_portable.zoo import options


def weights(model):
    return {w.path: keras.ops.convert_to_numpy(w) for w in model.weights}


def small(seed):
    model = keras.Sequential(
        [
            keras.Input((6, 3)),
            layers.Conv1D(4, 3, name="convolution"),
            layers.BatchNormalization(name="normalise"),
            layers.LSTM(5, name="lstm"),
            layers.Dense(2, name="dense"),
        ],
        name="small",
    )
    seeding.initialize(model, seed)
    return weights(model)


def test_a_seed_means_the_same_weights():
    first, second, other = small(1), small(1), small(2)
    assert list(first) == list(second)
    for path, value in first.items():
        np.testing.assert_array_equal(value, second[path])
    assert not np.array_equal(first["small/dense/kernel"], other["small/dense/kernel"])


def test_the_weights_of_a_seed_never_change_between_releases():
    kernel = small(0)["small/convolution/kernel"]
    np.testing.assert_allclose(
        kernel[0, 0], [0.1464182, -0.24610835, -0.49071994, -0.5168537], rtol=1e-6
    )


def test_every_weight_starts_by_its_own_initializer():
    values = small(0)
    assert values["small/normalise/gamma"].tolist() == [1, 1, 1, 1]
    assert values["small/normalise/beta"].tolist() == [0, 0, 0, 0]
    assert values["small/normalise/moving_mean"].tolist() == [0, 0, 0, 0]
    assert values["small/normalise/moving_variance"].tolist() == [1, 1, 1, 1]
    assert values["small/convolution/bias"].tolist() == [0, 0, 0, 0]
    # Gates stand in the order input, forget, candidate, output, of five units each.
    assert values["small/lstm/lstm_cell/bias"].tolist() == [0] * 5 + [1] * 5 + [0] * 10
    recurrent = values["small/lstm/lstm_cell/recurrent_kernel"]
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(5), atol=1e-6)


def test_a_forget_bias_is_left_at_zero_where_the_layer_says_so():
    model = keras.Sequential([keras.Input((6, 3)), layers.LSTM(2, unit_forget_bias=False)])
    seeding.initialize(model, 0)
    assert model.layers[0].cell.bias.numpy().tolist() == [0] * 8


@pytest.mark.parametrize(
    "initializer",
    [
        initializers.GlorotUniform(),
        initializers.GlorotNormal(),
        initializers.HeNormal(),
        initializers.LecunUniform(),
        initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal"),
        initializers.RandomUniform(-0.3, 0.1),
        initializers.Orthogonal(1.5),
    ],
    ids=lambda initializer: type(initializer).__name__,
)
@pytest.mark.parametrize("shape", [(60, 80), (5, 30, 40)])
def test_a_draw_has_the_distribution_that_keras_draws_from(initializer, shape):
    got = seeding.draw(initializer, shape, np.random.default_rng(0))
    seeded = type(initializer).from_config({**initializer.get_config(), "seed": 0})
    expected = np.asarray(keras.ops.convert_to_numpy(seeded(shape)))
    assert got.shape == expected.shape
    # About 5,000 numbers each: their quantiles differ by chance, by less than this.
    levels = np.linspace(0.05, 0.95, 19)
    spread = expected.std()
    np.testing.assert_allclose(
        np.quantile(got, levels) / spread, np.quantile(expected, levels) / spread, atol=0.1
    )


def test_a_truncated_normal_never_leaves_two_deviations():
    values = seeding.draw(initializers.HeNormal(), (500, 50), np.random.default_rng(0))
    deviation = np.sqrt(2 / 500) / 0.87962566103423978
    assert np.abs(values).max() <= 2 * deviation
    assert values.std() == pytest.approx(np.sqrt(2 / 500), rel=0.02)


def test_an_orthogonal_kernel_wider_than_high_has_orthogonal_rows():
    values = seeding.draw(initializers.Orthogonal(), (3, 12), np.random.default_rng(0))
    np.testing.assert_allclose(values @ values.T, np.eye(3), atol=1e-12)


@pytest.mark.parametrize("configuration", ["reference", "strong"])
@pytest.mark.parametrize("name", zoo.MODELS)
def test_all_state_of_the_zoo_is_drawn(name, configuration):
    model = zoo.find(name)
    small = options.replace(
        model.configuration(configuration),
        {"vocabulary_size": 12} if name == "sentiment" else {},
    )
    network = model.build(small)
    before = weights(network)
    seeding.initialize(network, 0)
    kernels = [path for path in before if path.endswith(("kernel", "embeddings"))]
    after = weights(network)
    assert kernels
    assert all(not np.array_equal(before[path], after[path]) for path in kernels)


def test_nested_and_wrapped_layers_are_reached():
    inner = keras.Sequential([keras.Input((4, 3)), layers.Dense(2, name="inner")], name="encoder")
    model = keras.Sequential(
        [keras.Input((4, 3)), inner, layers.Bidirectional(layers.GRU(3, name="gru"), name="both")]
    )
    seeding.initialize(model, 0)
    first = weights(model)
    seeding.initialize(model, 0)
    for path, value in weights(model).items():
        np.testing.assert_array_equal(value, first[path])


def test_dropout_gets_a_seed_of_its_own():
    def state(seed):
        model = keras.Sequential([keras.Input((4,)), layers.Dropout(0.5), layers.Dropout(0.5)])
        seeding.initialize(model, seed)
        return [keras.ops.convert_to_numpy(v).tolist() for v in model.variables]

    assert state(0) == state(0)
    assert state(0) != state(1)
    assert state(0)[0] != state(0)[1]


def test_a_shared_layer_is_drawn_once():
    shared = layers.Dense(3, name="shared")
    one, two = keras.Input((3,)), keras.Input((3,))
    model = keras.Model([one, two], [shared(one), shared(two)])
    seeding.initialize(model, 0)
    alone = keras.Sequential([keras.Input((3,)), layers.Dense(3)])
    seeding.initialize(alone, 0)
    np.testing.assert_array_equal(model.get_weights()[0], alone.get_weights()[0])


def test_an_initializer_without_a_numpy_form_is_named():
    with pytest.raises(NotImplementedError) as error:
        seeding.draw(initializers.STFT(), (4, 4), np.random.default_rng(0))
    assert str(error.value) == ("STFT has no NumPy form: add a case to training/seeding.py")


def test_a_weight_that_no_rule_draws_is_named():
    model = keras.Sequential([keras.Input((4, 3)), layers.PReLU(name="slope")], name="bent")
    with pytest.raises(NotImplementedError) as error:
        seeding.initialize(model, 0)
    assert str(error.value) == (
        "no rule draws the weight 'bent/slope/alpha': add its attribute to _INITIALIZERS"
    )


# Trains the reference networks for a few steps on noise, and saves all that came of it.
_TRAIN = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
import keras, numpy as np, tiny_models
from mimo_portable import zoo
from mimo_portable.training import seeding
from mimo_portable.training.fit import Trainer
from mimo_portable.zoo import Recipe, options

for name, model in zoo.MODELS.items():
    dataset = tiny_models.tiny_dataset(model.spec)
    network = model.build(options.replace(model.configurations["reference"], dataset.statistics))
    seeding.initialize(network, 0)
    start = network.get_weights()
    recipe = Recipe(epochs=3, batch_size=8, learning_rate=1e-3, patience=3)
    checkpoint = Path({folder!r}) / "checkpoint.npz"
    state = Trainer(network, model.spec, dataset, recipe, 0, checkpoint, print).fit()
    names = sorted(key for key in state.history[0] if key.endswith("loss"))
    losses = [[epoch[key] for key in names] for epoch in state.history]
    arrays = dict([(f"start_{{i}}", w) for i, w in enumerate(start)])
    arrays.update((f"end_{{i}}", w) for i, w in enumerate(network.get_weights()))
    np.savez(Path({folder!r}) / f"{{name}}.npz", losses=losses, **arrays)
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Train under each backend, and return what came of it by backend and model."""
    results = {}
    for backend in ("jax", "torch", "tensorflow"):
        folder = tmp_path_factory.mktemp(backend)
        code = _TRAIN.format(tests=str(Path(tiny_models.__file__).parent), folder=str(folder))
        environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "2"}
        subprocess.run(
            [sys.executable, "-c", code], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        results[backend] = {name: dict(np.load(folder / f"{name}.npz")) for name in zoo.MODELS}
    return results


@pytest.mark.parity
@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
@pytest.mark.parametrize("name", zoo.MODELS)
def test_a_seed_means_the_same_model_on_every_backend(trained, name, backend):
    """Weights start equal to the last bit, and rounding is all that moves them apart.

    Measured after six steps: losses differ by at most 5e-5 of their size, weights by at most 5e-5,
    both in the sentiment network (the others: 1e-5). Adam divides by the size of a gradient, so
    that what is lost in rounding a small one comes back large; a step can move a weight by 1e-3.
    """
    expected, got = trained["jax"][name], trained[backend][name]
    assert list(got) == list(expected)
    np.testing.assert_allclose(got["losses"], expected["losses"], rtol=1e-4)
    for key, value in expected.items():
        if key.startswith("start_"):
            np.testing.assert_array_equal(got[key], value, err_msg=key)
        if key.startswith("end_"):
            np.testing.assert_allclose(got[key], value, rtol=0, atol=1e-4, err_msg=key)
