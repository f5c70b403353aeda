"""Bundles of the zoo on the shipped data, in seconds: their weights are not trained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import keras
import pytest
import tiny_models

from mimo_export import bundle as bundle_module
from mimo_export import export_bundle, runtimes, worker
from mimo_export.manifest import MANIFEST, open_bundle, write_manifest
from mimo_portable import data, zoo
from mimo_portable.training import seeding
from mimo_portable.training.job import described
from mimo_portable.zoo import options

SEED = 3


def run_folder(name: str, folder: Path) -> Path:
    """Fill a folder as a training run does."""
    model = zoo.find(name)
    dataset = data.load(model.spec, seed=SEED)
    config = model.configuration("reference")
    small = [word for word in tiny_models.OPTIONS[name] if "vocabulary" not in word]
    config = options.replace(options.parse(config, small), dataset.statistics)
    network = model.build(config)
    seeding.initialize(network, SEED)
    folder.mkdir(parents=True)
    network.save(folder / "model.keras")
    facts = {"name": dataset.name, "origin": dataset.origin, "source": dataset.source}
    samples = {"train": len(dataset.train), "test": len(dataset.test)}
    stated = {"model": name, "seed": SEED, "data": {**facts, "samples": samples}}
    for file, document in (
        ("spec.json", described(model.spec, dataset).to_dict()),
        ("metrics.json", stated),
        *([("vocabulary.json", dict(dataset.vocabulary))] if dataset.vocabulary else []),
    ):
        (folder / file).write_text(json.dumps(document), encoding="utf-8")
    return folder


def bundle(name: str, folder: Path) -> Path:
    """Export such a run; return the bundle."""
    run = run_folder(name, folder / f"{name}-run")
    with pytest.MonkeyPatch.context() as patch:
        # Other backends would say how far Keras differs from itself, in half a minute.
        for module in (bundle_module, runtimes, worker):
            patch.setattr(module, "installed_backends", lambda: (keras.backend.backend(),))
        export_bundle(run, folder / name, formats=("onnx",))
    return folder / name


def retold(bundle: Path, target: Path, **training: Any) -> Path:
    """Copy a bundle, with other statements about its training."""
    shutil.copytree(bundle, target)
    stated = open_bundle(bundle).manifest
    facts = {name: fact for name, fact in stated.items() if name not in ("format_version", "files")}
    (target / MANIFEST).unlink()
    write_manifest(target, {**facts, "training": {**facts["training"], **training}})
    return target
