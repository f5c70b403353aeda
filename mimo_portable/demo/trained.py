"""Which model a bundle holds, which data it was trained with, and those data again.

An example on the page is worth something only when the model has not seen it. Hence the data are
those that the bundle's manifest names, with the seed of the run, which drew the parts; other data
are never taken in their place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimo_export.errors import BundleError, InputError
from mimo_export.manifest import Bundle, check_files, open_bundle
from mimo_portable import data, zoo
from mimo_portable.data import Dataset
from mimo_portable.data.sources import REAL, SHIPPED, VARIABLE
from mimo_portable.specs import ModelSpec


@dataclass(frozen=True)
class Trained:
    """A bundle of a model of the zoo, and what it says about its training.

    Attributes:
        bundle: The opened bundle.
        spec: The zoo's contract.
        data: Name, origin, source and numbers of samples of the data set.
        seed: Of the run, and hence of the parts.
        scores: Per output, its scores on the test part and those of the trivial baseline.
    """

    bundle: Bundle
    spec: ModelSpec
    data: Mapping[str, Any]
    seed: int
    scores: Mapping[str, Mapping[str, Any]]


def read_trained(directory: str | Path) -> Trained:
    """Open a bundle of a model of the zoo.

    Raises:
        BundleError: There is no bundle, its files were altered, or it does not say which data its
            model was trained with.
        InputError: It holds another model than the zoo's.
    """
    bundle = open_bundle(directory)
    check_files(bundle, "onnx")
    spec = _zoo_contract(bundle)
    training = bundle.manifest.get("training", {})
    if not training.get("data", {}).get("name") or "seed" not in training:
        raise BundleError(
            "the bundle does not say which data its model was trained with",
            where=str(bundle.folder),
            remedy="export the folder of its training run again: "
            "`mimo-portable export RUN -o BUNDLE`",
        )
    scores = training.get("outputs", {})
    return Trained(bundle, spec, training["data"], training["seed"], scores)


def load_data(trained: Trained, source: str | None = None) -> Dataset:
    """Load the data that a model was trained with.

    Args:
        trained: The model.
        source: The folder with the real sets; None: the one that MIMO_PORTABLE_DATA names. The sets
            that are shipped need none.

    Raises:
        InputError: The data are none of the known sets, or no folder was named.
        DataError: The set is not in the folder, or is damaged.
    """
    name, model = trained.data["name"], trained.spec.name
    if name == SHIPPED[model].name:
        return SHIPPED[model].load(seed=trained.seed)
    where = f"{trained.bundle.folder}, trained with '{name}'"
    known = (SHIPPED[model].name, *REAL[model].variants)
    if name not in known:
        raise InputError(
            f"the page can show no examples of '{name}', which is none of the known data sets",
            where=where,
            remedy=f"give a bundle that was trained with {' or '.join(known)}; `mimo-portable "
            "embed --lang web` makes a page for any bundle",
        )
    folder = source or os.environ.get(VARIABLE)
    if not folder:
        raise InputError(
            f"the data set '{name}', whose test part the examples are of, is not here",
            where=where,
            remedy=f"give --data FOLDER, or set {VARIABLE}; mimo_portable/data/README.md says what "
            "the folder holds",
        )
    return data.load(trained.spec, folder, variant=name, seed=trained.seed)


def _zoo_contract(bundle: Bundle) -> ModelSpec:
    """Return the zoo's contract with the names, ranks and dtypes of a bundle's."""
    found = _tensors(bundle.signature)
    for model in zoo.MODELS.values():
        if _tensors(model.spec) == found and model.spec.name in SHIPPED:
            return model.spec
    inputs = ", ".join(spec.name for spec in bundle.signature.inputs)
    raise InputError(
        f"the page knows no model with the inputs {inputs}",
        where=str(bundle.folder),
        remedy=f"give bundles of {', '.join(SHIPPED)}; `mimo-portable embed --lang web` makes a "
        "page for any bundle",
    )


def _tensors(contract: Any) -> list[tuple[str, str, int, int | str]]:
    return [(s.name, s.dtype, len(s.shape), s.batch) for s in (*contract.inputs, *contract.outputs)]
