"""Time what an answer to an empty batch costs: ONNX files beside themselves without the question.

    python benchmarks/empty_batch.py FILE [FILE ...] [--batch N ...] [--threads N ...] [--rounds N]

An exported LSTM or GRU stands in an If, because onnxruntime ends the process on a batch of 0
(export/README.md, "An empty batch"). The other file has in place of each If the branch that has
rows: for batches below 128, that is all the difference. Both run in this process, in turns; the
table has the time of the file over the other's, the median over the turns with its quartiles.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import onnx
import onnxruntime as ort
from speed_profile import random_feeds

from mimo_export.bench.timing import Spread, burst, ratios
from mimo_export.bench.turns import Effort, take_turns
from mimo_export.optimize.weights import remove_unread


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the table to standard output."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="ONNX files")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 32], help="samples (1 32)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="(1 2)")
    parser.add_argument("--rounds", type=int, default=41, help="turns of each (41)")
    args = parser.parse_args(argv)
    sys.stdout.write("| file | batch | threads | with the question / without |\n")
    sys.stdout.write("| --- | --- | --- | --- |\n")
    for file in args.files:
        for threads in args.threads:
            for batch in args.batch:
                found = measure(file, batch, threads, args.rounds)
                cell = f"{found.median:.3f} ({found.low:.3f} to {found.high:.3f})"
                sys.stdout.write(f"| {file} | {batch} | {threads} | {cell} |\n")
    return 0


def measure(file: Path, batch: int, threads: int, rounds: int) -> Spread:
    """Return the time of a file over that of the same file without the question.

    Raises:
        ValueError: The file has no If.
    """
    asking = onnx.load(file)
    plain = without_question(asking)
    runs = {"asking": _session(asking, batch, threads), "plain": _session(plain, batch, threads)}
    turns = {name: lambda seconds, run=run: burst(run, seconds) for name, run in runs.items()}
    found = take_turns(turns, Effort(rounds=rounds))
    return ratios(found["plain"], found["asking"])


def without_question(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy with the branch that has rows in the place of each If.

    Raises:
        ValueError: There is none.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    if all(node.op_type != "If" for node in graph.node):
        raise ValueError("the file has no If")
    nodes = [made for node in graph.node for made in _instead(graph, node)]
    del graph.node[:]
    graph.node.extend(nodes)
    remove_unread(copy)
    return copy


def _instead(graph: onnx.GraphProto, node: onnx.NodeProto) -> list[onnx.NodeProto]:
    """Return copies of the nodes of an If's branch, under its outputs' names; of others, one."""
    if node.op_type != "If":
        return [onnx.NodeProto.FromString(node.SerializeToString())]
    branch = next(a.g for a in node.attribute if a.name == "then_branch")
    graph.initializer.extend(branch.initializer)
    names = {inner.name: name for inner, name in zip(branch.output, node.output, strict=True)}
    made = [onnx.NodeProto.FromString(inner.SerializeToString()) for inner in branch.node]
    for inner in made:
        inner.output[:] = [names.get(name, name) for name in inner.output]
        inner.input[:] = [names.get(name, name) for name in inner.input]
    return made


def _session(model: onnx.ModelProto, batch: int, threads: int) -> Callable[[], object]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    feeds = random_feeds(session, batch)
    return lambda: session.run(None, feeds)


if __name__ == "__main__":
    raise SystemExit(main())
