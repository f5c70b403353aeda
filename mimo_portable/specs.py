"""The contract of a model: every input and output with its name, dtype, shape and meaning.

Compile, data checks, export, the model card and the embedding programs all read a `ModelSpec`, so
it is plain data: frozen dataclasses that go to JSON and back, with no import of Keras.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Baseline = Literal["majority", "median", "persistence"]
Score = Literal["accuracy", "balanced_accuracy", "mae"]

BATCH = "batch"
"""The symbol of the batch: the first size of every tensor that has no other."""


@dataclass(frozen=True)
class TensorSpec:
    """One named tensor of a model.

    Attributes:
        name: The name in Keras, in the ONNX file and in every program that embeds it.
        shape: Dimensions without the batch; None or a symbol for a free one. Equal symbols are
            equal sizes in every call.
        dtype: Keras's name of the element type, such as "float32".
        meaning: One sentence for a person: what the numbers are.
        unit: The unit of the numbers, such as "mmHg"; empty where there is none.
        labels: What each number along the last axis is called, for classes; else empty.
        interval: The smallest and the largest number that it holds; None where there is no limit.
        batch: The first size: a number where it is fixed, a symbol of its own where it has nothing
            to do with that of other tensors, such as "n_bonds" beside "n_atoms".
    """

    name: str
    shape: tuple[int | str | None, ...]
    dtype: str = "float32"
    meaning: str = ""
    unit: str = ""
    labels: tuple[str, ...] = ()
    interval: tuple[float, float] | None = None
    batch: int | str = BATCH

    @property
    def sizes(self) -> tuple[int | str | None, ...]:
        """Return all sizes, the first one included."""
        return (self.batch, *self.shape)


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
        document = asdict(self)
        for part in ("inputs", "outputs"):
            document[part] = [document_of(spec) for spec in getattr(self, part)]
        return document

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ModelSpec:
        """Read back what `to_dict` gave (after a trip through JSON, lists become tuples again)."""
        return cls(
            name=data["name"],
            description=data["description"],
            inputs=tuple(TensorSpec(**_tuples(item)) for item in data["inputs"]),
            outputs=tuple(OutputSpec(**_tuples(item)) for item in data["outputs"]),
        )


def document_of(spec: TensorSpec) -> dict[str, Any]:
    """Return a tensor's spec as JSON-ready data; its first size only where it is not the batch."""
    document = asdict(spec)
    if spec.batch == BATCH:
        del document["batch"]
    return document


def _tuples(item: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in item.items()}
