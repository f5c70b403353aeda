"""What a recurrence is: read from the step that Keras passes, not from the layer around it.

Keras tells its backend's `rnn` a function, which closes over the layer whose cell it calls. The
functions that it has for an LSTM and a GRU besides (`lstm`, `gru`, and those for both directions)
are told weights alone: neither whose they are, nor what a masked step gives.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import keras

from mimo_export.errors import UnsupportedOperationError
from mimo_export.forms import FORMS

_CELLS = (keras.layers.LSTMCell, keras.layers.GRUCell, keras.layers.SimpleRNNCell)
_STEP = next(
    constant
    for constant in keras.layers.RNN.inner_loop.__code__.co_consts
    if isinstance(constant, types.CodeType)
)


def step_by_step(
    layer: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False
) -> Any:
    """Loop as any RNN does, in place of `inner_loop` of LSTM and GRU: with a step."""
    mask = mask[0] if keras.tree.is_nested(mask) else mask
    return keras.layers.RNN.inner_loop(
        layer, sequences, initial_state, mask=mask, training=training
    )


def cells_of(step_function: Callable[..., Any]) -> list[Any]:
    """Return the cells that Keras's own step function calls, if ONNX has an operator for each."""
    layer = _layer_of(step_function)
    if layer is None:
        return []
    cell = layer.cell
    cells = list(cell.cells) if type(cell) is keras.layers.StackedRNNCells else [cell]
    # A cell that computes in another dtype than the layer casts what it is given.
    same = all(c.compute_dtype == layer.compute_dtype for c in (cell, *cells))
    return cells if same and all(map(is_own_cell, cells)) and type(cell) not in FORMS else []


def is_own_cell(cell: Any) -> bool:
    """Whether a cell is Keras's own, and computes what its class says."""
    return type(cell) in _CELLS and type(cell) not in FORMS


def refuse_stateful(step_function: Callable[..., Any]) -> None:
    """Refuse a layer that keeps its state from one call to the next: a file has no memory."""
    if getattr(_layer_of(step_function), "stateful", False):
        raise UnsupportedOperationError(
            "a recurrent layer with stateful=True keeps its state between calls, a file does not",
            remedy="build it with stateful=False, and make its state an input and an output of the "
            "model: initial_state=... and return_state=True",
        )


def _layer_of(step_function: Callable[..., Any]) -> Any:
    """Return the layer whose step this is, or None if it is not a step of Keras's own."""
    if getattr(step_function, "__code__", None) is not _STEP:
        return None
    closure = zip(_STEP.co_freevars, step_function.__closure__ or (), strict=True)
    return next(held.cell_contents for name, held in closure if name == "self")
