"""Keras's recurrent functions: one fused operator wherever ONNX has it, for any mask, else a Scan.

Where Keras's backends differ, the answer of TensorFlow and PyTorch is taken: before the first
unmasked step the output is zeros (on JAX it is the initial state), a masked step repeats the output
before it (on JAX it is the first state, which another cell than Keras's own may not give out), and
a recurrence written out step by step (`unroll`) means the same as the loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from mimo_export.backend import _fused
from mimo_export.backend._bidirectional import require_own, run_both
from mimo_export.backend._recurrent import Outputs, Result, run_cells, run_one
from mimo_export.backend._scan import Loop, Step, scan
from mimo_export.backend._sequences import mask_of_steps, prepare
from mimo_export.backend._steps import cells_of, refuse_stateful
from mimo_export.backend.numpy import shaping


def lstm(
    inputs: Any,
    initial_state_h: Any,
    initial_state_c: Any,
    mask: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any,
    activation: Callable[..., Any],
    recurrent_activation: Callable[..., Any],
    return_sequences: bool = False,
    go_backwards: bool = False,
    unroll: bool = False,
) -> Result:
    """One LSTM; masked steps are compacted away first.

    Raises:
        NotImplementedError: An activation that the operator does not know; Keras calls `rnn`.
    """
    return run_one(
        "LSTM",
        prepare(inputs, mask, go_backwards),
        _fused.lstm_weights(kernel, recurrent_kernel, bias),
        [initial_state_h, initial_state_c],
        Outputs(return_sequences),
        **_fused.activations(recurrent_activation, activation, activation),
    )


def gru(
    inputs: Any,
    initial_state: Any,
    mask: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any,
    activation: Callable[..., Any],
    recurrent_activation: Callable[..., Any],
    return_sequences: bool = False,
    go_backwards: bool = False,
    unroll: bool = False,
    reset_after: bool = True,
) -> Result:
    """One GRU; masked steps are compacted away first.

    Raises:
        NotImplementedError: An activation that the operator does not know; Keras calls `rnn`.
    """
    return run_one(
        "GRU",
        prepare(inputs, mask, go_backwards),
        _fused.gru_weights(kernel, recurrent_kernel, bias),
        [initial_state],
        Outputs(return_sequences),
        linear_before_reset=int(reset_after),
        **_fused.activations(recurrent_activation, activation),
    )


def cudnn_ok(*args: Any, **kwargs: Any) -> bool:
    """Whether Keras may use its CUDA kernels: never here."""
    return False


def bidirectional_lstm(
    inputs: Any,
    fwd_initial_state_h: Any,
    fwd_initial_state_c: Any,
    bwd_initial_state_h: Any,
    bwd_initial_state_c: Any,
    mask: Any,
    fwd_kernel: Any,
    fwd_recurrent_kernel: Any,
    fwd_bias: Any,
    bwd_kernel: Any,
    bwd_recurrent_kernel: Any,
    bwd_bias: Any,
    activation: Callable[..., Any],
    recurrent_activation: Callable[..., Any],
    return_sequences: bool = False,
    unroll: bool = False,
) -> tuple[Result, Result]:
    """One LSTM in both directions.

    Raises:
        NotImplementedError: A mask, cells that are not Keras's own, or activations that the
            operator does not know; Keras calls one layer after the other.
    """
    require_own(mask, fwd_kernel, bwd_kernel)
    return run_both(
        "LSTM",
        inputs,
        [
            _fused.lstm_weights(fwd_kernel, fwd_recurrent_kernel, fwd_bias),
            _fused.lstm_weights(bwd_kernel, bwd_recurrent_kernel, bwd_bias),
        ],
        [
            [fwd_initial_state_h, bwd_initial_state_h],
            [fwd_initial_state_c, bwd_initial_state_c],
        ],
        **_fused.activations(recurrent_activation, activation, activation, directions=2),
    )


def bidirectional_gru(
    inputs: Any,
    fwd_initial_state: Any,
    bwd_initial_state: Any,
    mask: Any,
    fwd_kernel: Any,
    fwd_recurrent_kernel: Any,
    fwd_bias: Any,
    bwd_kernel: Any,
    bwd_recurrent_kernel: Any,
    bwd_bias: Any,
    activation: Callable[..., Any],
    recurrent_activation: Callable[..., Any],
    return_sequences: bool = False,
    unroll: bool = False,
    reset_after: bool = True,
) -> tuple[Result, Result]:
    """One GRU in both directions.

    Raises:
        NotImplementedError: As `bidirectional_lstm`.
    """
    require_own(mask, fwd_kernel, bwd_kernel)
    return run_both(
        "GRU",
        inputs,
        [
            _fused.gru_weights(fwd_kernel, fwd_recurrent_kernel, fwd_bias),
            _fused.gru_weights(bwd_kernel, bwd_recurrent_kernel, bwd_bias),
        ],
        [[fwd_initial_state, bwd_initial_state]],
        linear_before_reset=int(reset_after),
        **_fused.activations(recurrent_activation, activation, directions=2),
    )


def rnn(
    step_function: Step,
    inputs: Any,
    initial_states: Any,
    go_backwards: bool = False,
    mask: Any = None,
    constants: Any = None,
    unroll: bool = False,
    input_length: Any = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    return_all_outputs: bool = True,
) -> Result:
    """One fused operator for each cell that ONNX has, else one Scan over the traced step."""
    refuse_stateful(step_function)
    cells = cells_of(step_function)
    if cells:
        try:
            wanted = Outputs(return_all_outputs, bool(zero_output_for_mask))
            return run_cells(cells, inputs, initial_states, mask, go_backwards, wanted)
        except NotImplementedError:
            pass  # an activation that the operators do not know
    if time_major:
        inputs = keras.tree.map_structure(lambda x: shaping.swapaxes(x, 0, 1), inputs)
        mask = None if mask is None else shaping.swapaxes(mask, 0, 1)
    outputs, states = scan(
        Loop(
            step_function,
            inputs,
            initial_states,
            tuple(constants or ()),
            None if mask is None else mask_of_steps(mask),
            go_backwards,
            zero_output_for_mask,
        )
    )
    last = outputs[:, -1]
    if time_major:
        outputs = shaping.swapaxes(outputs, 0, 1)
    return last, outputs, states
