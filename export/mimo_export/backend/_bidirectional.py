"""A recurrence in both directions as one operator, where both are Keras's own.

Keras asks for it with the weights of two cells, whichever they are: what the cells compute is seen
on the layer, which this form of it notes.
"""

from __future__ import annotations

import contextvars
from collections.abc import Sequence
from typing import Any

import keras

from mimo_export.backend import _fused
from mimo_export.backend._graph import ints, op, op_multi
from mimo_export.backend._recurrent import Result
from mimo_export.backend._sequences import prepare
from mimo_export.backend._steps import is_own_cell
from mimo_export.backend.numpy import shaping
from mimo_export.forms import FORMS, own_form

_called = keras.layers.Bidirectional.call
_layer: contextvars.ContextVar[Any] = contextvars.ContextVar("bidirectional", default=None)


@own_form(keras.layers.Bidirectional)
def bidirectional(
    layer: Any, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = None
) -> Any:
    """What Keras does."""
    token = _layer.set(layer)
    try:
        return _called(layer, sequences, initial_state, mask, training)
    finally:
        _layer.reset(token)


def run_both(
    op_type: str,
    inputs: Any,
    weights: Sequence[_fused.Weights],
    states: Sequence[Sequence[Any]],
    **attributes: Any,
) -> tuple[Result, Result]:
    """Add the operator for both directions; the outputs of both are in the order of time."""
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


def require_own(mask: Any, forward_kernel: Any, backward_kernel: Any) -> None:
    """Require that the weights are those of two layers of Keras's own, forwards and backwards.

    Outside of a `Bidirectional` the weights are all that is asked for.

    Raises:
        NotImplementedError: They are not, or a mask moves the steps of each direction differently.
            Keras calls one layer after the other then.
    """
    layer = _layer.get()
    if layer is None and mask is None:
        return
    layers = [] if layer is None else [layer.forward_layer, layer.backward_layer]
    kernels = [getattr(getattr(each, "cell", None), "kernel", None) for each in layers]
    if (
        mask is not None
        or [*map(id, kernels)] != [id(forward_kernel), id(backward_kernel)]
        or [each.go_backwards for each in layers] != [False, True]
        or not all(_is_plain(each, layer.compute_dtype) for each in layers)
    ):
        raise NotImplementedError


def _is_plain(layer: Any, dtype: str) -> bool:
    """Whether a layer computes what its class says, in a dtype."""
    return (
        type(layer) in (keras.layers.LSTM, keras.layers.GRU)
        and type(layer) not in FORMS
        and is_own_cell(layer.cell)
        and layer.compute_dtype == layer.cell.compute_dtype == dtype
    )
