"""Time what an answer to an empty batch costs: ONNX files beside themselves without the question.

    python benchmarks/empty_batch.py FILE [FILE ...] [--batch N ...] [--threads N ...] [--rounds N]

An exported LSTM or GRU stands in an If, because onnxruntime ends the process on a batch of 0
(export/README.md, "An empty batch"). The other file has in place of each If the branch that has
rows, and is without the Reshape that keeps its answer: for batches below 128, that is all the
difference. Both run in this process, in turns; the table has the time of the file over the other's,
the median over the turns with its quartiles.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import onnx
from speed_profile import open_session, random_feeds

from mimo_export.bench.timing import Burst, Spread, burst, ratios
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
    models = {"asking": asking, "plain": without_question(asking)}
    turns = {name: _turn(model, batch, threads) for name, model in models.items()}
    found = take_turns(turns, Effort(rounds=rounds))
    return ratios(found["plain"], found["asking"])


def _turn(model: onnx.ModelProto, batch: int, threads: int) -> Callable[[float], Burst]:
    session = open_session(model.SerializeToString(), threads)
    feeds = random_feeds(session, batch)
    return lambda seconds: burst(lambda: session.run(None, feeds), seconds)


def without_question(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy with the branch that has rows in the place of each If.

    Raises:
        ValueError: There is none.
    """
    if all(node.op_type != "If" for node in model.graph.node):
        raise ValueError("the file has no If")
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.node[:]
    chosen = {name for node in model.graph.node if node.op_type == "If" for name in node.output}
    for node in model.graph.node:
        if node.op_type == "If":
            _add_branch(copy.graph, node)
        elif node.op_type == "Reshape" and chosen.issuperset(node.input):
            # What `passes/kept.py` puts behind it; onnxruntime skips an Identity.
            copy.graph.node.append(onnx.helper.make_node("Identity", node.input[:1], node.output))
        else:
            copy.graph.node.append(node)
    remove_unread(copy)
    return copy


def _add_branch(graph: onnx.GraphProto, choice: onnx.NodeProto) -> None:
    """Add what an If computes where there are rows, under its outputs' names."""
    branch = next(a.g for a in choice.attribute if a.name == "then_branch")
    graph.initializer.extend(branch.initializer)
    names = {inner.name: name for inner, name in zip(branch.output, choice.output, strict=True)}
    for inner in branch.node:
        node = graph.node.add()
        node.CopyFrom(inner)
        node.input[:] = [names.get(name, name) for name in inner.input]
        node.output[:] = [names.get(name, name) for name in inner.output]


if __name__ == "__main__":
    raise SystemExit(main())
