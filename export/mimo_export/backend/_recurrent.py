"""Recurrent cells through ONNX's operators: in one direction, in both, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.backend import _fused, _switch
from mimo_export.backend._graph import ints, op, op_multi
from mimo_export.backend._scan import Step
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
from mimo_export.errors import UnsupportedOperationError

Result = tuple[TracedTensor, TracedTensor, list[Any]]
"""Keras's (last output, all outputs, states)."""


def run_one(
    op_type: str,
    sequences: Sequences,
    weights: _fused.Weights,
    states: Sequence[Any],
    return_sequences: bool,
    **attributes: Any,
) -> Result:
    """Add the operator for one direction."""
    # Keras tells only `rnn` about zero_output_for_mask; the layer knows.
    zeroed = bool(getattr(_switch.current_layer(), "zero_output_for_mask", False))
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
    if not return_sequences:
        return last, last, finals
    return last, all_outputs(sequences, result.every, zeroed=zeroed), finals


def run_both(
    op_type: str,
    inputs: Any,
    mask: Any,
    weights: Sequence[_fused.Weights],
    states: Sequence[Sequence[Any]],
    **attributes: Any,
) -> tuple[Result, Result]:
    """Add the operator for both directions; the outputs of both are in the order of time."""
    forward = getattr(_switch.current_layer(), "forward_layer", None)
    if mask is not None or getattr(forward, "go_backwards", False):
        raise NotImplementedError
    steps = prepare(inputs, None, go_backwards=False).steps
    result = _fused.run(
        op_type, steps, weights, None, states, direction="bidirectional", **attributes
    )
    every = shaping.transpose(result.every, (2, 0, 1, 3))
    parts = op_multi("Split", every, ints(1, 1), axis=2, outputs=2)
    outputs = [op("Squeeze", part, ints(2)) for part in parts]
    halves = [op_multi("Split", final, ints(1, 1), axis=0, outputs=2) for final in result.finals]
    finals = [[op("Squeeze", half[i], ints(0)) for half in halves] for i in (0, 1)]
    return (finals[0][0], outputs[0], finals[0]), (finals[1][0], outputs[1], finals[1])


def cells_of(step_function: Step) -> list[Any]:
    """Return the cells that Keras's own step function calls, if ONNX has an operator for each."""
    if getattr(step_function, "__qualname__", "") != "RNN.inner_loop.<locals>.step":
        return []
    cell = _switch.current_layer().cell
    cells = list(cell.cells) if type(cell) is keras.layers.StackedRNNCells else [cell]
    known = (keras.layers.LSTMCell, keras.layers.GRUCell, keras.layers.SimpleRNNCell)
    return cells if all(type(cell) in known for cell in cells) else []


def run_cells(
    cells: Sequence[Any],
    inputs: Any,
    initial_states: Any,
    mask: Any,
    go_backwards: bool,
    return_sequences: bool,
) -> Result:
    """Run one operator after the other: each reads the outputs of the one before."""
    states = keras.tree.flatten(initial_states)
    finals: list[TracedTensor] = []
    x = last = convert_to_tensor(inputs)
    for cell in cells:
        inner = cell is not cells[-1]
        own = [states.pop(0) for _ in keras.tree.flatten(cell.state_size)]
        sequences = prepare(x, mask, go_backwards)
        last, x, new = _run_cell(cell, sequences, own, return_sequences or inner)
        finals.extend(new)
        # What comes out is in the order of the steps: those behind begin with the first.
        if mask is not None and go_backwards:
            mask = shaping.flip(mask_of_steps(mask), axis=1)
        go_backwards = False
    return last, x, list(keras.tree.pack_sequence_as(initial_states, finals))


def _run_cell(
    cell: Any, sequences: Sequences, states: Sequence[Any], return_sequences: bool
) -> Result:
    weights = (cell.kernel, cell.recurrent_kernel, cell.bias)
    if isinstance(cell, keras.layers.SimpleRNNCell):
        options = _fused.activations(cell.activation)
        return run_one(
            "RNN", sequences, _fused.simple_weights(*weights), states, return_sequences, **options
        )
    if isinstance(cell, keras.layers.GRUCell):
        options = _fused.activations(cell.recurrent_activation, cell.activation)
        options["linear_before_reset"] = int(cell.reset_after)
        return run_one(
            "GRU", sequences, _fused.gru_weights(*weights), states, return_sequences, **options
        )
    options = _fused.activations(cell.recurrent_activation, cell.activation, cell.activation)
    return run_one(
        "LSTM", sequences, _fused.lstm_weights(*weights), states, return_sequences, **options
    )


def refuse_stateful() -> None:
    """Refuse a layer that keeps its state from one call to the next: a file has no memory."""
    if getattr(_switch.current_layer(), "stateful", False):
        raise UnsupportedOperationError(
            "a recurrent layer with stateful=True keeps its state between calls, a file does not",
            remedy="build it with stateful=False, and make its state an input and an output of the "
            "model: initial_state=... and return_state=True",
        )
