"""Keras's recurrent functions as ONNX's fused LSTM and GRU, with exact semantics for any mask.

ONNX's operators know how many steps a sequence has, Keras knows which ones: the unmasked steps are
gathered to the front (`_compact`), the operator runs over that many, and the output of step t is
read at the number of unmasked steps up to t, where 0 reads what was before the first (`_spread`).
That is Keras's rule, a masked step repeats the previous output and keeps the state, without a loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from mimo_export.backend import _switch
from mimo_export.backend._graph import constant, ints, op, op_multi
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.numpy import shaping


@dataclass(frozen=True)
class _Activation:
    """ONNX's name of an activation inside a recurrent operator, with its parameters."""

    name: str
    alpha: float | None = None
    beta: float | None = None


_ACTIVATIONS: dict[Callable[..., Any], _Activation] = {
    keras.activations.tanh: _Activation("Tanh"),
    keras.ops.tanh: _Activation("Tanh"),
    keras.activations.sigmoid: _Activation("Sigmoid"),
    keras.ops.sigmoid: _Activation("Sigmoid"),
    keras.activations.relu: _Activation("Relu"),
    keras.ops.relu: _Activation("Relu"),
    keras.activations.hard_sigmoid: _Activation("HardSigmoid", 1 / 6, 0.5),
    keras.activations.softsign: _Activation("Softsign"),
    keras.activations.softplus: _Activation("Softplus"),
    keras.activations.linear: _Activation("Affine", 1.0, 0.0),
}


@dataclass(frozen=True)
class _Sequences:
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
) -> tuple[TracedTensor, TracedTensor, list[TracedTensor]]:
    """One LSTM; masked steps are compacted away first.

    Raises:
        NotImplementedError: An activation that the operator does not know; Keras calls `rnn`.
    """
    kernel, recurrent_kernel = convert_to_tensor(kernel), convert_to_tensor(recurrent_kernel)
    units = recurrent_kernel.shape[0] or 0
    names = _activations(recurrent_activation, activation, activation)
    sequences = _prepare(inputs, mask, go_backwards)
    order = (0, 3, 1, 2)  # Keras: input, forget, cell, output; ONNX: input, output, forget, cell
    weights = [_gates(w, order) for w in (kernel, recurrent_kernel)]
    biases = None
    if bias is not None:
        biases = _gates(bias, order)
        biases = _directions(shaping.concatenate([biases, _zeros_like(biases)]))
    states = [_state(initial_state_h), _state(initial_state_c)]
    every, hidden, cell = op_multi(
        "LSTM",
        sequences.steps,
        *(_directions(w) for w in weights),
        biases,
        sequences.lengths,
        *states,
        outputs=3,
        hidden_size=units,
        direction="reverse" if sequences.reverse else None,
        **names,
    )
    return _results(sequences, return_sequences, every, [hidden, cell], states)


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
) -> tuple[TracedTensor, TracedTensor, list[TracedTensor]]:
    """One GRU; masked steps are compacted away first.

    Raises:
        NotImplementedError: An activation that the operator does not know; Keras calls `rnn`.
    """
    kernel, recurrent_kernel = convert_to_tensor(kernel), convert_to_tensor(recurrent_kernel)
    units = recurrent_kernel.shape[0] or 0
    names = _activations(recurrent_activation, activation)
    sequences = _prepare(inputs, mask, go_backwards)
    biases = None
    if bias is not None:
        bias = convert_to_tensor(bias)
        both = bias if bias.ndim == 2 else shaping.stack([bias, _zeros_like(bias)])
        biases = _directions(shaping.ravel(both))
    state = _state(initial_state)
    every, hidden = op_multi(
        "GRU",
        sequences.steps,
        *(_directions(shaping.transpose(w)) for w in (kernel, recurrent_kernel)),
        biases,
        sequences.lengths,
        state,
        outputs=2,
        hidden_size=units,
        linear_before_reset=int(reset_after),
        direction="reverse" if sequences.reverse else None,
        **names,
    )
    return _results(sequences, return_sequences, every, [hidden], [state])


def cudnn_ok(*args: Any, **kwargs: Any) -> bool:
    """Whether Keras may use its CUDA kernels: never here."""
    return False


def bidirectional_lstm(*args: Any, **kwargs: Any) -> Any:
    """Leave both directions to two calls of `lstm`."""
    raise NotImplementedError


def bidirectional_gru(*args: Any, **kwargs: Any) -> Any:
    """Leave both directions to two calls of `gru`."""
    raise NotImplementedError


# === Into the operator ===


def _activations(*functions: Callable[..., Any]) -> dict[str, Any]:
    """Return the operator's attributes for the gates' activations, empty for its defaults."""
    found = [_ACTIVATIONS.get(function) for function in functions]
    known = [activation for activation in found if activation is not None]
    if len(known) < len(found):
        raise NotImplementedError
    names = [activation.name for activation in known]
    if names in (["Sigmoid", "Tanh", "Tanh"], ["Sigmoid", "Tanh"]):
        return {}
    # Parameters are consumed in turn by those activations alone that have them.
    alphas = [activation.alpha for activation in known if activation.alpha is not None]
    betas = [activation.beta for activation in known if activation.beta is not None]
    return {
        "activations": names,
        "activation_alpha": alphas or None,
        "activation_beta": betas or None,
    }


def _prepare(inputs: Any, mask: Any, go_backwards: bool) -> _Sequences:
    x = convert_to_tensor(inputs)
    if mask is None:
        return _Sequences(shaping.transpose(x, (1, 0, 2)), None, None, None, reverse=go_backwards)
    mask = cast(mask, "bool")
    if mask.ndim == 3:
        mask = shaping.squeeze(mask, axis=-1)
    if go_backwards:
        x, mask = shaping.flip(x, axis=1), shaping.flip(mask, axis=1)
    open_steps = cast(mask, "int64")
    seen = op("CumSum", open_steps, constant(1, "int64"))
    lengths = op("ReduceSum", open_steps, ints(1), keepdims=0)
    compacted = _compact(x, mask, open_steps, seen)
    steps = shaping.transpose(compacted, (1, 0, 2))
    return _Sequences(steps, cast(lengths, "int32"), seen, mask, reverse=False)


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


def _gates(weights: Any, order: tuple[int, ...]) -> TracedTensor:
    """Return Keras's weights [..., gates * units] with gates in another order, transposed."""
    parts = shaping.split(convert_to_tensor(weights), len(order), axis=-1)
    return shaping.transpose(shaping.concatenate([parts[gate] for gate in order], axis=-1))


def _directions(weights: TracedTensor) -> TracedTensor:
    """Return weights with the axis for the one direction in front."""
    return shaping.expand_dims(weights, 0)


def _zeros_like(x: TracedTensor) -> TracedTensor:
    return constant(np.zeros([n or 0 for n in x.shape]), x.dtype)


def _state(state: Any) -> TracedTensor | None:
    """Return an initial state [1, batch, units], None for zeros, which are ONNX's default."""
    state = convert_to_tensor(state)
    if _is_zero(state):
        return None
    return shaping.expand_dims(state, 0)


def _is_zero(state: TracedTensor) -> bool:
    if state.is_constant:
        return not state.array.any()
    producer = state.value.producer()
    if producer is None or producer.op_type != "Expand":
        return False
    source = producer.inputs[0]
    return (
        source is not None
        and source.const_value is not None
        and not source.const_value.numpy().any()
    )


# === Out of the operator ===


def _results(
    sequences: _Sequences,
    return_sequences: bool,
    every: TracedTensor,
    finals: list[TracedTensor],
    initials: list[TracedTensor | None],
) -> tuple[TracedTensor, TracedTensor, list[TracedTensor]]:
    """Return Keras's (last output, all outputs, states)."""
    states = [op("Squeeze", state, ints(0)) for state in finals]
    last = states[0]
    zeroed = sequences.mask is not None and _zeroes_masked_steps()
    if not return_sequences:
        if zeroed and sequences.mask is not None:
            last = _zero_where_masked(last, sequences.mask[:, -1])
        return last, last, states
    outputs = op("Squeeze", every, ints(1))
    if sequences.reverse:
        outputs = shaping.flip(outputs, axis=0)
    outputs = shaping.transpose(outputs, (1, 0, 2))
    if sequences.seen is not None and sequences.mask is not None:
        outputs = _spread(outputs, sequences.seen, initials[0])
        if zeroed:
            outputs = _zero_where_masked(outputs, sequences.mask)
    return last, outputs, states


def _spread(
    outputs: TracedTensor, seen: TracedTensor, initial: TracedTensor | None
) -> TracedTensor:
    """Return compacted outputs at the steps they belong to; before the first, the initial state."""
    if initial is None:
        padded = op("Pad", outputs, ints(0, 1, 0, 0, 0, 0))
    else:
        padded = op("Concat", shaping.transpose(initial, (1, 0, 2)), outputs, axis=1)
    return _read_steps(padded, seen)


def _zeroes_masked_steps() -> bool:
    """Whether the layer being called gives 0 for masked steps; Keras tells only `rnn` so."""
    return bool(getattr(_switch.current_layer(), "zero_output_for_mask", False))


def _zero_where_masked(outputs: TracedTensor, mask: TracedTensor) -> TracedTensor:
    mask = shaping.expand_dims(mask, -1)
    return op("Where", mask, outputs, constant(0, outputs.dtype))
