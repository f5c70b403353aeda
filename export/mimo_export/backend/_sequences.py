"""Masked sequences for operators that know only how long a sequence is.

The unmasked steps are gathered to the front, the operator runs over that many, and the output of
step t is read at the number of unmasked steps up to t, where 0 reads zeros. That is Keras's rule, a
masked step repeats the previous output and keeps the state, without a loop and for any mask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import shaping


@dataclass(frozen=True)
class Sequences:
    """Sequences ready for the operator.

    Attributes:
        steps: [time, batch, features].
        lengths: int32 [batch], None if every step counts.
        seen: int64 [batch, time]: unmasked steps up to and including each; None without a mask.
        mask: bool [batch, time], None without a mask.
        reverse: Whether the operator is to run from the last step to the first.
    """

    steps: TracedTensor
    lengths: TracedTensor | None
    seen: TracedTensor | None
    mask: TracedTensor | None
    reverse: bool


def prepare(inputs: Any, mask: Any, go_backwards: bool) -> Sequences:
    """Return Keras's [batch, time, features] and its mask as the operator takes them."""
    x = convert_to_tensor(inputs)
    if mask is None:
        return Sequences(shaping.transpose(x, (1, 0, 2)), None, None, None, reverse=go_backwards)
    mask = mask_of_steps(mask)
    if go_backwards:
        x, mask = shaping.flip(x, axis=1), shaping.flip(mask, axis=1)
    open_steps = cast(mask, "int64")
    seen = op("CumSum", open_steps, constant(1, "int64"))
    lengths = op("ReduceSum", open_steps, ints(1), keepdims=0)
    compacted = _compact(x, mask, open_steps, seen)
    steps = shaping.transpose(compacted, (1, 0, 2))
    return Sequences(steps, cast(lengths, "int32"), seen, mask, reverse=False)


def mask_of_steps(mask: Any) -> TracedTensor:
    """Return a mask as bool [batch, time], or with more dimensions where Keras masks parts."""
    mask = cast(mask, "bool")
    return shaping.squeeze(mask, axis=-1) if mask.ndim == 3 and mask.shape[-1] == 1 else mask


def _compact(
    x: TracedTensor, mask: TracedTensor, open_steps: TracedTensor, seen: TracedTensor
) -> TracedTensor:
    """Return [batch, time, features] with the unmasked steps first, in their order.

    Each step t writes its own number to its new place: `seen[t] - 1` if it is unmasked, else behind
    all unmasked ones. The result says which step to read at each place.
    """
    one = constant(1, "int64")
    ones = op("Add", op("Mul", open_steps, constant(0, "int64")), one)
    numbers = op("CumSum", ones, one, exclusive=1)
    total = op("ReduceSum", open_steps, ints(1), keepdims=1)
    behind = op("Add", total, op("Sub", numbers, seen))
    target = op("Where", mask, op("Sub", seen, one), behind)
    return _read_steps(x, op("ScatterElements", numbers, target, numbers, axis=1))


def _read_steps(x: TracedTensor, places: TracedTensor) -> TracedTensor:
    """Return for each row of a batch [batch, time, features] the steps at the given places."""
    return op(
        "GatherND",
        x,
        op("Unsqueeze", places, ints(2)),
        batch_dims=1,
        types=[(x.dtype, (*places.dims, x.dims[2]))],
    )


def last_output(
    sequences: Sequences, state: TracedTensor, *, starts_at_zero: bool, zeroed: bool
) -> TracedTensor:
    """Return the output of the last step [batch, units], given the final state.

    They are the same unless no step was unmasked: there has been no output then, which Keras takes
    for zeros, but there may have been an initial state.
    """
    if sequences.mask is None or sequences.lengths is None:
        return state
    if zeroed:
        return _zero_unless(sequences.mask[:, -1], state)
    if starts_at_zero:
        return state
    return _zero_unless(op("Greater", sequences.lengths, constant(0, "int32")), state)


def all_outputs(sequences: Sequences, every: TracedTensor, *, zeroed: bool) -> TracedTensor:
    """Return Keras's outputs [batch, time, units] in the order in which they were computed."""
    if sequences.reverse:
        every = shaping.flip(every, axis=0)
    outputs = shaping.transpose(every, (1, 0, 2))
    if sequences.seen is None or sequences.mask is None:
        return outputs
    outputs = _read_steps(run("Pad", outputs, ints(0, 1, 0, 0, 0, 0)), sequences.seen)
    return _zero_unless(sequences.mask, outputs) if zeroed else outputs


def _zero_unless(condition: TracedTensor, x: TracedTensor) -> TracedTensor:
    return run("Where", shaping.expand_dims(condition, -1), x, constant(0, x.dtype))
