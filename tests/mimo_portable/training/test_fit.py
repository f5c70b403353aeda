"""Epochs: compiled by name, stopped by patience, resumed where they ended."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from tiny_models import OPTIONS, tiny_dataset

from mimo_portable import zoo
from mimo_portable.training import seeding
from mimo_portable.training.batches import Batches
from mimo_portable.training.fit import Trainer, compile_by_name, predict
from mimo_portable.zoo import Recipe, options

FLAT = ("lstm_units=0",)
"""No loop, which takes TensorFlow long to compile."""


@pytest.fixture
def trainer(tmp_path):
    """Make a trainer of a small network, always with the same weights."""

    def make(name="medical", *, report=lambda progress: None, more=(), **recipe):
        model = zoo.find(name)
        dataset = tiny_dataset(model.spec)
        config = options.parse(model.configuration("reference"), (*OPTIONS[name], *more))
        network = model.build(options.replace(config, dataset.statistics))
        seeding.initialize(network, 0)
        numbers = {"epochs": 3, "batch_size": 8, "learning_rate": 1e-2, "patience": 3, **recipe}
        checkpoint = tmp_path / "latest.npz"
        return Trainer(network, model.spec, dataset, Recipe(**numbers), 0, checkpoint, report)

    return make


class StoppedError(Exception):
    """Stands for a kill."""


def stop_in(epoch, step):
    def report(progress):
        if (progress.epoch, progress.step) == (epoch, step) and not progress.measured:
            raise StoppedError

    return report


def check_equal(state, other):
    assert state.history == other.history
    assert state.best_epoch == other.best_epoch
    for got, expected in zip(state.best_weights, other.best_weights, strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", zoo.MODELS)
def test_every_model_trains(trainer, name):
    state = trainer(name, epochs=2).fit()
    spec = zoo.find(name).spec
    assert state.epoch == 2
    metrics = {f"{output.name}_{m}" for output in spec.outputs for m in output.metrics}
    if len(spec.outputs) == 1:
        metrics = set(spec.outputs[0].metrics)
    assert metrics | {"loss", "val_loss"} <= set(state.history[0])
    assert all(np.isfinite(value) for epoch in state.history for value in epoch.values())


def test_losses_are_weighted_by_the_contract(trainer):
    (measured,) = trainer("forecast", epochs=1, more=FLAT).fit().history
    parts = [measured[f"val_output_{i}_loss"] for i in (1, 2, 3)]
    assert measured["val_loss"] == pytest.approx(np.dot(parts, [1.0, 0.8, 0.5]), rel=1e-5)


def test_the_best_epoch_is_the_one_with_the_lowest_validation_loss(trainer):
    # A rate so high that the loss goes up and down.
    made = trainer(epochs=6, learning_rate=0.3, patience=6)
    state = made.fit()
    losses = [measured["val_loss"] for measured in state.history]
    assert state.best_epoch == 1 + int(np.argmin(losses))
    made.model.set_weights(state.best_weights)
    batches = Batches(made.dataset.validation, made.spec, 256)
    again = made.model.evaluate(batches, return_dict=True, verbose=0)
    assert again["loss"] == pytest.approx(min(losses), rel=1e-5)


@pytest.mark.parametrize(("decay", "epoch", "step"), [(False, 1, 1), (True, 3, 2)])
def test_a_run_that_was_stopped_goes_on_to_the_same_result(trainer, decay, epoch, step):
    recipe = {"epochs": 4, "patience": 4, "decay": decay, "more": ("dropout=0.5",)}
    whole = trainer(**recipe)
    expected = whole.fit()
    whole.checkpoint.unlink()
    with pytest.raises(StoppedError):
        trainer(**recipe, report=stop_in(epoch, step)).fit()
    resumed = trainer(**recipe).fit(resume=True)
    assert resumed.epoch == 4
    check_equal(resumed, expected)


def test_patience_ends_training_and_counts_on_over_a_stop(trainer):
    # The first steps overshoot so far that nothing after them comes back.
    recipe = {"epochs": 30, "learning_rate": 5.0, "patience": 2}
    expected = trainer(**recipe).fit()
    assert expected.epoch == expected.best_epoch + 2 < 30
    stopped = trainer(**recipe, report=stop_in(expected.epoch, 1))
    stopped.checkpoint.unlink()
    with pytest.raises(StoppedError):
        stopped.fit()
    check_equal(trainer(**recipe).fit(resume=True), expected)


def test_a_finished_run_is_not_trained_again(trainer):
    expected = trainer().fit()
    epochs = []
    check_equal(trainer(report=epochs.append).fit(resume=True), expected)
    assert epochs == []


def test_progress_tells_every_batch_and_every_epoch(trainer):
    seen = []
    trainer(epochs=2, report=seen.append).fit()
    # 20 samples are two full batches of 8.
    assert [(p.epoch, p.epochs, p.step, p.steps, bool(p.measured)) for p in seen] == [
        (1, 2, 1, 2, False),
        (1, 2, 2, 2, False),
        (1, 2, 2, 2, True),
        (2, 2, 1, 2, False),
        (2, 2, 2, 2, False),
        (2, 2, 2, 2, True),
    ]
    assert seen[-1].measured["loss"] > 0


def test_a_falling_rate_ends_at_zero(trainer):
    made = trainer()
    recipe = Recipe(epochs=3, batch_size=8, learning_rate=0.1, patience=3, decay=True)
    compile_by_name(made.model, made.spec, recipe, steps=2)
    rate = made.model.optimizer._learning_rate
    got = [float(keras.ops.convert_to_numpy(rate(step))) for step in (0, 3, 6)]
    np.testing.assert_allclose(got, [0.1, 0.05, 0.0], atol=1e-7)


def test_predictions_have_the_names_and_shapes_of_the_contract(trainer):
    made = trainer()
    outputs = predict(made.model, made.spec, made.dataset)
    assert {name: (value.shape, value.dtype) for name, value in outputs.items()} == {
        "diagnosis_output": ((7, 3), np.float32),
        "risk_output": ((7, 1), np.float32),
    }
