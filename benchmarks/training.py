"""Time training steps of the recurrent models on every backend that is installed.

    python benchmarks/training.py [--rounds N] [--batch N ...] [--cpu-time]

Each column has a process of its own, which makes two steps when it is asked to and times the second
as one of a row, so that all take turns: a busy moment of the machine hits all alike. The backends'
columns are what `mimo-portable train` does. On PyTorch the same network is timed once more with
Keras's own layers, which loop over the steps and copy what they pool, in a process that is left as
it is; and its LSTM alone as a program without Keras would have it: forward and back, no loss, no
optimizer. No step can be faster.

The table shows the median milliseconds of a step, with the quartiles, and how many times faster the
zoo's layers are than Keras's. On a machine that has other work, `--cpu-time` counts the time of the
processor on one thread.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mimo_portable.training import memory

BACKENDS = ("torch", "jax", "tensorflow")
PLAIN = "torch, Keras's layers"
KERNEL = "torch.nn.LSTM alone"
_WARM_UP = 3  # the first steps compile
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


@dataclass(frozen=True)
class Case:
    """A network to train.

    Attributes:
        model: Its name in the zoo, in the reference configuration.
        batch: Samples a step.
        text_alone: Train the text encoder without the picture and the head.
        mask: Let the encoder skip the padding.
    """

    model: str
    batch: int
    text_alone: bool = False
    mask: bool = False

    @property
    def title(self) -> str:
        """What the row is called."""
        parts = ("its text encoder", ", masked" if self.mask else "")
        return f"{self.model}{': ' + ''.join(parts) if self.text_alone else ''}"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the table to standard output."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15, help="steps that are timed of each (15)")
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 64], help="samples (32 64)")
    parser.add_argument("--cpu-time", action="store_true", help="of one thread, not of the clock")
    parser.add_argument("--worker", metavar="COLUMN", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.worker:
        serve(args.worker, time.process_time if args.cpu_time else time.perf_counter)
        return 0
    found = measure(cases(args.batch), args.rounds, cpu_time=args.cpu_time)
    sys.stdout.write(table(found))
    return 0


def cases(batches: Sequence[int]) -> list[Case]:
    """Return what is trained, for each size of a batch."""
    return [
        case
        for batch in batches
        for case in (
            Case("forecast", batch),
            Case("sentiment", batch, text_alone=True),
            Case("sentiment", batch, text_alone=True, mask=True),
            Case("sentiment", batch),
        )
    ]


Times = Mapping[str, Sequence[float]]
"""Milliseconds of each step, by column."""


def measure(wanted: Sequence[Case], rounds: int, *, cpu_time: bool) -> dict[Case, Times]:
    """Time each case on every installed backend, in turns."""
    columns = {name: name for name in BACKENDS if importlib.util.find_spec(name)}
    if "torch" in columns:
        columns = {PLAIN: "torch", **columns, KERNEL: "torch"}
    workers = {name: _start(name, backend, cpu_time) for name, backend in columns.items()}
    found: dict[Case, Times] = {}
    for case in wanted:
        times: dict[str, list[float]] = {name: [] for name in columns}
        for turn in range(-_WARM_UP, rounds):
            for name, worker in workers.items():
                milliseconds = _ask(worker, case)
                if turn >= 0:
                    times[name].append(milliseconds)
        found[case] = times
    for worker in workers.values():
        worker.communicate()
    return found


def _start(column: str, backend: str, cpu_time: bool) -> subprocess.Popen[str]:
    own = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, __file__, "--worker", column]
    if cpu_time:
        own.update(_ONE_THREAD)
        command.append("--cpu-time")
    return subprocess.Popen(  # noqa: S603 - the interpreter that runs this
        command,
        env={**os.environ, **own},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _ask(worker: subprocess.Popen[str], case: Case) -> float:
    if worker.stdin is None or worker.stdout is None:
        raise ValueError("a worker is started with pipes")
    worker.stdin.write(json.dumps(asdict(case)) + "\n")
    worker.stdin.flush()
    return float(worker.stdout.readline())


def serve(column: str, clock: Callable[[], float]) -> None:
    """Make one step of the case on each line of standard input, and say how long it took.

    Args:
        column: What makes it; see `step`.
        clock: Gives seconds.
    """
    if column != PLAIN:
        memory.keep_freed()
    steps: dict[str, Callable[[], object]] = {}
    for line in sys.stdin:
        if line not in steps:
            steps[line] = step(column, Case(**json.loads(line)))
        steps[line]()  # one that is not timed: a process that had no turn has to find its cores
        started = clock()
        steps[line]()
        sys.stdout.write(f"{1e3 * (clock() - started)}\n")
        sys.stdout.flush()


def step(column: str, case: Case) -> Callable[[], object]:
    """Return a function that trains a new network for one step.

    Args:
        column: A backend for what the zoo builds; `PLAIN` takes plain Keras layers instead, and
            `KERNEL` what PyTorch has for the network's LSTM layers, and nothing else.
        case: The network.
    """
    import keras  # noqa: PLC0415 - the table is written without a backend

    from mimo_portable import zoo  # noqa: PLC0415 - as above
    from mimo_portable.training import seeding  # noqa: PLC0415 - as above
    from mimo_portable.training.fit import compile_by_name  # noqa: PLC0415 - as above
    from mimo_portable.zoo import options  # noqa: PLC0415 - as above

    entry = zoo.find(case.model)
    words = ["embedding_mask=true"] if case.mask else []
    model = entry.build(options.parse(entry.configuration("reference"), words))
    if column == KERNEL:
        lstms = [layer for layer in model.layers if isinstance(layer, keras.layers.LSTM)]
        return _kernels(lstms, case.batch)
    if column == PLAIN:
        model = keras.models.clone_model(model)
    seeding.initialize(model, 0)
    inputs, targets = _samples(entry.spec, case.batch)
    if case.text_alone:
        ends = model.get_layer("text_input").output, model.get_layer("text_lstm").output
        model = keras.Model(*ends)
        model.compile("adam", "mse")
        inputs, targets = inputs["text_input"], np.zeros((case.batch, 64), "float32")
    else:
        compile_by_name(model, entry.spec, entry.recipes["reference"], 100)
    return lambda: model.train_on_batch(inputs, targets)


def _kernels(lstms: Sequence[Any], batch: int) -> Callable[[], object]:
    """Return a function that runs PyTorch's LSTMs of the same sizes, forward and back."""
    import keras  # noqa: PLC0415 - the table is written without a backend
    import torch

    torch.manual_seed(0)
    # A layer with a mask has that for a second input.
    read = [keras.tree.flatten(layer.input)[0] for layer in lstms]
    inputs = [torch.rand(batch, *x.shape[1:]) for x in read]
    kernels = [
        torch.nn.LSTM(x.shape[-1], layer.units, batch_first=True)
        for x, layer in zip(inputs, lstms, strict=True)
    ]

    def run() -> None:
        for kernel, x in zip(kernels, inputs, strict=True):
            kernel(x)[0][:, -1].sum().backward()

    return run


def _samples(spec: Any, batch: int) -> tuple[Any, Any]:
    """Return random inputs and targets by name; texts end in padding."""
    rng = np.random.default_rng(0)
    words = rng.integers(2, 8002, (batch, 100))
    text = np.where(np.arange(100) < rng.integers(1, 100, (batch, 1)), words, 0)
    inputs = {
        t.name: text if t.name == "text_input" else rng.uniform(0, 255, (batch, *t.shape))
        for t in spec.inputs
    }
    targets = {o.name: rng.integers(0, 2, (batch, *o.shape)) for o in spec.outputs}
    return (
        {t.name: inputs[t.name].astype(t.dtype) for t in spec.inputs},
        {o.name: targets[o.name].astype(o.dtype) for o in spec.outputs},
    )


def table(found: Mapping[Case, Times]) -> str:
    """Return the Markdown table: a row for each case."""
    columns = list(next(iter(found.values())))
    header = ["model", "batch", *columns, *(["times faster"] if PLAIN in columns else [])]
    lines = [header, ["---"] * len(header)]
    for case, times in found.items():
        cells = [case.title, str(case.batch), *(_cell(times[name]) for name in columns)]
        if PLAIN in times:
            ratio = statistics.median(times[PLAIN]) / statistics.median(times["torch"])
            cells.append(f"{ratio:.1f}")
        lines.append(cells)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(times: Sequence[float]) -> str:
    low, median, high = statistics.quantiles(times, n=4)
    return f"{median:.1f} ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    raise SystemExit(main())
