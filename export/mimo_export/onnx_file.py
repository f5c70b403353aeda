"""Write and check an ONNX model without holding its weights a second time.

protobuf writes and checks only what is whole in memory, twice over. Weights are most of a model, so
the rest is serialised without them, and the bytes of each are put in their place while the file is
written: the same bytes that protobuf would write. A model beyond protobuf's limit of 2 GiB has its
weights in one file beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
import onnx
import onnx_ir as ir

from mimo_export.collector import collector_off
from mimo_portable.files import replacing

LIMIT = 2**31 - 1
"""Bytes that one protobuf message can have."""

_LARGE = 1024  # bytes from which a constant is written by itself
_PAGE = 4096  # weights in a file of their own start on a page, so that readers can map them
_GRAPH = onnx.ModelProto.DESCRIPTOR.fields_by_name["graph"].number
_INITIALIZER = onnx.GraphProto.DESCRIPTOR.fields_by_name["initializer"].number
_RAW_DATA = onnx.TensorProto.DESCRIPTOR.fields_by_name["raw_data"].number

AnyMessage = TypeVar("AnyMessage", onnx.ModelProto, onnx.GraphProto, onnx.TensorProto)


@collector_off()
def write_onnx(model: ir.Model, path: str | Path) -> Path:
    """Write an ONNX model to one file, which appears whole or not at all.

    Beyond 2 GiB the weights go into `NAME.data` in the same folder, which the file refers to.

    Raises:
        OSError: The disk is full or the folder cannot be written.
    """
    path = Path(path)
    hollow = _hollow(model, f"{path.name}.data")
    document = _document(hollow)
    if sum(map(len, document)) <= LIMIT:
        with replacing(path) as partial, partial.open("wb") as file:
            _write(document, file)
        return path
    with replacing(path.with_name(hollow.location)) as partial, partial.open("wb") as file:
        for weight in hollow.weights:
            file.seek(weight.offset)
            weight.write(file)
    with replacing(path) as partial:
        partial.write_bytes(hollow.proto.SerializeToString(deterministic=True))
    return path


def check_onnx(model: ir.Model) -> None:
    """Run onnx's checker with strict shape inference; large weights stand as inputs.

    Raises:
        onnx.checker.ValidationError: The model breaks the standard.
        onnx.shape_inference.InferenceError: Shapes or types contradict each other.
    """
    proto = _hollow(model, "weights").proto
    large = [tensor for tensor in proto.graph.initializer if tensor.external_data]
    for tensor in large:
        value = onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
        proto.graph.input.append(value)
        proto.graph.initializer.remove(tensor)
    onnx.checker.check_model(proto, full_check=True)


@dataclass(frozen=True)
class _Weight:
    """The bytes of one tensor, and where they begin in a file of weights."""

    tensor: ir.TensorProtocol
    offset: int = 0

    def __len__(self) -> int:
        return self.tensor.nbytes

    def write(self, file: BinaryIO) -> None:
        # Not `tofile`: NumPy's own writing does not say that a disk is full.
        array = np.ascontiguousarray(self.tensor.numpy())
        if array.nbytes != len(self):
            raise ValueError(f"{self.tensor.name} is {array.nbytes} bytes, not {len(self)}")
        file.write(array.reshape(-1).view(np.uint8).data)


@dataclass(frozen=True)
class _Hollow:
    """A model's protobuf with references to `location` where its large weights are.

    Attributes:
        proto: The model.
        weights: The large ones, in the order of the initialisers.
        location: The name of the file that they would be in.
    """

    proto: onnx.ModelProto
    weights: tuple[_Weight, ...]
    location: str


def _hollow(model: ir.Model, location: str) -> _Hollow:
    weights: list[_Weight] = []
    end = 0
    large: list[ir.Value] = []
    for value in model.graph.initializers.values():
        tensor = value.const_value
        if tensor is not None and tensor.nbytes >= _LARGE and tensor.dtype != ir.DataType.STRING:
            offset = -(-end // _PAGE) * _PAGE
            weights.append(_Weight(tensor, offset))
            large.append(value)
            end = offset + tensor.nbytes
    with _references(large, weights, location):
        proto = ir.serde.serialize_model(model)
    return _Hollow(proto, tuple(weights), location)


@contextmanager
def _references(
    values: Sequence[ir.Value], weights: Sequence[_Weight], location: str
) -> Iterator[None]:
    """Let the values refer to a file of weights inside the block."""
    for value, weight in zip(values, weights, strict=True):
        tensor = weight.tensor
        value.const_value = ir.ExternalTensor(
            location,
            weight.offset,
            tensor.nbytes,
            tensor.dtype,
            shape=ir.Shape(int(size) for size in tensor.shape.numpy()),
            name=str(value.name),
        )
    try:
        yield
    finally:
        for value, weight in zip(values, weights, strict=True):
            value.const_value = weight.tensor


# === protobuf's encoding: https://protobuf.dev/programming-guides/encoding ===

Part = bytes | _Weight


def _document(hollow: _Hollow) -> list[Part]:
    """Return the file's parts in order: bytes, and weights in the place of their references."""
    remaining = iter(hollow.weights)
    initializers: list[Part] = []
    for tensor in hollow.proto.graph.initializer:
        weight = next(remaining) if tensor.external_data else None
        initializers += _field(_INITIALIZER, _tensor(tensor, weight))
    before, after = _around(hollow.proto.graph, _INITIALIZER)
    graph = _field(_GRAPH, [before, *initializers, after])
    before, after = _around(hollow.proto, _GRAPH)
    return [before, *graph, after]


def _tensor(tensor: onnx.TensorProto, weight: _Weight | None) -> list[Part]:
    if weight is None:
        return [tensor.SerializeToString(deterministic=True)]
    plain = onnx.TensorProto()
    plain.CopyFrom(tensor)
    plain.ClearField("external_data")
    plain.ClearField("data_location")
    before, after = _around(plain, _RAW_DATA)
    return [before, *_field(_RAW_DATA, [weight]), after]


def _around(message: AnyMessage, number: int) -> tuple[bytes, bytes]:
    """Return what is serialised before and after one field of a message."""
    before, after = type(message)(), type(message)()
    before.CopyFrom(message)
    after.CopyFrom(message)
    for field, _ in message.ListFields():
        if field.number >= number:
            before.ClearField(field.name)
        if field.number <= number:
            after.ClearField(field.name)
    return before.SerializeToString(deterministic=True), after.SerializeToString(deterministic=True)


def _field(number: int, parts: list[Part]) -> list[Part]:
    """Return a field that holds the parts: its key, their length, and they themselves."""
    return [_varint(number << 3 | 2) + _varint(sum(map(len, parts))), *parts]


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _write(parts: Sequence[Part], file: BinaryIO) -> None:
    for part in parts:
        if isinstance(part, bytes):
            file.write(part)
        else:
            part.write(file)
