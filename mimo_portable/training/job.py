"""One training run from plan to folder.

The folder of a run holds:

* `config.json`: what was asked for, written first, so that a killed run can be resumed;
* `checkpoints/latest.npz`: the whole state after the last finished epoch;
* `history.json`: losses and metrics of each epoch;
* `model.keras`: the model with its best weights, not compiled;
* `spec.json`: its contract, with the labels and units of this data;
* `vocabulary.json`: the words of each text input, where there is one;
* `metrics.json`: scores on the test part beside the trivial baseline, written last: a folder that
  has it is complete.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras

from mimo_portable import data, zoo
from mimo_portable.data.contract import Dataset
from mimo_portable.errors import RunFolderError
from mimo_portable.files import replacing, write_json
from mimo_portable.specs import ModelSpec, TensorSpec
from mimo_portable.training import seeding
from mimo_portable.training.checkpoints import State
from mimo_portable.training.fit import Progress, Report, Trainer, predict
from mimo_portable.training.scores import OutputScores, judge
from mimo_portable.zoo import Recipe, ZooModel, options


@dataclass(frozen=True)
class Plan:
    """What a user asks for.

    Attributes:
        model: Name of a model of the zoo.
        configuration: Name of one of its configurations.
        options: Changed fields of the configuration, each as "field=value".
        recipe: Changed fields of the recipe, such as {"epochs": 3}.
        source: The data: a file, a folder with the real sets, or None for what is shipped.
        variant: Which of the source's sets, where it holds several.
        seed: Seed of the initial weights, the order of batches and drawn splits.
    """

    model: str
    configuration: str = "reference"
    options: tuple[str, ...] = ()
    recipe: Mapping[str, Any] = field(default_factory=dict)
    source: str | None = None
    variant: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class Result:
    """What a finished run says about itself; `metrics.json` holds the same."""

    folder: Path
    metrics: Mapping[str, Any]
    scores: tuple[OutputScores, ...]


def run(plan: Plan, folder: Path, *, resume: bool, report: Report) -> Result:
    """Train what the plan asks for and fill the folder.

    Args:
        plan: Model, data and recipe.
        folder: Made if it is not there; must not hold a run yet, unless it is resumed.
        resume: Go on with the run in the folder, which must have been started by the same plan.
        report: Called after every batch and every epoch.

    Raises:
        ConfigError: A name or an option of the plan is unknown or impossible.
        RunFolderError: The folder holds a run already, or none or another one to resume.
        DataError: The data do not fit the contract.
    """
    model = zoo.find(plan.model)
    config = options.parse(model.configuration(plan.configuration), plan.options)
    recipe = options.replace(model.recipes[plan.configuration], plan.recipe)
    _check_folder(folder, resume=resume)
    dataset = data.load(model.spec, plan.source, variant=plan.variant, seed=plan.seed)
    config = options.replace(config, dataset.statistics)
    job = _Job(plan, model, config, recipe, dataset, folder)
    job.start(resume=resume)
    return job.finish(*job.train(resume=resume, report=report))


def _check_folder(folder: Path, *, resume: bool) -> None:
    started = (folder / "config.json").exists()
    if resume and not started:
        raise RunFolderError(
            "there is no run to resume",
            where=str(folder),
            remedy="leave out --resume to start one, or name the folder of the run",
        )
    if started and not resume:
        raise RunFolderError(
            "the folder holds a run already",
            where=str(folder),
            remedy="add --resume to go on with it, or choose another folder",
        )


@dataclass(frozen=True)
class _Job:
    plan: Plan
    model: ZooModel
    config: Any
    recipe: Recipe
    dataset: Dataset
    folder: Path

    def start(self, *, resume: bool) -> None:
        """Write `config.json`, or compare with the one that is there."""
        asked = json.loads(json.dumps(self._description()))
        path = self.folder / "config.json"
        if not resume:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(path, asked)
            return
        there = json.loads(path.read_text(encoding="utf-8"))
        for name in asked:
            if asked[name] != there.get(name):
                raise RunFolderError(
                    f"the run was started with {name} {json.dumps(there.get(name))}, "
                    f"and is to be resumed with {json.dumps(asked[name])}",
                    where=str(path),
                    remedy="resume with the words it was started with, or choose another folder",
                )

    def _description(self) -> dict[str, Any]:
        return {
            "model": self.model.spec.name,
            "configuration": self.plan.configuration,
            "config": dataclasses.asdict(self.config),
            "recipe": dataclasses.asdict(self.recipe),
            "seed": self.plan.seed,
            "backend": keras.config.backend(),
            "data": self._data(),
        }

    def _data(self) -> dict[str, Any]:
        parts = ("train", "validation", "test")
        return {
            "name": self.dataset.name,
            "origin": self.dataset.origin,
            "source": self.dataset.source,
            "samples": {part: len(getattr(self.dataset, part)) for part in parts},
        }

    def train(self, *, resume: bool, report: Report) -> tuple[State, float]:
        """Return the state after training, and the seconds that this took."""
        network = self.model.build(self.config)
        seeding.initialize(network, self.plan.seed)
        trainer = Trainer(
            network,
            self.model.spec,
            self.dataset,
            self.recipe,
            self.plan.seed,
            self.folder / "checkpoints" / "latest.npz",
            report,
        )
        begun = time.perf_counter()
        return trainer.fit(resume=resume), time.perf_counter() - begun

    def finish(self, state: State, seconds: float) -> Result:
        """Save the best model and its contract, score it on the test part, and write the report."""
        # A model of its own, never compiled: what leaves is the function, not how it was trained.
        network = self.model.build(self.config)
        network.set_weights(state.best_weights)
        spec = described(self.model.spec, self.dataset)
        scores = judge(spec, self.dataset, predict(network, spec, self.dataset))
        metrics = {
            **{k: v for k, v in self._description().items() if k not in ("config", "recipe")},
            "versions": _versions(),
            "epochs": state.epoch,
            "best_epoch": state.best_epoch,
            "seconds": round(seconds, 1),
            "outputs": {score.output: dataclasses.asdict(score) for score in scores},
            "beaten": all(score.beaten for score in scores),
        }
        write_json(self.folder / "history.json", state.history)
        write_json(self.folder / "spec.json", spec.to_dict())
        if self.dataset.vocabulary:
            write_json(self.folder / "vocabulary.json", dict(self.dataset.vocabulary))
        with replacing(self.folder / "model.keras") as partial:
            network.save(partial)
        write_json(self.folder / "metrics.json", metrics)
        return Result(self.folder, metrics, scores)


def described(spec: ModelSpec, dataset: Dataset) -> ModelSpec:
    """Return the contract with the class labels and units of a data set in place of its own."""

    def unit(tensor: TensorSpec) -> str:
        return dataset.units.get(tensor.name, tensor.unit)

    inputs = tuple(dataclasses.replace(tensor, unit=unit(tensor)) for tensor in spec.inputs)
    outputs = tuple(
        dataclasses.replace(
            output, unit=unit(output), labels=dataset.labels.get(output.name, output.labels)
        )
        for output in spec.outputs
    )
    return dataclasses.replace(spec, inputs=inputs, outputs=outputs)


def ignore(progress: Progress) -> None:
    """Report nothing."""


def _versions() -> dict[str, str]:
    names = ("keras", keras.config.backend(), "numpy")
    return {name: sys.modules[name].__version__ for name in names}
