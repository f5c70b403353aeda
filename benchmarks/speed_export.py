"""How long the export takes, and how much memory: each model in a process of its own.

    KERAS_BACKEND=jax python benchmarks/speed_export.py MODEL

A MODEL is one of `speed_models` or a number of layers. The time is that of `export_onnx` after all
imports, on a model that is built; the cold time is that of a whole `mimo-portable export`.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

NAMES = ("forecast", "medical", "sentiment", "ResNet50")
LAYERS = (10, 30, 100, 300, 1000)
_ROUNDS = 5


@dataclass(frozen=True)
class Export:
    """One model's export.

    Attributes:
        name: The model, or the number of its layers.
        first: Seconds of the first export of the process.
        median: Of five in all.
        weight_bytes: Of its weights.
        before_bytes: The most memory that the process held when the model was built.
        peak_bytes: The same after the exports.
    """

    name: str
    first: float
    median: float
    weight_bytes: int
    before_bytes: int
    peak_bytes: int


def measure(name: str) -> Export:
    """Export a model several times in this process."""
    import speed_models  # noqa: PLC0415 - of this folder, which a script finds

    from mimo_export import export_onnx  # noqa: PLC0415 - after the backend is chosen
    from mimo_export.bench.timing import peak_memory  # noqa: PLC0415 - as above

    model = speed_models.chain(int(name)) if name.isdecimal() else speed_models.find(name).build()
    weight_bytes = sum(array.nbytes for array in model.get_weights())
    before, times = peak_memory(), []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(_ROUNDS):
            started = time.perf_counter()
            export_onnx(model, Path(folder) / "m.onnx", verify=False)
            times.append(time.perf_counter() - started)
    found = (times[0], statistics.median(times), weight_bytes, before, peak_memory())
    return Export(name, *found)


def measure_all(names: Sequence[str]) -> list[Export]:
    """Measure each model in a fresh process."""
    results = []
    for name in names:
        done = subprocess.run(  # noqa: S603 - the interpreter that runs this
            [sys.executable, __file__, name], check=True, stdout=subprocess.PIPE, text=True
        )
        results.append(Export(**json.loads(done.stdout.splitlines()[-1])))
    return results


def cold(model: Path) -> float:
    """Return the median seconds of three whole `mimo-portable export`s to ONNX."""
    command = "import sys; from mimo_portable.cli import main; sys.exit(main())"
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(3):
            words = ["export", str(model), "--format", "onnx", "-o", f"{folder}/{i}"]
            started = time.perf_counter()
            subprocess.run(  # noqa: S603 - the interpreter that runs this
                [sys.executable, "-c", command, *words],
                check=True,
                stdout=subprocess.DEVNULL,
                env={**os.environ},
            )
            times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(measure(sys.argv[1]))) + "\n")
