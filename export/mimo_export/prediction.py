"""Run an exported file on arrays, with onnxruntime alone, and say clearly what does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mimo_export import manifest
from mimo_export.errors import BundleError, InputError
from mimo_export.manifest import Bundle, open_bundle
from mimo_export.onnx_runtime import Array, Arrays, OnnxModel
from mimo_export.preprocessing.reference import prepared
from mimo_export.preprocessing.rules import read_preprocessing
from mimo_portable.specs import TensorSpec


def predict(directory: str | Path, inputs: Arrays) -> Arrays:
    """Return the outputs of a bundle's ONNX file for named arrays, in the contract's order.

    Args:
        directory: The bundle.
        inputs: One array per input, in the contract's shape and dtype: nothing is converted.
            Where the bundle has a `preprocessing.json`, what its rules are about may be given as
            strings, under the names that it has for them.

    Raises:
        BundleError: There is no bundle, or no ONNX file in it.
        InputError: Names, shapes, dtypes or ids do not fit the contract.
    """
    bundle = open_bundle(directory)
    path = bundle.folder / manifest.ONNX
    if not path.is_file():
        raise BundleError(
            f"there is no {manifest.ONNX} in this bundle",
            where=str(bundle.folder),
            remedy="export the model again with `--format onnx`",
        )
    model = _opened(path, bundle)
    inputs = _through_rules(bundle, inputs)
    check_inputs(bundle, inputs)
    arrays = {spec.name: _with_objects(inputs[spec.name]) for spec in bundle.signature.inputs}
    return {name: _without_objects(array) for name, array in model.run(arrays).items()}


def _opened(path: Path, bundle: Bundle) -> OnnxModel:
    """Open the file, if it is one of the contract that inputs are checked by."""
    model = OnnxModel(path)
    for problem in model.contract_problems(bundle.signature):
        raise BundleError(
            f"the bundle's contract is not the file's: {problem}",
            where=str(path),
            remedy="copy the bundle again, or export the model again",
        )
    return model


def _through_rules(bundle: Bundle, inputs: Arrays) -> Arrays:
    """Return the inputs of the file for strings that a bundle keeps rules for."""
    document = read_preprocessing(bundle.folder)
    if document is None or not any(array.dtype.kind in "OU" for array in inputs.values()):
        return inputs
    _check_arrays(document.inputs, inputs, str(bundle.folder))
    made = prepared(document, inputs)
    return {spec.name: made[spec.name] for spec in bundle.signature.inputs}


def _with_objects(array: Array) -> Array:
    """Return strings as Python's own: onnxruntime ends NumPy's at their first zero character."""
    return array.astype(object) if array.dtype.kind == "U" else array


def _without_objects(array: Array) -> Array:
    """Return strings as NumPy's own, which a file can hold without a pickle."""
    return array.astype(str) if array.dtype == object else array


def check_inputs(bundle: Bundle, inputs: Arrays) -> None:
    """Refuse arrays that do not fit a bundle's contract.

    Raises:
        InputError: Names the input, what it got and what it expects.
    """
    _check_arrays(bundle.signature.inputs, inputs, str(bundle.folder))
    for spec in bundle.signature.inputs:
        _check_ids(spec, inputs[spec.name], bundle.limits)


def _check_arrays(specs: Sequence[TensorSpec], inputs: Arrays, where: str) -> None:
    """Refuse names, dtypes and shapes that are not those of the specs."""
    wanted = [spec.name for spec in specs]
    unknown = [name for name in inputs if name not in wanted]
    missing = [name for name in wanted if name not in inputs]
    if unknown or missing:
        got, expected = ", ".join(inputs) or "nothing", ", ".join(wanted)
        what = f"'{unknown[0]}' is no input" if unknown else f"the input '{missing[0]}' is missing"
        raise InputError(
            f"{what}: got {got}; expected {expected}",
            where=where,
            remedy="give every input of the contract under its own name, and no other",
        )
    sizes: dict[str, tuple[int, str]] = {}
    for spec in specs:
        _check_dtype(spec, inputs[spec.name])
        _check_shape(spec, inputs[spec.name], sizes)


def _check_dtype(spec: TensorSpec, array: Array) -> None:
    if spec.dtype == "string":
        fits, wanted = array.dtype.kind == "U" or _holds_strings(array), "str"
    else:
        fits, wanted = str(array.dtype) == spec.dtype, spec.dtype
    if not fits:
        raise InputError(
            f"dtype {array.dtype}; expected {spec.dtype}",
            where=f"input '{spec.name}'",
            remedy=f"convert it: array.astype('{wanted}')",
        )


def _holds_strings(array: Array) -> bool:
    return array.dtype == object and all(isinstance(item, str) for item in array.flat)


def _check_shape(spec: TensorSpec, array: Array, sizes: dict[str, tuple[int, str]]) -> None:
    """Refuse a shape with another rank or size, or with a symbol that has two sizes."""
    free = (f"{spec.name}_{i}" if s is None else s for i, s in enumerate(spec.shape))
    shape = (spec.batch, *free)
    expected = f"({', '.join(map(str, shape))})"
    remedy = f"{spec.meaning}: {expected}" if spec.meaning else f"reshape it to {expected}"
    if array.shape == shape[1:]:
        remedy = "add the batch in front: array[None]"
    if len(array.shape) != len(shape) or any(
        isinstance(size, int) and size != got for size, got in zip(shape, array.shape, strict=True)
    ):
        raise InputError(
            f"shape {array.shape}; expected {expected}", where=f"input '{spec.name}'", remedy=remedy
        )
    for symbol, got in zip(shape, array.shape, strict=True):
        if not isinstance(symbol, str):
            continue
        size, owner = sizes.setdefault(symbol, (got, spec.name))
        if size != got:
            raise InputError(
                f"'{symbol}' is {got} here and {size} in '{owner}'",
                where=f"input '{spec.name}'",
                remedy=f"give all inputs the same {symbol}",
            )
        if got == 0:
            raise InputError(
                f"'{symbol}' is 0",
                where=f"input '{spec.name}'",
                remedy="give at least one row",
            )


def _check_ids(spec: TensorSpec, array: Array, limits: Mapping[str, int]) -> None:
    if spec.name not in limits:
        return
    bad = np.argwhere((array < 0) | (array >= limits[spec.name]))
    if len(bad):
        index = tuple(int(i) for i in bad[0])
        raise InputError(
            f"id {array[index]} at {list(index)}; the model knows 0 to {limits[spec.name] - 1}",
            where=f"input '{spec.name}'",
            remedy="give ids that the model was trained with; it has no row for others",
        )
