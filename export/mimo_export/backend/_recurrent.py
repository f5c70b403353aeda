"""Recurrent cells through ONNX's operators, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras

from mimo_export.backend import _fused
from mimo_export.backend._sequences import (
    Sequences,
    all_outputs,
    last_output,
    mask_of_steps,
    prepare,
)
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.numpy import shaping

Result = tuple[TracedTensor, TracedTensor, list[Any]]
"""Keras's (last output, all outputs, states)."""


@dataclass(frozen=True)
class Outputs:
    """Which outputs are asked for.

    Attributes:
        all_steps: Whether those of all steps are, rather than the last alone.
        zeroed: Whether that of a masked step is zeros, rather than the one before.
    """

    all_steps: bool
    zeroed: bool = False


def run_one(
    op_type: str,
    sequences: Sequences,
    weights: _fused.Weights,
    states: Sequence[Any],
    outputs: Outputs,
    **attributes: Any,
) -> Result:
    """Add the operator for one direction."""
    zeroed = outputs.zeroed
    result = _fused.run(
        op_type,
        sequences.steps,
        [weights],
        sequences.lengths,
        [[state] for state in states],
        direction=sequences.direction,
        **attributes,
    )
    finals = list(result.finals)
    at_zero = _fused.is_zero(convert_to_tensor(states[0]))
    last = last_output(sequences, finals[0], starts_at_zero=at_zero, zeroed=zeroed)
    if not outputs.all_steps:
        return last, last, finals
    return last, all_outputs(sequences, result.every, zeroed=zeroed), finals


def run_cells(
    cells: Sequence[Any],
    inputs: Any,
    initial_states: Any,
    mask: Any,
    go_backwards: bool,
    outputs: Outputs,
) -> Result:
    """Run one operator after the other: each reads the outputs of the one before."""
    states = keras.tree.flatten(initial_states)
    finals: list[TracedTensor] = []
    x = last = convert_to_tensor(inputs)
    for cell in cells:
        inner = cell is not cells[-1]
        own = [states.pop(0) for _ in keras.tree.flatten(cell.state_size)]
        sequences = prepare(x, mask, go_backwards)
        wanted = replace(outputs, all_steps=outputs.all_steps or inner)
        last, x, new = _run_cell(cell, sequences, own, wanted)
        finals.extend(new)
        # What comes out is in the order of the steps: those behind begin with the first.
        if mask is not None and go_backwards:
            mask = shaping.flip(mask_of_steps(mask), axis=1)
        go_backwards = False
    return last, x, list(keras.tree.pack_sequence_as(initial_states, finals))


def _run_cell(cell: Any, sequences: Sequences, states: Sequence[Any], outputs: Outputs) -> Result:
    weights = (cell.kernel, cell.recurrent_kernel, cell.bias)
    if isinstance(cell, keras.layers.SimpleRNNCell):
        options = _fused.activations(cell.activation)
        return run_one(
            "RNN", sequences, _fused.simple_weights(*weights), states, outputs, **options
        )
    if isinstance(cell, keras.layers.GRUCell):
        options = _fused.activations(cell.recurrent_activation, cell.activation)
        options["linear_before_reset"] = int(cell.reset_after)
        return run_one("GRU", sequences, _fused.gru_weights(*weights), states, outputs, **options)
    options = _fused.activations(cell.recurrent_activation, cell.activation, cell.activation)
    return run_one("LSTM", sequences, _fused.lstm_weights(*weights), states, outputs, **options)
