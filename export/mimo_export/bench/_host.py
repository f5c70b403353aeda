"""The process of one peer: convert, load, check, and run when it is this peer's turn.

    python -m mimo_export.bench._host RUNNER THREADS MODULE ...

The runner's imports come before the first request, so that loading is timed without them.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mimo_export import _worker
from mimo_export.bench.limits import limits
from mimo_export.bench.runner import Request, Runner
from mimo_export.bench.samples import Samples, order_outputs
from mimo_export.bench.timing import burst, peak_memory
from mimo_export.contract import Signature


class Host:
    """What a peer's process remembers between requests."""

    def __init__(self, family: Any, threads: int, imports: list[str]) -> None:
        self._family, self._threads, self._imports = family, threads, imports
        self._run: Callable[[], Any] = lambda: None

    def warm_up(self) -> None:
        """Import the runtime."""
        if self._family is not None:
            self._family.start(self._threads)

    def find(self, name: str) -> Callable[..., dict[str, Any]]:
        """Return a job."""
        jobs = (self.convert, self.load, self.check, self.burst, self.limits)
        return {job.__name__: job for job in jobs}[name]

    def convert(self, name: str, target: str, batches: list[int], **request: Any) -> dict[str, Any]:
        """Make an artifact."""
        from mimo_export.bench import keras_runner
        from mimo_export.bench.convert import make

        keras_runner.start(self._threads)
        asked = self._request(**request)
        return make(name, asked, Path(target), batches)

    def load(self, golden_folder: str, **request: Any) -> dict[str, Any]:
        """Load the artifact and give its first answer; return how long that took."""
        asked = self._request(**request)
        self._samples = Samples.read(Path(golden_folder), asked.signature)
        inputs = self._samples.batch(1).inputs
        started = time.perf_counter()
        self._runner: Runner = self._family.load(asked)
        self._runner.bind(inputs)()
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "peak_bytes": peak_memory()}

    def check(self, batch: int, answers: str) -> dict[str, Any]:
        """Take a batch, run it and write the outputs; later bursts are of this batch."""
        case = self._samples.batch(batch)
        self._run = self._runner.bind(case.inputs)
        outputs = order_outputs(self._run(), case.outputs)
        started = time.perf_counter()
        self._run()
        seconds = time.perf_counter() - started
        # By number: an output may be called like a parameter of this function.
        np.savez(answers, *outputs.values())
        return {"seconds": seconds}

    def burst(self, seconds: float) -> dict[str, Any]:
        """Run for so long."""
        found = burst(self._run, seconds)
        return {"nanoseconds": found.nanoseconds, "busy": found.busy}

    def limits(self) -> dict[str, Any]:
        """Measure what the machine can do at most."""
        return limits(self._threads)

    def _request(self, path: str, signature: Mapping[str, Any], *, beside: bool) -> Request:
        _worker.import_modules(self._imports)
        return Request(Path(path), Signature.from_dict(dict(signature)), self._threads, beside)


def main(words: list[str]) -> None:
    """Serve one peer."""
    name, threads, *imports = words
    family = importlib.import_module(f"mimo_export.bench.{name}") if name else None
    host = Host(family, int(threads), imports)
    _worker.serve(host.find, host.warm_up)


if __name__ == "__main__":
    main(sys.argv[1:])
