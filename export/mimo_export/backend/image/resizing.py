"""Pictures in another size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mimo_export.backend import _shapes
from mimo_export.backend._graph import constant, ints, op
from mimo_export.backend._tensor import Array, TracedTensor
from mimo_export.backend.core import cast, convert_to_tensor
from mimo_export.backend.image._planes import on_planes
from mimo_export.backend.numpy import shaping
from mimo_export.errors import UnsupportedOperationError

# Keras's own choices: pixels are areas whose centre is at a half, a tie goes up. ONNX has Keras's
# cubic too, but onnxruntime moves transposes over it and then has no kernel.
_MODES: dict[str, dict[str, Any]] = {
    "nearest": {"mode": "nearest", "nearest_mode": "round_prefer_ceil"},
    "bilinear": {"mode": "linear"},
}


def resize(
    images: Any,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> TracedTensor:
    """One Resize; cubic, Lanczos or with antialias, a product with the weights of each axis.

    Integers are interpolated in float32, and stay so, as on JAX and TensorFlow.

    One Resize takes a size that is known only when the model runs, such as another picture's.

    Raises:
        UnsupportedOperationError: "area", or an option that needs static sizes for dynamic ones.
    """
    products = interpolation != "nearest" and (antialias or interpolation not in _MODES)
    needs_numbers = products or crop_to_aspect_ratio or pad_to_aspect_ratio
    target = (int(size[0]), int(size[1])) if needs_numbers else (size[0], size[1])

    def resized(x: TracedTensor) -> TracedTensor:
        if crop_to_aspect_ratio:
            x = _cropped(x, target)
        if pad_to_aspect_ratio:
            x = _padded(x, target, fill_value)
        if interpolation == "nearest":
            return cast(_one_resize(cast(x, _kernel_dtype(x)), target, "nearest"), x.dtype)
        x = x if "float" in x.dtype else cast(x, "float32")
        if products:
            return _weighted(x, target, interpolation, antialias)
        return _one_resize(x, target, interpolation)

    return on_planes(images, data_format, resized)


def _kernel_dtype(x: TracedTensor) -> str:
    """Return a dtype that onnxruntime picks pixels in, and that holds every value of x."""
    if x.dtype in ("float16", "float32", "int32", "int8", "uint8"):
        return x.dtype
    return "int32" if x.dtype in ("bool", "int16", "uint16") else "float32"


def _one_resize(x: TracedTensor, target: tuple[Any, Any], interpolation: str) -> TracedTensor:
    narrow = cast(x, "float32") if x.dtype in ("float64", "bfloat16") else x
    sizes = (_shapes.size_of(x, 0), _shapes.size_of(x, 1), *target)
    result = op(
        "Resize",
        narrow,
        None,
        None,
        _shapes.vector(sizes),
        types=[(narrow.dtype, (*x.dims[:2], *_shapes.dims_of(target)))],
        coordinate_transformation_mode="half_pixel",
        **_MODES[interpolation],
    )
    return cast(result, x.dtype)


def _sizes(x: TracedTensor, why: str) -> tuple[int, int]:
    height, width = x.shape[2:]
    if height is None or width is None:
        raise UnsupportedOperationError(
            f"{why} needs a picture of static height and width, got {x!r}",
            remedy="give the input a static size, or resize by bilinear or nearest alone",
        )
    return height, width


def _aspect(x: TracedTensor, target: tuple[int, int], why: str) -> tuple[int, int, int, int]:
    """Return the sizes of a picture, and those it had in the proportions of the target."""
    height, width = _sizes(x, why)
    # Keras divides in float32 and cuts off.
    like_width = int(np.float32(width * target[0]) / np.float32(target[1]))
    like_height = int(np.float32(height * target[1]) / np.float32(target[0]))
    return height, width, like_width, like_height


def _cropped(x: TracedTensor, target: tuple[int, int]) -> TracedTensor:
    """Return the middle of a picture, as large as the proportions of the target allow."""
    height, width, by_width, by_height = _aspect(x, target, "crop_to_aspect_ratio")
    high, wide = max(min(height, by_width), 1), max(min(width, by_height), 1)
    top, left = (height - high) // 2, (width - wide) // 2
    ends = ints(top + high, left + wide)
    return op("Slice", x, ints(top, left), ends, ints(2, 3))


def _padded(x: TracedTensor, target: tuple[int, int], fill_value: float) -> TracedTensor:
    """Return a picture in the proportions of the target, with equal margins."""
    height, width, by_width, by_height = _aspect(x, target, "pad_to_aspect_ratio")
    top, left = (max(height, by_width) - height) // 2, (max(width, by_height) - width) // 2
    if not top and not left:
        return x
    pads = ints(0, 0, top, left, 0, 0, top, left)
    return op("Pad", x, pads, constant(fill_value, x.dtype))


def scale_and_translate(
    images: Any,
    output_shape: Sequence[int],
    scale: Any,
    translation: Any,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> TracedTensor:
    """A product with the weights of each axis, for a known scale and translation.

    Raises:
        UnsupportedOperationError: Integers, whose rounding Keras bounds by the picture itself, or a
            dynamic size.
    """
    x = convert_to_tensor(images)
    if "float" not in x.dtype:
        raise UnsupportedOperationError(
            f"scale_and_translate of {x!r} has no ONNX form", remedy="cast it to float32 before"
        )
    factors, shifts = (np.asarray(convert_to_tensor(v, "float32")) for v in (scale, translation))
    for axis, factor, shift in zip(spatial_dims, factors, shifts, strict=True):
        size = x.shape[axis]
        if size is None:
            raise UnsupportedOperationError(
                f"scale_and_translate along a dynamic axis of {x!r} has no ONNX form",
                remedy="give the input a static size",
            )
        weights = _weights(
            (size, int(output_shape[axis])), (factor, shift), kernel_of(method), antialias
        )
        x = _along(x, axis % x.ndim, weights)
    return x


# === Weights: how much of each pixel is in each new one ===


def _triangle(x: Array) -> Array:
    return np.maximum(0, 1 - np.abs(x))


def _cubic(x: Array) -> Array:
    near = ((1.5 * x - 2.5) * x) * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x >= 2, 0, np.where(x >= 1, far, near))


def _lanczos(radius: int) -> Callable[[Array], Array]:
    def kernel(x: Array) -> Array:
        y = radius * np.sin(np.pi * x) * np.sin(np.pi * x / radius)
        inner = np.where(x > 1e-3, y / np.where(x != 0, np.pi**2 * x**2, 1), 1)
        return np.where(x > radius, 0, inner)

    return kernel


def kernel_of(name: str) -> Callable[[Array], Array]:
    """Return the weight of a pixel by its distance, for a way to resize."""
    kernels = {
        "linear": _triangle,
        "cubic": _cubic,
        "lanczos3": _lanczos(3),
        "lanczos5": _lanczos(5),
    }
    plain = name.removeprefix("bi").removeprefix("tri").replace("angle", "linear")
    if plain not in kernels:
        raise UnsupportedOperationError(
            f"resizing by {name!r} has no ONNX form",
            remedy="use bilinear, nearest, bicubic, lanczos3 or lanczos5",
        )
    return kernels[plain]


def _weighted(
    x: TracedTensor, target: tuple[int, int], interpolation: str, antialias: bool
) -> TracedTensor:
    kernel = kernel_of(interpolation)
    sizes = _sizes(x, f"{interpolation} with antialias" if antialias else interpolation)
    for axis, (old, new) in enumerate(zip(sizes, target, strict=True), start=2):
        if old != new:
            x = _along(x, axis, _weights((old, new), (new / old, 0.0), kernel, antialias))
    return x


def _weights(
    sizes: tuple[int, int],
    scale_and_shift: tuple[float, float],
    kernel: Callable[[Array], Array],
    antialias: bool,
) -> Array:
    """Return [old size, new size]; each column is the mean of old pixels that a new one is."""
    (old, new), (scale, shift) = sizes, scale_and_shift
    inverse = 1 / scale
    centres = (np.arange(new) + 0.5) * inverse - shift * inverse - 0.5
    distance = np.abs(centres - np.arange(old)[:, None])
    weights = kernel(distance / max(inverse, 1.0) if antialias else distance)
    total = weights.sum(0, keepdims=True)
    known = np.abs(total) > 1000 * np.finfo("float32").eps
    weights = np.where(known, weights / np.where(total != 0, total, 1), 0)
    return np.where((centres >= -0.5) & (centres <= old - 0.5), weights, 0)


def _along(x: TracedTensor, axis: int, weights: Array) -> TracedTensor:
    matrix = constant(weights, x.dtype)
    if axis == x.ndim - 2:
        return op("MatMul", shaping.transpose(matrix), x)
    last = shaping.moveaxis(x, axis, -1)
    return shaping.moveaxis(op("MatMul", last, matrix), -1, axis)
