"""The contract of a Keras model: which tensors go in and out, under which names, in which order.

Inputs carry the names Keras gives them. Outputs carry the keys of the dictionary that the model
returns, else the names of the layers that make them, else `output_0`, `output_1`. The order is the
model's own: a dictionary's insertion order, never the alphabet's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from mimo_export.contract import BATCH
from mimo_export.errors import InputError, ModelFileError, UnsupportedOperationError
from mimo_export.keras_model import private_graph, read_dtypes
from mimo_export.keras_model.noted_inputs import Call, call_arguments, noted_inputs
from mimo_export.keras_model.structures import distinct, filled, in_order_of, leaves, mapped
from mimo_portable.specs import TensorSpec


@dataclass(frozen=True)
class Interface:
    """How a model is called by name.

    Attributes:
        model: The Keras model.
        inputs: What it takes, in its own order.
        structure: The (positional arguments, keyword arguments) of its call, with input names as
            leaves.
    """

    model: Any
    inputs: tuple[TensorSpec, ...]
    structure: tuple[tuple[Any, ...], dict[str, Any]]

    def arguments(self, values: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return (args, kwargs) for the model with values in the places of their names."""
        args, kwargs = filled(self.structure, values)
        return args, kwargs

    def call(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Call the model at inference and return its outputs by name, in their order.

        Keras hands `training` on to the layers inside, also where the model's own call has it not.
        """
        args, kwargs = self.arguments(values)
        result = self.model(*args, **{**kwargs, "training": False})
        return named_outputs(self.model, result, [s.name for s in self.inputs])


def interface_of(model: Any, stated: Sequence[TensorSpec] = ()) -> Interface:
    """Return how a built Keras model is called by name.

    Args:
        model: A Keras model.
        stated: Inputs whose sizes have symbols of their own, or are fixed, which no model holds.

    Raises:
        ModelFileError: The model was never built, so that its inputs are not known, or it is not
            clear of which dtype one is.
    """
    check_kind(model)
    structure = noted_inputs(model)
    if structure is None:
        raise _unknown_inputs(model)
    _check_arguments(model, structure)
    tensors = [tensor for _, tensor in (*leaves(structure[0]), *leaves(structure[1]))]
    specs = tuple(tensor_spec(private_graph.input_name(tensor), tensor) for tensor in tensors)
    interface = Interface(model, sized(specs, stated), mapped(structure, private_graph.input_name))
    if private_graph.input_structure(model) is not None:
        return interface
    dtypes = read_dtypes.dtypes_of(interface)
    typed = (dataclasses.replace(x, dtype=dtypes.get(x.name, x.dtype)) for x in interface.inputs)
    return dataclasses.replace(interface, inputs=tuple(typed))


def check_kind(model: Any) -> None:
    """Refuse what is no Keras model.

    Raises:
        ModelFileError: It is another object.
    """
    if not isinstance(model, keras.Model):
        raise ModelFileError(
            f"a Keras model was expected, got {type(model).__name__}",
            remedy="pass a keras.Model, or the path of a .keras file",
        )


def sized(specs: Sequence[TensorSpec], stated: Sequence[TensorSpec]) -> tuple[TensorSpec, ...]:
    """Return specs with the first sizes, and the symbols of free ones, that others state."""
    others = {spec.name: spec for spec in stated}

    def one(spec: TensorSpec) -> TensorSpec:
        other = others.get(spec.name)
        if other is None or len(other.shape) != len(spec.shape):
            return spec
        pairs = zip(spec.shape, other.shape, strict=True)
        shape = tuple(b if isinstance(a, str) and isinstance(b, str) else a for a, b in pairs)
        return dataclasses.replace(spec, shape=shape, batch=other.batch)

    return tuple(one(spec) for spec in specs)


def call_by_name(
    model: Any, arrays: Mapping[str, np.ndarray[Any, Any]]
) -> dict[str, np.ndarray[Any, Any]]:
    """Return Keras's own outputs at inference, by name and in order, for inputs by name.

    Raises:
        InputError: A name is missing or unknown.
    """
    interface = interface_of(model)
    wanted = [spec.name for spec in interface.inputs]
    if sorted(wanted) != sorted(arrays):
        raise InputError(
            f"inputs {sorted(arrays)} were given, {wanted} are wanted",
            where=f"model {model.name!r}",
            remedy="give every input under its own name",
        )
    outputs = interface.call({name: arrays[name] for name in wanted})
    return {name: keras.ops.convert_to_numpy(value) for name, value in outputs.items()}


def named_outputs(model: Any, result: Any, taken: Sequence[str]) -> dict[str, Any]:
    """Return what a model returned as one flat dictionary with the contract's names.

    Args:
        model: The model.
        result: What its call returned.
        taken: Names that outputs may not have: those of the inputs.
    """
    structure = private_graph.output_structure(model)
    found = leaves(in_order_of(structure, result))
    layers = [private_graph.making_layer(tensor).name for _, tensor in leaves(structure)]
    if structure is None and isinstance(model, keras.Sequential):
        layers = [model.layers[-1].name] * len(found)  # Keras could not make a graph of it
    named: dict[str, Any] = {}
    for i, (path, value) in enumerate(found):
        plain = path or (layers[i] if layers else "") or f"output_{i}"
        _check_output(model, plain, value)
        named[distinct(plain, {*named, *taken})] = value
    return named


def _check_output(model: Any, name: str, value: Any) -> None:
    """Refuse what is neither a tensor nor a number."""
    kinds = (bool, int, float, np.generic, np.ndarray, keras.Variable)
    if keras.ops.is_tensor(value) or isinstance(value, (*kinds, keras.KerasTensor)):
        return
    raise UnsupportedOperationError(
        f"the output '{name}' is no tensor: the model returns {value!r} ({type(value).__name__})",
        where=f"model {model.name!r} ({type(model).__name__})",
        remedy="return tensors and numbers only; what is always the same belongs beside the model",
    )


_NARROWED = {("float64", "float32"), ("int64", "int32"), ("uint64", "uint32")}


def widened(array: np.ndarray[Any, Any], dtype: str) -> np.ndarray[Any, Any]:
    """Return what Keras gave in the model's dtype: JAX narrows 64 bits, PyTorch widens integers."""
    same = (
        "int" in dtype and array.dtype.kind in "iu" and bool((array.astype(dtype) == array).all())
    )
    return array.astype(dtype) if same or (dtype, str(array.dtype)) in _NARROWED else array


def tensor_spec(name: str, tensor: Any) -> TensorSpec:
    """Return the spec of a symbolic tensor under a name.

    Raises:
        ModelFileError: It has no size at all, so that there is no batch.
    """
    if not tensor.shape:
        raise ModelFileError(
            f"the input '{name}' is a single number, without a batch",
            where="the inputs of the model",
            remedy="give it a first size: keras.Input(batch_shape=(1,)), or (None,) for any",
        )
    batch = BATCH if tensor.shape[0] is None else int(tensor.shape[0])
    shape = tuple(
        dim_symbol(name, axis) if dim is None else int(dim)
        for axis, dim in enumerate(tensor.shape[1:], start=1)
    )
    dtype = keras.backend.standardize_dtype(tensor.dtype)
    return TensorSpec(name, shape, dtype, batch=batch)


def dim_symbol(name: str, axis: int) -> str:
    """Return the symbol of a free dimension: it says whose it is."""
    return f"{name}_dim_{axis}"


_STATE_THEM = (
    "state them: inputs=[keras.Input(shape, dtype=..., name=...), ...], on the command line "
    "--input 'name:dtype[shape]'"
)


def _unknown_inputs(model: Any) -> ModelFileError:
    if model.built:
        what = (
            "Keras notes them when it traces a call to build the model, "
            "which it did not or could not"
        )
        remedy = (
            "express decisions with keras.ops (where, cond, while_loop) instead of Python's if, "
            f"int() or numpy(); or {_STATE_THEM}"
        )
    else:
        what = "it was never built"
        remedy = (
            "call it once on sample data, or model.build(input_shape), before the export; or "
            f"{_STATE_THEM}"
        )
    return ModelFileError(
        f"the inputs of model {model.name!r} are not known: {what}",
        where=type(model).__name__,
        remedy=remedy,
    )


def _check_arguments(model: Any, structure: Call) -> None:
    """Refuse a model whose call takes more than Keras has noted of it."""
    given = len(structure[0]) + len(structure[1])
    wanted = [
        name
        for name, parameter in call_arguments(model).items()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and name not in ("training", "mask")
    ]
    if len(wanted) > given:
        raise ModelFileError(
            f"of the inputs {wanted} of model {model.name!r} Keras has noted {given}",
            where=type(model).__name__,
            remedy=_STATE_THEM,
        )
