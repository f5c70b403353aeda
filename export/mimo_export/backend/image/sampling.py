"""Pictures and arrays read between their elements: projections, and any given coordinates.

Where Keras's backends differ, the majority is followed: JAX and PyTorch fold each neighbour back
into the array, where TensorFlow folds the coordinate itself. TensorFlow alone divides by the last
row of an `affine_transform`; that is how Keras defines it, and so done here.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._kernels import run
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor, unstack
from mimo_export.backend.image._planes import pictures
from mimo_export.backend.linalg import solve
from mimo_export.backend.nn._layout import is_first
from mimo_export.backend.numpy import creation, elementwise, shaping
from mimo_export.backend.numpy.real import is_negative

_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
_ORDERS = {"nearest": 0, "bilinear": 1}


@dataclass(frozen=True)
class _Source:
    """What is read.

    Attributes:
        sizes: The size of each axis that is read along, int64.
        pick: Returns the elements at places in the flattened axes.
        dtype: The dtype of the elements.
        fill_mode: What lies outside.
        fill_value: The value that does, for "constant".
    """

    sizes: Sequence[TracedTensor]
    pick: Callable[[TracedTensor], TracedTensor]
    dtype: str
    fill_mode: str
    fill_value: Any


def map_coordinates(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: Any = 0.0
) -> TracedTensor:
    """One Gather for each neighbour of a point, and the weighted sum; or one for the nearest."""
    x, points = convert_to_tensor(inputs), convert_to_tensor(coordinates)
    if points.ndim and _shapes.static_size(points, 0, "keras.ops.image.map_coordinates") != x.ndim:
        raise ValueError(
            "First dim of `coordinates` must be the same as the rank of `inputs`. "
            f"Received inputs with shape: {x.shape} and coordinate leading dim of {points.shape[0]}"
        )
    if points.ndim < 2:
        raise ValueError(
            "Invalid coordinates rank: expected at least rank 2."
            f" Received input with shape: {points.shape}"
        )
    if order not in (0, 1):
        raise NotImplementedError("map_coordinates currently requires order<=1")
    flat = shaping.ravel(x)
    source = _Source(
        [_size(x, axis) for axis in range(x.ndim)],
        lambda places: op("Gather", flat, places),
        x.dtype,
        fill_mode,
        fill_value,
    )
    axes = [_neighbours(part, order, _to_even) for part in unstack(points)]
    return _read(source, axes)


def affine_transform(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> TracedTensor:
    """Each pixel read from where a matrix [a0, a1, a2, b0, b1, b2, c0, c1] sends it."""
    return _projected(images, transform, (interpolation, fill_mode, fill_value), data_format)


def perspective_transform(
    images: Any,
    start_points: Any,
    end_points: Any,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> TracedTensor:
    """The projection that sends four corners to four others."""
    x = pictures(images)
    starts, ends = _corners(start_points, "start_points"), _corners(end_points, "end_points")
    matrix = compute_homography_matrix(starts, ends)
    return _projected(x, matrix, (interpolation, "constant", fill_value), data_format)


def _corners(points: Any, name: str) -> TracedTensor:
    """Return four points for each picture [batch or 1, 4, 2]."""
    points = convert_to_tensor(points, "float32")
    fits = points.ndim in (2, 3) and all(
        _shapes.static_size(points, axis, f"{name} of a projection") == size
        for axis, size in ((-2, 4), (-1, 2))
    )
    if not fits:
        raise ValueError(
            f"Invalid {name} shape: expected (4,2) for a single image"
            f" or (N,4,2) for a batch. Received shape: {points.shape}"
        )
    return op("Unsqueeze", points, ints(0)) if points.ndim == 2 else points


def compute_homography_matrix(start_points: Any, end_points: Any) -> TracedTensor:
    """The eight unknowns of a projection [batch, 8], solved in float64.

    The products of coordinates leave few digits of float32, and Keras's backends differ in those.
    """
    starts, ends = convert_to_tensor(start_points), convert_to_tensor(end_points)
    (to_x, to_y), (x, y) = (unstack(cast(c, "float64"), axis=-1) for c in (starts, ends))
    one, zero = creation.ones_like(x), creation.zeros_like(x)

    def equations(head: Sequence[TracedTensor], goal: TracedTensor) -> TracedTensor:
        crossed = [run("Neg", run("Mul", goal, part)) for part in (x, y)]
        return shaping.stack([*head, *crossed], axis=-1)

    along = equations((x, y, one, zero, zero, zero), to_x)
    down = equations((zero, zero, zero, x, y, one), to_y)
    goals = op("Concat", to_x, to_y, axis=-1)
    return cast(solve(op("Concat", along, down, axis=1), goals), starts.dtype)


def _projected(
    images: Any, matrix: Any, sampling: tuple[str, str, Any], data_format: str | None
) -> TracedTensor:
    interpolation, fill_mode, fill_value = sampling
    if interpolation not in _ORDERS:
        raise ValueError(
            "Invalid value for argument `interpolation`. Expected of one "
            f"{tuple(_ORDERS)}. Received: interpolation={interpolation}"
        )
    x, matrix = pictures(images), convert_to_tensor(matrix)
    if matrix.ndim not in (1, 2):
        what = "Invalid transform rank: expected rank 1 (single transform) or rank 2 (batch of "
        raise ValueError(f"{what}transforms). Received input with shape: {matrix.shape}")
    single, first = x.ndim == 3, is_first(data_format)
    x = op("Unsqueeze", x, ints(0)) if single else x
    x = shaping.transpose(x, (0, 2, 3, 1)) if first else x
    matrix = op("Unsqueeze", matrix, ints(0)) if matrix.ndim == 1 else matrix
    size_of = functools.partial(_shapes.size_of, x)
    pixels = shaping.reshape(x, (size_of(0), -1, size_of(3)))
    source = _Source(
        [_size(x, 1), _size(x, 2)],
        lambda places: _pixels_at(pixels, places),
        x.dtype,
        fill_mode,
        fill_value,
    )
    order = _ORDERS[interpolation]
    axes = [
        [
            (op("Unsqueeze", place, ints(-1)), op("Unsqueeze", weight, ints(-1)))
            for place, weight in part
        ]
        for part in (_neighbours(c, order, _away_from_zero) for c in _sources(x, matrix))
    ]
    result = shaping.reshape(_read(source, axes), [size_of(axis) for axis in range(4)])
    result = shaping.transpose(result, (0, 3, 1, 2)) if first else result
    return op("Squeeze", result, ints(0)) if single else result


def _sources(x: TracedTensor, matrix: TracedTensor) -> tuple[TracedTensor, TracedTensor]:
    """Return the row and the column [batch, pixels] that each pixel is read from."""
    sizes = (_shapes.size_of(x, 1), _shapes.size_of(x, 2))
    places = (creation.arange(convert_to_tensor(n, "int64"), dtype="int64") for n in sizes)
    grid = creation.meshgrid(*places, indexing="ij")
    row, column = (op("Unsqueeze", shaping.ravel(cast(g, matrix.dtype)), ints(0)) for g in grid)
    numbers = [op("Unsqueeze", part, ints(1)) for part in unstack(matrix, axis=-1)]

    def line(by_column: TracedTensor, by_row: TracedTensor, start: TracedTensor) -> TracedTensor:
        return run("Add", run("Add", run("Mul", by_column, column), run("Mul", by_row, row)), start)

    a0, a1, a2, b0, b1, b2, c0, c1 = numbers
    depth = line(c0, c1, constant(1, matrix.dtype))
    return run("Div", line(b0, b1, b2), depth), run("Div", line(a0, a1, a2), depth)


def _pixels_at(pixels: TracedTensor, places: TracedTensor) -> TracedTensor:
    """Return pixels [batch, all, channels] at places [batch or 1, points, 1]."""
    if places.dims[0] == 1:
        return op("Gather", pixels, op("Squeeze", places, ints(0, 2)), axis=1)
    return op("GatherND", pixels, places, batch_dims=1)


# === Between elements ===


def _size(x: TracedTensor, axis: int) -> TracedTensor:
    return convert_to_tensor(_shapes.size_of(x, axis), "int64")


def _whole(number: int) -> TracedTensor:
    return constant(number, "int64")


def _neighbours(
    coordinate: TracedTensor, order: int, rounded: Callable[[TracedTensor], TracedTensor]
) -> list[tuple[TracedTensor, TracedTensor]]:
    """Return the places around a coordinate along one axis, and the weight of each."""
    if "int" in coordinate.dtype:
        return [(cast(coordinate, "int64"), constant(1, keras.config.floatx()))]
    one = constant(1, coordinate.dtype)
    if order == 0:
        return [(cast(rounded(coordinate), "int64"), one)]
    lower = run("Floor", coordinate)
    share = run("Sub", coordinate, lower)
    place = cast(lower, "int64")
    return [(place, run("Sub", one, share)), (run("Add", place, _whole(1)), share)]


def _to_even(x: TracedTensor) -> TracedTensor:
    return run("Round", x)


def _away_from_zero(x: TracedTensor) -> TracedTensor:
    size = run("Floor", run("Add", run("Abs", x), constant(0.5, x.dtype)))
    return run("Where", is_negative(x), run("Neg", size), size)


def _read(
    source: _Source, axes: Sequence[Sequence[tuple[TracedTensor, TracedTensor]]]
) -> TracedTensor:
    """Return the weighted sum over all combinations of neighbours."""
    if source.fill_mode not in _MODES:
        raise ValueError(
            "Invalid value for argument `fill_mode`. Expected of one "
            f"{_MODES}. Received: fill_mode={source.fill_mode}"
        )
    outside = convert_to_tensor(source.fill_value, source.dtype)
    total = None
    for neighbours in itertools.product(*axes):
        places, weights = zip(*neighbours, strict=True)
        flat = _whole(0)
        for place, size in zip(places, source.sizes, strict=True):
            flat = run("Add", run("Mul", flat, size), _inside(place, size, source.fill_mode))
        values = source.pick(flat)
        if source.fill_mode == "constant":
            values = run("Where", _all_valid(places, source.sizes), values, outside)
        weight = functools.reduce(functools.partial(run, "Mul"), weights)
        share = elementwise.multiply(cast(values, _computed(values, weight)), weight)
        total = share if total is None else run("Add", total, share)
    if total is None:
        raise ValueError("An array without axes has nothing to read between")
    result = total if "float" in source.dtype else run("Round", total)
    return cast(result, source.dtype)


def _computed(values: TracedTensor, weight: TracedTensor) -> str:
    return str(keras.backend.result_type(values.dtype, weight.dtype))


def _all_valid(places: Sequence[TracedTensor], sizes: Sequence[TracedTensor]) -> TracedTensor:
    checks = [
        op("And", op("Less", _whole(-1), place), op("Less", place, size))
        for place, size in zip(places, sizes, strict=True)
    ]
    return functools.reduce(functools.partial(op, "And"), checks)


def _inside(place: TracedTensor, size: TracedTensor, fill_mode: str) -> TracedTensor:
    """Return places moved into an axis as a fill mode says."""
    if fill_mode == "wrap":
        return run("Mod", place, size)
    if fill_mode == "mirror":
        return _mirrored(place, size)
    if fill_mode == "reflect":
        one, two = _whole(1), _whole(2)
        odd = run("Add", run("Mul", place, two), one)
        around = _mirrored(odd, run("Add", run("Mul", size, two), one))
        return run("Div", run("Sub", around, one), two)
    last = run("Sub", size, _whole(1))
    return run("Min", run("Max", place, _whole(0)), last)


def _mirrored(place: TracedTensor, size: TracedTensor) -> TracedTensor:
    """Return places folded at the first and the last element."""
    half = run("Sub", size, _whole(1))
    period = run("Max", run("Mul", half, _whole(2)), _whole(1))
    wave = run("Mod", run("Add", place, half), period)
    return run("Abs", run("Sub", wave, half))
