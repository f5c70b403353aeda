"""Conditions and loops: functions that Keras calls become the bodies of If, Loop and Scan.

A body is traced like a model, into a graph of its own that sees all values around it. What it
returns must be made inside of it, so a value from outside is passed on by an Identity.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import onnx_ir as ir

from mimo_export.backend import _shapes
from mimo_export.backend._convert import cast, convert_to_tensor
from mimo_export.backend._graph import Graph, constant, current_graph, op
from mimo_export.backend._subgraph import add_node, traced_body
from mimo_export.backend._tensor import Dim, TracedTensor
from mimo_export.errors import UnsupportedOperationError


@dataclass(frozen=True)
class _Traced:
    """A traced function.

    Attributes:
        graph: Its graph.
        outputs: What it returned, flat.
        structure: What it returned, as it was nested.
    """

    graph: ir.Graph
    outputs: Sequence[TracedTensor]
    structure: Any


Typed = tuple[str, Sequence[Dim]]
"""The dtype and the dimensions of an input of a body."""


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """One If; the branch itself if the condition is known."""
    pred = cast(pred, "bool")
    if pred.is_constant:
        return true_fn() if bool(pred) else false_fn()
    then, other = _traced(true_fn, []), _traced(false_fn, [])
    if len(then.outputs) != len(other.outputs):
        raise ValueError("Both branches of `cond` must return the same structure")
    types = [_common(a, b) for a, b in zip(then.outputs, other.outputs, strict=True)]
    if not types:
        return then.structure
    condition = _scalar(pred)
    results = add_node("If", [condition], types, then_branch=then.graph, else_branch=other.graph)
    return _packed(then.structure, results)


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """One If for each branch but the last; an index out of range is moved to the nearest."""
    index = convert_to_tensor(index, "int32")

    def at(number: int) -> Any:
        if number == len(branches) - 1:
            return branches[number](*operands)
        here = op("LessOrEqual", index, constant(number, "int32"))
        return cond(here, lambda: branches[number](*operands), lambda: at(number + 1))

    return at(0)


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: Any = None,
) -> Any:
    """One Loop, of at most as many steps as a number or a traced scalar says."""
    several = isinstance(loop_vars, (tuple, list))
    states = tuple(loop_vars) if several else (loop_vars,)

    def step(_iteration: TracedTensor, *values: Any) -> Any:
        result = body(*values)
        result = tuple(result) if several else (result,)
        return _condition(cond(*result)), result

    count = None if maximum_iterations is None else _scalar(cast(maximum_iterations, "int64"))
    converted = keras.tree.map_structure(convert_to_tensor, states)
    results = _loop(count, _condition(cond(*converted)), converted, step)
    if not several:
        return results[0]
    return list(results) if isinstance(loop_vars, list) else results


def fori_loop(lower: Any, upper: Any, body_fun: Callable[..., Any], init_val: Any) -> Any:
    """One Loop with a known number of steps."""
    first, last = convert_to_tensor(lower, "int32"), convert_to_tensor(upper, "int32")
    count = _shapes.as_int64(op("Sub", last, first))

    def step(iteration: TracedTensor, value: Any) -> Any:
        i = op("Add", cast(iteration, "int32"), first)
        return constant(True), (body_fun(i, value),)

    initial = keras.tree.map_structure(convert_to_tensor, init_val)
    return _loop(count, constant(True), (initial,), step)[0]


def scan(
    f: Callable[..., Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """One Scan along the first axis."""
    if not callable(f):
        raise TypeError(f"`f` should be a callable. Received: f={f}")
    if not isinstance(unroll, bool) and (not isinstance(unroll, int) or unroll < 1):
        raise ValueError(
            f"`unroll` must be an positive integer or boolean. Received: unroll={unroll}"
        )
    if xs is None and length is None:
        raise ValueError("Got no `xs` to scan over and `length` not provided.")
    given = xs is not None
    if not given:
        xs = op("Range", *(constant(n, "int64") for n in (0, length or 0, 1)))
    xs = keras.tree.map_structure(convert_to_tensor, xs)
    init = keras.tree.map_structure(convert_to_tensor, init)
    return _scan(lambda carry, x: f(carry, x if given else None), init, xs, reverse)


def map(f: Callable[..., Any], xs: Any) -> Any:
    """One Scan without a state."""
    xs = keras.tree.map_structure(convert_to_tensor, xs)
    return _scan(lambda carry, x: (carry, f(x)), (), xs)[1]


def vectorized_map(function: Callable[..., Any], elements: Any) -> Any:
    """One Scan without a state: ONNX knows no function of all elements at once."""
    return map(function, elements)


def compute_output_spec(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what `fn` returns for symbolic tensors, traced into a graph that is thrown away."""
    graph = Graph(current_graph().opset)

    def placed(x: Any) -> Any:
        if not isinstance(x, keras.KerasTensor):
            return x
        dims = [graph.unique("dim") if size is None else size for size in x.shape]
        return graph.input("input", x.dtype, dims)

    def described(x: Any) -> Any:
        return keras.KerasTensor(x.shape, x.dtype) if isinstance(x, TracedTensor) else x

    with graph.current():
        args, kwargs = keras.tree.map_structure(placed, (args, kwargs))
        return keras.tree.map_structure(described, fn(*args, **kwargs))


# === Bodies ===


def _traced(function: Callable[..., Any], inputs: Sequence[Typed]) -> _Traced:
    """Trace a function of flat inputs that returns any structure."""
    returned: list[Any] = []

    def flat(*values: TracedTensor) -> list[TracedTensor]:
        returned.append(function(*values))
        return [convert_to_tensor(x) for x in keras.tree.flatten(returned[0]) if x is not None]

    body = traced_body([("value", *typed) for typed in inputs], flat, "body")
    return _Traced(body.graph, body.outputs, returned[0])


def _common(a: TracedTensor, b: TracedTensor) -> tuple[str, list[Dim | None]]:
    """Return the type that holds what either branch returns."""
    if a.dtype != b.dtype or a.ndim != b.ndim:
        raise UnsupportedOperationError(
            f"the branches of a condition return {a!r} and {b!r}",
            remedy="let both return the same dtype and the same number of dimensions",
        )
    return a.dtype, [x if x == y else None for x, y in zip(a.dims, b.dims, strict=True)]


def _condition(value: Any) -> TracedTensor:
    return _scalar(cast(value, "bool"))


def _scalar(x: TracedTensor) -> TracedTensor:
    return op("Squeeze", x) if x.ndim else x


def _loop(
    count: TracedTensor | None,
    first: TracedTensor,
    states: Any,
    step: Callable[..., Any],
) -> Any:
    """Return the last states of one Loop; `step(iteration, *states)` gives (go on, states)."""
    flat = keras.tree.flatten(states)

    def flat_step(iteration: TracedTensor, _go: TracedTensor, *values: TracedTensor) -> Any:
        go, result = step(iteration, *keras.tree.pack_sequence_as(states, list(values)))
        return [go, *keras.tree.flatten(result)]

    head: list[Typed] = [("int64", ()), ("bool", ())]
    body, types = _settled(flat_step, head, flat, skipped=1)
    results = add_node("Loop", [count, first, *flat], types, body=body.graph)
    return keras.tree.pack_sequence_as(states, results)


def _scan(f: Callable[..., Any], init: Any, xs: Any, reverse: bool = False) -> tuple[Any, Any]:
    states, steps = keras.tree.flatten(init), keras.tree.flatten(xs)
    returned: list[Any] = []

    def flat_step(*values: TracedTensor) -> Any:
        carry = keras.tree.pack_sequence_as(init, list(values[: len(states)]))
        x = keras.tree.pack_sequence_as(xs, list(values[len(states) :]))
        carry, y = f(carry, x)
        returned[:] = [y]
        return [*keras.tree.flatten(carry), *(part for part in keras.tree.flatten(y))]

    tail: list[Typed] = [(x.dtype, x.dims[1:]) for x in steps]
    body, types = _settled(flat_step, [], states, tail=tail)
    length = steps[0].dims[0]
    collected = [(y.dtype, (length, *y.dims)) for y in body.outputs[len(states) :]]
    results = add_node(
        "Scan",
        [*states, *steps],
        [*types, *collected],
        body=body.graph,
        num_scan_inputs=len(steps),
        scan_input_directions=[1] * len(steps) if reverse else None,
        scan_output_directions=[1] * len(collected) if reverse and collected else None,
    )
    return (
        keras.tree.pack_sequence_as(init, list(results[: len(states)])),
        _packed(returned[0], results[len(states) :]),
    )


def _settled(
    step: Callable[..., Any],
    head: Sequence[Typed],
    states: Sequence[TracedTensor],
    tail: Sequence[Typed] = (),
    skipped: int = 0,
) -> tuple[_Traced, list[Typed]]:
    """Trace a step until its states keep their types; a dimension that changes becomes dynamic."""
    types: list[Typed] = [(state.dtype, state.dims) for state in states]
    while True:
        body = _traced(step, [*head, *types, *tail])
        after = body.outputs[skipped : skipped + len(states)]
        for (dtype, dims), result in zip(types, after, strict=True):
            if dtype != result.dtype or len(dims) != result.ndim:
                raise UnsupportedOperationError(
                    f"a loop starts with a {dtype} of rank {len(dims)} and goes on with {result!r}",
                    remedy="cast the first value, or the one that the step returns",
                )
        wanted: list[Typed] = [
            (dtype, [a if a == b else current_graph().unique("dim") for a, b in pair])
            for (dtype, dims), result in zip(types, after, strict=True)
            for pair in [builtins.list(zip(dims, result.dims, strict=True))]
        ]
        if _free(wanted) == _free(types):
            return body, types
        types = wanted


def _free(types: Sequence[Typed]) -> list[list[int | None]]:
    return [[d if isinstance(d, int) else None for d in dims] for _, dims in types]


def _packed(structure: Any, results: Sequence[TracedTensor]) -> Any:
    """Return results nested as a function returned them; None stays None."""
    remaining = iter(results)
    return keras.tree.map_structure(lambda x: None if x is None else next(remaining), structure)
