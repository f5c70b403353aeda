"""A loop over the steps of sequences: one Scan whose body is the traced step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, current_graph, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._subgraph import add_node, traced_body
from mimo_export.backend._tensor import Dim, TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import creation, shaping
from mimo_export.errors import UnsupportedOperationError

Step = Callable[[Any, tuple[Any, ...]], tuple[Any, Any]]


@dataclass(frozen=True)
class Loop:
    """What is looped over.

    Attributes:
        step: Keras's step function.
        inputs: The sequences [batch, time, ...], in the structure that the step takes.
        states: The initial states, in the structure that the step takes.
        constants: What the step takes besides.
        mask: bool [batch, time], or with more of the step's dimensions, or None.
        go_backwards: Whether to begin with the last step.
        zeroed: Whether the output of a masked step is zeros, rather than the previous output.
    """

    step: Step
    inputs: Any
    states: Any
    constants: tuple[Any, ...]
    mask: TracedTensor | None
    go_backwards: bool
    zeroed: bool

    @property
    def repeats(self) -> bool:
        """Whether the output of a step is needed at the next one."""
        return self.mask is not None and not self.zeroed


def scan(loop: Loop) -> tuple[TracedTensor, list[Any]]:
    """Return all outputs [batch, time, ...] in the order of the steps, and the final states."""
    states = [convert_to_tensor(state) for state in keras.tree.flatten(loop.states)]
    sequences = [convert_to_tensor(x) for x in keras.tree.flatten(loop.inputs)]
    sliced = sequences if loop.mask is None else [*sequences, loop.mask]
    body = traced_body(
        [
            *(("state", state.dtype, state.dims) for state in states),
            *(("step", x.dtype, (x.dims[0], *x.dims[2:])) for x in sliced),
        ],
        lambda *values: _body(loop, values, len(states)),
        "steps",
    )
    output = body.outputs[-1]
    before = [_zeros_like_step(output, [*states, *sequences])] if loop.repeats else []
    carried = [*states, *before]
    every = (sequences[0].dims[1], *output.dims)
    *finals, outputs = add_node(
        "Scan",
        [*carried, *sliced],
        [*((x.dtype, x.dims) for x in carried), (output.dtype, every)],
        body=body.graph,
        num_scan_inputs=len(sliced),
        scan_input_axes=[1] * len(sliced),
        scan_input_directions=[1] * len(sliced) if loop.go_backwards else None,
    )
    # Not by scan_output_axes: onnxruntime 1.32 divides by zero there if the batch is empty.
    outputs = shaping.swapaxes(outputs, 0, 1)
    return outputs, list(keras.tree.pack_sequence_as(loop.states, finals[: len(states)]))


def _body(loop: Loop, values: Sequence[TracedTensor], count: int) -> list[TracedTensor]:
    """Return the new states, the previous output if it is needed again, and the output."""
    states, slices = list(values[:count]), list(values[count:])
    mask = slices.pop() if loop.mask is not None else None
    output, after = loop.step(
        keras.tree.pack_sequence_as(loop.inputs, slices),
        (*keras.tree.pack_sequence_as(loop.states, states), *loop.constants),
    )
    output = convert_to_tensor(output)
    new = [cast(n, s.dtype) for n, s in zip(keras.tree.flatten(after), states, strict=True)]
    if mask is None:
        return [*new, output]
    new = [_where(mask, n, s) for n, s in zip(new, states, strict=True)]
    if loop.zeroed:
        return [*new, _where(mask, output, constant(0, output.dtype))]
    output = _where(mask, output, _previous(output, count))
    return [*new, output, output]


def _previous(output: TracedTensor, place: int) -> TracedTensor:
    """Declare the output of the step before, now that its type is known, behind the states."""
    graph = current_graph()
    previous = graph.input("previous", output.dtype, output.dims)
    graph.inputs.insert(place, graph.inputs.pop())
    return previous


def _where(mask: TracedTensor, x: TracedTensor, other: TracedTensor) -> TracedTensor:
    """Return x where a mask, which has x's first dimensions, holds, else the other."""
    missing = range(mask.ndim, x.ndim)
    condition = op("Unsqueeze", mask, ints(*missing)) if missing else mask
    return run("Where", condition, x, other, types=[(x.dtype, x.dims)])


def _zeros_like_step(output: TracedTensor, known: Sequence[TracedTensor]) -> TracedTensor:
    """Return zeros for the output before the first step, whose shape only the body knows."""
    sizes = [dim if isinstance(dim, int) else _size(dim, known, output) for dim in output.dims]
    return creation.zeros(sizes, output.dtype)


def _size(symbol: Dim, known: Sequence[TracedTensor], output: TracedTensor) -> Any:
    for tensor in known:
        if symbol in tensor.dims:
            return _shapes.size_of(tensor, tensor.dims.index(symbol))
    raise UnsupportedOperationError(
        f"a masked recurrent layer whose output has the dynamic shape {output!r}",
        remedy="give the input static sizes, or set zero_output_for_mask=True",
    )
