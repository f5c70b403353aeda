"""Golden vectors as every language can read them: plain numbers in files, listed in one JSON file.

A `.pb` needs a reader of Protobuf, which few hosts have. Here each array is a file of its numbers
alone, C order, little-endian; bool is one byte, float16 and bfloat16 their two bytes; a string is
its length in bytes as uint32, then UTF-8.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mimo_export import manifest
from mimo_export.contract import Signature
from mimo_export.golden import Array, Arrays, Case
from mimo_portable.specs import TensorSpec


@dataclass(frozen=True)
class HostArray:
    """One array: its name in the contract, dtype and shape, and its file's path in the project."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    path: str


@dataclass(frozen=True)
class HostCase:
    """Inputs, and Keras's outputs for them, each in the contract's order."""

    name: str
    inputs: tuple[HostArray, ...]
    outputs: tuple[HostArray, ...]


def describe_cases(
    cases: Sequence[Case], signature: Signature, folder: str
) -> tuple[HostCase, ...]:
    """Return what `write_vectors` will have written into a folder of the project."""
    return tuple(
        HostCase(
            case.name,
            _described(case, "input", case.inputs, signature.inputs, folder),
            _described(case, "output", case.outputs, signature.outputs, folder),
        )
        for case in cases
    )


def write_vectors(root: Path, described: Sequence[HostCase], cases: Sequence[Case]) -> None:
    """Write every array of the golden vectors where its description says."""
    for host_case, case in zip(described, cases, strict=True):
        for arrays, values in ((host_case.inputs, case.inputs), (host_case.outputs, case.outputs)):
            for array in arrays:
                path = root / array.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(plain_bytes(values[array.name]))


def plain_bytes(array: Array) -> bytes:
    """Return an array's elements and nothing else, as this file's head says."""
    if array.dtype.kind in "OUT":
        texts = (str(item).encode("utf-8") for item in array.ravel())
        return b"".join(struct.pack("<I", len(text)) + text for text in texts)
    if array.dtype.kind == "S":
        raise ValueError("a golden vector of strings holds str, never bytes")
    return np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def _described(
    case: Case, kind: str, arrays: Arrays, specs: Sequence[TensorSpec], folder: str
) -> tuple[HostArray, ...]:
    return tuple(
        HostArray(
            spec.name,
            spec.dtype,
            arrays[spec.name].shape,
            f"{folder}/{manifest.GOLDEN}/{case.name}/{kind}_{number}.bin",
        )
        for number, spec in enumerate(specs)
    )
