"""Connectionist temporal classification: reading labels out of sequences of probabilities."""

from __future__ import annotations

from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import creation, reduction, sorting
from mimo_export.errors import UnsupportedOperationError


def ctc_decode(
    inputs: Any,
    sequence_lengths: Any,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int | None = 0,
) -> tuple[TracedTensor, TracedTensor]:
    """The best class of each step without repeats and blanks, followed by -1; and its cost.

    Args:
        inputs: Scores [batch, time, classes].
        sequence_lengths: The number of steps that count [batch].
        strategy: "greedy".
        beam_width: For a beam search.
        top_paths: For a beam search.
        merge_repeated: Whether a class that follows itself is one label.
        mask_index: The blank class; the last one if None.

    Returns:
        Labels [1, batch, time] int32, and the negative sum of the best scores [batch, 1].

    Raises:
        UnsupportedOperationError: A beam search, whose beams differ from backend to backend.
    """
    if strategy == "beam_search":
        raise UnsupportedOperationError(
            "keras.ops.ctc_decode has no ONNX form for strategy='beam_search': Keras's backends "
            "prune their beams differently",
            remedy="use strategy='greedy', or search in the program that runs the model",
        )
    if strategy != "greedy":
        raise ValueError(
            f"Invalid strategy {strategy}. Supported values are 'greedy' and 'beam_search'."
        )
    x = convert_to_tensor(inputs)
    x = cast(x, keras.backend.result_type(x.dtype, "float32"))
    blank = constant(int(x.shape[-1] or 0) - 1 if mask_index is None else mask_index, "int64")
    time = convert_to_tensor(_shapes.size_of(x, 1), "int64")
    steps = creation.arange(time, dtype="int64")
    lengths = op("Unsqueeze", cast(convert_to_tensor(sequence_lengths), "int64"), ints(-1))
    behind = op("Not", op("Less", steps, lengths))
    best = run("Where", behind, blank, run("ArgMax", x, axis=2, keepdims=0))
    scores = run("Where", behind, constant(0, x.dtype), reduction.max(x, axis=-1))
    if merge_repeated:
        repeats = op("Equal", best[:, 1:], best[:, :-1])
        best_first, rest = best[:, :1], run("Where", repeats, blank, best[:, 1:])
        best = op("Concat", best_first, rest, axis=1)
    dropped = op("Equal", best, blank)
    labels = run("Where", dropped, constant(-1, "int64"), best)
    order = sorting.argsort(run("Where", dropped, time, steps), axis=-1)
    labels = op("GatherElements", labels, cast(order, "int64"), axis=1)
    cost = run("Neg", reduction.sum(scores, axis=1, keepdims=True))
    return cast(op("Unsqueeze", labels, ints(0)), "int32"), cost
