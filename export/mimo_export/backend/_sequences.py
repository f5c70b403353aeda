"""Masked sequences for operators that know only how long a sequence is.

The unmasked steps are gathered to the front, the operator runs over that many, from the first to
the last or from the last to the first, and each step reads the output at the place that it, or the
unmasked step before it, was gathered to. That is Keras's rule, a masked step repeats the previous
output and keeps the state, without a loop and for any mask. Behind the unmasked steps the outputs
of the operator are zeros, and a step that has no output to repeat reads there.

Both directions over the same sequences share everything but the operator.
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
        seen: int64 [batch, time], how many they are up to and including each step.
        places: int64 [batch, time], where each step is gathered to.
    """

    steps: TracedTensor
    lengths: TracedTensor
    seen: TracedTensor
    places: TracedTensor


@dataclass(frozen=True)
class Sequences:
    """Sequences ready for the operator.

    Attributes:
        steps: [time, batch, features], in the order of time, the masked ones last.
        mask: None if every step counts.
        reverse: Whether the operator is to run from the last step to the first.
    """

    steps: TracedTensor
    mask: Mask | None
    reverse: bool

    @property
    def lengths(self) -> TracedTensor | None:
        """How many steps count, int32 [batch]; None if all do."""
        return None if self.mask is None else self.mask.lengths


def prepare(inputs: Any, mask: Any, go_backwards: bool) -> Sequences:
    """Return Keras's [batch, time, features] and its mask as the operator takes them."""
    x = convert_to_tensor(inputs)
    found = None if mask is None else _mask(mask_of_steps(mask))
    if found is not None:
        numbers = _numbers(cast(found.steps, "int64"))
        # Each step writes its own number to its place, which says which step to read there.
        x = _read_steps(x, op("ScatterElements", numbers, found.places, numbers, axis=1))
    return Sequences(shaping.transpose(x, (1, 0, 2)), found, go_backwards)


def mask_of_steps(mask: Any) -> TracedTensor:
    """Return a mask as bool [batch, time], or with more dimensions where Keras masks parts."""
    mask = cast(mask, "bool")
    return shaping.squeeze(mask, axis=-1) if mask.ndim == 3 and mask.shape[-1] == 1 else mask


def _mask(steps: TracedTensor) -> Mask:
    """Return where steps are gathered to: unmasked ones to `seen - 1`, others behind them all."""
    open_steps, one = cast(steps, "int64"), constant(1, "int64")
    seen = op("CumSum", open_steps, one)
    total = op("ReduceSum", open_steps, ints(1), keepdims=1)
    behind = op("Add", total, op("Sub", _numbers(open_steps), seen))
    places = op("Where", steps, op("Sub", seen, one), behind)
    lengths = op("ReduceSum", open_steps, ints(1), keepdims=0)
    return Mask(steps, cast(lengths, "int32"), seen, places)


def _numbers(like: TracedTensor) -> TracedTensor:
    """Return 0, 1, 2, ... for the steps of each row, int64 [batch, time]."""
    one = constant(1, "int64")
    ones = op("Add", op("Mul", like, constant(0, "int64")), one)
    return op("CumSum", ones, one, exclusive=1)


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
        return _zero_unless(sequences.mask.steps[:, 0 if sequences.reverse else -1], state)
    if starts_at_zero:
        return state
    return _zero_unless(op("Greater", sequences.mask.lengths, constant(0, "int32")), state)


def all_outputs(sequences: Sequences, every: TracedTensor, *, zeroed: bool) -> TracedTensor:
    """Return Keras's outputs [batch, time, units] in the order in which they were computed."""
    outputs = shaping.transpose(every, (1, 0, 2))
    if sequences.mask is not None:
        outputs = _read_steps(outputs, _answers(sequences.mask, sequences.reverse, zeroed))
    return shaping.flip(outputs, axis=1) if sequences.reverse else outputs


def _answers(mask: Mask, reverse: bool, zeroed: bool) -> TracedTensor:
    """Return the places at which the steps find their outputs, int64 [batch, time].

    1. Where masked steps give zeros, each at its own place.
    2. Forwards, at the place of the last unmasked step so far; -1 is the last place of all, which
       holds zeros if there is a step that has none.
    3. Backwards, at that of the next unmasked step, behind all unmasked ones if there is none.
    """
    if zeroed:
        return mask.places
    if reverse:
        return op("Sub", mask.seen, cast(mask.steps, "int64"))
    return op("Sub", mask.seen, constant(1, "int64"))


def _zero_unless(condition: TracedTensor, x: TracedTensor) -> TracedTensor:
    return run("Where", shaping.expand_dims(condition, -1), x, constant(0, x.dtype))
