"""ONNX's recurrent operators, with weights as Keras keeps them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._empty import unless_empty
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
    keras.activations.elu: _Activation("Elu", 1.0),
    keras.activations.leaky_relu: _Activation("LeakyRelu", 0.2),
    keras.activations.linear: _Activation("Affine", 1.0, 0.0),
}
_DEFAULTS = (["Sigmoid", "Tanh", "Tanh"], ["Sigmoid", "Tanh"], ["Tanh"])


@dataclass(frozen=True)
class Weights:
    """One direction's weights in ONNX's layout: [gates * units, ...]; biases side by side."""

    kernel: TracedTensor
    recurrent: TracedTensor
    bias: TracedTensor | None
    units: int


@dataclass(frozen=True)
class Outputs:
    """What an operator returns; a single direction has no axis of directions.

    Attributes:
        every: The outputs [time, directions, batch, units].
        finals: The final states [directions, batch, units].
    """

    every: TracedTensor
    finals: tuple[TracedTensor, ...]


def run(
    op_type: str,
    steps: TracedTensor,
    directions: Sequence[Weights],
    lengths: TracedTensor | None,
    states: Sequence[Sequence[Any]],
    **attributes: Any,
) -> Outputs:
    """Add one recurrent operator.

    Args:
        op_type: LSTM, GRU or RNN.
        steps: [time, batch, features].
        directions: The weights of each direction.
        lengths: int32 [batch], or None.
        states: For each state the initial values [batch, units] of each direction.
        attributes: Further attributes of the operator.
    """
    biases = [weights.bias for weights in directions if weights.bias is not None]
    # Keras multiplies integers too: they become what the kernel is.
    steps = cast(steps, keras.backend.result_type(steps.dtype, directions[0].kernel.dtype))
    # onnxruntime computes them in float32; float16 it widens itself, bfloat16 ONNX does not admit.
    dtype = "float32" if steps.dtype in ("float64", "bfloat16") else steps.dtype
    inputs = [
        steps,
        shaping.stack([weights.kernel for weights in directions]),
        shaping.stack([weights.recurrent for weights in directions]),
        shaping.stack(biases) if biases else None,
    ]
    initial = [_initial(state) for state in states]
    operands = [*inputs[:4], lengths, *initial]
    kept = [x if x is None or x is lengths else cast(x, dtype) for x in operands]

    def computed() -> list[TracedTensor]:
        every, *finals = op_multi(
            op_type, *kept, outputs=1 + len(states), hidden_size=directions[0].units, **attributes
        )
        if len(directions) > 1:
            return [every, *finals]
        return [every, *(op("Squeeze", x, ints(0)) for x in finals)]

    def nothing(outputs: Sequence[TracedTensor]) -> list[list[Any]]:
        shapes: list[list[Any]] = [[*x.dims[:-2], 0, x.dims[-1]] for x in outputs]
        shapes[0][0] = _shapes.size_of(steps, 0)
        return shapes

    # onnxruntime 1.32 ends the whole process where one of these two meets an empty batch.
    dies = op_type in ("LSTM", "GRU")
    every, *finals = unless_empty(steps, 1, computed, nothing) if dies else computed()
    if len(directions) == 1:
        # Not where it is computed: in a branch it would be a copy of all steps.
        every = op("Squeeze", every, ints(1))
    return Outputs(cast(every, steps.dtype), tuple(cast(final, steps.dtype) for final in finals))


def activations(*functions: Callable[..., Any], directions: int = 1) -> dict[str, Any]:
    """Return the operator's attributes for the gates' activations, empty for its defaults.

    Raises:
        NotImplementedError: An activation that the operators do not know.
    """
    found = [_ACTIVATIONS.get(function) for function in functions] * directions
    known = [activation for activation in found if activation is not None]
    if len(known) < len(found):
        raise NotImplementedError
    names = [activation.name for activation in known]
    if names[: len(functions)] in _DEFAULTS:
        return {}
    # Parameters are consumed in turn by those activations alone that have them.
    alphas = [activation.alpha for activation in known if activation.alpha is not None]
    betas = [activation.beta for activation in known if activation.beta is not None]
    return {
        "activations": names,
        "activation_alpha": alphas or None,
        "activation_beta": betas or None,
    }


def lstm_weights(kernel: Any, recurrent_kernel: Any, bias: Any) -> Weights:
    """Return an LSTM's weights; Keras orders gates i, f, c, o, and ONNX i, o, f, c."""
    order = (0, 3, 1, 2)
    kernel, recurrent = (_gates(w, order) for w in (kernel, recurrent_kernel))
    return Weights(kernel, recurrent, _with_zeros(bias, order), _units(recurrent_kernel))


def gru_weights(kernel: Any, recurrent_kernel: Any, bias: Any) -> Weights:
    """Return a GRU's weights; a bias [2, gates * units] is that of both products."""
    kernel, recurrent = (shaping.transpose(w) for w in (kernel, recurrent_kernel))
    both = None if bias is None else convert_to_tensor(bias)
    both = shaping.ravel(both) if both is not None and both.ndim == 2 else _with_zeros(both, (0,))
    return Weights(kernel, recurrent, both, _units(recurrent_kernel))


def simple_weights(kernel: Any, recurrent_kernel: Any, bias: Any) -> Weights:
    """Return the weights of a recurrence without gates."""
    kernel, recurrent = (shaping.transpose(w) for w in (kernel, recurrent_kernel))
    return Weights(kernel, recurrent, _with_zeros(bias, (0,)), _units(recurrent_kernel))


def _units(recurrent_kernel: Any) -> int:
    return convert_to_tensor(recurrent_kernel).shape[0] or 0


def _gates(weights: Any, order: tuple[int, ...]) -> TracedTensor:
    """Return Keras's weights [..., gates * units] with gates in another order, transposed."""
    parts = shaping.split(convert_to_tensor(weights), len(order), axis=-1)
    return shaping.transpose(shaping.concatenate([parts[gate] for gate in order], axis=-1))


def _with_zeros(bias: Any, order: tuple[int, ...]) -> TracedTensor | None:
    """Return the bias of the one product, and zeros for that of the other."""
    if bias is None:
        return None
    bias = _gates(bias, order)
    return shaping.concatenate([bias, constant(np.zeros(bias.shape[0] or 0), bias.dtype)])


def _initial(state: Sequence[Any]) -> TracedTensor | None:
    """Return initial values [directions, batch, units], None for zeros, which are the default."""
    tensors = [convert_to_tensor(part) for part in state]
    return None if all(is_zero(part) for part in tensors) else shaping.stack(tensors)


def is_zero(state: TracedTensor) -> bool:
    """Whether a state is known to be zeros: a constant, or one that is spread over the batch."""
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
