"""Batches in an order that depends on the seed and the epoch alone, cast as the contract says.

Pictures stay uint8 in the data set; only a batch of them is float32 at a time.
"""

from __future__ import annotations

import math

import keras
import numpy as np

from mimo_portable.data.contract import Array, Split
from mimo_portable.specs import ModelSpec

Batch = tuple[dict[str, Array], dict[str, Array]]


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """One pass over a part.

    Args:
        split: The samples.
        spec: The contract that the arrays are named and cast by.
        batch_size: Samples a batch.
        order: Sample numbers in the order they are fed, int64; all of them as they stand when None.
    """

    def __init__(
        self, split: Split, spec: ModelSpec, batch_size: int, order: Array | None = None
    ) -> None:
        super().__init__()
        self._split, self._spec, self._batch_size = split, spec, batch_size
        self._order = np.arange(len(split)) if order is None else order

    def __len__(self) -> int:
        return math.ceil(len(self._order) / self._batch_size)

    def __getitem__(self, index: int) -> Batch:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        return (
            {t.name: self._split.inputs[t.name][rows].astype(t.dtype) for t in self._spec.inputs},
            {t.name: self._split.targets[t.name][rows].astype(t.dtype) for t in self._spec.outputs},
        )


def shuffled(split: Split, spec: ModelSpec, batch_size: int, seed: tuple[int, int]) -> Batches:
    """Return full batches in random order; what is left over has its turn in another epoch.

    Batches of one size spare a compilation of the training step for the last one.

    Args:
        split: The samples.
        spec: The contract.
        batch_size: Samples a batch; the whole part where it holds fewer.
        seed: Seed of the run, and number of the epoch.
    """
    size = min(batch_size, len(split))
    order = np.random.default_rng(seed).permutation(len(split))
    return Batches(split, spec, size, order[: len(split) // size * size])
