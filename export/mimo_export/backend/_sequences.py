"""Masked sequences for operators that know only how long a sequence is.

The unmasked steps are gathered to the front, in the order in which they are to be read, the
operator runs over that many, and each step takes the output of the place that it, or the last
unmasked step that was read before it, was gathered to. That is Keras's rule, a masked step repeats
the previous output and keeps the state, without a loop and for any mask. What an operator gives
behind the unmasked steps is not looked at: onnxruntime has zeros there, OpenVINO anything.

Backwards is no direction of the operator: OpenVINO would begin with the masked steps.
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
class Mask:
    """Which steps are read, and where to.

    Attributes:
        steps: bool [batch, time], in the order of time: those that are read.
        lengths: int32 [batch], how many they are.
        seen: int64 [batch, time], how many have been read when each step is over.
        places: int64 [batch, time], where each step is gathered to.
        order: int64 [batch, time], which step is gathered to each place.
    """

    steps: TracedTensor
    lengths: TracedTensor
    seen: TracedTensor
    places: TracedTensor
    order: TracedTensor


@dataclass(frozen=True)
class Sequences:
    """Sequences ready for the operator.

    Attributes:
        steps: [time, batch, features]; with a mask in the order in which they are read.
        mask: None if every step counts.
        backwards: Whether the last step is the first to be read.
    """

    steps: TracedTensor
    mask: Mask | None
    backwards: bool

    @property
    def lengths(self) -> TracedTensor | None:
        """How many steps count, int32 [batch]; None if all do."""
        return None if self.mask is None else self.mask.lengths

    @property
    def direction(self) -> str | None:
        """The operator's, None for its default."""
        return "reverse" if self.backwards and self.mask is None else None


def prepare(inputs: Any, mask: Any, go_backwards: bool) -> Sequences:
    """Return Keras's [batch, time, features] and its mask as the operator takes them."""
    x = convert_to_tensor(inputs)
    found = None if mask is None else _mask(mask_of_steps(mask), go_backwards)
    if found is not None:
        x = _read_steps(x, found.order)
    return Sequences(shaping.transpose(x, (1, 0, 2)), found, go_backwards)


def mask_of_steps(mask: Any) -> TracedTensor:
    """Return a mask as bool [batch, time], or with more dimensions where Keras masks parts."""
    mask = cast(mask, "bool")
    return shaping.squeeze(mask, axis=-1) if mask.ndim == 3 and mask.shape[-1] == 1 else mask


def _mask(steps: TracedTensor, go_backwards: bool) -> Mask:
    """Return where steps are gathered to: unmasked ones to `seen - 1`, others behind them all."""
    open_steps, one = cast(steps, "int64"), constant(1, "int64")
    seen = op("CumSum", open_steps, one)
    total = op("ReduceSum", open_steps, ints(1), keepdims=1)
    ones = op("Add", op("Mul", open_steps, constant(0, "int64")), one)
    numbers = op("CumSum", ones, one, exclusive=1)
    behind = op("Add", total, op("Sub", numbers, seen))
    if go_backwards:
        seen = op("Add", op("Sub", total, seen), open_steps)
    places = op("Where", steps, op("Sub", seen, one), behind)
    lengths = op("ReduceSum", open_steps, ints(1), keepdims=0)
    # Each step writes its own number to its place.
    order = op("ScatterElements", numbers, places, numbers, axis=1)
    return Mask(steps, cast(lengths, "int32"), seen, places, order)


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
    if sequences.mask is None:
        return state
    if zeroed:
        return _zero_unless(sequences.mask.steps[:, 0 if sequences.backwards else -1], state)
    if starts_at_zero:
        return state
    return _zero_unless(op("Greater", sequences.mask.lengths, constant(0, "int32")), state)


def all_outputs(sequences: Sequences, every: TracedTensor, *, zeroed: bool) -> TracedTensor:
    """Return Keras's outputs [batch, time, units] in the order in which they were computed."""
    outputs, mask = shaping.transpose(every, (1, 0, 2)), sequences.mask
    if mask is not None and zeroed:
        outputs = _zero_unless(mask.steps, _read_steps(outputs, mask.places))
    elif mask is not None:
        zero = constant(0, "int64")
        last = op("Max", op("Sub", mask.seen, constant(1, "int64")), zero)
        outputs = _zero_unless(op("Greater", mask.seen, zero), _read_steps(outputs, last))
    return shaping.flip(outputs, axis=1) if sequences.backwards else outputs


def _zero_unless(condition: TracedTensor, x: TracedTensor) -> TracedTensor:
    return run("Where", shaping.expand_dims(condition, -1), x, constant(0, x.dtype))
