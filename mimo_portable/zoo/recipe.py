"""How a configuration is trained: what was chosen on validation data, and nothing of a backend."""

from __future__ import annotations

from dataclasses import dataclass

DROPOUT_SEED = 0
"""Any number: training sets the real seed. A dropout layer without one draws from PyTorch's global
generator, which no seed of ours reaches and no checkpoint holds."""


@dataclass(frozen=True)
class Recipe:
    """Numbers of one training run.

    Attributes:
        epochs: The most epochs that are trained.
        batch_size: Samples a step.
        learning_rate: Of Adam, at the start.
        patience: Epochs without a better validation loss after which training stops.
        decay: Lower the learning rate to 0 along half a cosine over all epochs, instead of keeping
            it.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    patience: int
    decay: bool = False
