"""Layers of Keras whose own `call` cannot be traced as it is.

1. TimeDistributed writes its layer out once for each step of a static length, and for a dynamic one
   counts the batch where it means the steps (Keras 3.15): here it is one Scan for any length.
2. CenterCrop resizes an image that is smaller than what it cuts out, which for a dynamic size only
   the graph can know: here it is an If.
3. UpSampling2D asks in Python whether the new size of a picture is positive, which Keras need not
   know: here it is one Resize to any size.
4. RandomCrop works out in Python where it would cut, though it cuts in training alone.
5. ThresholdedReLU, which only older files name, calls TensorFlow.
6. Layers that wrap the code of a framework are refused: what such code computes is not to be seen.
   A Lambda is none of them: its function is traced, as the code of any layer is.
"""

from __future__ import annotations

import inspect
from typing import Any, NoReturn

import keras

from mimo_export.backend import _shapes
from mimo_export.backend._control import cond, vectorized_map
from mimo_export.backend._convert import cast
from mimo_export.backend._keras_private import ThresholdedReLU
from mimo_export.backend._tensor import TracedTensor
from mimo_export.backend.core import convert_to_tensor
from mimo_export.backend.image.enlarging import enlarged
from mimo_export.backend.image.resizing import resize
from mimo_export.backend.numpy import shaping
from mimo_export.errors import UnsupportedOperationError
from mimo_export.forms import own_form


@own_form(keras.layers.TimeDistributed)
def time_distributed(layer: Any, inputs: Any, training: Any = None, mask: Any = None) -> Any:
    """One Scan over the steps [batch, time, ...], each through the wrapped layer."""
    takes = inspect.signature(layer.layer.call).parameters
    options = {"training": training} if "training" in takes else {}
    masked = mask is not None and "mask" in takes
    steps = [convert_to_tensor(x) for x in ((inputs, mask) if masked else (inputs,))]

    def step(parts: list[TracedTensor]) -> Any:
        if masked:
            return layer.layer.call(parts[0], mask=parts[1], **options)
        return layer.layer.call(parts[0], **options)

    outputs = vectorized_map(step, [shaping.swapaxes(x, 0, 1) for x in steps])
    return keras.tree.map_structure(lambda x: shaping.swapaxes(x, 0, 1), outputs)


@own_form(ThresholdedReLU)
def thresholded_relu(layer: Any, inputs: Any) -> Any:
    """What is above the threshold, and zero elsewhere."""
    return inputs * cast(keras.ops.greater(inputs, float(layer.theta)), layer.compute_dtype)


@own_form(keras.layers.CenterCrop)
def center_crop(layer: Any, data: Any, training: Any = None) -> Any:
    """Slices where the sizes are static; else an If of the Slices and a Resize.

    Raises:
        UnsupportedOperationError: The images are of a dynamic size, and labels come with them, or
            they are integers.
    """
    call = super(keras.layers.CenterCrop, layer).call
    axes = (-2, -1) if layer.data_format == "channels_first" else (-3, -2)
    wanted = (layer.height, layer.width)
    images = convert_to_tensor(data["images"] if isinstance(data, dict) else data)
    sizes = [_shapes.size_of(images, axis) for axis in axes]
    if all(isinstance(size, int) for size in sizes):
        return call(data, training=training)
    if isinstance(data, dict):
        raise UnsupportedOperationError(
            "a CenterCrop of images of a dynamic size, with labels or bounding boxes",
            remedy="give the images a static height and width",
        )
    images = cast(images, layer.compute_dtype)
    if "float" not in images.dtype:
        raise UnsupportedOperationError(
            f"a CenterCrop of {images.dtype} images of a dynamic size: Keras gives {images.dtype} "
            "where they are cropped and float32 where they are resized, and a file has one dtype",
            remedy="give the images a static height and width, or the layer dtype='float32'",
        )
    fits = [convert_to_tensor(size >= least) for size, least in zip(sizes, wanted, strict=True)]

    def resized() -> Any:
        smart_resize = keras.preprocessing.image.smart_resize
        return smart_resize(images, wanted, data_format=layer.data_format)

    return cond(fits[0] & fits[1], lambda: call(images, training=training), resized)


_cropped = keras.layers.RandomCrop.call


@own_form(keras.layers.RandomCrop)
def random_crop(layer: Any, data: Any, training: Any = None) -> Any:
    """What came in."""
    return _cropped(layer, data, training=True) if training else data


_up_sampled = keras.layers.UpSampling2D.call


@own_form(keras.layers.UpSampling2D)
def up_sampling_2d(layer: Any, inputs: Any) -> Any:
    """What Keras does where it repeats or knows the sizes; else what `ops.image.resize` does.

    That rounds integers, and keeps them in the range of their dtype.
    """
    x = convert_to_tensor(inputs)
    axes = (2, 3) if layer.data_format == "channels_first" else (1, 2)
    sizes = [_shapes.size_of(x, axis) for axis in axes]
    if layer.interpolation == "nearest" or all(isinstance(size, int) for size in sizes):
        return _up_sampled(layer, x)
    if layer.interpolation == "bilinear":
        wanted = [size * factor for size, factor in zip(sizes, layer.size, strict=True)]
        resized = resize(x, wanted, "bilinear", data_format=layer.data_format)
    else:
        resized = enlarged(x, layer.size, layer.interpolation, layer.data_format)
    if "float" in x.dtype:
        return resized
    return keras.ops.saturate_cast(keras.ops.round(resized), x.dtype)


def _refuse_foreign(layer: Any, *args: Any, **kwargs: Any) -> NoReturn:
    """Refuse a layer whose code may be anything.

    Raises:
        UnsupportedOperationError: Always.
    """
    raise UnsupportedOperationError(
        f"a {type(layer).__name__} layer wraps code that is not part of the model",
        remedy="write it as a layer of its own, class MyLayer(keras.layers.Layer), whose call uses "
        "keras.ops",
    )


for _foreign in (
    keras.layers.FlaxLayer,
    keras.layers.JaxLayer,
    keras.layers.TFSMLayer,
    keras.layers.TorchModuleWrapper,
):
    own_form(_foreign)(_refuse_foreign)
