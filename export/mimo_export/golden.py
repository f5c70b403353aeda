"""Golden vectors: inputs that exercise a model, and what Keras answers to them.

They are stored in the layout of ONNX's own test data, `test_data_set_N/input_0.pb, output_0.pb,
...`, with the tensors' names inside, so that a program in any language can check itself.

Values come from a seeded generator and from what the model says of its inputs: a `Rescaling` or
`Normalization` on an input tells its scale, an `Embedding` the number of its rows; token rows end
in padding, as real ones do. Or they come from samples that the caller gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import numpy_helper

from mimo_export.compare import Tolerance
from mimo_export.conditioning import Steadied, redrawn, steadied
from mimo_export.coverage import coverage
from mimo_export.errors import BundleError, InputError
from mimo_export.keras_errors import keras_errors, reason_of
from mimo_export.sizes import free_lengths, shape_in, shown, sizes_of_cases
from mimo_portable.specs import TensorSpec

if TYPE_CHECKING:
    from mimo_export.contract import Signature
    from mimo_export.drawing import Range

Array = np.ndarray[Any, np.dtype[Any]]
Arrays = Mapping[str, Array]

_TOLERANCE = Tolerance()
_SET = re.compile(r"test_data_set_[0-9]{1,9}")
# Of every free dimension besides the batch; the second row is for models that need large inputs.
_LENGTHS = ((7, 16, 33), (64, 96, 128), (224, 256, 288))


@dataclass(frozen=True)
class Case:
    """Arrays under the names of a model's inputs, and Keras's answer under those of its outputs."""

    name: str
    inputs: Arrays
    outputs: Arrays


@dataclass(frozen=True)
class Golden:
    """Golden vectors, and what a reader of the report should know of them.

    Attributes:
        cases: The golden vectors.
        refused: The sizes that Keras itself refused, each with its reason.
        covered: Which values each input has in them, one line an input; and whether rows were
            drawn again because Keras's own answer does not hold on them.
    """

    cases: tuple[Case, ...]
    refused: tuple[str, ...] = ()
    covered: tuple[str, ...] = ()


def make_golden(
    call: Callable[[Arrays], Arrays],
    signature: Signature,
    ranges: Mapping[str, Range],
    *,
    seed: int = 0,
    samples: Arrays | None = None,
    tolerance: Tolerance = _TOLERANCE,
) -> Golden:
    """Make inputs of several sizes, as `mimo_export.sizes` has them, and ask Keras.

    Args:
        call: Runs the model on named arrays.
        signature: Names, shapes and dtypes.
        ranges: Per input, what values to draw; see `mimo_export.ranges`.
        seed: Of the generator.
        samples: Rows to draw from instead, under the names of the inputs.
        tolerance: What a file may differ by: no rows are made up on which Keras's own answer moves
            as far when an input moves by its last digit.

    Raises:
        InputError: Keras refuses every size that was tried, or the samples do not fit.
    """
    generator = np.random.default_rng(seed)

    def draw(sizes: Mapping[str, int]) -> Arrays:
        if samples is not None:
            return _draw_rows(generator, signature, samples, sizes)
        shapes = {spec.name: shape_in(spec, sizes) for spec in signature.inputs}
        return {name: ranges[name].draw(generator, shape) for name, shape in shapes.items()}

    drawn_from = {} if samples is not None else ranges

    def answered(inputs: Arrays) -> Steadied:
        return steadied(call, inputs, drawn_from, tolerance, generator)

    refused: list[str] = []
    for lengths in _LENGTHS if samples is None and free_lengths(signature) else _LENGTHS[:1]:
        tried = ((sizes, draw(sizes)) for sizes in sizes_of_cases(signature, lengths))
        found = _answered(answered, tried, refused)
        # A model that takes one size only is most likely one that needs larger inputs.
        if len(found) > 1:
            cases = tuple(
                Case(f"test_data_set_{i}", one.inputs, one.outputs) for i, one in enumerate(found)
            )
            return Golden(cases, tuple(refused), coverage(cases, drawn_from) + redrawn(found))
    raise InputError(
        f"Keras cannot run the model on inputs of its own signature: {refused[-1]}",
        where="while making golden vectors",
        remedy="give sample inputs that it accepts (`samples`, on the command line --samples)",
    )


def _answered(
    answered: Callable[[Arrays], Steadied],
    tried: Iterable[tuple[Mapping[str, int], Arrays]],
    refused: list[str],
) -> list[Steadied]:
    """Return the inputs that Keras takes, with its answers; `refused` gets the others' reasons."""
    found: list[Steadied] = []
    for sizes, inputs in tried:
        try:
            found.append(answered(inputs))
        except keras_errors() as error:
            refused.append(f"{shown(sizes)}: {reason_of(error)}")
    return found


def write_cases(folder: Path, cases: Sequence[Case], signature: Signature) -> None:
    """Write each case into its own folder, in the order of the contract."""
    for case in cases:
        target = folder / case.name
        target.mkdir(parents=True)
        write_arrays(target, "input", case.inputs, signature.inputs)
        write_arrays(target, "output", case.outputs, signature.outputs)


def write_answers(
    folder: Path, cases: Sequence[Case], answers: Sequence[Arrays], signature: Signature
) -> None:
    """Write what something answers to each case into the case's own folder."""
    for case, outputs in zip(cases, answers, strict=True):
        target = folder / case.name
        target.mkdir(parents=True)
        write_arrays(target, "output", outputs, signature.outputs)


def save_samples(samples: Arrays | None, folder: Path) -> dict[str, str] | None:
    """Write rows for golden vectors into a folder, for another process; return their paths."""
    if samples is None:
        return None
    paths = {name: str(folder / f"sample_{i}.npy") for i, name in enumerate(samples)}
    for name, path in paths.items():
        np.save(path, samples[name], allow_pickle=False)
    return paths


def write_arrays(folder: Path, kind: str, arrays: Arrays, specs: Sequence[TensorSpec]) -> None:
    """Write `input_0.pb, ...` or `output_0.pb, ...`, with the names inside."""
    for number, spec in enumerate(specs):
        tensor = numpy_helper.from_array(np.ascontiguousarray(arrays[spec.name]), spec.name)
        (folder / f"{kind}_{number}.pb").write_bytes(tensor.SerializeToString())


def read_cases(folder: Path, signature: Signature) -> tuple[Case, ...]:
    """Read every `test_data_set_N` of a folder.

    Raises:
        BundleError: There is none, or a file is missing, damaged or holds another tensor.
    """
    found = (_SET.fullmatch(path.name) for path in folder.glob("test_data_set_*"))
    names = sorted((match[0] for match in found if match), key=lambda name: int(name[14:]))
    if not names:
        raise BundleError(
            "there are no golden vectors", where=str(folder), remedy="export the model again"
        )
    return tuple(
        Case(
            name,
            read_arrays(folder / name, "input", signature.inputs),
            read_arrays(folder / name, "output", signature.outputs),
        )
        for name in names
    )


def read_arrays(folder: Path, kind: str, specs: Sequence[TensorSpec]) -> Arrays:
    """Read what `write_arrays` wrote.

    Raises:
        BundleError: A file is missing, damaged or holds another tensor.
    """
    return dict(_read(folder / f"{kind}_{i}.pb", spec) for i, spec in enumerate(specs))


def _read(path: Path, spec: TensorSpec) -> tuple[str, Array]:
    remedy, name = "export the model again", spec.name
    try:
        tensor = onnx.TensorProto.FromString(path.read_bytes())
        array = _array_of(tensor)
    except FileNotFoundError as error:
        raise BundleError("a golden vector is missing", where=str(path), remedy=remedy) from error
    except (ValueError, TypeError, RuntimeError, DecodeError) as error:
        raise BundleError("a golden vector is damaged", where=str(path), remedy=remedy) from error
    if tensor.name != name:
        what = f"a golden vector holds '{tensor.name}' where the contract has '{name}'"
        raise BundleError(what, where=str(path), remedy=remedy)
    if not _fits(array, spec):
        what = (
            f"a golden vector is {array.dtype}{list(array.shape)} where the contract has "
            f"{spec.dtype}{[*spec.sizes]}"
        )
        raise BundleError(what, where=str(path), remedy=remedy)
    return name, array


def _array_of(tensor: onnx.TensorProto) -> Array:
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raise ValueError("it names another file")
    array = np.asarray(numpy_helper.to_array(tensor))
    if array.shape != tuple(tensor.dims):
        raise ValueError(f"it has the shape {list(tensor.dims)}")
    return array


def _fits(array: Array, spec: TensorSpec) -> bool:
    """Tell whether an array has the dtype, the rank and the fixed sizes of the contract."""
    dtype = "string" if array.dtype.kind in "OU" else array.dtype.name
    sizes = zip(array.shape, spec.sizes, strict=False)
    return (
        dtype == spec.dtype
        and array.ndim == len(spec.sizes)
        and all(not isinstance(wanted, int) or size == wanted for size, wanted in sizes)
    )


def _draw_rows(
    generator: np.random.Generator, signature: Signature, samples: Arrays, sizes: Mapping[str, int]
) -> Arrays:
    """Return rows of the samples; inputs with one first size stay together."""
    rows_of = {spec.name: _sample_rows(spec, samples) for spec in signature.inputs}
    counts: dict[int | str, int] = {}
    for spec in signature.inputs:
        count = len(rows_of[spec.name])
        counts[spec.batch] = min(count, counts.get(spec.batch, count))
    rows = {
        first: generator.integers(0, count, size=shape_in(TensorSpec("", (), batch=first), sizes))
        for first, count in counts.items()
    }
    return {spec.name: rows_of[spec.name][rows[spec.batch]] for spec in signature.inputs}


def _sample_rows(spec: TensorSpec, samples: Arrays) -> Array:
    """Return the samples of an input in its dtype.

    Raises:
        InputError: There are none, or they are no rows of such values.
    """
    problem = ""
    array: Array = np.empty(0)
    if spec.name not in samples:
        problem = f"the samples have no array '{spec.name}', only {', '.join(samples) or 'nothing'}"
    else:
        try:
            dtype = object if spec.dtype == "string" else spec.dtype
            array = np.asarray(samples[spec.name]).astype(dtype)
        except (TypeError, ValueError) as error:
            problem = f"the samples of '{spec.name}' are no {spec.dtype}: {error}"
        if not problem and (array.ndim == 0 or len(array) == 0):
            problem = f"the samples of '{spec.name}' have no rows: their shape is {array.shape}"
    if problem:
        raise InputError(
            problem,
            where="sample inputs for golden vectors",
            remedy="give one array per input of the model, under its name",
        )
    return array
