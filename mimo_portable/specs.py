"""The contract of a model: every input and output with its name, dtype, shape and meaning.

Compile, data checks, export, the model card and the embedding programs all read a `ModelSpec`, so
it is plain data: frozen dataclasses that go to JSON and back, with no import of Keras.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Baseline = Literal["majority", "median", "persistence"]
Score = Literal["accuracy", "balanced_accuracy", "mae"]


@dataclass(frozen=True)
class TensorSpec:
    """One named tensor of a model.

    Attributes:
        name: The name in Keras, in the ONNX file and in every program that embeds it.
        shape: Dimensions without the batch; None or a symbol for a free one.
        dtype: Keras's name of the element type, such as "float32".
        meaning: One sentence for a person: what the numbers are.
        unit: The unit of the numbers, such as "mmHg"; empty where there is none.
        labels: What each number along the last axis is called, for classes; else empty.
        interval: The smallest and the largest number that it holds; None where there is no limit.
    """

    name: str
    shape: tuple[int | str | None, ...]
    dtype: str = "float32"
    meaning: str = ""
    unit: str = ""
    labels: tuple[str, ...] = ()
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class OutputSpec(TensorSpec):
    """An output, with how it is trained and judged.

    Attributes:
        loss: Keras's identifier of the loss.
        weight: The weight of this loss in the total.
        metrics: Keras's identifiers of the metrics shown while training.
        scores: What the test report measures, the first of them being compared with the baseline.
        baseline: The trivial predictor that a trained model must beat: the most common class, the
            median of the training targets, or the last value of the input series.
    """

    loss: str = "mse"
    weight: float = 1.0
    metrics: tuple[str, ...] = ()
    scores: tuple[Score, ...] = ("mae",)
    baseline: Baseline = "median"


@dataclass(frozen=True)
class ModelSpec:
    """The whole contract: inputs and outputs in the model's own order, never alphabetical."""

    name: str
    description: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[OutputSpec, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the contract as JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ModelSpec:
        """Read back what `to_dict` gave (after a trip through JSON, lists become tuples again)."""
        return cls(
            name=data["name"],
            description=data["description"],
            inputs=tuple(TensorSpec(**_tuples(item)) for item in data["inputs"]),
            outputs=tuple(OutputSpec(**_tuples(item)) for item in data["outputs"]),
        )


def _tuples(item: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in item.items()}
