"""Epochs one by one: train, validate, remember the best, save, and stop when nothing improves.

Keras's `fit` is called for one epoch at a time, so that everything that decides how a run goes on
is a `State` in plain sight, which a checkpoint saves whole: no callback holds a counter of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras

from mimo_portable.data.contract import Array, Dataset
from mimo_portable.specs import ModelSpec
from mimo_portable.training import checkpoints
from mimo_portable.training.batches import Batches, shuffled
from mimo_portable.training.checkpoints import State
from mimo_portable.training.optimizer import adam
from mimo_portable.zoo.recipe import Recipe

EVALUATION_BATCH = 256


@dataclass(frozen=True)
class Progress:
    """Where training stands, for somebody who watches.

    Attributes:
        epoch: Number of the epoch, from 1.
        epochs: The most that there will be.
        step: Batches done in this epoch.
        steps: Batches of an epoch.
        measured: Losses and metrics by name, when the epoch is over; empty within it.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    measured: Mapping[str, float] = field(default_factory=dict)


Report = Callable[[Progress], None]


def compile_by_name(model: keras.Model, spec: ModelSpec, recipe: Recipe, steps: int) -> None:
    """Compile with losses, weights and metrics under the contract's output names.

    Args:
        model: The model; its outputs are a dict.
        spec: The contract.
        recipe: Gives the learning rate.
        steps: Batches of an epoch, over which a falling learning rate is spread.
    """
    rate: Any = recipe.learning_rate
    if recipe.decay:
        rate = keras.optimizers.schedules.CosineDecay(rate, recipe.epochs * steps)
    model.compile(
        optimizer=adam(rate),
        loss={output.name: output.loss for output in spec.outputs},
        loss_weights={output.name: output.weight for output in spec.outputs},
        metrics={output.name: list(output.metrics) for output in spec.outputs},
    )


@dataclass(frozen=True)
class Trainer:
    """What one run needs to train; `fit` does it.

    Attributes:
        model: Built, and with the weights it starts from.
        spec: The contract.
        dataset: The training and the validation part are used.
        recipe: Epochs, batch size, learning rate and patience.
        seed: Seed of the order of batches.
        checkpoint: Where the state is saved after every epoch.
        report: Called after every batch and every epoch.
    """

    model: keras.Model
    spec: ModelSpec
    dataset: Dataset
    recipe: Recipe
    seed: int
    checkpoint: Path
    report: Report

    def fit(self, *, resume: bool = False) -> State:
        """Train until the last epoch or until patience ends; the best weights are in the state.

        Args:
            resume: Go on after the checkpoint, if one was saved before the run was stopped.

        Raises:
            RunFolderError: The checkpoint cannot be used.
        """
        compile_by_name(self.model, self.spec, self.recipe, len(self._batches(0)))
        state = State()
        if resume and self.checkpoint.exists():
            state = checkpoints.load(self.checkpoint, self.model)
        while not self._finished(state):
            state = self._after(state, self._train_epoch(state.epoch))
            checkpoints.save(self.checkpoint, self.model, state)
        return state

    def _finished(self, state: State) -> bool:
        waited = state.epoch - state.best_epoch
        return state.epoch >= self.recipe.epochs or waited >= self.recipe.patience

    def _batches(self, epoch: int) -> Batches:
        part = self.dataset.train
        return shuffled(part, self.spec, self.recipe.batch_size, (self.seed, epoch))

    def _train_epoch(self, epoch: int) -> dict[str, float]:
        """Train the epoch of this number (from 0) and return what was measured."""
        batches = self._batches(epoch)
        progress = Progress(epoch + 1, self.recipe.epochs, 0, len(batches))
        history = self.model.fit(
            batches,
            validation_data=Batches(self.dataset.validation, self.spec, EVALUATION_BATCH),
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=0,
            callbacks=[_Watch(self.report, progress)],
        )
        measured = {name: float(values[0]) for name, values in history.history.items()}
        self.report(dataclasses.replace(progress, step=len(batches), measured=measured))
        return measured

    def _after(self, state: State, measured: dict[str, float]) -> State:
        history = (*state.history, measured)
        best = state.history[state.best_epoch - 1]["val_loss"] if state.best_epoch else float("inf")
        if measured["val_loss"] < best:
            weights = tuple(keras.ops.convert_to_numpy(w) for w in self.model.weights)
            return State(history, len(history), weights)
        return dataclasses.replace(state, history=history)


class _Watch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Pass on how many batches are done; reads no metric, which would wait for the device."""

    def __init__(self, report: Report, progress: Progress) -> None:
        super().__init__()
        self._report, self._progress = report, progress

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        self._report(dataclasses.replace(self._progress, step=batch + 1))


def predict(model: keras.Model, spec: ModelSpec, dataset: Dataset) -> dict[str, Array]:
    """Return the model's outputs [n, *shape] by name for the test part."""
    batches = Batches(dataset.test, spec, EVALUATION_BATCH)
    outputs: dict[str, Array] = model.predict(batches, verbose=0)
    return outputs
