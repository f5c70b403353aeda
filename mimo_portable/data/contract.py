"""What every data set looks like to the rest of the program: arrays under the model's own names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Origin = Literal["real", "semi-real", "simulated", "yours"]
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Split:
    """Samples of one part: every array has the same length along its first axis.

    Attributes:
        inputs: Arrays [n, *shape] under the names of the model's inputs. Pictures may be uint8
            (0..255) where the contract says float32: batches are cast, the whole set never is.
        targets: Arrays [n, *shape] under the names of the model's outputs; classes are one-hot.
        notes: What people read beside a row, and no model: `text` and `picture` (in words) of a
            post, `time` (datetime64) of a window's last value. Empty where nothing is known.
    """

    inputs: Mapping[str, Array]
    targets: Mapping[str, Array]
    notes: Mapping[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))


@dataclass(frozen=True)
class Dataset:
    """Three leak-free parts and what a reader must know about where they came from.

    Attributes:
        name: The data set's name, such as "nyc_taxi".
        origin: "real", "semi-real", "simulated", or "yours"; shown wherever a figure is shown.
        source: Where it comes from and under which licence, in one or two sentences.
        train: What weights, statistics and vocabulary are learnt from.
        validation: What epochs and configurations are chosen on.
        test: What is reported; never used to choose anything.
        statistics: Values for fields of the model's config that come from the training part, such
            as means and variances (normalisation is part of the model) or the vocabulary's size.
        labels: Class labels per output, where they differ from the contract's.
        units: Units of inputs and outputs by name, where they differ from the contract's.
        vocabulary: Per text input, the words in the order of their ids from 2 on (0 is padding, 1
            is unknown); empty where there is no text.
        language: BCP 47 tag of the texts, such as "ha"; empty where it is not known.
        horizons: Per output of a forecast, how many steps behind the window's last value it lies.
    """

    name: str
    origin: Origin
    source: str
    train: Split
    validation: Split
    test: Split
    statistics: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    vocabulary: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    language: str = ""
    horizons: Mapping[str, int] = field(default_factory=dict)
