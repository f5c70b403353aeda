"""What became of a model, as a file that the process which found out leaves behind."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

KERAS = "Keras cannot"
REFUSED = "refused"
EXPECTED = "as expected, refused"


@dataclass(frozen=True)
class Result:
    """What became of a model on one backend.

    Attributes:
        model: The name of its row.
        backend: What Keras ran on.
        parameters: How many numbers its weights are.
        nodes: How many operators the file has.
        seconds: How long the export kept the processor busy.
        difference: The largest one from Keras, in units of the output's largest number.
        exact: The same from Keras in float64; None where there was no need to look.
        rounding: How far Keras itself is from that.
        response: How far outputs differ between the inputs of a batch, in the same units.
        masked: How far they are from those without padding masks; None where there is no mask.
        sha256: Of the file.
        error: What cannot be done or differs; empty if all is well.
    """

    model: str
    backend: str
    parameters: int = 0
    nodes: int = 0
    seconds: float = 0.0
    difference: float = 0.0
    response: float = 0.0
    masked: float | None = None
    exact: float | None = None
    rounding: float | None = None
    sha256: str = ""
    error: str = ""

    @property
    def failed(self) -> bool:
        """Whether the exporter is to blame."""
        return bool(self.error) and not self.error.startswith((KERAS, EXPECTED))


def path_of(name: str, out: Path) -> Path:
    """Return where the result of a model is."""
    return out / f"{name}.json"


def read(path: Path) -> Result:
    """Return the result in a file."""
    return Result(**json.loads(path.read_text(encoding="utf-8")))


def write(result: Result, out: Path, name: str = "") -> None:
    """Write a result, under the name of its model or another one."""
    text = json.dumps(asdict(result))
    path_of(name or result.model, out).write_text(text, encoding="utf-8")
