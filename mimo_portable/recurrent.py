"""Recurrent layers that run at the speed of their backend on PyTorch too.

JAX and TensorFlow compile Keras's loop over the steps of an LSTM or GRU. On PyTorch without CUDA,
Keras runs that loop in Python. `fuse` gives such layers PyTorch's own kernel, which runs the whole
loop at once: the same function of the same variables, to rounding.

A layer stays the plain Keras layer that it was. What changes is the attribute `inner_loop` of that
one object, the method in which Keras's layers choose a kernel themselves. So nothing of it reaches
a file, a configuration, a copy of the layer, an exported graph, or another model of the process.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import keras

from mimo_portable._torch import are_computed_here, parts


def fuse(layer: keras.Layer) -> dict[str, str]:
    """Let the recurrent layers of a model, or a layer, use PyTorch's kernel; nothing elsewhere.

    LSTM and GRU layers are found in models within models and in Bidirectional. What the kernel
    cannot do stays Keras's own loop:

    1. for a whole layer, with the reason in the result: other activations than tanh and sigmoid,
       dropout, a GRU with `reset_after=False`, stateful or unrolled layers, and subclasses;
    2. for a call: devices other than the CPU, half precision, integers, while PyTorch traces or
       compiles, no samples or steps, and a mask where the layer hands out its state.

    Layers in other wrappers, such as TimeDistributed, are left alone.

    Args:
        layer: A built or unbuilt model or layer; it is changed in place.

    Returns:
        The names of the LSTM and GRU layers that keep Keras's own loop, each with the reason.
    """
    if keras.config.backend() != "torch":
        return {}
    kept = {}
    for recurrent in _recurrent(layer):
        if reason := _obstacle(recurrent):
            kept[recurrent.name] = reason
        else:
            recurrent.inner_loop = functools.partial(_inner_loop, recurrent)
    return kept


def _recurrent(layer: keras.Layer) -> Iterator[keras.Layer]:
    for part in parts(layer):
        if isinstance(part, (keras.layers.LSTM, keras.layers.GRU)):
            yield part
        elif isinstance(part, keras.layers.Bidirectional):
            yield from _recurrent(part.forward_layer)
            yield from _recurrent(part.backward_layer)


def _obstacle(layer: keras.Layer) -> str:
    """Return why PyTorch's kernel cannot stand for the layer; empty if it can."""
    obstacles = {
        "it is a subclass": type(layer) not in (keras.layers.LSTM, keras.layers.GRU),
        "its activation is not tanh": layer.activation is not keras.activations.tanh,
        "its recurrent activation is not sigmoid": (
            layer.recurrent_activation is not keras.activations.sigmoid
        ),
        "it has dropout": bool(layer.dropout or layer.recurrent_dropout),
        "reset_after=False": not getattr(layer, "reset_after", True),
        "stateful=True": layer.stateful,
        "unroll=True": layer.unroll,
    }
    return "; ".join(reason for reason, applies in obstacles.items() if applies)


def _inner_loop(
    layer: keras.Layer, sequences: Any, initial_state: Any, mask: Any, training: bool = False
) -> tuple[Any, Any, Any]:
    """Do what the layer's own `inner_loop` does.

    Args:
        layer: An LSTM or GRU.
        sequences: float [batch, steps, features].
        initial_state: [h] or [h, c], each [batch, units].
        mask: bool [batch, steps], the steps to read; None for all.
        training: Handed on.

    Returns:
        The output of the last step [batch, units], those of all steps [batch, steps, units], and
        the states after the last step; no states where there is a mask.
    """
    mask = mask[0] if isinstance(mask, (list, tuple)) else mask
    states = list(initial_state) if isinstance(initial_state, (list, tuple)) else [initial_state]
    if not _takes(layer, sequences, states, mask):
        return type(layer).inner_loop(layer, sequences, initial_state, mask, training)  # type: ignore[no-any-return]
    if layer.go_backwards:
        sequences = sequences.flip(1)
        mask = None if mask is None else mask.flip(1)
    if mask is None:
        outputs, states = _run(layer, sequences, states)
    else:
        outputs, _ = _run(layer, _compacted(sequences, mask), states)
        outputs, states = _spread(outputs, mask, zeros=layer.zero_output_for_mask), []
    return outputs[:, -1], outputs, states


def _takes(layer: keras.Layer, sequences: Any, states: list[Any], mask: Any) -> bool:
    """Whether PyTorch's kernel can compute this call."""
    import torch

    kernel = keras.ops.convert_to_tensor(layer.cell.kernel)
    return (
        are_computed_here(sequences, kernel, *states)
        and sequences.dtype == kernel.dtype
        and kernel.dtype in (torch.float32, torch.float64)
        and sequences.numel() > 0
        and all(state.shape == (len(sequences), layer.units) for state in states)
        # The kernel's cell state is that after the last step, which may be a masked one.
        and (mask is None or (mask.ndim == 2 and not layer.return_state))
    )


def _run(layer: keras.Layer, sequences: Any, states: list[Any]) -> tuple[Any, list[Any]]:
    """Return the outputs of all steps and the last states."""
    import torch

    parameters = _parameters(layer)
    arguments = (parameters, layer.use_bias, 1, 0.0, torch.is_grad_enabled(), False, True)
    if isinstance(layer, keras.layers.GRU):
        outputs, h = torch.gru(sequences, states[0][None], *arguments)
        return outputs, [h[0]]
    outputs, h, c = torch.lstm(sequences, [state[None] for state in states], *arguments)
    return outputs, [h[0], c[0]]


def _parameters(layer: keras.Layer) -> list[Any]:
    """Return the layer's variables as PyTorch keeps them, so that gradients flow back to them.

    PyTorch has units before features, a second bias, and a GRU's gates in the order r, z, n where
    Keras has z, r, n. An LSTM's are i, f, c, o in both.
    """
    import torch

    cell, units = layer.cell, layer.units
    kernels = [keras.ops.convert_to_tensor(k).T for k in (cell.kernel, cell.recurrent_kernel)]
    biases = []
    if layer.use_bias:
        bias = keras.ops.convert_to_tensor(cell.bias)
        biases = [*bias] if bias.ndim == 2 else [bias, torch.zeros_like(bias)]
    parameters = kernels + biases
    if isinstance(layer, keras.layers.GRU):
        parameters = [
            torch.cat([p[units : 2 * units], p[:units], p[2 * units :]]) for p in parameters
        ]
    return [p.contiguous() for p in parameters]


def _compacted(sequences: Any, mask: Any) -> Any:
    """Return the sequences with the steps to read first, in their order, and the others last."""
    import torch

    order = torch.argsort(mask, dim=1, descending=True, stable=True)
    return torch.take_along_dim(sequences, order[..., None], 1)


def _spread(outputs: Any, mask: Any, *, zeros: bool) -> Any:
    """Return the outputs of compacted steps at the steps that they belong to.

    A masked step repeats the output before it, which is 0 at the start; all are 0 with `zeros`.
    """
    import torch

    read = mask.cumsum(1)
    spread = torch.take_along_dim(outputs, (read - 1).clamp(min=0)[..., None], 1)
    return spread.where((mask if zeros else read > 0)[..., None], 0.0)
