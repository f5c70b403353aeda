"""Say which operators of an ONNX file take the time, by onnxruntime's own profile.

    python benchmarks/speed_profile.py FILE [--batch N] [--threads N] [--runs N]

The table has the share of the runs' time and the nodes of each type, after onnxruntime's
optimisations. "the call" is what is left: Python, the inputs and outputs, and the steps between.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort


def main(argv: Sequence[str] | None = None) -> int:
    """Profile a file, and write the table to standard output."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", help="the ONNX file")
    parser.add_argument("--batch", type=int, default=1, help="samples a run (1)")
    parser.add_argument("--threads", type=int, default=1, help="of onnxruntime (1)")
    parser.add_argument("--runs", type=int, default=50, help="how many are counted (50)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        events = profile(args.file, args.batch, args.threads, args.runs, Path(folder))
    sys.stdout.write(table(events, args.runs))
    return 0


def profile(
    file: str, batch: int, threads: int, runs: int, folder: Path
) -> list[dict[str, object]]:
    """Return the events of so many runs on random inputs."""
    session = open_session(file, threads, folder)
    feeds = random_feeds(session, batch)
    for _ in range(runs):
        session.run(None, feeds)
    text = Path(session.end_profiling()).read_text(encoding="utf-8")
    events: list[dict[str, object]] = json.loads(text)
    return events


def open_session(
    model: str | bytes, threads: int, profiles: Path | None = None
) -> ort.InferenceSession:
    """Open a file or its bytes with all optimisations; a folder for profiles asks for one."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    if profiles is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profiles / "profile")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def random_feeds(session: ort.InferenceSession, batch: int) -> dict[str, np.ndarray]:
    """Return random inputs of a session, the same each time."""
    rng = np.random.default_rng(0)
    return {item.name: _values(rng, item, batch) for item in session.get_inputs()}


def _values(rng: np.random.Generator, item: ort.NodeArg, batch: int) -> np.ndarray:
    shape = [
        size if place and isinstance(size, int) else batch for place, size in enumerate(item.shape)
    ]
    kind = item.type.removeprefix("tensor(").removesuffix(")")
    dtype = {"float": "float32", "double": "float64"}.get(kind, kind)
    # Small numbers are tokens of any vocabulary.
    return (
        rng.integers(0, 2, shape).astype(dtype)
        if "int" in kind
        else rng.normal(size=shape).astype(dtype)
    )


def table(events: Sequence[dict[str, object]], runs: int) -> str:
    """Return a Markdown table: a row for each type of operator, the longest first."""
    whole = sum(event["dur"] for event in events if event["name"] == "model_run")
    time, count = Counter(), Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            kind = event["args"]["op_name"]
            time[kind] += event["dur"]
            count[kind] += 1
    for kind in ("If", "Loop", "Scan"):
        del time[kind]  # their bodies' nodes are counted themselves
    time["the call"] = whole - sum(time.values())
    lines = ["| operator | share | microseconds a run | nodes |", "| --- | --- | --- | --- |"]
    for kind, spent in time.most_common():
        cells = f"{100 * spent / whole:.0f}%", f"{spent / runs:.1f}", str(count[kind] // runs or "")
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
