"""The strategy: random plans of models with several inputs and outputs, for Hypothesis.

A plan grows on Keras's own tensors, so that every node is one that Keras accepts; a node that it
refuses is left out. Graphs of layers grow on symbolic tensors; functions of keras.ops promise less
of their arguments there, so that programs grow on zeros.
"""

from __future__ import annotations

import dataclasses
import math
import random
import warnings
from typing import Any

import keras
from fuzz.building import extend
from fuzz.checking import BATCHES_AND_LENGTHS
from fuzz.function_draws import function_for, merging_function
from fuzz.layer_draws import Draw, flag, layer_for, some
from fuzz.plans import Input, Node, Plan
from hypothesis import strategies as st

from mimo_export.keras_errors import keras_errors

_SHAPES = (
    *[((4,), "float32"), ((6,), "float32"), ((5, 3), "float32"), ((None, 3), "float32")],
    *[((6, 7, 2), "float32"), ((None, None, 3), "float32"), ((4, 5, 4, 2), "float32")],
    *[((5,), "int32"), ((None,), "int32"), ((None, 2), "int32"), ((1,), "int32")],
)
_DTYPES = ("float32", "float32", "int32", "int32", "bool", "int8")
# PyTorch has no wide unsigned integers, so that Keras gives other dtypes there.
_MORE_DTYPES = _DTYPES if keras.backend.backend() == "torch" else (*_DTYPES, "uint8")
_LIMIT = 3000  # elements of a tensor, so that a graph takes no second
_MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")
_ATTENTIONS = ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention")


@st.composite
def graphs(draw: Draw, max_nodes: int = 8) -> Plan:
    """Draw a graph of layers."""
    inputs = tuple(Input(*draw(some(_SHAPES))) for _ in range(draw(st.integers(1, 3))))
    return draw(_grown(inputs, max_nodes, "functional", nested=True))


@st.composite
def programs(draw: Draw, max_nodes: int = 8) -> Plan:
    """Draw a layer that runs functions of keras.ops, on inputs of any dtype."""
    inputs = tuple(
        Input(draw(some(_SHAPES))[0], draw(some(_MORE_DTYPES)))
        for _ in range(draw(st.integers(1, 3)))
    )
    return draw(_grown(inputs, max_nodes, "layer", nested=False))


@st.composite
def plans(draw: Draw, max_nodes: int = 8) -> Plan:
    """Draw either."""
    return draw(graphs(max_nodes) | programs(max_nodes))


@st.composite
def _grown(draw: Draw, inputs: tuple[Input, ...], size: int, style: str, nested: bool) -> Plan:
    growing = _Growing(inputs, style)
    for _ in range(draw(st.integers(1, size))):
        growing.add(_node(draw, growing, style, nested))
    count = len(growing.tensors)
    first = len(inputs) if growing.nodes else 0
    chosen = draw(st.lists(st.integers(first, count - 1), max_size=2))
    # The last tensor depends on most: without it, most of the graph would be left unread.
    outputs = tuple(dict.fromkeys([*chosen, count - 1]))
    return Plan(inputs, tuple(growing.nodes), outputs, style, draw(flag))


class _Growing:
    """A graph on Keras's tensors, and the nodes that made it.

    A program grows at each of the sizes that are compared later: what is fine for a batch of 3 may
    be empty for a batch of 1.
    """

    def __init__(self, inputs: tuple[Input, ...], style: str) -> None:
        if style == "layer":
            self._sizes = [[_zeros(x, *size) for x in inputs] for size in BATCHES_AND_LENGTHS]
        else:
            self._sizes = [[_symbol(spec) for spec in inputs]]
        self.nodes: list[Node] = []
        self._made: list[Any] = []

    @property
    def tensors(self) -> list[Any]:
        """The inputs and what the nodes returned, at the largest sizes."""
        return self._sizes[-1]

    def add(self, node: Node | None) -> None:
        """Call a node, unless Keras refuses it or what it returns is too large."""
        if node is None:
            return
        grown, count = [list(tensors) for tensors in self._sizes], len(self.tensors)
        # Keras takes its seeds from Python's generator, which Hypothesis wants left alone.
        state = random.getstate()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for tensors in grown:
                    made = list(self._made)
                    extend(tensors, made, node, len(made))
        except keras_errors():
            return
        finally:
            random.setstate(state)
        results = [x for tensors in grown for x in tensors[count:]]
        if results and all(_fits(x) for x in results):
            self.nodes.append(dataclasses.replace(node, outputs=len(grown[-1]) - count))
            self._sizes, self._made = grown, made


def _symbol(spec: Input) -> Any:
    return keras.Input(spec.shape, dtype=spec.dtype)


def _zeros(spec: Input, batch: int, length: int) -> Any:
    shape = [length + axis if n is None else n for axis, n in enumerate(spec.shape)]
    return keras.ops.zeros((batch, *shape), spec.dtype)


def _fits(x: Any) -> bool:
    tensor = isinstance(x, keras.KerasTensor) or keras.ops.is_tensor(x)
    # What is empty says nothing, and some backends check no index into it.
    return tensor and 0 < math.prod(8 if n is None else n for n in x.shape) <= _LIMIT


def _node(draw: Draw, growing: _Growing, style: str, nested: bool) -> Node | None:
    what = draw(st.integers(0, 9))
    # The newest tensor is taken often, so that graphs grow deep as well as wide.
    last = len(growing.tensors) - 1
    position = draw(st.just(last) | st.integers(0, last))
    x = growing.tensors[position]
    if style == "layer":
        return _function(draw, growing, position, merging=what < 3)
    if what < 2 and x.ndim > 1:
        return _merged(draw, growing, position)
    if what == 2:
        return _function(draw, growing, position, merging=draw(flag))
    if what == 3 and growing.nodes:
        return _shared(draw, growing, position)
    if what == 4 and nested:
        return _model(draw, x, position)
    chosen = layer_for(draw, x)
    return None if chosen is None else Node(chosen[0], (position,), options=chosen[1])


def _function(draw: Draw, growing: _Growing, position: int, *, merging: bool) -> Node:
    x = growing.tensors[position]
    if not merging:
        kind, options = function_for(draw, x)
        return Node(kind, (position,), options=options)
    others = draw(st.lists(st.integers(0, len(growing.tensors) - 1), min_size=1, max_size=2))
    positions = (position, *others)
    kind, options = merging_function(draw, [growing.tensors[i] for i in positions])
    return Node(kind, positions if kind == "ops.where" else positions[:2], options=options)


def _merged(draw: Draw, growing: _Growing, position: int) -> Node:
    """Draw a layer of two tensors: a merge, or an attention."""
    x = growing.tensors[position]
    alike = [i for i, other in enumerate(growing.tensors) if _alike(x, other)]
    other = draw(some(alike))
    kind = draw(some([*_MERGES, *_ATTENTIONS] if x.ndim == 3 else _MERGES))
    options: dict[str, Any] = {}
    if kind in ("MultiHeadAttention", "GroupQueryAttention"):
        heads = {"num_heads": 2, "key_dim": 3}
        grouped = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
        options = heads if kind == "MultiHeadAttention" else grouped
    elif kind == "Concatenate":
        options = {"axis": draw(st.integers(1, x.ndim - 1))}
    elif kind == "Dot":
        options = {"axes": draw(st.integers(1, x.ndim - 1)), "normalize": draw(flag)}
    causal = {"use_causal_mask": True} if kind in _ATTENTIONS and draw(flag) else {}
    return Node(kind, (position, other), options=options, call=causal)


def _alike(one: Any, other: Any) -> bool:
    return (one.ndim, one.shape[-1:], one.dtype) == (other.ndim, other.shape[-1:], other.dtype)


def _shared(draw: Draw, growing: _Growing, position: int) -> Node | None:
    """Draw a second call of a layer that is there."""
    layers = [
        number
        for number, node in enumerate(growing.nodes)
        if len(node.inputs) == 1 and not node.kind.startswith(("ops.", "index"))
    ]
    if not layers:
        return None
    number = draw(some(layers))
    shared = growing.nodes[number]
    original = number if shared.shares is None else shared.shares
    return dataclasses.replace(shared, inputs=(position,), shares=original)


def _model(draw: Draw, x: Any, position: int) -> Node | None:
    """Draw a model inside the model, which may be called again later."""
    if x.ndim < 2:
        return None
    inner = draw(_grown((Input(tuple(x.shape[1:]), x.dtype),), 3, "functional", nested=False))
    return Node("Model", (position,), options={"plan": dataclasses.asdict(inner)})
