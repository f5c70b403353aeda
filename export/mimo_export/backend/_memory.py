"""What a call leaves for the next: variables that it assigns, tensors that a layer keeps of it.

A file has no memory. A call may change what its answer does not read, such as a counter, a metric,
or the tensor of the last call that somebody looks at later. Whether the answer reads what the call
changes is seen in a second trace, in which everything that it changes is an input of the graph.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import onnx_ir as ir

from mimo_export.backend._graph import Graph, current_graph
from mimo_export.backend._held import is_property, replaced
from mimo_export.backend._refused import describe_layer
from mimo_export.backend._settings import Settings
from mimo_export.backend._tensor import TracedTensor
from mimo_export.errors import UnsupportedOperationError

Key = tuple[int, str]
"""The id of a variable and "", or that of a layer and the name of its attribute."""

_current: contextvars.ContextVar[Memory | None] = contextvars.ContextVar("memory", default=None)


@dataclass(frozen=True)
class Changed:
    """What a call changes.

    Attributes:
        what: How an error names it.
        where: The layer that was being called.
        before: Its value as the call found it.
    """

    what: str
    where: str
    before: TracedTensor


@dataclass(frozen=True)
class Set:
    """An attribute that a call sets, to what no graph can have as an input.

    Attributes:
        layer: The layer.
        name: Of the attribute.
    """

    layer: Any
    name: str


@dataclass(frozen=True)
class Call:
    """A traced call of a model.

    Attributes:
        graph: The graph.
        outputs: Its outputs, by name.
        memory: What the call found and changed.
    """

    graph: Graph
    outputs: Mapping[str, TracedTensor]
    memory: Memory


class Memory(keras.StatelessScope):  # type: ignore[misc] # Keras is not typed
    """Keras's scope for calls without side effects, which notes what they would have changed.

    Inside it, a layer finds the tensors that it holds beside its weights traced: it may slice them
    to a traced length. Other threads find them as they are. Afterwards its attributes are what they
    were.

    Args:
        values: What each variable of the model holds.
        place: Returns the layer that is being called, or None.
        inputs: What the call before changed, as the inputs of a second trace.
        layers: The model and all layers in it, on which its call may set what it likes.
        changed: What this call changes.
        set: What else it has set on layers, when it has ended.
    """

    def __init__(
        self,
        values: Sequence[tuple[Any, TracedTensor]],
        place: Callable[[], Any],
        inputs: Mapping[Key, TracedTensor] | None = None,
        layers: Iterable[Any] = (),
    ) -> None:
        self.inputs = dict(inputs or {})
        self._settings = Settings(layers)
        super().__init__(values, initialize_variables=False)
        read = {variable: tensor for (variable, name), tensor in self.inputs.items() if not name}
        self.state_mapping.update(read)
        self._place = place
        self._found: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._stand_ins: dict[Key, TracedTensor] = {}
        self._replaced = contextlib.ExitStack()
        self.changed: dict[Key, Changed] = {}
        self.set: tuple[Set, ...] = ()

    def __enter__(self) -> Memory:
        self._token = _current.set(self)
        super().__enter__()
        self._settings.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        _current.reset(self._token)
        super().__exit__(*error)
        for layer, before in self._found.values():
            self._put_back(layer, before)
        self.set = tuple(Set(layer, name) for layer, name in self._settings.changed())
        self._settings.__exit__(*error)
        self._replaced.close()

    def add_update(self, update: tuple[Any, Any]) -> None:
        """Note that a variable is assigned a value.

        Raises:
            UnsupportedOperationError: It is assigned in a condition or a loop.
        """
        variable, value = update
        place = self._place()
        where = "" if place is None else describe_layer(place)
        graph = current_graph()
        if graph is not graph._root:
            raise UnsupportedOperationError(
                f"variable {variable.name!r} is assigned inside of a condition or a loop, whose "
                "body can change nothing around it",
                remedy="return the new value from the function, and assign it behind the condition "
                "or the loop; or assign it in training alone: `if training:`",
            )
        if (id(variable), "") not in self.changed:
            before = keras.ops.convert_to_tensor(variable.value)
            named = f"variable {variable.name!r}"
            self.changed[id(variable), ""] = Changed(named, where, before)
        super().add_update((variable, value))

    def enter(self, layer: Any, is_held: Callable[[Any], bool]) -> None:
        """Give a layer that is called for the first time traced tensors for those it holds.

        A tensor of a call that had no values, such as the one by which Keras built the layer, has
        none for us: the layer may keep it.
        """
        attributes: dict[str, Any] = getattr(layer, "__dict__", {})
        if id(layer) in self._found:
            return
        self._found[id(layer)] = layer, dict(attributes)
        found: dict[str, TracedTensor] = {}
        for name, value in list(attributes.items()):
            held = is_held(value) and not is_property(type(layer), name)
            stand_in = _traced(value) if held else None
            if stand_in is not None:
                found[name] = self.inputs.get((id(layer), name), stand_in)
                self._stand_ins[id(layer), name] = found[name]
        self._replaced.enter_context(replaced(layer, found))

    def _put_back(self, layer: Any, before: Mapping[str, Any]) -> None:
        attributes = layer.__dict__
        for name, value in list(attributes.items()):
            stand_in = self._stand_ins.get((id(layer), name))
            if stand_in is not None:
                if getattr(layer, name) is not stand_in:
                    what = f"attribute {name!r}"
                    self.changed[id(layer), name] = Changed(what, describe_layer(layer), stand_in)
            elif not _holds_traced(value):
                continue
            elif name in before:
                attributes[name] = before[name]
            else:
                del attributes[name]


def enter_layer(layer: Any, is_held: Callable[[Any], bool]) -> None:
    """Tell the current memory, if there is one, that a layer is called."""
    memory = _current.get()
    if memory is not None and layer is not None:
        memory.enter(layer, is_held)


def inputs_for(changed: Mapping[Key, Changed], graph: Graph) -> dict[Key, TracedTensor]:
    """Return an input of a graph for each thing that a call changes."""
    return {
        key: graph.input("kept", change.before.dtype, change.before.dims)
        for key, change in changed.items()
    }


def refuse_read(
    changed: Mapping[Key, Changed], call_again: Callable[[Mapping[Key, Changed]], Call], model: Any
) -> None:
    """Refuse a model whose answer depends on what its call changes.

    Args:
        changed: What a call changes.
        call_again: Traces the call with inputs in its place.
        model: The model.

    Raises:
        UnsupportedOperationError: It does.
    """
    try:
        call = call_again(changed)
    except UnsupportedOperationError as error:  # it is read in Python
        first = next(iter(changed.values()))
        raise _refusal(first.what, first.where, model) from error
    key = _first_read(call.outputs.values(), call.memory.inputs)
    if key is not None:
        raise _refusal(changed[key].what, changed[key].where, model)


def refuse_second(found: Sequence[Set], same: Callable[[], bool], model: Any) -> None:
    """Refuse a model whose second answer is another than its first, for the same inputs.

    Args:
        found: What a call sets on layers.
        same: Calls the model twice, and tells whether it answers the same.
        model: The model.

    Raises:
        UnsupportedOperationError: It does not, or its second call fails.
    """
    cause: UnsupportedOperationError | None = None
    try:
        if same():
            return
    except UnsupportedOperationError as error:
        cause = error
    first = [it for it in found if it.layer is found[0].layer]
    what = " or ".join(f"attribute {it.name!r}" for it in first)
    raise _refusal(what, describe_layer(first[0].layer), model) from cause


def _first_read(outputs: Iterable[TracedTensor], inputs: Mapping[Key, TracedTensor]) -> Key | None:
    """Return the first of some inputs from which an output is computed, or None."""
    reached, queue = set[int](), [tensor.value for tensor in outputs]
    while queue:
        value = queue.pop()
        if id(value) in reached:
            continue
        reached.add(id(value))
        node = value.producer()
        if node is not None:
            queue += [v for v in (*node.inputs, *_returned(node)) if v is not None]
    return next((key for key, tensor in inputs.items() if id(tensor.value) in reached), None)


def _refusal(what: str, where: str, model: Any) -> UnsupportedOperationError:
    refused = UnsupportedOperationError(
        f"{what} is changed by the call, and the next answer depends on it: Keras "
        "remembers it from one call to the next, a file does not",
        remedy="make the value an input of the model and the new one an output; or change it in "
        "training alone: `if training:`",
    )
    refused.locate(where, describe_layer(model))
    return refused


def _returned(node: ir.Node) -> list[ir.Value]:
    """Return what the bodies of an If, Loop or Scan return."""
    bodies = [a.as_graph() for a in node.attributes.values() if a.type == ir.AttributeType.GRAPH]
    return [value for body in bodies for value in body.outputs]


def _traced(value: Any) -> TracedTensor | None:
    """Return a tensor of the running backend as a constant, or None if it has no values."""
    try:
        tensor: TracedTensor = keras.ops.convert_to_tensor(value)
    except (AttributeError, NotImplementedError, TypeError):
        # In this order: TensorFlow's own in a graph, PyTorch's on "meta", JAX's tracers.
        return None
    return tensor


def _holds_traced(value: Any) -> bool:
    """Whether a value is a traced tensor, or a plain collection that holds one."""
    if isinstance(value, dict):
        return any(map(_holds_traced, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_holds_traced, value))
    return isinstance(value, TracedTensor)
